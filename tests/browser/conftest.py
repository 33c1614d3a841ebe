"""A running Patrol for the browser tests: the real processes, a small simulated GitHub, Chromium."""
