"""The heart: tokens, grant requests, grants, their lineage and reviews, and the sync that keeps them true.

Owns what owners see, decide and revoke. Does not talk HTTP itself and does not sign people in.
"""
