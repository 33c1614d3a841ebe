"""The main job with JavaScript off: plain links, plain forms, the same record."""
