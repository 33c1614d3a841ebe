"""The only door to GitHub: wire format, client, App authentication, organizations, facts.

Owns `App`, `Installation`, `Organization`, `Member`, `Repository`. Decides nothing.
"""
