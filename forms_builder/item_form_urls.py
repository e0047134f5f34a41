"""Routes of the pages about item forms."""

from django.urls import path

from forms_builder.pages.designer import Designer
from forms_builder.pages.form_export import ExportForm, FormTemplate
from forms_builder.pages.form_import import ImportForm
from forms_builder.pages.item_form_history import Compare, History
from forms_builder.pages.item_form_list import ItemFormList
from forms_builder.pages.item_form_overview import Overview
from forms_builder.pages.item_form_review import Disable, Enable, Review, Submit

app_name = "forms_builder"

urlpatterns = [
    path("item-forms/", ItemFormList.as_view(), name="item_forms"),
    path("item-form-template.<slug:kind>", FormTemplate.as_view(), name="form_template"),
    path("item-forms/<path:key>/import/", ImportForm.as_view(), name="form_import"),
    path("item-forms/<path:key>/export/<str:kind>", ExportForm.as_view(), name="form_export"),
    path("item-forms/<path:key>/design/", Designer.as_view(), name="designer"),
    path("item-forms/<path:key>/submit/", Submit.as_view(), name="item_form_submit"),
    path("item-forms/<path:key>/review/", Review.as_view(), name="item_form_review"),
    path("item-forms/<path:key>/enable/", Enable.as_view(), name="item_form_enable"),
    path("item-forms/<path:key>/disable/", Disable.as_view(), name="item_form_disable"),
    path("item-forms/<path:key>/history/", History.as_view(), name="item_form_history"),
    path("item-forms/<path:key>/compare/", Compare.as_view(), name="item_form_compare"),
    path("item-forms/<path:key>/", Overview.as_view(), name="item_form"),
]
