"""Random guidance, items, answers and days, small enough to collide often."""

import datetime

from hypothesis import strategies as st

from opsplatform.kernel.conditions import Condition
from themes import documents as d

QUESTIONS = [f"q{number}" for number in range(6)]
UNKNOWN = "q_unknown"
ITEMS = ["A", "B", "C"]
MATERIALS = ["M1", "M2", "M3"]
DAYS = [datetime.date(2025, 1, day) for day in range(1, 6)]

scalars = st.sampled_from(["a", "b", "c", "", 0, 1, 2, 2.5, True, False])
given_values = scalars | st.none() | st.lists(scalars, max_size=3) | st.sampled_from([[], [["a"]], {"a": 1}])
PARAMETERS = ["p0", "p1"]
DIVISION = "310101"
ALWAYS = Condition(all=())
named_parameters = st.sampled_from([{"parameter": code} for code in [*PARAMETERS, "p_unknown"]])
answers = st.dictionaries(st.sampled_from([*QUESTIONS, UNKNOWN]), given_values)


@st.composite
def tests_of_one_name(draw: st.DrawFn) -> Condition:
    op = draw(
        st.sampled_from(["eq", "ne", "in", "not_in", "contains", "contains_any", "gt", "ge", "lt", "le", "answered"])
    )
    is_list = op in ("in", "not_in", "contains_any")
    value = draw(st.lists(scalars, max_size=3) if is_list else scalars | st.none() | named_parameters)
    return Condition(q=draw(st.sampled_from([*QUESTIONS, UNKNOWN])), op=op, value=value)


conditions = st.recursive(
    tests_of_one_name(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: Condition(all=tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Condition(any=tuple(parts))),
        inner.map(lambda part: Condition(not_=part)),
    ),
    max_leaves=5,
)

item_codes = st.sampled_from([*ITEMS, "UNKNOWN"])
material_codes = st.sampled_from(MATERIALS)
necessities = st.none() | st.sampled_from(["1", "2"])
effects = st.one_of(
    st.builds(d.AddItem, item=item_codes),
    st.builds(d.RemoveItem, item=item_codes),
    st.builds(d.AddMaterial, item=item_codes, material=material_codes, necessity_code=necessities),
    st.builds(d.WaiveMaterial, item=item_codes, material=material_codes),
    st.builds(
        d.SetField,
        item=st.none() | item_codes,
        field=st.sampled_from(["f", "g"]),
        value=given_values | named_parameters,
    ),
    st.builds(d.SetField, item=st.none() | item_codes, field=st.just("f"), value=named_parameters),
    st.builds(d.SetPromisedDays, item=item_codes, value=st.integers(0, 9)),
    st.builds(d.AddNotice, notice=st.sampled_from(["N1", "N2"])),
    st.builds(d.Stop, message=st.sampled_from(["不行", "也不行"])),
)
bounds = st.none() | st.sampled_from([day.isoformat() for day in DAYS])


@st.composite
def parameter_values(draw: st.DrawFn) -> d.ParameterValue:
    return d.ParameterValue(
        value=draw(st.sampled_from([1, 2, 2.5, "a", "b"])),
        divisions=tuple(draw(st.lists(st.sampled_from([DIVISION, DIVISION[:4], "3102", "310102"]), max_size=2))),
        effective_from=draw(bounds),
        effective_to=draw(bounds),
    )


@st.composite
def guidances(draw: st.DrawFn) -> d.Guidance:
    codes = draw(st.lists(st.sampled_from(QUESTIONS), unique=True, max_size=6))
    questions = [
        d.Question(
            code=code,
            text=f"{code}？",
            type="single",
            order=draw(st.integers(0, 3)),
            show_when=draw(st.none() | conditions),
            effective_from=draw(bounds),
            effective_to=draw(bounds),
        )
        for code in codes
    ]
    rules = [
        d.Rule(
            code=f"R{number}",
            name=f"规则{number}",
            priority=draw(st.integers(0, 3)),
            when=draw(conditions | st.just(ALWAYS)),
            effects=tuple(draw(st.lists(effects, max_size=3))),
            effective_from=draw(bounds),
            effective_to=draw(bounds),
        )
        for number in range(draw(st.integers(0, 6)))
    ]
    parameters = [
        d.Parameter(code=code, name=code, values=tuple(draw(st.lists(parameter_values(), max_size=3))))
        for code in draw(st.sampled_from([PARAMETERS, PARAMETERS[::-1], PARAMETERS[:1], PARAMETERS[1:], []]))
    ]
    return d.Guidance(
        questions=tuple(questions), rules=tuple(draw(st.permutations(rules))), parameters=tuple(parameters)
    )


@st.composite
def item_lists(draw: st.DrawFn) -> list[d.ThemeItem]:
    return [
        d.ThemeItem(
            code=code,
            item=code,
            mandatory=draw(st.booleans()),
            materials=tuple(
                d.MaterialUse(
                    material=material,
                    when=draw(st.none() | conditions),
                    necessity_code=draw(necessities),
                    note=draw(st.sampled_from(["", "可后补"])),
                )
                for material in draw(st.lists(material_codes, unique=True, max_size=3))
            ),
        )
        for code in draw(st.lists(st.sampled_from(ITEMS), unique=True, max_size=3))
    ]


cases = st.tuples(guidances(), item_lists(), answers, st.none() | st.sampled_from(DAYS))
