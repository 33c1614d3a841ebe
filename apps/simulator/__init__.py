"""A GitHub that runs on this machine: what Patrol talks to in the demo, in tests and in benchmarks.

It owns a small world (people, organizations, tokens), the part of GitHub's REST API and web pages that
Patrol uses, and control pages under ``/_simulator/``. It imports nothing of Patrol, knows no Django, and is
never installed in production settings. Nothing it says is decided here by taste: where GitHub's documents
leave something open, the world has a switch (`--world KEY=A|B`) and plays both.
"""
