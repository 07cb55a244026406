"""The numbered rules of farming of design/domain.md: pure functions over deeds and dated tables."""
