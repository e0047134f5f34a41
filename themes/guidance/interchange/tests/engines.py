"""The engines of others that run our exports: zen, and the DMN runtime of Apache KIE."""

import datetime
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import urllib3
import zen

from themes.guidance.interchange.dmn import DECISION, write_dmn
from themes.guidance.interchange.program import Program
from themes.guidance.interchange.zen import write_jdm

INSTALLED = Path(__file__).parents[4] / "var" / "engines" / "node_modules" / "@kie-tools"
XSD = INSTALLED / "dmn-marshaller" / "src" / "schemas" / "dmn-1_5" / "DMN15.xsd"
RUNTIME = INSTALLED / "jitexecutor-native" / "dist" / "linux" / "jitexecutor"
PATIENCE = 60  # seconds until the runtime listens
LISTENS = re.compile(r"Listening on: http://\S+:(\d+)")

Run = Callable[[Mapping[str, Any], datetime.date | None], dict[str, Any]]


def zen_run(program: Program) -> Run:
    """The exported JDM, decided by zen."""
    decision = zen.ZenEngine().create_decision(json.dumps(write_jdm(program, "主题"), ensure_ascii=False))

    def run(answers: Mapping[str, Any], on: datetime.date | None) -> dict[str, Any]:
        return told(decision.evaluate({"answers": answers, "on": on and on.isoformat()})["result"])

    return run


def dmn_run(program: Program, port: int) -> Run:
    """The exported DMN, decided by KIE at this port."""
    model = write_dmn(program, "主题", "urn:opsplatform:test").decode()
    address, pool = f"http://127.0.0.1:{port}/jitdmn", urllib3.PoolManager()

    def run(answers: Mapping[str, Any], on: datetime.date | None) -> dict[str, Any]:
        asked = {"model": model, "context": {"answers": answers, "on": on and on.isoformat()}}
        reply = pool.request("POST", address, json=asked, timeout=PATIENCE, retries=False)
        assert reply.status == 200, reply.data.decode()
        return told(reply.json()[DECISION])

    return run


@contextmanager
def kie(directory: Path) -> Iterator[int]:
    """The DMN runtime, listening at the port."""
    assert RUNTIME.is_file(), "规则引擎没有安装：请运行 make var/engines/.installed"
    RUNTIME.chmod(0o755)
    log = directory / "kie.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [RUNTIME, "-Dquarkus.http.host=127.0.0.1", "-Dquarkus.http.port=0"], stdout=out, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + PATIENCE
        while not (listens := LISTENS.search(log.read_text())):
            assert process.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield int(listens[1])
    finally:
        process.terminate()
        process.wait(PATIENCE)


def told(result: Mapping[str, Any]) -> dict[str, Any]:
    """An engine's result, comparable with others: 1 and 1.0 are the same, 1 and true are not."""
    return {
        **{name: result[name] for name in ("visible_questions", "fired_rules", "items", "stopped", "notices")},
        "fields": {(one["item"], one["field"]): typed(one["value"]) for one in result["fields"]},
        "promised_days": {one["item"]: one["days"] for one in result["promised_days"]},
        "materials": {
            one["item"]: [(use["material"], use["necessity_code"], use["note"]) for use in one["materials"]]
            for one in result["materials"]
        },
    }


def typed(value: Any) -> Any:
    """The value with truth values told from numbers."""
    if isinstance(value, list):
        return [typed(one) for one in value]
    if isinstance(value, dict):
        return {key: typed(one) for key, one in value.items()}
    return str(value) if isinstance(value, bool) else value
