"""One kind of page."""

from django.db import models
from wagtail.api import APIField
from wagtail.models import Page

SHOWN = ("code", "division", "category", "version", "digest", "released_at", "released_by", "note")


class ThemePage(Page):
    """A theme on show in a division. The package is plain text: nothing is cheaper for Wagtail to send."""

    code = models.CharField(max_length=40)
    division = models.CharField(max_length=12)
    category = models.CharField(max_length=40)
    version = models.IntegerField()
    digest = models.CharField(max_length=64)
    released_at = models.DateTimeField()
    released_by = models.CharField(max_length=150)
    note = models.TextField()
    body = models.TextField()

    api_fields = [APIField(name) for name in (*SHOWN, "body")]
