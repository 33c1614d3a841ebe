"""What the simulated GitHub promises to whoever talks to it, over HTTP."""
