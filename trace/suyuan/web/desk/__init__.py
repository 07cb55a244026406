"""The desk: pages for who keeps the books. Each module here with a ``router`` is part of it.

A module that has a ``place`` appears in the navigation; one that does not exist yet does not.
"""
