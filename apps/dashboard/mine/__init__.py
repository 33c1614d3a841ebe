"""My tokens: what is one's own in every organization that one belongs to, and why a token fails.

Nobody sees anything of anybody else here.
"""
