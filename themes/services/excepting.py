"""Exceptions: a district asks to go beyond the city's limits with one element; the city decides, for a time."""

from datetime import date

from django.db import transaction

from opsplatform.accounts.models import User
from opsplatform.audit import trail
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Invalid, NotFound, Problem, WrongState
from opsplatform.kernel.notes import require_note
from opsplatform.release.errors import OwnWork
from themes.localisation.limits import LONGEST_EXCEPTION, exception_needed
from themes.localisation.rebasing import rebase
from themes.localisation.wording import told
from themes.models import LocalisationException
from themes.services.checking_localisation import city_of
from themes.services.localising import get_place
from themes.services.watching import watch_live_themes


@transaction.atomic
def request_exception(
    *, actor: User, code: str, division_code: str, key: str, reason: str, expires_on: date
) -> LocalisationException:
    """The city is asked to allow what the district's draft does with the element now, and no more, until that day.

    Raises WrongState where the draft stays within the limits, or where the city has been asked already; Invalid for a
    day that is over, or beyond the longest time (`LONGEST_EXCEPTION`).
    """
    reason = require_note(reason)
    place = get_place(actor, code, division_code, "localisations.request_exception")
    if expires_on <= clock.today():
        raise Invalid(problems=(Problem("/expires_on", "over", "有效期应在今天之后。"),))
    if expires_on > (last := clock.today() + LONGEST_EXCEPTION):
        sentence = f"例外最长三年，有效期最晚填 {last}；到期仍需要的，届时重新申请。"
        raise Invalid(sentence, problems=(Problem("/expires_on", "too_long", sentence),))
    judged = rebase(place.document, city_of(place.theme, place.division)).judged
    one = next((one for one in judged if one.key == key), None)
    if one is not None and one.standing == "conflict":
        raise WrongState("市级也改了这一项，请先选择以哪一个为准；保留本区的，再申请例外。")
    needed = exception_needed(one.operation, one.city) if one and one.standing == "stands" else None
    if one is None or needed is None:
        raise WrongState("本区草稿里的这一项没有超出市级的限度，不需要例外。")
    asked = {"theme": place.theme, "division": place.division, "key": key, "kind": needed}
    waiting = LocalisationException.objects.filter(**asked, state=LocalisationException.State.REQUESTED).first()
    if waiting is not None:
        raise WrongState(f"这一项的例外（{told(waiting.asked_value)}）已经申请，正等市级决定。")
    exception = LocalisationException.objects.create(
        **asked, reason=reason, expires_on=expires_on, requested_by=actor,
        asked_value=one.operation.value, city_value=one.city,
    )  # fmt: skip
    trail.record(
        actor, "localisation.exception_requested", exception,
        division=place.division.code, reason=reason, element=key, until=expires_on.isoformat(),
        asked=one.operation.value, city=one.city,
    )  # fmt: skip
    return exception


@transaction.atomic
def decide_exception(*, actor: User, exception_id: int, is_granted: bool, note: str) -> LocalisationException:
    """The city allowed it or not, under the name of somebody who did not ask for it."""
    note = require_note(note)
    exception = _lock(actor, exception_id)
    if exception.state != LocalisationException.State.REQUESTED:
        raise WrongState(f"这项例外{exception.get_state_display()}，不能再决定。")
    if exception.requested_by_id == actor.pk:
        raise OwnWork("不能决定自己申请的例外，请由另一位同事决定。")
    states = LocalisationException.State
    exception.state = states.GRANTED if is_granted else states.REFUSED
    exception.decided_by, exception.decided_at, exception.decision_note = actor, clock.now(), note
    exception.revision += 1
    exception.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "revision"])
    trail.record(
        actor, f"localisation.exception_{exception.state}", exception,
        division=exception.division.code, reason=note, element=exception.key,
    )  # fmt: skip
    return exception


@transaction.atomic
def withdraw_exception(*, actor: User, exception_id: int, note: str) -> LocalisationException:
    """The city no longer allows it: from now on it is as if the exception were over, on show as in the draft."""
    note = require_note(note)
    exception = _lock(actor, exception_id)
    if exception.state != LocalisationException.State.GRANTED:
        raise WrongState(f"这项例外{exception.get_state_display()}，没有可撤回的。")
    _end(exception, LocalisationException.State.WITHDRAWN, actor, note)
    watch_live_themes(exception.theme)
    return exception


@transaction.atomic
def take_exception_back(*, actor: User, exception_id: int, note: str) -> LocalisationException:
    """The district no longer asks for it: the city has nothing to decide, and another may be asked for."""
    note = require_note(note)
    exception = _lock(actor, exception_id, "localisations.request_exception")
    if exception.state != LocalisationException.State.REQUESTED:
        raise WrongState(f"这项例外{exception.get_state_display()}，没有可收回的。")
    _end(exception, LocalisationException.State.RETRACTED, actor, note)
    return exception


def _end(exception: LocalisationException, state: LocalisationException.State, actor: User, note: str) -> None:
    exception.state = state
    exception.withdrawn_by, exception.withdrawn_at, exception.withdrawal_note = actor, clock.now(), note
    exception.revision += 1
    exception.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "withdrawal_note", "revision"])
    trail.record(
        actor, f"localisation.exception_{state}", exception,
        division=exception.division.code, reason=note, element=exception.key,
    )  # fmt: skip


def _lock(actor: User, exception_id: int, action: str = "localisations.decide_exception") -> LocalisationException:
    """The exception, locked, for somebody who may do this with it; NotFound out of sight, Forbidden otherwise."""
    rows = LocalisationException.objects.select_for_update(of=("self",), no_key=True).select_related("division")
    exception = rows.filter(pk=exception_id, division__in=actor.divisions_where("registers.view")).first()
    if exception is None:
        raise NotFound
    actor.require(action, within=exception.division)
    return exception
