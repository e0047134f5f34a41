"""A list from a file becomes rows of a register: the known stay as they stand, the new are added, all or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from opsplatform.kernel.comparison import compare
from opsplatform.kernel.errors import Problem
from opsplatform.kernel.registers import refuse

MAX_LIST_BYTES = 8_000_000


@dataclass
class ImportedList:
    """What an import did, or as a dry run would do."""

    is_dry_run: bool
    new: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)  # known codes of which the file says something else

    def met(self, code: str, registered: Any, in_file: Any) -> None:
        """A code that is known already is counted, with everything in which the file differs from the register."""
        changes = compare(registered, in_file)
        if not changes:
            self.unchanged += 1
            return
        differences = [{"place": one.pointer, "registered": one.before, "file": one.after} for one in changes]
        self.kept.append({"code": code, "differences": differences})


def refuse_list(problems: Iterable[Problem]) -> None:
    """Passes without problems; raises Invalid with all of them, the first in its sentence."""
    found = tuple(problems)
    if found:
        refuse(found, f"文件有 {len(found)} 处错误，未导入任何内容。首处：{found[0]}")


def repeated(codes: Sequence[tuple[str, str]]) -> Iterable[Problem]:
    """A problem for every code, given with its pointer, that stood in the file before."""
    seen: set[str] = set()
    for pointer, code in codes:
        if code in seen:
            yield Problem(pointer, "code_twice", f"代码 {code} 在文件中出现了不止一次。")
        seen.add(code)


# --- One at a time: two who bring in the same codes in another order would wait for each other -----------------------


def turn_at(register: str) -> str:
    """The name of the turn of those who bring a file into this register."""
    return f"register_files.{register}"


def wait_for_turn(name: str) -> None:
    """Nobody else has the turn of this name until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


def may_take_turn(name: str) -> bool:
    """As above, or at once False where somebody else has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [name])
        return bool(cursor.fetchone()[0])
