"""Benchmarks: each prints one JSON object a line, with its aim, against a floor measured in the same run.

Never a timed assertion: numbers are read by people and compared between commits.
"""
