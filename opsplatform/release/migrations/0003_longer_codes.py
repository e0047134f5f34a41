from django.db import migrations, models


class Migration(migrations.Migration):
    """The key of a service item fits as a code; PostgreSQL rewrites nothing for a wider text."""

    dependencies = [("release", "0002_guards")]
    operations = [
        migrations.AlterField(
            model_name="subject", name="code", field=models.CharField(max_length=160, verbose_name="代码")
        ),
    ]
