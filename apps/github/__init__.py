"""The only door to GitHub: wire format, client, App authentication, organizations, webhooks, facts.

Owns `App`, `Installation`, `Organization`, `Member`, `Repository`, `Delivery`. Decides nothing.
"""
