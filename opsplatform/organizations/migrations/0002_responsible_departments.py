"""Kinds of bodies may name the department of the city that answers for their items."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("organizations", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="bodykind",
            name="responsible",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                error_messages={"invalid": "负责部门必须是市级部门。"},
                help_text="各区（街镇）的这类机构所办事项，在市里由哪个部门负责编制和审核；留空则由市级运营负责",
                limit_choices_to={"division__parent": None},
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="kinds_answered_for",
                to="organizations.department",
                verbose_name="负责部门",
            ),
        ),
    ]
