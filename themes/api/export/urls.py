"""Routes of what the acceptance platform reads."""

from django.urls import path

from themes.api.export import rule_engines, views

urlpatterns = [
    path("themes/", views.LiveThemes.as_view()),
    path("themes/<str:code>/<str:division>/", views.LiveThemePackage.as_view(), name="export-live-package"),
    path("packages/<str:digest>/", views.StoredPackage.as_view(), name="export-package"),
    path("packages/<str:digest>/form/", views.PackageForm.as_view()),
    path("packages/<str:digest>/evaluate/", views.PackageEvaluation.as_view()),
    path("packages/<str:digest>/alternatives/", views.PackageAlternatives.as_view()),
    path("packages/<str:digest>/guidance.jdm/", rule_engines.PackageRulesAsJdm.as_view()),
    path("packages/<str:digest>/guidance.dmn/", rule_engines.PackageRulesAsDmn.as_view()),
    path("dictionaries/<str:code>/", views.DictionaryInForce.as_view()),
    path("keys/", views.SigningKeys.as_view()),
    path("package-schema/", views.PackageSchema.as_view()),
]
