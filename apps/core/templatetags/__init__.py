"""Template tags every page may use: `{% load patrol %}`."""
