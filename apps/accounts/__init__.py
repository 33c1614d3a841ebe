"""People: sign-in with GitHub, their tokens and memberships, and who may see and do what.

Owns `User`, `UserToken`, `Membership` and the access functions. GitHub's roles are the only roles.
"""
