"""One person: what their tokens reach in the organizations of the reader, taking it all away, and the record of that.

People are compared by GitHub's number. A login may be given up and taken by somebody else, so an address names both.
"""
