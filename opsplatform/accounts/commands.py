"""Bases of the product's commands: a readable report or JSON; exit 0 ok, 1 refused with findings, 2 usage, 75 busy."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from opsplatform.accounts.models import User
from opsplatform.kernel.busy import Busy, busy_of
from opsplatform.kernel.errors import DomainError
from opsplatform.kernel.list_imports import MAX_LIST_BYTES, ImportedList
from opsplatform.kernel.parsing import parse_json_file
from opsplatform.kernel.request_context import through

Report = tuple[Any, str]  # as JSON, as text


class ReportCommand(BaseCommand):
    """A command that reports. Whoever runs it holds the machine, so reading needs no account."""

    is_refused = False  # set by `perform` where what it reports is no success: exit 1 after the report

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds --json; subclasses add their own."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="输出 JSON")

    def perform(self, *args: Any, **options: Any) -> Report:
        """Does the work; refuses by raising DomainError."""
        raise NotImplementedError

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Runs the command; where the database did not serve, says so, exit 75 (EX_TEMPFAIL: try again)."""
        try:
            return super().execute(*args, **options)
        except Error as error:
            busy = busy_of(error)
            if busy is None:
                raise
            self._refuse(busy, as_json=options["as_json"])
            return None

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs `perform` and prints its report; a refusal is printed with everything that is wrong, exit 1."""
        as_json = options.pop("as_json")
        try:
            with through("command"):
                report, text = self.perform(**options)
        except DomainError as error:
            self._refuse(error, as_json=as_json)
        else:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) if as_json else text)
            if self.is_refused:
                sys.exit(1)

    def read_json(self, path: str, *, max_bytes: int) -> Any:
        """The JSON of a file, through the bounded parser."""
        file = Path(path)
        if not file.is_file():
            raise CommandError(f"没有文件 {path}。", returncode=2)
        with file.open("rb") as stream:
            return parse_json_file(stream.read(max_bytes + 1), max_bytes=max_bytes)

    def _refuse(self, error: DomainError, *, as_json: bool) -> None:
        places = [
            {"place": problem.pointer, "code": problem.code, "sentence": problem.sentence} for problem in error.problems
        ]
        places += [
            {"place": found.place, "code": found.code, "sentence": found.sentence}
            for found in getattr(error, "findings", ())
        ]
        refused = {"code": error.code, "sentence": error.sentence, "problems": places}
        if as_json:
            self.stdout.write(json.dumps(refused, ensure_ascii=False, indent=2))
        else:
            lines = [f"  {place['place'] or '/'}  {place['sentence']}" for place in places]
            self.stderr.write("\n".join([f"未完成：{error.sentence}", *lines]))
        sys.exit(os.EX_TEMPFAIL if isinstance(error, Busy) else 1)


class ActorCommand(ReportCommand):
    """A command that acts for an account, through the same services and under the same rights as the console."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds --json and --actor."""
        super().add_arguments(parser)
        parser.add_argument("--actor", required=True, help="以哪个账号的身份进行")

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the command as the account."""
        actor = options.pop("actor")
        account = User.objects.filter(username=actor, is_active=True).first()
        if account is None:
            raise CommandError(f"没有启用的账号 {actor}。", returncode=2)
        super().handle(*args, actor=account, **options)


class ListCommand(ActorCommand):
    """A command that brings a list from a file into a register. The same file again changes nothing."""

    noun: ClassVar[str]
    service: ClassVar[Callable[..., ImportedList]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds --json, --actor, the file and --dry-run."""
        super().add_arguments(parser)
        parser.add_argument("file", help="文件（JSON）")
        parser.add_argument("--dry-run", action="store_true", help="只预览，不写入")

    def perform(self, *, actor: User, file: str, dry_run: bool, **options: Any) -> Report:
        """What became of the list."""
        tree = self.read_json(file, max_bytes=MAX_LIST_BYTES)
        done = type(self).service(actor=actor, tree=tree, is_dry_run=dry_run)
        counts = f"{self.noun}：新增 {len(done.new)}，相同 {done.unchanged}，与登记不同 {len(done.kept)}"
        lines = [f"{counts}（只是预览，没有写入）" if dry_run else counts]
        for kept in done.kept:
            places = "、".join(one["place"].strip("/") for one in kept["differences"])
            lines.append(f"  {kept['code']}：{places} 与登记不同，登记的保持不变")
        return asdict(done), "\n".join(lines)
