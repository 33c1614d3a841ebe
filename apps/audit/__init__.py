"""What happened: append-only events, numbered per organization.

Owns `Event` and its sequence. Everybody writes here inside their own transaction; it imports nobody
but the library. Does not render events and does not notify.
"""
