"""Abstract models: rows that carry a revision and their moments."""

from django.db import models
from django.db.models.functions import Now


class Stamped(models.Model):
    """When the row came to be and was last written, by the database's clock."""

    created_at = models.DateTimeField("创建时间", db_default=Now(), editable=False)
    updated_at = models.DateTimeField("更新时间", db_default=Now(), editable=False)

    class Meta:
        abstract = True


class Revisioned(Stamped):
    """A register row: every write raises its revision, which is its ETag."""

    revision = models.PositiveIntegerField("修订号", default=1, editable=False)

    class Meta:
        abstract = True
