from django.db import migrations


class Migration(migrations.Migration):
    """Stamps only grow from now on; what was read under others before is read anew, when first asked."""

    dependencies = [("forms_builder", "0008_uploaded_forms")]
    operations = [
        migrations.RunSQL("UPDATE forms_builder_indexeddocument SET stamp = -1", migrations.RunSQL.noop),
    ]
