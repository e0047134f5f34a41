import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """Places that name public fields are indexed too: what was read before that is read anew, when first asked."""

    dependencies = [("forms_builder", "0006_item_form_subjects")]
    operations = [
        migrations.AddField(
            model_name="fieldmove",
            name="synonyms",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=200),
                db_default=[],
                default=list,
                size=None,
                verbose_name="带去的叫法",
            ),
        ),
        migrations.RunSQL("UPDATE forms_builder_indexeddocument SET stamp = -1", migrations.RunSQL.noop),
    ]
