"""Planned revocation: from the day that somebody named to the decision that Patrol then takes by itself."""
