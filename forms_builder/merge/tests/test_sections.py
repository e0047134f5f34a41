"""A section's condition counts for every field in it, and nothing of it is left to ask after."""

from forms_builder.documents import FormField, FormSection, ItemFormDocument
from forms_builder.merge.sections import effective_fields
from forms_builder.merge.tests.records import validate_item_record
from opsplatform.kernel.conditions import Condition

HAS_DOG = Condition(q="hasDog", op="eq", value=True)
IS_BIG = Condition(q="weight", op="gt", value=20)


def field(code, kind="string", group="dog", **more):
    return FormField(code=code, label=code, data_type=kind, order=0, group=group, **more)


DOCUMENT = ItemFormDocument(
    item="item",
    sections=(FormSection(code="dog", name="犬只", visible_when=HAS_DOG), FormSection(code="rest", name="其他")),
    fields=(
        field("hasDog", "boolean", group="rest"),
        field("weight", "integer"),
        field("muzzle", visible_when=IS_BIG, required=True),
        field("remark", group="unheard of"),
    ),
)


def test_a_field_stands_under_its_sections_condition_and_its_own():
    assert [one.visible_when for one in effective_fields(DOCUMENT)] == [
        None,
        HAS_DOG,
        Condition(all=(HAS_DOG, IS_BIG)),
        None,
    ]


def test_a_hidden_section_hides_even_what_is_required_in_it():
    def problems(record):
        return [one.code for one in validate_item_record(effective_fields(DOCUMENT), record, {})]

    assert problems({"hasDog": False}) == []
    assert problems({"hasDog": False, "weight": 30}) == ["not_applicable"]
    assert problems({"hasDog": True, "weight": 30}) == ["missing"]
    assert problems({"hasDog": True, "weight": 30, "muzzle": "皮质"}) == []
