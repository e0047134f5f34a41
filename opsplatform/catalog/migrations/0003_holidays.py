"""Days on which a window has other hours; with a default of the database, so that no row is rewritten."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_merged_materials'),
    ]

    operations = [
        migrations.AddField(
            model_name='servicepoint',
            name='holidays',
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name='节假日安排'),
        ),
    ]
