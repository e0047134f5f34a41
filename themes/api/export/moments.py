"""The query parameter `at`: the moment, or the day, that a caller asks about."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from opsplatform.api.errors import BadQuery
from opsplatform.kernel import clock
from opsplatform.kernel.errors import Problem


class BadMoment(BadQuery):
    """`at` is no moment that can be asked about."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, problems=(Problem("at", "bad_moment", sentence),))


class MomentToCome(BadMoment):
    """What will be live at a moment to come is not known."""

    def __init__(self) -> None:
        super().__init__("at 应为过去的时刻。")


def moment_named(spelling: str | None) -> datetime | None:
    """The moment as spelt in ISO 8601 with its offset, none where it is not given; raises BadMoment."""
    if spelling is None:
        return None
    try:
        moment = parse_datetime(spelling.replace(" ", "+"))  # an unescaped "+" arrives as a blank
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 <= moment.year < 3000:
        raise BadMoment("at 应为带时区的 ISO 8601 时刻，例如 2026-03-01T09:00:00+08:00。")
    return moment


def day_named(spelling: str | None) -> date:
    """The day, by itself or of a moment, today where none is given; raises BadMoment."""
    if spelling is None:
        return clock.today()
    try:
        day = parse_date(spelling)
    except ValueError:
        day = None
    if day is not None:
        return day
    moment = moment_named(spelling)
    return clock.today() if moment is None else timezone.localtime(moment).date()
