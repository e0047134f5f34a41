"""Routes of scene categories and themes."""

from django.urls import path

from themes.api import localisations as localised
from themes.api import views
from themes.api.certificates import DraftCertificate, VersionCertificate
from themes.api.joining import LocalisationJoined, LocalisationLeft, LocalisationPlans
from themes.api.localisation_exceptions import (
    LocalisationExceptionDecision,
    LocalisationExceptions,
    LocalisationExceptionTakenBack,
    LocalisationExceptionWithdrawal,
)
from themes.api.merging import ThemeMerge, ThemeMergeDecisions, ThemeMergeDecisionWithdrawal
from themes.api.on_show import ThemePause, ThemeRedirection, ThemeReplacement, ThemeResumption
from themes.api.plans import PlanCalledOff, PlanRolledBack, PlanStageRun, ReleasePlanDetail, ReleasePlans
from themes.api.reviews import (
    LocalisationCommentResolution,
    LocalisationComments,
    LocalisationDelegation,
    ThemeCommentResolution,
    ThemeComments,
    ThemeDelegation,
    ThemeEmergency,
    ThemeEmergencyConfirmation,
)
from themes.api.situations import ThemeCases, ThemeMeaning, ThemeSituations

LOCALISATION = "themes/<str:code>/localisations/<str:division>/"

urlpatterns = [
    path("scene-categories/", views.SceneCategoryList.as_view()),
    path("scene-categories/<str:code>/", views.SceneCategoryDetail.as_view()),
    path("themes/", views.ThemeList.as_view()),
    path("themes/<str:code>/", views.ThemeDetail.as_view()),
    path("themes/<str:code>/draft/", views.ThemeDraft.as_view()),
    path("themes/<str:code>/draft/cases/", ThemeCases.as_view()),
    path("themes/<str:code>/draft/situations/", ThemeSituations.as_view()),
    path("themes/<str:code>/differences/", ThemeMeaning.as_view()),
    path("themes/<str:code>/draft/certificate/", DraftCertificate.as_view()),
    path("themes/<str:code>/draft/merge/", ThemeMerge.as_view()),
    path("themes/<str:code>/draft/merge/decisions/", ThemeMergeDecisions.as_view()),
    path("themes/<str:code>/draft/merge/decisions/<str:decision>/withdraw/", ThemeMergeDecisionWithdrawal.as_view()),
    path("themes/<str:code>/submit/", views.ThemeSubmission.as_view()),
    path("themes/<str:code>/approve/", views.ThemeApproval.as_view()),
    path("themes/<str:code>/return/", views.ThemeReturn.as_view()),
    path("themes/<str:code>/delegate/", ThemeDelegation.as_view()),
    path("themes/<str:code>/comments/", ThemeComments.as_view()),
    path("themes/<str:code>/comments/<int:comment>/resolve/", ThemeCommentResolution.as_view()),
    path("themes/<str:code>/emergency/", ThemeEmergency.as_view()),
    path("themes/<str:code>/emergency/confirm/", ThemeEmergencyConfirmation.as_view()),
    path("themes/<str:code>/release/", views.ThemeRelease.as_view()),
    path("themes/<str:code>/withdraw/", views.ThemeWithdrawal.as_view()),
    path("themes/<str:code>/pause/", ThemePause.as_view()),
    path("themes/<str:code>/resume/", ThemeResumption.as_view()),
    path("themes/<str:code>/redirect/", ThemeRedirection.as_view()),
    path("themes/<str:code>/replace/", ThemeReplacement.as_view()),
    path("themes/<str:code>/findings/", views.ThemeFindings.as_view()),
    path("themes/<str:code>/versions/", views.ThemeVersions.as_view()),
    path("themes/<str:code>/versions/<int:number>/certificate/", VersionCertificate.as_view()),
    path("themes/<str:code>/releases/", views.ThemeReleases.as_view()),
    path("release-plans/", ReleasePlans.as_view()),
    path("release-plans/<int:plan>/", ReleasePlanDetail.as_view()),
    path("release-plans/<int:plan>/stages/<int:position>/run/", PlanStageRun.as_view()),
    path("release-plans/<int:plan>/call-off/", PlanCalledOff.as_view()),
    path("release-plans/<int:plan>/roll-back/", PlanRolledBack.as_view()),
    path(LOCALISATION, localised.LocalisationElements.as_view()),
    path(f"{LOCALISATION}draft/", localised.LocalisationDraft.as_view()),
    path(f"{LOCALISATION}findings/", localised.LocalisationFindings.as_view()),
    path(f"{LOCALISATION}settle/", localised.LocalisationSettlement.as_view()),
    path(f"{LOCALISATION}submit/", localised.LocalisationSubmission.as_view()),
    path(f"{LOCALISATION}approve/", localised.LocalisationApproval.as_view()),
    path(f"{LOCALISATION}return/", localised.LocalisationReturn.as_view()),
    path(f"{LOCALISATION}delegate/", LocalisationDelegation.as_view()),
    path(f"{LOCALISATION}comments/", LocalisationComments.as_view()),
    path(f"{LOCALISATION}comments/<int:comment>/resolve/", LocalisationCommentResolution.as_view()),
    path(f"{LOCALISATION}publish/", localised.LocalisationRelease.as_view()),
    path(f"{LOCALISATION}roll-back/", localised.LocalisationRollback.as_view()),
    path(f"{LOCALISATION}exceptions/", LocalisationExceptions.as_view()),
    path(f"{LOCALISATION}exceptions/<int:exception>/decide/", LocalisationExceptionDecision.as_view()),
    path(f"{LOCALISATION}exceptions/<int:exception>/withdraw/", LocalisationExceptionWithdrawal.as_view()),
    path(f"{LOCALISATION}exceptions/<int:exception>/take-back/", LocalisationExceptionTakenBack.as_view()),
    path(f"{LOCALISATION}city-changes/", localised.CityChanges.as_view()),
    path(f"{LOCALISATION}plans/", LocalisationPlans.as_view()),
    path(f"{LOCALISATION}plans/<int:plan>/join/", LocalisationJoined.as_view()),
    path(f"{LOCALISATION}plans/<int:plan>/leave/", LocalisationLeft.as_view()),
]
