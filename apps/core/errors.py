"""Errors every room may raise towards a person."""


class RuleBroken(Exception):
    """A use case refuses; the message is a sentence for the person who asked."""


class Stale(RuleBroken):
    """What the person saw is not what there is any more."""
