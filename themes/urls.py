"""Routes of the pages about themes."""

from django.urls import path

from themes.pages.beginning import BeginTheme
from themes.pages.case_new import CaseNew
from themes.pages.case_proposals import CaseProposals
from themes.pages.certificate import Certificate
from themes.pages.collision import CollisionPage
from themes.pages.editing import Edit
from themes.pages.figures_page import FiguresPage
from themes.pages.findings import Findings
from themes.pages.guidance_designer import GuidanceDesigner, GuidanceFlow
from themes.pages.guidance_table import GuidanceTable, GuidanceTableFile
from themes.pages.handing_over import HandOver
from themes.pages.history import Compare, History, PackageFile
from themes.pages.list import ThemeList
from themes.pages.localisation_change import ChangeElement
from themes.pages.localisation_conflicts import LocalisationConflicts
from themes.pages.localisation_list import Localisations
from themes.pages.localisation_policy import LocalisationPolicyPage
from themes.pages.localising import LocalisationPage
from themes.pages.merging import Merging
from themes.pages.on_show import OnShow
from themes.pages.overview import Overview
from themes.pages.parts import Parts
from themes.pages.pausing import Pause
from themes.pages.plan_form import PlanForm
from themes.pages.plans import PlanList, PlanPage
from themes.pages.preview import Preview
from themes.pages.releasing import Release, Withdraw
from themes.pages.reviewing import Review
from themes.pages.situations import SituationsPage
from themes.pages.submitting import Submit
from themes.pages.values import SensitiveValues
from themes.pages.watched import Watched

app_name = "themes"

urlpatterns = [
    path("", ThemeList.as_view(), name="list"),
    path("new/", BeginTheme.as_view(), name="new"),
    path("on-show/", OnShow.as_view(), name="on_show"),
    path("plans/", PlanList.as_view(), name="plans"),
    path("plans/new/", PlanForm.as_view(), name="plan_new"),
    path("plans/<int:pk>/", PlanPage.as_view(), name="plan"),
    path("plans/<int:pk>/edit/", PlanForm.as_view(), name="plan_edit"),
    path("collisions/<int:pk>/", CollisionPage.as_view(), name="collision"),
    path("<str:code>/", Overview.as_view(), name="overview"),
    path("<str:code>/parts/", Parts.as_view(), name="parts"),
    path("<str:code>/parts/<slug:part>/", Parts.as_view(), name="part"),
    path("<str:code>/figures/", FiguresPage.as_view(), name="figures"),
    path("<str:code>/preview/", Preview.as_view(), name="preview"),
    path("<str:code>/situations/", SituationsPage.as_view(), name="situations"),
    path("<str:code>/cases/proposals/", CaseProposals.as_view(), name="case_proposals"),
    path("<str:code>/cases/new/", CaseNew.as_view(), name="case_new"),
    path("<str:code>/edit/", Edit.as_view(), name="edit"),
    path("<str:code>/guidance/", GuidanceDesigner.as_view(), name="guidance"),
    path("<str:code>/guidance/flow.svg", GuidanceFlow.as_view(), name="flow"),
    path("<str:code>/guidance/table/", GuidanceTable.as_view(), name="guidance_table"),
    path("<str:code>/guidance/table.xlsx", GuidanceTableFile.as_view(), name="guidance_table_file"),
    path("<str:code>/values/", SensitiveValues.as_view(), name="values"),
    path("<str:code>/watched/", Watched.as_view(), name="watched"),
    path("<str:code>/findings/", Findings.as_view(), name="findings"),
    path("<str:code>/merging/", Merging.as_view(), name="merging"),
    path("<str:code>/certificate/", Certificate.as_view(), name="certificate"),
    path("<str:code>/submit/", Submit.as_view(), name="submit"),
    path("<str:code>/review/", Review.as_view(), name="review"),
    path("<str:code>/release/", Release.as_view(), name="release"),
    path("<str:code>/withdraw/", Withdraw.as_view(), name="withdraw"),
    path("<str:code>/pause/", Pause.as_view(), name="pause"),
    path("<str:code>/hand-over/", HandOver.as_view(), name="hand_over"),
    path("<str:code>/localisations/", Localisations.as_view(), name="localisations"),
    path("<str:code>/localisation-policy/", LocalisationPolicyPage.as_view(), name="localisation_policy"),
    path("<str:code>/localisations/<str:division>/", LocalisationPage.as_view(), name="localisation"),
    path("<str:code>/localisations/<str:division>/change/", ChangeElement.as_view(), name="localisation_change"),
    path(
        "<str:code>/localisations/<str:division>/conflicts/",
        LocalisationConflicts.as_view(),
        name="localisation_conflicts",
    ),
    path("<str:code>/history/", History.as_view(), name="history"),
    path("<str:code>/history/compare/", Compare.as_view(), name="compare"),
    path("<str:code>/history/packages/<slug:digest>.<slug:kind>/", PackageFile.as_view(), name="package"),
]
