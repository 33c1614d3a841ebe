"""Which permissions each of GitHub's endpoints needs: GitHub's own table as it was read, or a small one built in. Pure.

It says what GitHub documents, never what a token holds.
"""
