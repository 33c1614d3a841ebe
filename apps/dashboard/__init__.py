"""Pages that join siblings: Overview, Activity, organization settings.

Owns no models.
"""
