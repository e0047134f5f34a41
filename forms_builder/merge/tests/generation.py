"""Values and forms made at random, by the wording of the standards and not by the code under test."""

import random
import string
from datetime import date, timedelta
from typing import Any

import msgspec

from forms_builder.documents import Column, FieldOption, FormField, FormSection, ItemFormDocument
from forms_builder.merge.constraints import CODED, NUMERIC, Constraint, check_value
from forms_builder.merge.form import MergedForm
from forms_builder.merge.samples import sample
from forms_builder.merge.sections import effective_fields
from forms_builder.merge.validation import validate
from opsplatform.kernel.conditions import Condition

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WORDS = ["张三", "上海市徐汇区", "A1", "Ab-9", "13号", "x y", "😀", "测试\n换行", "1"]
TEXT_KINDS = ["string", "text", "address", "uscc", "id_card", "phone", "postcode"]
DICTIONARIES = {
    "colour": ("red", "green", "blue"),
    "couleur": ("rouge", "vert", "bleu"),
    "few": ("red", "blue"),
    "size": ("S", "M", "L"),
    "region": ("N", "S", "W"),
    "contrée": ("nord", "sud"),
    "town": ("n1", "n2", "s1", "free"),
    "ville": ("vn", "vs", "vlibre"),
}
PARENTS = {
    "town": {"n1": "N", "n2": "N", "s1": "S", "s9": "W"},
    "ville": {"vn": "nord", "vs": "sud"},
}
REGIONS, TOWNS = {"N": "nord", "S": "sud"}, {"n1": "vn", "n2": "vs", "s1": "vs", "free": "vlibre"}
COLOURS = {"red": "rouge", "green": "vert", "blue": "bleu"}
CROSSWALKS = {
    **{(item, "colour", "couleur"): COLOURS for item in "XYZABC"},
    **{(item, "couleur", "colour"): {said: code for code, said in COLOURS.items()} for item in "YZ"},
    **{(item, "region", "contrée"): REGIONS for item in "XYZ"},
    **{(item, "town", "ville"): TOWNS for item in "XYZ"},
}
OPTIONS = [FieldOption(code=code, name=code) for code in ("red", "blue", "M", "自选")]
PATTERNS = [r"^[A-Z]", r"\d$", "张", r"^\S+$", r"^(?:[a-z]|\d){2,}$"]


def citizen_id(chance: random.Random) -> str:
    born = date(1950, 1, 1) + timedelta(days=chance.randrange(25_000))
    body = f"{chance.choice(['310101', '110105', '440300'])}{born:%Y%m%d}{chance.randrange(1000):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def uscc(chance: random.Random) -> str:
    subject = "".join(chance.choice(USCC_ALPHABET) for _ in range(9))
    body = f"{chance.choice('159')}{chance.choice('123')}310104{subject}"
    total = sum(USCC_ALPHABET.index(c) * 3**place for place, c in enumerate(body))
    return body + USCC_ALPHABET[-total % 31]


def phone(chance: random.Random) -> str:
    digits = "".join(chance.choice(string.digits) for _ in range(9))
    return chance.choice([f"13{digits}", f"021-6{digits[:7]}", f"0512-6{digits[:7]}-{digits[:3]}", "12345", "962222"])


def text(chance: random.Random, constraint: Constraint) -> str:
    makers = {
        "uscc": uscc,
        "id_card": citizen_id,
        "phone": phone,
        "postcode": lambda one: f"{one.randrange(10**6):06d}",
    }
    for name in constraint.formats:
        return makers[name](chance)
    made = "".join(chance.choice(WORDS) for _ in range(chance.choice([1, 2, 3, 40])))
    return made[: constraint.max_length or 40]


def number(chance: random.Random, constraint: Constraint) -> int | float:
    low = float(constraint.minimum) if constraint.minimum is not None else -50.0
    high = float(constraint.maximum) if constraint.maximum is not None else 10.0 ** chance.randrange(1, 7)
    made = round(chance.uniform(low, max(low, high)), min(constraint.scale if constraint.scale is not None else 3, 6))
    return int(made) if constraint.scale == 0 or made.is_integer() else made


def value(chance: random.Random, constraint: Constraint) -> Any:
    """A value of the right kind that is often valid; None when the constraint refuses all."""
    if constraint.impossible:
        return None
    kind = constraint.kind
    if kind in CODED:
        codes = list(constraint.codes or ("任意", "7"))
        if constraint.codes is None and constraint.min_length:
            codes = [code.rjust(constraint.min_length, "0") for code in codes]
        return chance.choice(codes) if kind == "dict" else chance.sample(codes, chance.randrange(1, len(codes) + 1))
    if kind in NUMERIC:
        return number(chance, constraint)
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "date":
        return str(date(1900, 1, 1) + timedelta(days=chance.randrange(60_000)))
    if kind == "division":
        return "".join(chance.choice(string.digits) for _ in range(chance.choice(constraint.lengths)))
    if kind == "file":
        return f"att-{chance.randrange(10**6)}"
    if kind == "table":
        return [
            {
                column.code: cell
                for column in constraint.columns
                if (column.constraint.required or chance.random() < 0.6)
                and (cell := valid_value(chance, column.constraint)) is not None
            }
            for _ in range(chance.randrange(constraint.min_items or 1, 1 + (constraint.max_items or 4)))
        ]
    return text(chance, constraint)


def valid_value(chance: random.Random, constraint: Constraint) -> Any:
    for _ in range(6):
        made = value(chance, constraint)
        if made is not None and not check_value(constraint, made):
            return made
    return sample(constraint)


def valid_data(chance: random.Random, form: MergedForm) -> dict[str, Any] | None:
    """Merged data the form accepts, None where it refuses everything (a required field nothing satisfies)."""
    made = {field.key: valid_value(chance, field.constraint) for field in form.fields}
    filled = {
        key: one
        for key, one in made.items()
        if one is not None and not form.provenance(key).fixed and chance.random() < 0.75
    }
    for _ in range(2 * len(made) + 2):
        problems = validate(form, filled)
        if not problems:
            return filled
        for problem in problems:
            key = problem.pointer.split("/")[1]
            if problem.code == "not_applicable":
                filled.pop(key, None)
            elif problem.code == "missing" and made[key] is not None:
                filled[key] = made[key]
            elif problem.code == "outside_parent":
                left = _within(form, key, filled)
                if filled.pop(key, None) is None:  # guidance fixed it
                    for one in form.dependences:
                        filled.pop(one.parent_key, None)
                elif left:
                    code = chance.choice(left)
                    made[key] = filled[key] = code if made[key] in form.field(key).constraint.codes else [code]
    return None


def _within(form: MergedForm, key: str, filled: dict[str, Any]) -> list[str]:
    """The codes of the field that lie within what every item says lies above, hidden there or not."""
    left = list(form.field(key).constraint.codes or ())
    for one in form.dependences:
        if one.key == key and one.parent_key in filled:
            left = [code for code in left if code in one.below.get(filled[one.parent_key], ())]
    return left


JUNK = [
    None, True, False, 0, 1, -1, 1.0, 5.5, 1e15, -1e15, 999_999_999_999_999, 1e300, 19.99, 0.1 + 0.2, 123456.785,
    "", " ", "　", "\u00a0", "无", "red", "110105194912310021", "11010519491331002X", "11010519491231002x",
    "11010519491231002X\n", "11310000002424034M", "9135010OM000100Y43", "１３８００１３８０００", "13800138000 ",
    "200040\n",
    "2024-02-30", "2024-02-29", "0000-01-01", "2024-2-9", "20240229", "2024-02-29\n", "310101", "310101002", "3101010",
    "x" * 19, "长" * 201, "长" * 1001, "😀" * 10,
    [], [""], ["red", "red"], ["red"], ["red", 1], [{}], [[]], [{"zz": 1}], {}, {"a": 1},
]  # fmt: skip


def damaged(chance: random.Random, form: MergedForm, good: dict[str, Any]) -> dict[str, Any]:
    """The data with one or two things changed, usually for the worse."""
    bad = dict(good)
    for _ in range(chance.randrange(1, 3)):
        key = chance.choice([field.key for field in form.fields])
        what = chance.randrange(8)
        held = bad.get(key)
        if what == 0:
            bad.pop(key, None)
        elif what == 1:
            bad[chance.choice(["zz", key + "x", ""])] = "多余"
        elif what == 2 and isinstance(held, str) and held:
            place = chance.randrange(len(held))
            bad[key] = held[:place] + chance.choice("0123456789X张") + held[place + 1 :]
        elif what == 3 and isinstance(held, str):
            bad[key] = held + chance.choice(["1", "\n", " ", "长" * 60])
        elif what == 4 and isinstance(held, int | float) and not isinstance(held, bool):
            bad[key] = chance.choice([held * 1000, held + 0.001, -held, held / 7, float(held), str(held)])
        elif what == 5 and isinstance(held, list) and held:
            bad[key] = _damaged_list(chance, held)
        else:
            bad[key] = chance.choice(JUNK)
    return bad


def _damaged_list(chance: random.Random, held: list[Any]) -> list[Any]:
    if not isinstance(held[0], dict):
        return chance.choice([[], [*held, held[0]], [*held, chance.choice(JUNK)]])
    row = dict(held[0])
    cell = chance.choice([*row, "zz"])
    changed = {**row, cell: chance.choice(JUNK)}
    dropped = {code: one for code, one in row.items() if code != cell}
    return [chance.choice([changed, dropped, "行"]), *held[1:]]


# --- random item forms ------------------------------------------------------------------------------------------------


def random_column(chance: random.Random, code: str) -> Column:
    kind = chance.choice(["string", "integer", "decimal", "id_card", "phone", "dict", "date", "boolean"])
    return Column(code=code, label=f"列{code}", data_type=kind, required=chance.random() < 0.5, **_limits(chance, kind))


def _limits(chance: random.Random, kind: str) -> dict[str, Any]:
    if kind in TEXT_KINDS:
        pattern = chance.choice(PATTERNS) if kind == "string" and chance.random() < 0.3 else None
        return {
            "min_length": chance.choice([None, None, None, 1, 3, 13]),
            "max_length": chance.choice([None, 12, 18, 20, 30]),
            "pattern": pattern,
        }
    if kind in NUMERIC:
        return {
            "max_length": chance.choice([None, 3, 6, 8]),
            "scale": chance.choice([None, 0, 1, 2]) if kind == "decimal" else None,
            "minimum": chance.choice([None, None, 0, 1.5, 10]),
            "maximum": chance.choice([None, None, 99.5, 1000]),
        }
    if kind in CODED:
        dictionary = chance.choice(["colour", "couleur", "few", "size", None])
        own = chance.sample(OPTIONS, chance.randrange(1, 4)) if dictionary is None and chance.random() < 0.7 else []
        return {"dictionary": dictionary, "options": tuple(own)}
    return {"max_length": chance.choice([None, 6, 9])} if kind == "division" else {}


FAMILIES = [TEXT_KINDS, ["integer", "decimal"], ["dict"], ["multi_dict"], ["boolean"], ["date"], ["division"],
            ["table"], ["file"]]  # fmt: skip


def random_field(chance: random.Random, code: str, family: list[str], earlier: list[FormField]) -> FormField:
    kind = chance.choice(family)
    limits = _limits(chance, kind)
    if kind == "table":
        limits["columns"] = tuple(random_column(chance, one) for one in chance.sample("abcd", chance.randrange(1, 4)))
    if kind in ("table", "multi_dict"):
        limits["min_items"] = chance.choice([None, None, 1, 2])
        limits["max_items"] = chance.choice([None, None, 2, 3])
    if earlier and chance.random() < 0.4:
        limits["visible_when"] = random_condition(chance, earlier)
    return FormField(
        code=code, label=f"字段{code}", data_type=kind, order=len(earlier), required=chance.random() < 0.5, **limits
    )


def random_condition(chance: random.Random, earlier: list[FormField], depth: int = 2) -> Condition:
    shape = chance.randrange(5) if depth else 4
    if shape in (0, 1):
        parts = tuple(random_condition(chance, earlier, depth - 1) for _ in range(chance.randrange(1, 3)))
        return Condition(all=parts) if shape else Condition(any=parts)
    if shape == 2:
        return Condition(not_=random_condition(chance, earlier, depth - 1))
    field = chance.choice(earlier)
    if chance.random() < 0.1:
        return Condition(q="nowhere", op="answered")
    return _random_test(chance, field)


def _random_test(chance: random.Random, field: FormField) -> Condition:
    kind, code = field.data_type, field.code
    if kind in CODED:
        codes = list(DICTIONARIES[field.dictionary]) if field.dictionary else ["7", "任意"]
        some = chance.sample(codes, chance.randrange(0, len(codes) + 1))
        if kind == "multi_dict":
            return chance.choice(
                [
                    Condition(q=code, op="contains", value=chance.choice(codes)),
                    Condition(q=code, op="contains_any", value=some),
                ]
            )
        operator = chance.choice(["eq", "ne", "in", "not_in"])
        return Condition(q=code, op=operator, value=some if "in" in operator else chance.choice(codes))
    if kind in NUMERIC:
        return Condition(
            q=code, op=chance.choice(["gt", "ge", "lt", "le", "eq", "ne"]), value=chance.choice([0, 1, 20])
        )
    if kind == "date":
        return Condition(q=code, op=chance.choice(["gt", "ge", "lt", "le"]), value="1985-06-15")
    if kind == "boolean":
        return Condition(q=code, op=chance.choice(["eq", "ne"]), value=chance.random() < 0.5)
    if kind in TEXT_KINDS:
        return Condition(q=code, op=chance.choice(["lt", "ge", "ne", "answered"]), value="A1")
    return Condition(q=code, op="answered")


def random_items(chance: random.Random) -> dict[str, list[tuple[str, FormField]]]:
    """Item → (merged key, field): fields of one key are mostly, not always, of kinds that go together."""
    keys = {f"k{place}": chance.choice(FAMILIES) for place in range(chance.randrange(1, 6))}
    items: dict[str, list[tuple[str, FormField]]] = {}
    for item in ("X", "Y", "Z")[: chance.randrange(1, 4)]:
        fields: list[tuple[str, FormField]] = []
        for key, family in keys.items():
            if chance.random() < 0.75:
                offered = family if chance.random() < 0.95 else chance.choice(FAMILIES)
                fields.append(
                    (key, random_field(chance, f"{item.lower()}_{key}", offered, [field for _, field in fields]))
                )
        fields += _places(chance, item.lower(), [field for _, field in fields])
        items[item] = _in_sections(chance, fields) if chance.random() < 0.4 else fields
    return items


def _places(chance: random.Random, item: str, earlier: list[FormField]) -> list[tuple[str, FormField]]:
    """Sometimes a region and towns within it; now and then without the rule, or within another field."""
    if chance.random() < 0.5:
        return []
    region = random_field(chance, f"{item}_region", ["dict"], earlier)
    above = [("region", region), ("other", msgspec.structs.replace(region, code=f"{item}_other", label="另一地区"))]
    above = [
        (key, msgspec.structs.replace(one, dictionary=chance.choice(["region", "region", "contrée"]), options=()))
        for key, one in above[: chance.choice([1, 1, 1, 2])]
    ]
    town = random_field(chance, f"{item}_town", ["dict"] if chance.random() < 0.7 else ["multi_dict"], earlier)
    within = chance.choice([one.code for _, one in above]) if chance.random() < 0.8 else None
    dictionary = chance.choice(["town", "town", "ville"])
    return [*above, ("town", msgspec.structs.replace(town, dictionary=dictionary, options=(), within=within))]


def _in_sections(chance: random.Random, fields: list[tuple[str, FormField]]) -> list[tuple[str, FormField]]:
    """Some of the later fields in a section, whose condition names fields before it."""
    if len(fields) < 2:
        return fields
    cut = chance.randrange(1, len(fields))
    condition = random_condition(chance, [field for _, field in fields[:cut]])
    document = ItemFormDocument(
        sections=(FormSection(code="s", name="分节", visible_when=condition),),
        fields=tuple(
            msgspec.structs.replace(field, group="s" if place >= cut and chance.random() < 0.7 else None)
            for place, (_, field) in enumerate(fields)
        ),
    )
    keys = [key for key, _ in fields]
    return list(zip(keys, effective_fields(document), strict=True))
