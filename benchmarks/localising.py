"""Localising: the city changes a theme that sixteen districts have localised, one processor."""

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from benchmarks.published import published
from benchmarks.table import Row, below
from benchmarks.timing import measured
from themes.documents import Notice
from themes.localisation.compilation import compile_localised
from themes.localisation.documents import FrozenLocalisation, LocalisationDocument
from themes.localisation.elements import elements_of
from themes.localisation.keys import key_of
from themes.localisation.rebasing import City, Signature, rebase, redraft
from themes.packages.compilation import package_bytes
from themes.packages.structure import FrozenTheme
from themes.tests.demonstrated import RESTAURANT

ROUNDS = 7
GOAL = 5.0  # seconds, of a theme of a hundred fields
BY = Signature("editor", "区编辑", "2026-11-02")


def rows() -> Iterator[Row]:
    """The merge by itself; then as a release does it, with every district's package compiled and written."""
    frozen = published(RESTAURANT).frozen
    districts = [code for code, one in frozen.divisions.items() if len(code) == 6 and one.parent is not None]
    city, before = City(_changed(frozen), 2), City(frozen, 1)
    documents = [_localised(before, division) for division in districts]
    fields = sum(len(form) for form in frozen.item_forms.values())
    what = f"{fields} fields, {len(districts)} localisations"
    merged = measured(partial(_merge, documents, city), rounds=ROUNDS)
    yield Row(f"{what}: merged", merged, pace=(len(districts), "localisations"))
    whole = measured(partial(_merge_and_compile, documents, city), rounds=ROUNDS)
    yield Row(f"{what}: merged and compiled", whole, pace=(len(districts), "packages"), goal=below(GOAL, whole))


def _changed(frozen: FrozenTheme) -> FrozenTheme:
    """The theme with a day less promised for every item, and one more notice."""
    items = {
        code: replace(item, promised_days=max(item.promised_days - 1, 0), division_days=())
        for code, item in frozen.items.items()
    }
    notice = Notice(code="N_MORE", title="新须知", content="自下月起施行。", order=99)
    document = replace(frozen.document, notices=(*frozen.document.notices, notice))
    return replace(frozen, document=document, items=items)


def _localised(city: City, division: str) -> LocalisationDocument:
    """Two changed promises, a window and a notice of the district's own."""
    promises = [key for key in elements_of(city.frozen, division) if key.endswith("/promised_days")][:2]
    values = {
        **dict.fromkeys(promises, 0),
        key_of("service_points", "区行政服务中心"): {"address": "某路1号", "hours": "9:00-17:00", "phone": "12345"},
        key_of("notices", f"{division}-1"): {"title": "预约", "content": "请先预约。"},
    }
    return redraft(LocalisationDocument(theme=city.frozen.document.code, division=division), values, city, BY)


def _merge(documents: Sequence[LocalisationDocument], city: City) -> None:
    for document in documents:
        rebase(document, city)


def _merge_and_compile(documents: Sequence[LocalisationDocument], city: City) -> None:
    for document in documents:
        carried = FrozenLocalisation(document=rebase(document, city).document)
        package_bytes(compile_localised(city.frozen, document.division, city.version, carried, 1))
