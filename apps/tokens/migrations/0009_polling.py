from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tokens', '0008_installation_may_send'),
    ]

    operations = [
        migrations.AddField(
            model_name='syncstate',
            name='requests_read_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='syncstate',
            name='webhook_missed_at',
            field=models.DateTimeField(null=True),
        ),
    ]
