"""When an effect's time was set: by it the time of a clock that is set back later is known."""

from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("effects", "0006_comes_late")]

    operations = [
        migrations.AddField(
            "effect", "timed_at", models.DateTimeField(default=timezone.now), preserve_default=False
        ),
        migrations.RunSQL("UPDATE effects_effect SET timed_at = created_at", migrations.RunSQL.noop),
    ]
