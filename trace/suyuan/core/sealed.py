"""Purposes under which what lies sealed in the database is authenticated (docs/decisions/0007)."""

from __future__ import annotations

CONTACT = "laboratory-contact"
WORDS = "case-words"
PHOTO = "case-photo"
UPLOAD, PLANS = "upload", "uploadPlans"
"""What a file that waits, and the choices made for it, lie sealed as: names and phones are in them."""
READING = "import-plan"
"""How tables were read before: what holds for all rows, and what a word in the cells means, may name
somebody."""
FARM_DRAFT = "farm-draft"
CERTIFICATE = "certificate-draft"
CAPTURE = "capture-job"
ANSWER = "form-answer"

SEALED_TEXT = "sealed:"
"""Before texts that are sealed (base64url); those from before they were are JSON as they stand."""
SEALED = b"\x00sealed\x00"
"""Before sealed bytes. No table, form or document begins so: what is from before is read as it is."""
