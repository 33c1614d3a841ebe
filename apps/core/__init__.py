"""The library of all rooms: HTTP, clock, text, crypto, paging, errors.

Owns no models and no rules. Everything here is usable by every app; it imports none of them.
"""
