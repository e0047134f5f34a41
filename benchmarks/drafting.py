"""Drafting: what an editor waits for, beside the page itself."""

from collections.abc import Iterator
from functools import partial

from benchmarks.published import NAMES
from benchmarks.table import Row
from benchmarks.timing import measured
from benchmarks.writing import undone
from opsplatform.release.subjects import kind_of
from themes.services.inspecting import open_draft_package
from themes.tests.demonstrated import add_sentence, get, save

ROUNDS = 15


def rows() -> Iterator[Row]:
    """One more answer in the preview, a change saved, the gate asked."""
    for code, name in NAMES.items():
        theme = get(code)
        opened = measured(partial(open_draft_package, theme), rounds=ROUNDS)
        yield Row(f"{name}: draft frozen anew for one more answer", opened, pace=(1, "answers"))
        yield Row(f"{name}: draft saved", measured(undone(partial(save, code, add_sentence)), rounds=ROUNDS))
        findings = measured(partial(kind_of(theme.subject).findings, theme.subject), rounds=ROUNDS)
        yield Row(f"{name}: every finding of the gate", findings)
