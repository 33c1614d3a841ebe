"""Ask before you ask: from pasted commands to the permissions they need. Pure.

What is pasted is hostile and may hold secrets. `shell` splits text into words; `http_calls`, `gh`, `git` and
`workflows` say what a command calls; `answering` looks the calls up in the catalogue of endpoints. What comes out names
routes, owners and repositories, and nothing else of what was pasted.
"""
