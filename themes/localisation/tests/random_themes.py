"""Random small themes as the city freezes them, random changes of them, and random localisations."""

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from forms_builder.documents import FormField
from opsplatform.kernel.documents import write
from themes.documents import (
    ElementRule,
    LocalisationPolicy,
    MaterialBinding,
    MaterialUse,
    Notice,
    ThemeDocument,
    ThemeItem,
)
from themes.localisation.documents import DistrictPoint, LocalisationDocument
from themes.localisation.elements import condition_key, elements_of, kind_of
from themes.localisation.keys import key_of
from themes.localisation.rebasing import City, Signature, redraft
from themes.packages.structure import (
    BodyContent,
    DivisionContent,
    FrozenTheme,
    ItemContent,
    MaterialContent,
    ServicePointContent,
)

CITY, DISTRICT = "310000", "310112"
ITEMS, POINTS, NOTICES, MATERIALS, CONDITIONS = (
    ("A", "B", "C"),
    ("北厅", "a/b~厅"),
    ("N1", "N2"),
    ("M1", "M2"),
    ("甲", "乙"),
)
BY = Signature("min_editor", "闵行编辑", "2026-11-02")
PATTERNS = (
    "items/*/promised_days",
    "items/A/promised_days",
    "service_points/*/phone",
    "notices/*",
    "items/*",
    "summary",
)

texts = st.sampled_from(["一", "二", "三"])
days = st.integers(0, 4)
policies = st.builds(
    LocalisationPolicy,
    rules=st.lists(
        st.builds(ElementRule, code=st.sampled_from(PATTERNS), mode=st.sampled_from(["locked", "free", "extend_only"])),
        unique_by=lambda rule: rule.code,
        max_size=2,
    ).map(tuple),
)
points = st.builds(
    ServicePointContent,
    name=st.just(""),
    address=texts,
    hours=st.sampled_from(["", "九点至五点", "九点至四点"]),
    phone=st.sampled_from(["", "12345", "54321"]),
    valid_to=st.none() | st.just("2030-01-31"),
    holidays=st.dictionaries(st.sampled_from(["2026-10-01", "2026-10-02"]), st.sampled_from(["休息", "上午"])),
)


@st.composite
def themes(draw: st.DrawFn) -> FrozenTheme:
    """A theme of up to three items, two windows and two notices."""
    codes = draw(st.lists(st.sampled_from(ITEMS), unique=True, min_size=1))
    items = tuple(
        ThemeItem(
            code=code,
            item=code,
            mandatory=draw(st.booleans()),
            by_district=draw(st.booleans()),
            materials=tuple(MaterialUse(material=m) for m in draw(st.lists(st.sampled_from(MATERIALS), unique=True))),
        )
        for code in codes
    )
    return FrozenTheme(
        document=ThemeDocument(
            code="t", name="主题", summary=draw(texts), items=items,
            materials=tuple(MaterialBinding(code=code, material=code) for code in MATERIALS),
            notices=tuple(
                Notice(code=code, title=draw(texts), content="内容", order=1)
                for code in draw(st.lists(st.sampled_from(NOTICES), unique=True))
            ),
            localisation=draw(policies),
        ),
        items={
            code: ItemContent(
                name=code, basic_code="1", sequence="01", level_code="3", department="D", statutory_days=20,
                promised_days=draw(days),
                conditions=tuple(draw(st.lists(st.sampled_from(CONDITIONS), unique=True))),
            )
            for code in codes
        },
        item_forms={
            code: (FormField(code="f", label="字段", data_type="string", order=1, required=draw(st.booleans())),)
            for code in codes
        },
        materials={code: MaterialContent(name=code) for code in MATERIALS},
        departments={"D": BodyContent(name="部门", uscc="91350100M000100Y43")},
        service_points={
            DISTRICT: tuple(
                replace(draw(points), name=name) for name in draw(st.lists(st.sampled_from(POINTS), unique=True))
            )
        },
        divisions={CITY: DivisionContent(name="上海市"), DISTRICT: DivisionContent(name="闵行区", parent=CITY)},
    )  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, theme: FrozenTheme) -> FrozenTheme:
    """The theme as the city changes it: some of its parts are those of another theme."""
    other = draw(themes())
    document = replace(
        theme.document,
        **{part: getattr(other.document, part) for part in draw(_some("summary", "notices", "localisation"))},
    )
    parts = {"items": other.items, "item_forms": other.item_forms, "service_points": other.service_points}
    if draw(st.booleans()):
        return replace(theme, document=replace(document, items=other.document.items), **parts)
    kept = {item.code for item in document.items} & other.items.keys()
    contents = {
        code: other.items[code] if code in kept and draw(st.booleans()) else theme.items[code] for code in theme.items
    }
    windows = other.service_points if draw(st.booleans()) else theme.service_points
    return replace(theme, document=document, items=contents, service_points=windows)


def _some(*names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True)


@st.composite
def localisations(draw: st.DrawFn, theme: FrozenTheme, *, most: int = 6) -> LocalisationDocument:
    """What a district may have saved on this theme: of any element that it sees, and of some that it adds."""
    elements = elements_of(theme, DISTRICT)
    added = [
        *(key_of("items", item.code) for item in theme.document.items if item.by_district),
        key_of("service_points", "南厅"),
        key_of("notices", "N9"),
        key_of("notices", "N1"),
        *(condition_key(code, "丙") for code in theme.items),
        *(key_of("service_points", point.name, "phone") for point in theme.service_points[DISTRICT]),
    ]
    keys = draw(st.lists(st.sampled_from(sorted({*elements, *added})), unique=True, max_size=most))
    values = {key: draw(_value(key)) for key in keys}
    return redraft(LocalisationDocument(theme="t", division=DISTRICT), values, City(theme, 1), BY)


def _value(key: str) -> st.SearchStrategy[Any]:
    kind = kind_of(key)
    assert kind is not None
    values: dict[str, st.SearchStrategy[Any]] = {
        "items/*": st.booleans().map(lambda always: {"mandatory": True} if always else {}),
        "items/*/promised_days": days,
        "items/*/materials/*": st.just({}),
        "items/*/conditions/*": st.just("丙"),
        "items/*/fields/*/required": st.just(True),
        "service_points/*": texts.map(lambda text: write(DistrictPoint(address=text, phone="12345"))),
        "service_points/*/coordinates": st.just([121.4, 31.2]),
        "notices/*": texts.map(lambda text: {"title": text, "content": "内容", "order": 1}),
        "items/*/onsite_times": days,
        "items/*/statutory_days": days,
    }
    return st.none() | values.get(kind.pattern, texts)
