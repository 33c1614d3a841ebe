"""The cast: logins that say their role, the same in tests and in the demo organization.

`owner` and `second-owner` decide, `member` asks for tokens, `outsider` must see nothing.
"""

OWNER, SECOND_OWNER, MEMBER, OUTSIDER = "owner", "second-owner", "member", "outsider"
ORGANIZATION, OTHER_ORGANIZATION, SAML_ORGANIZATION = "acme-robotics", "northwind-labs", "sealed-harbor"
