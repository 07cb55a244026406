"""GS1's identification and data in full: application identifiers, element strings, Digital Links.

``suyuan.core.digital_link`` reads the keys of events fast and judges nothing; here every value is
checked, and every refusal says what is wrong.
"""
