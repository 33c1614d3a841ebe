"""What was never used is found without reading the rows: so many tokens rest that they are counted on every such page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tokens", "0018_reminders")]

    operations = [
        migrations.AddIndex(
            "grant",
            models.Index(
                fields=["state", "access_granted_at", "organization", "id"],
                condition=models.Q(never_used=True),
                name="tokens_grant_unused",
            ),
        ),
    ]
