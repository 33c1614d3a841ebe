"""Programs for people who change Patrol; running Patrol needs none of them."""
