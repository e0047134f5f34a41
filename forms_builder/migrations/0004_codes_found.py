from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    """A code is found among the uses without reading them all."""

    atomic = False
    dependencies = [("forms_builder", "0003_code_changes")]
    operations = [AddIndexConcurrently("codeuse", GinIndex(fields=["codes"], name="code_use_codes"))]
