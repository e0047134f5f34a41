"""What a merge found, in sentences: an example is shown where its signs say something, else how long it is."""

import pytest

from forms_builder.documents import FormField
from forms_builder.merge.form import Contribution, merge_form
from forms_builder.merge.intersection import Finding
from forms_builder.merge.wording import merge_sentence

ITEMS = {"A": "甲事项", "B": "乙事项"}


def finding(**limits: int) -> Finding:
    """What is lost where B asks for these limits of a text and A for none."""
    fields = (FormField("f", "名称", "string", 0), FormField("f", "名称", "string", 0, **limits))  # type: ignore[arg-type]
    parts = [Contribution(item, field, "k") for item, field in zip("AB", fields, strict=True)]
    return merge_form(parts, dictionaries={}).findings()[0]


@pytest.mark.parametrize(
    ("most", "told"),
    [(4, "“长长长长长”"), (20, "长度为 21 的内容（如“长长长长长长…”）"), (50, "长度为 51 的内容")],
)
def test_a_text_made_only_to_be_too_long_is_told_by_its_length(most: int, told: str) -> None:
    sentence = merge_sentence(finding(max_length=most), "名称", ITEMS)
    assert sentence.startswith(f"“名称”合并后更严：“甲事项”接受{told}") and sentence.endswith("“乙事项”不接受。")
