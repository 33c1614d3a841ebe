"""Pure judgement: facts in, risk and reasons out.

Owns the facts a decision is taken on and what permissions mean in plain words. No database, no network.
"""
