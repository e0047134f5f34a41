"""Guidance, merge, full outcome, compiling: the pure cores on the restaurant theme."""

from collections.abc import Iterator

from benchmarks.timing import Row, seconds, spelled
from opsplatform.release.models import Version
from themes.guidance.evaluation import compile_guidance
from themes.packages.compilation import compile_package, package_bytes, read_frozen
from themes.packages.evaluation import OpenPackage

ROUNDS = 9


def rows(version: Version, division: str) -> Iterator[Row]:
    """What one evaluation, one form, one package costs."""
    frozen = read_frozen(bytes(version.content))
    package = compile_package(frozen, division, version.number)
    opened = OpenPackage(package)
    answers = [case.case.answers for case in package.cases]

    rules = seconds(lambda: [opened.guidance.evaluate(one) for one in answers], rounds=ROUNDS, times=300) / len(answers)
    yield Row("guidance: visibility and rules", spelled(rules), "", f"{1 / rules:,.0f} per second")
    whole = seconds(lambda: [opened.run(one) for one in answers], rounds=ROUNDS, times=100) / len(answers)
    yield Row("full outcome with form and figures", spelled(whole), "goal 1 ms", f"{whole / 1e-3:.3f} × goal")
    told = seconds(lambda: [opened.evaluate(one) for one in answers], rounds=ROUNDS, times=30) / len(answers)
    yield Row("outcome with explanation", spelled(told), "full outcome", f"{told / whole:.1f} ×")
    ready = seconds(lambda: compile_guidance(package.guidance, package.items), rounds=ROUNDS)
    yield Row("guidance compiled, once per version", spelled(ready), "one evaluation", f"{ready / rules:,.0f} ×")
    form = seconds(lambda: opened.merger.merge([(item.code, None) for item in package.items]), rounds=ROUNDS, times=100)
    yield Row("merge of all items, known path", spelled(form), "full outcome", f"{form / whole:.2f} ×")
    compiled = seconds(lambda: compile_package(frozen, division, version.number), rounds=ROUNDS)
    written = seconds(lambda: package_bytes(package), rounds=ROUNDS)
    size = len(package_bytes(package))
    yield Row("package compiled", spelled(compiled), "", f"{size / 1000:.0f} kB")
    yield Row("package bytes, shared sections known", spelled(written), "compiled", f"{written / compiled:.1f} ×")
