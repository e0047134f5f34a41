"""Every kind of work has its name on the pages, whether or not the process does any work."""

import ast
import subprocess
import sys
from pathlib import Path

import opsplatform

ROOT = Path(opsplatform.__file__).parents[1]
ROOMS = ("opsplatform", "forms_builder", "themes", "content", "models_registry")
KNOWN = """
import django
django.setup()
from opsplatform.jobs.registry import kinds
print(len(kinds()))
"""


def test_every_kind_of_work_in_the_code_is_known_without_a_worker() -> None:
    written = sum(count_works(path) for room in ROOMS for path in (ROOT / room).rglob("tasks.py"))
    process = subprocess.run([sys.executable, "-c", KNOWN], check=False, capture_output=True, text=True, cwd=ROOT)
    assert written > 5 and process.stdout.strip() == str(written), process.stderr


def count_works(path: Path) -> int:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return sum(isinstance(called, ast.Name) and called.id == "work" for called in calls)
