"""Pages by key: a walk meets every row once in any order, forward and back, also among equal and empty values."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F, QuerySet, Value
from django.db.models.functions import NullIf

from opsplatform.catalog.models import ServicePoint
from opsplatform.kernel.keyset import Keyset, Step, seal, unseal
from opsplatform.organizations.models import Department, Division
from opsplatform.organizations.tests.factories import BodyKindFactory, DepartmentFactory, DistrictFactory
from themes.models import Theme

pytestmark = [pytest.mark.django_db, pytest.mark.every_server]

ORDERS = (
    ("name",),
    ("-name",),
    ("kind",),  # a reference: by the order of what it leads to, empty ones last
    ("-kind",),
    ("division__code", "-short_name"),
    ("-short_name", "division"),
    ("known_as", "-pk"),  # an annotation that may be empty
    ("-known_as",),
)


@pytest.fixture
def bodies() -> QuerySet[Department]:
    """Bodies with equal and with empty values in every column of the orders."""
    kinds = [None, BodyKindFactory(), BodyKindFactory()]
    for district in (DistrictFactory(), DistrictFactory()):
        for number in range(9):
            kind = kinds[number] if number < len(kinds) else None
            DepartmentFactory(
                division=district, kind=kind, name=f"{district}{number // 2}{number}", short_name="简"[: number % 2]
            )
    return Department.objects.annotate(known_as=NullIf(F("short_name"), Value("")))


def walked(rows: QuerySet[Any], order: tuple[str, ...], size: int) -> Iterator[Any]:
    """The rows page by page, each key sealed and opened as between two requests."""
    keyset, key = Keyset(rows.model, order), None
    while found := list(keyset.after(rows, key)[:size]):
        yield from found
        key = unseal(seal(keyset.key_of(found[-1]), "walk"), "walk")


@pytest.mark.parametrize("size", [1, 4, 50])
@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_a_walk_meets_every_row_once_in_the_order_of_the_database(
    bodies: QuerySet[Department], order: tuple[str, ...], size: int
) -> None:
    whole = list(bodies.order_by(*Keyset(Department, order).names))
    assert list(walked(bodies, order, size)) == whole


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_what_lies_before_a_row_is_what_the_walk_met_before_it(
    bodies: QuerySet[Department], order: tuple[str, ...]
) -> None:
    keyset = Keyset(Department, order)
    whole = list(keyset.after(bodies, None))
    for place, row in enumerate(whole):
        assert list(keyset.before(bodies, keyset.key_of(row))) == whole[:place][::-1]


def test_the_order_of_a_reference_is_djangos_own(bodies: QuerySet[Department]) -> None:
    for order in ("division", "-division"):
        own = bodies.order_by(order, "-pk")
        assert list(Keyset(Department, (order, "-pk")).after(bodies, None)) == list(own)


def test_a_walk_over_rows_that_come_and_go_meets_those_that_stay(bodies: QuerySet[Department]) -> None:
    stay = set(bodies.exclude(name__endswith="3").values_list("pk", flat=True))
    met = []
    for row in walked(bodies, ("name",), 2):
        met.append(row.pk)
        bodies.filter(name__endswith="3").delete()
        DepartmentFactory(division=row.division, name=f"0{row.pk}")
    assert sorted(pk for pk in met if pk in stay) == sorted(stay)
    assert len(met) == len(set(met))


def test_an_order_is_made_total_by_the_primary_key_and_only_where_it_must_be() -> None:
    assert Keyset(Department, ("name",)).names == ("name", "-pk")
    assert Keyset(Division, ("-code",)).names == ("-code",)
    assert Keyset(Department, ("division__code",)).names == ("division__code", "-pk")  # unique there, not here
    assert Keyset(Theme, ("-pk",)).names == ("-pk",)  # a key that is a reference


def test_without_the_tie_break_rows_are_lost(bodies: QuerySet[Department], monkeypatch: pytest.MonkeyPatch) -> None:
    """Saboteur: an order that is not total skips equal rows, which the walk notices."""
    order = ("short_name",)
    whole = list(walked(bodies, order, 4))
    monkeypatch.setattr("opsplatform.kernel.keyset._is_unique", lambda model, column: True)
    assert len(list(walked(bodies, order, 4))) < len(whole)


def test_without_care_for_empty_values_rows_are_lost(
    bodies: QuerySet[Department], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saboteur: comparing alone never reaches an empty column, which the walk notices."""
    beyond = Step.beyond
    monkeypatch.setattr(Step, "beyond", lambda step, value: beyond(step._replace(may_be_empty=False), value))
    assert len(list(walked(bodies, ("known_as",), 4))) < bodies.count()


def test_days_moments_and_decimals_survive_a_cursor() -> None:
    values = [date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), Decimal("121.473701"), None, "一"]
    back = unseal(seal(values, "test"), "test")
    fields = [ServicePoint._meta.get_field(name) for name in ("valid_from", "updated_at", "longitude")]
    assert [field.to_python(value) for field, value in zip(fields, back, strict=False)] == values[:3]
    assert back[3:] == [None, "一"]


def test_a_cursor_of_ours_for_another_purpose_and_one_of_nobodys_are_refused() -> None:
    sealed = seal([1], "list", "name")
    assert unseal(sealed, "list", "name") == [1]
    assert unseal(sealed, "list", "-name") is None
    assert unseal(sealed[:-1] + "x", "list", "name") is None
    assert unseal("☃", "list", "name") is None
