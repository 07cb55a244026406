"""What went into what: read from events, walked both ways, and held against the masses."""
