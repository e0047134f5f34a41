"""Every file input of our templates has beside it the text input that Unfold's script writes the file's name into."""

import re
from pathlib import Path

import unfold

TEMPLATES = Path(__file__).parents[3] / "templates"
BESIDE = '{% include "console/file_name.html" %}'


def forms_with_files() -> list[str]:
    texts = (file.read_text() for file in TEMPLATES.rglob("*.html"))
    found = [form for text in texts for form in re.findall(r"<form.*?</form>", text, flags=re.DOTALL)]
    return [form for form in found if 'type="file"' in form]


def test_every_form_that_takes_a_file_has_one() -> None:
    assert len(forms_with_files()) >= 2
    assert [form for form in forms_with_files() if BESIDE not in form] == []


def test_the_script_still_looks_for_it() -> None:
    script = (Path(unfold.__file__).parent / "static/unfold/js/app.js").read_text()
    assert 'input.parentNode.parentNode.parentNode.querySelector(\n            "input[type=text]"' in script
