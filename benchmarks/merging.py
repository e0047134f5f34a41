"""Merging: all item forms of a theme into one, nothing known beforehand, one processor."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from benchmarks.published import NAMES, published
from benchmarks.table import Row, below
from benchmarks.timing import measured, paired
from forms_builder.documents import DataType, FormField
from forms_builder.merge.certificate import certify
from forms_builder.merge.form import Contribution, MergedForm, merge_form
from forms_builder.merge.matters import matters_of

ROUNDS = 9
SMALLEST, *LARGER = (10, 50, 200)
LARGE, LARGE_GOAL = 100, 0.060  # 2,000 fields; seconds
THEME_GOAL = 0.005
FIELDS_PER_FORM = 20
SHARED_PER_FORM = 8
SHARED = 40
KINDS: tuple[DataType, ...] = ("string", "dict", "integer", "date", "text")
DICTIONARIES = {"made_up": [f"{number:02d}" for number in range(60)]}


def rows() -> Iterator[Row]:
    """Both themes, and made-up ones of more and more items: what one field costs must not grow."""
    for code, name in NAMES.items():
        package = published(code).package
        contributions = [
            Contribution(item, part.field, part.key)
            for item, parts in package.form.item_forms.items()
            for part in parts
        ]
        dictionaries = {key: [entry.code for entry in content.entries] for key, content in package.dictionaries.items()}
        yield from _judged(f"{name}: {len(contributions)} fields", contributions, dictionaries, THEME_GOAL)
    made_up = _made_up(LARGE)
    yield from _judged(f"{LARGE} made-up items: {len(made_up)} fields", made_up, DICTIONARIES, LARGE_GOAL)
    small = partial(_merged, _made_up(SMALLEST), DICTIONARIES)
    fields = SMALLEST * FIELDS_PER_FORM
    yield Row(f"{SMALLEST} made-up items", measured(small, rounds=ROUNDS, times=5), pace=(fields, "fields"))
    for size in LARGER:
        pair = paired(partial(_merged, _made_up(size), DICTIONARIES), small, rounds=ROUNDS)
        yield Row(
            f"{size} made-up items",
            pair.mine,
            pace=(size * FIELDS_PER_FORM, "fields"),
            against=f"a field among {SMALLEST} items",
            ratio=pair.ratio.divided_by(SMALLEST / size),
        )


def _judged(
    what: str, contributions: Sequence[Contribution], dictionaries: Mapping[str, Sequence[str]], goal: float | None
) -> Iterator[Row]:
    """The merge, the same with everything it costs told by example, and with its certificate besides."""
    merge = partial(_merged, contributions, dictionaries)
    forms: dict[str, list[FormField]] = {}
    for one in contributions:
        forms.setdefault(one.item, []).append(one.field)
    acts: tuple[tuple[str, Callable[[], object], float | None], ...] = (
        ("merged", merge, goal),
        ("merged, each loss with a witness", lambda: matters_of(merge()), goal),
        ("merged and certified", lambda: certify(forms, merge(), origins={}, separated={}), None),
    )
    for done, act, wanted in acts:
        taken = measured(act, rounds=ROUNDS)
        row = Row(f"{what} {done}", taken, pace=(len(contributions), "fields"))
        yield row if wanted is None else replace(row, goal=below(wanted, taken))


def _merged(contributions: Sequence[Contribution], dictionaries: Mapping[str, Sequence[str]]) -> MergedForm:
    return merge_form(contributions, dictionaries=dictionaries)


def _made_up(items: int) -> list[Contribution]:
    """Forms of twenty fields, eight of which mean what fields of other items mean too."""
    contributions = []
    for item in range(items):
        for place in range(FIELDS_PER_FORM):
            is_shared = place < SHARED_PER_FORM
            meaning = (item * 7 + place * 5) % SHARED if is_shared else place
            kind = KINDS[meaning % len(KINDS)]
            field = FormField(
                code=f"f{place}",
                label=f"字段{meaning}",
                data_type=kind,
                order=place,
                max_length=50 + item % 30 if kind in ("string", "text") else None,
                required=(item + place) % 3 == 0,
                dictionary="made_up" if kind == "dict" else None,
            )
            contributions.append(Contribution(f"i{item}", field, f"s{meaning}" if is_shared else f"i{item}.f{place}"))
    return contributions
