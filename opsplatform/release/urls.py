"""Routes of the pages on which the steps of reviews are planned."""

from django.urls import path

from opsplatform.release.pages import LIST, ReviewPlanPage, ReviewPlans

urlpatterns = [
    path("review-plans/", ReviewPlans.as_view(), name=LIST),
    path("review-plans/<slug:subject_kind>/", ReviewPlanPage.as_view(), name="review-plan"),
    path("review-plans/<slug:subject_kind>/<path:code>/", ReviewPlanPage.as_view(), name="review-plan-of"),
]
