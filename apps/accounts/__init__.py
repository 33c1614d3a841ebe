"""People: sign-in with GitHub, their tokens and memberships, and who may see and do what.

Owns `User`, `UserToken`, `Membership`, the access functions, and `Contact`: where Patrol may write to people. GitHub's
roles are the only roles.
"""
