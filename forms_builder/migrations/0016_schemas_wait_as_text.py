"""Schemas wait as the text of their files; those that wait without it are to be uploaded again."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('forms_builder', '0015_sheets_not_read'),
    ]

    operations = [
        migrations.RunSQL(
            "DELETE FROM forms_builder_uploadedform WHERE kind = 'schema' AND jsonb_typeof(content) <> 'string'",
            migrations.RunSQL.noop,
        ),
    ]
