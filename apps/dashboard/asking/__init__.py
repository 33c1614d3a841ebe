"""Ask before you ask: pasted commands in, the permissions they need and GitHub's form filled in out."""
