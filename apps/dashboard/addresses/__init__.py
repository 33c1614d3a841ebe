"""Whom an organization's reminders reach, by which addresses, and what its owners do about it.

Addresses that people confirmed are counted, never shown. The use cases are those of accounts.
"""
