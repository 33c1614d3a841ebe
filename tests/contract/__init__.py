"""The contract with GitHub: what the client sends and the simulator answers, against GitHub's own words."""
