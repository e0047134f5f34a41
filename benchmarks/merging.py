"""Merging: all item forms of a theme into one, nothing known beforehand, one processor."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from benchmarks.published import NAMES, published
from benchmarks.table import Row
from benchmarks.timing import measured, paired
from forms_builder.documents import DataType, FormField
from forms_builder.merge.form import Contribution, MergedForm, merge_form

ROUNDS = 9
SMALLEST, *LARGER = (10, 50, 200)
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
        merge = partial(_merged, contributions, dictionaries)
        fields = len(contributions)
        yield Row(f"{name}: {fields} fields merged", measured(merge, rounds=ROUNDS, times=5), pace=(fields, "fields"))
        told = measured(lambda merge=merge: merge().findings(), rounds=ROUNDS)  # type: ignore[misc]
        yield Row(f"{name}: merged, each loss with a witness", told, pace=(fields, "fields"))
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
