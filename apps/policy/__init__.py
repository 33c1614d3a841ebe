"""Pure judgement: facts in, risk and reasons out.

Owns the facts a decision is taken on, what permissions mean in plain words, and what a counter-offer says.
No database, no network.
"""
