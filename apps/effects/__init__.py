"""One write to GitHub on its way: claim, attempt, outcome; unknown is a state.

Owns `Effect` and the executor. Apps register how an effect is sent and confirmed; what is written
and why is theirs.
"""
