"""Moments as people type them: in the installation's time."""

from datetime import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from opsplatform.kernel.errors import Invalid, Problem


def read_moment(text: str) -> datetime | None:
    """The moment typed, in the installation's time where no offset is given; None where it cannot be read."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is None or not 1970 <= moment.year < 3000:  # the calendar's ends cannot be said in another zone
        return None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def moment_given(text: str, place: str) -> datetime | None:
    """The moment typed, None where nothing was; raises Invalid where it cannot be read."""
    if not text.strip():
        return None
    moment = read_moment(text.strip())
    if moment is None:
        sentence = "请填写日期和时间，如 2026-11-21 09:00。"
        raise Invalid(sentence, problems=(Problem(place, "no_moment", sentence),))
    return moment


def typed(moment: datetime | None) -> str:
    """The moment to the second as a field for date and time takes it; empty for none."""
    if moment is None:
        return ""
    local = timezone.localtime(moment).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes")
