import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A material says into which one it was merged."""

    dependencies = [("catalog", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="material",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="catalog.material",
                verbose_name="已并入",
            ),
        ),
    ]
