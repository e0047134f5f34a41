"""Acts on the steps that reviews have, which city operation plans."""

from collections.abc import Iterator
from typing import Any

from opsplatform.accounts.models import User
from opsplatform.release.models import ReviewPlan
from opsplatform.release.services.planning import plan_reviews, unplan_reviews
from opsplatform.tests.rights.acts import Act, Ask, Door, in_the_city
from opsplatform.tests.rights.world import demo

STEPS = {"steps": [{"code": "lead", "position": 1, "days": 3}]}


def review_acts() -> Iterator[Act]:
    """Planning, and going back to the usual steps."""
    trace = "review_plan.review_planned"
    yield Act("review_plan.plan", in_the_city(_plan), _replan, plan_reviews, {Door.PAGE: _plan_by_page}, trace=trace)
    yield Act(
        "review_plan.unplan", in_the_city(_plan), _unplan, unplan_reviews, {Door.PAGE: _unplan_by_page}, trace=trace
    )


def _plan() -> ReviewPlan:
    """What is planned for themes: the one plan there can be."""
    planned = ReviewPlan.objects.filter(kind="theme", subject=None).first()
    return planned or plan_reviews(actor=demo("operator"), kind="theme", code="", tree=STEPS, expected_revision=0)


def _replan(actor: User, plan: ReviewPlan) -> Any:
    tree = {"steps": [*STEPS["steps"], {"code": "platform", "position": 2, "days": 3}]}
    return plan_reviews(actor=actor, kind="theme", code="", tree=tree, expected_revision=plan.revision)


def _plan_by_page(plan: ReviewPlan) -> Ask:
    form = {"do": "plan", "revision": plan.revision, "step": "platform", "position-platform": 1, "days-platform": 2}
    return Ask("/review-plans/theme/", form)


def _unplan(actor: User, plan: ReviewPlan) -> Any:
    return unplan_reviews(actor=actor, kind="theme", code="", expected_revision=plan.revision)


def _unplan_by_page(plan: ReviewPlan) -> Ask:
    return Ask("/review-plans/theme/", {"do": "unplan", "revision": plan.revision})
