"""Finding a person, a token, a repository or a page by a word, and a token by the fingerprint of its value.

The value itself never comes here: the browser makes its SHA-256 and sends that.
"""
