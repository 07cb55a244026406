"""The resolver's rules: which link a request for a GS1 Digital Link gets.

GS1-Conformant Resolver Standard 1.2, RFC 9264 (linksets). No HTTP here: a face turns answers and
refusals into status codes, headers and pages.
"""
