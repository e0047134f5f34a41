"""Codes are dated out, never deleted."""

from django.db import migrations

from opsplatform.kernel.append_only import no_delete


class Migration(migrations.Migration):
    dependencies = [("forms_builder", "0001_initial")]
    operations = no_delete("forms_builder_dictionaryentry")
