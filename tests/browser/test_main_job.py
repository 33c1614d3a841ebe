"""The main job with a mouse: sign in, filter, approve, deny, approve five, revoke, and find each act."""
