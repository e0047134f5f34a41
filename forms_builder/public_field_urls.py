"""Routes of the pages about public fields: one field, merging, splitting, and what fields of item forms may mean."""

from django.urls import path

from forms_builder.pages.public_field import Field
from forms_builder.pages.public_field_matching import Matching
from forms_builder.pages.public_field_merge import MergeField
from forms_builder.pages.public_field_split import SplitField

app_name = "public_fields"

urlpatterns = [
    path("field-matching/", Matching.as_view(), name="matching"),
    path("field-matching/<path:key>/", Matching.as_view(), name="item_matching"),
    path("public-fields/<path:code>/merge/", MergeField.as_view(), name="merge"),
    path("public-fields/<path:code>/split/", SplitField.as_view(), name="split"),
    path("public-fields/<path:code>/", Field.as_view(), name="field"),
]
