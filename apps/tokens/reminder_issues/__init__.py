"""The last resort: whom no address reaches is reminded by an issue in a private repository that mentions them.

Switched on by an organization. What is wanted is computed from what is open (`wanted`), a job brings GitHub to it
(`keeping`), by effects that the installation's token sends (`sending`); `place` looks whether the repository is fit.
"""
