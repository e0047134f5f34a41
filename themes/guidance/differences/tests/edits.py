"""Edits of the two dossiers with what they mean for citizens, known beforehand; and edits that mean nothing."""

from collections.abc import Callable
from typing import Any

import msgspec

from opsplatform.kernel.documents import write
from themes import documents as d
from themes.packages.tests.dossiers import frozen

Tree = dict[str, Any]
Edit = Callable[[Tree], Any]
FOOD, DOG = "theme_restaurant", "theme_dog_license"


def edited(name: str, edit: Edit) -> d.ThemeDocument:
    tree = msgspec.json.decode(msgspec.json.encode(write(frozen(name).document)))
    edit(tree)
    return msgspec.convert(tree, d.ThemeDocument)


def rule(tree: Tree, code: str) -> Tree:
    return next(one for one in tree["guidance"]["rules"] if one["code"] == code)


def question(tree: Tree, code: str) -> Tree:
    return next(one for one in tree["guidance"]["questions"] if one["code"] == code)


def item(tree: Tree, code: str) -> Tree:
    return next(one for one in tree["items"] if one["code"] == code)


def material(tree: Tree, owner: str, code: str) -> Tree:
    return next(one for one in item(tree, owner)["materials"] if one["material"] == code)


def without(code: str) -> Edit:
    return lambda tree: tree["guidance"]["rules"].remove(rule(tree, code))


def when(code: str, place: int, **test: Any) -> Edit:
    return lambda tree: rule(tree, code)["when"]["all"][place].update(test)


def effect(code: str, place: int, **facts: Any) -> Edit:
    return lambda tree: rule(tree, code)["effects"][place].update(facts)


def dropped(code: str, place: int) -> Edit:
    return lambda tree: rule(tree, code)["effects"].pop(place)


def new_rule(**facts: Any) -> Edit:
    return lambda tree: tree["guidance"]["rules"].append({"code": "Z", "name": "新规则", "priority": 90, **facts})


def _optional_by(code: str) -> Edit:
    return lambda tree: item(tree, code).update(mandatory=False)


YES_TO_TOBACCO = {"q": "q_tobacco", "op": "eq", "value": "yes"}
STOP = frozen(FOOD).document.guidance.rules[0].effects[0].message
SMALL, SINGLE = "犬龄满三个月后再申请登记。", "城市化地区内个人饲养犬只,每户限养一条。"

EDITS: dict[str, tuple[str, Edit, set[tuple[str, str]]]] = {
    "no sign": (FOOD, without("R04"), {("item_lost", "SIGN")}),
    "no tobacco": (FOOD, without("R12"), {("item_lost", "TOB")}),
    "no drain": (FOOD, without("R07"), {("item_lost", "DRAIN")}),
    "fire from 200": (FOOD, when("R05", 0, value=200), {("item_gained", "FIRE")}),
    "fire from 400": (FOOD, when("R05", 0, value=400), {("item_lost", "FIRE")}),
    "fire at 300 too": (FOOD, when("R05", 0, op="ge"), {("item_gained", "FIRE")}),
    "no seal for the sole": (FOOD, when("R03", 1, value=["company", "branch", "partnership"]), {("item_lost", "SEAL")}),
    "a seal for all": (FOOD, lambda tree: rule(tree, "R03")["when"]["all"].pop(1), {("item_gained", "SEAL")}),
    "licence notice gone": (FOOD, dropped("R02", 1), {("notice_lost", "N_LICENSE_FIRST")}),
    "chains bring a layout": (FOOD, dropped("R14", 0), {("material_gained", "FOOD.M_LAYOUT")}),
    "chains in three days": (FOOD, effect("R14", 2, value=3), {("days_changed", "FOOD")}),
    "chain proof needed": (FOOD, effect("R14", 1, necessity_code="1"), {("necessity_changed", "FOOD.M_CHAIN")}),
    "chain proof gone": (FOOD, dropped("R14", 1), {("material_lost", "FOOD.M_CHAIN")}),
    "commitment in two days": (FOOD, effect("R06", 0, value=2), {("days_changed", "FIRE")}),
    "small drains to 100": (
        FOOD, when("R08", 1, value=100),
        {("field_value_changed", "DRAIN.psh_lx"), ("days_changed", "DRAIN"), ("notice_lost", "N_DRAIN_SMALL")},
    ),
    "homes allowed": (FOOD, without("R01"), {("stop_lost", STOP)}),
    "tobacco forbidden": (
        FOOD, new_rule(when=YES_TO_TOBACCO, effects=[{"type": "stop", "message": "不行"}]), {("stop_gained", "不行")}
    ),
    "no room for raw food": (
        FOOD,
        lambda tree: material(tree, "FOOD", "M_SPECIAL_ROOM")["when"]["all"][0].update(value=["cold", "pastry_cold"]),
        {("material_lost", "FOOD.M_SPECIAL_ROOM")},
    ),
    "articles for all": (
        FOOD, lambda tree: material(tree, "BL", "M_ARTICLES").update(when=None), {("material_gained", "BL.M_ARTICLES")}
    ),
    "chains without licence": (
        FOOD, lambda tree: question(tree, "q_chain").update(show_when=None),
        {
            ("question_gained", "q_chain"), ("material_lost", "FOOD.M_LAYOUT"), ("material_gained", "FOOD.M_CHAIN"),
            ("days_changed", "FOOD"),
        },
    ),
    "waste by choice": (FOOD, _optional_by("WASTE"), {("item_lost", "WASTE")}),
    "a sign for all": (FOOD, lambda tree: item(tree, "SIGN").update(mandatory=True), {("item_gained", "SIGN")}),
    "a third answer": (
        FOOD, lambda tree: question(tree, "q_sign")["options"].append({"code": "later", "text": "以后再说"}),
        {("option_gained", "q_sign.later")},
    ),
    "no wholesale": (
        FOOD, lambda tree: question(tree, "q_alcohol")["options"].pop(), {("option_lost", "q_alcohol.wholesale")}
    ),
    "retail written otherwise": (
        FOOD, effect("R10", 0, value=["wholesale"]), {("field_value_changed", "FOOD.ALCOHOL")}
    ),
    "alcohol told to all": (
        FOOD, lambda tree: next(one for one in tree["notices"] if one["code"] == "N_ALCOHOL").update(default=True),
        {("notice_gained", "N_ALCOHOL")},
    ),
    "no kind of business": (FOOD, without("R13"), {("field_value_changed", "FOOD.FORM")}),
    "wholesale not told": (FOOD, dropped("R11", 1), {("notice_lost", "N_ALCOHOL")}),
    "a material for tobacco": (
        FOOD,
        new_rule(when=YES_TO_TOBACCO, effects=[{"type": "add_material", "item": "TOB", "material": "M_LAYOUT"}]),
        {("material_gained", "TOB.M_LAYOUT")},
    ),
    "supervisors of partnerships": (
        FOOD,
        lambda tree: item(tree, "BL")["fields"][0].update(
            visible_when={"q": "q_subject", "op": "in", "value": ["company", "partnership"]}
        ),
        {("field_gained", "BL.supervisor")},
    ),
    "younger dogs": (DOG, when("D03", 0, value=2), {("stop_lost", SMALL)}),
    "one dog everywhere": (DOG, lambda tree: rule(tree, "D02")["when"]["all"].pop(2), {("stop_gained", SINGLE)}),
    "no immunisation": (DOG, without("D06"), {("item_lost", "IMM"), ("notice_lost", "N_IMMUNE")}),
    "guide dogs pay": (DOG, dropped("D15", 1), {("item_gained", "PAY")}),
    "guide dogs' fee": (DOG, dropped("D15", 0), {("field_value_changed", "c_fee_std")}),
    "dearer inside": (DOG, effect("D10", 0, value="600"), {("field_value_changed", "c_fee_std")}),
    "banned dogs not registered": (
        DOG, lambda tree: rule(tree, "D04")["when"]["all"].append({"q": "q_banned", "op": "eq", "value": "no"}),
        {("item_lost", "REGP")},
    ),
    "units not told": (DOG, dropped("D05", 1), {("notice_lost", "N_UNIT")}),
    "neutering proved by all": (
        DOG, lambda tree: material(tree, "REGP", "M_NEUTER").update(when=None), {("material_gained", "REGP.M_NEUTER")}
    ),
    "owners bring a lease": (
        DOG, lambda tree: material(tree, "REGP", "M_LEASE").update(
            when={"q": "q_residence", "op": "in", "value": ["own", "rent"]}),
        {("material_gained", "REGP.M_LEASE")},
    ),
    "the ring asked of all": (
        DOG, lambda tree: question(tree, "q_inner").update(show_when=None), {("question_gained", "q_inner")}
    ),
    "a second dog not asked": (
        DOG, lambda tree: tree["guidance"]["questions"].remove(question(tree, "q_has_dog")),
        {("question_lost", "q_has_dog"), ("stop_lost", SINGLE)},
    ),
    "guide dogs free until the new year": (
        DOG, lambda tree: rule(tree, "D15").update(effective_to="2025-12-31"),
        {("item_gained", "PAY"), ("field_value_changed", "c_fee_std")},
    ),
}  # fmt: skip

EDITS |= {
    "places up to 200 only": (
        FOOD, lambda tree: question(tree, "q_biz_area").update(max=200), {("answer_lost", "q_biz_area")}
    ),
    "tiny places too": (
        FOOD, lambda tree: question(tree, "q_biz_area").update(min=0.5), {("answer_gained", "q_biz_area")}
    ),
    "the sign may be left open": (
        FOOD, lambda tree: question(tree, "q_sign").update(required=False), {("answer_gained", "q_sign")}
    ),
    "the licence is brought along": (
        FOOD, lambda tree: tree["materials"][_place(tree, "M_BL")].update(result_of_item=None),
        {("upload_gained", "M_BL")},
    ),
    "libraries for all": (FOOD, lambda tree: tree.update(prefill_conditions=[]), {("prefill_gained", "legal_entity")}),
    "the seal at once": (FOOD, lambda tree: item(tree, "SEAL").update(depends_on=[]), {("wait_lost", "SEAL.BL")}),
    "signs where districts want them": (
        FOOD, lambda tree: item(tree, "SIGN").update(by_district=True), {("choice_gained", "SIGN")}
    ),
    "until the summer": (
        FOOD, lambda tree: tree.update(effective_to="2025-06-30"), {("period_changed", "YJS-310000-L1-0001")}
    ),
}  # fmt: skip


def _place(tree: Tree, material: str) -> int:
    return next(place for place, one in enumerate(tree["materials"]) if one["code"] == material)


def _split(tree: Tree) -> None:
    first = rule(tree, "R14")
    tree["guidance"]["rules"].append({**first, "code": "R14b", "effects": first["effects"][1:]})
    first["effects"] = first["effects"][:1]


def _renumber(tree: Tree) -> None:
    for one in tree["guidance"]["rules"]:
        one["priority"] *= 10
    for one in tree["guidance"]["questions"]:
        one["order"] *= 2


WITHOUT_EFFECT: dict[str, tuple[str, Edit]] = {
    "rules written in another order": (FOOD, lambda tree: tree["guidance"]["rules"].reverse()),
    "questions written in another order": (FOOD, lambda tree: tree["guidance"]["questions"].reverse()),
    "options in another order": (
        FOOD, lambda tree: [one.get("options", []).reverse() for one in tree["guidance"]["questions"]]
    ),
    "items in another order": (DOG, lambda tree: tree["items"].reverse()),
    "materials in another order": (FOOD, lambda tree: [one["materials"].reverse() for one in tree["items"]]),
    "numbered otherwise": (DOG, _renumber),
    "a rule in two": (FOOD, _split),
    "the same condition said otherwise": (
        FOOD, lambda tree: rule(tree, "R04").update(
            when={"not": {"not": {"q": "q_sign", "op": "in", "value": ["yes"]}}})
    ),
    "a rule renamed": (DOG, lambda tree: rule(tree, "D06").update(code="D06a", name="先免疫")),
    "a rule that never fires": (
        DOG,
        new_rule(when={"q": "q_age", "op": "gt", "value": 300}, effects=[{"type": "add_item", "item": "REGU"}]),
    ),
    "independent rules in another order": (FOOD, lambda tree: rule(tree, "R12").update(priority=35)),
    "waiting said twice": (FOOD, lambda tree: item(tree, "FOOD")["depends_on"].append("BL")),
    "a rule said twice": (
        FOOD, lambda tree: tree["guidance"]["rules"].append({**rule(tree, "R04"), "code": "R04b"})
    ),
}  # fmt: skip
