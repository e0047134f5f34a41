from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hasty", "0001_initial")]
    operations = [
        migrations.AddField("thing", "owner", models.CharField(max_length=10), preserve_default=False),
        migrations.RemoveField("thing", "owner"),
        migrations.AddIndex("thing", models.Index(fields=["id"], name="thing_id")),
    ]
