"""Purposes under which what lies sealed in the database is authenticated (docs/decisions/0007)."""

from __future__ import annotations

CONTACT = "laboratory-contact"
WORDS = "case-words"
PHOTO = "case-photo"
