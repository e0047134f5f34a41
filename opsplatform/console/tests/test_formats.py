from datetime import UTC, date, datetime

from django.template import Context, Template
from django.utils.formats import localize


def test_dates_and_moments_are_written_one_way_in_registers_and_on_pages() -> None:
    moment = datetime(2026, 11, 21, 23, 5, tzinfo=UTC)
    assert localize(date(2026, 3, 1)) == "2026-03-01"
    assert localize(moment) == "2026-11-21 23:05"
    assert Template('{{ moment }} {{ moment|date:"DATE_FORMAT" }}').render(Context({"moment": moment})) == (
        "2026-11-22 07:05 2026-11-22"
    )
