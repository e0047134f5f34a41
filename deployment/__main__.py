"""Prints one line for each thing that holds, with its time; ends with exit code 1 at the first that does not."""

import base64
import hashlib
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from deployment.first_start import found_and_furnish
from deployment.installation import DRILL, Installation, installation, rabbitmq
from deployment.visitors import FORM, Answer, Visitor

WORK = """
    INSERT INTO jobs_job (kind, payload, dedupe_key, state, attempts, max_attempts, lease_token, pending, failures,
                          last_error, object_type, object_key)
    SELECT 'themes.watch_live', '{}', '', 'waiting', 0, 5, '', '[]', '{}', '', '', 'deployment-test'
      FROM generate_series(1, %s)
"""
HELD = "SELECT lease_token FROM jobs_job WHERE state = 'running'"
START_SECONDS = 90
WORK_SECONDS = 400  # a lease of 30 s, sweeps every 15 s, and the work, however busy the machine
REQUESTS = 300
STALLED = 200  # callers; there are sixteen threads
HALF_REQUESTS = (
    b"GET /login/ HTTP/1.1\r\nHost: local",
    b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nusername=",
)
HEADERS = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def main() -> None:
    """The installation was made, used, damaged and removed."""
    with installation() as site:
        try:
            _exercise(site)
        except AssertionError as failure:
            for log in sorted(site.directory.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text()[-3000:]}", file=sys.stderr)
            sys.exit(f"不成立：{failure}")


def _exercise(site: Installation) -> None:
    visitor = Visitor(site)
    _timed("database prepared and migrated", lambda: _prepare(site))
    site.manage("collectstatic", "--noinput", "--verbosity", "0")
    site.start_web()
    site.start_proxy()
    _until_ready(site, visitor)
    _timed(
        "first start: administrators, an operator, divisions, dictionaries, a theme", lambda: found_and_furnish(site)
    )
    site.stop(["web-one", "web-two"])
    site.empty_databases()
    _prepare(site)
    client = _timed("demonstration seeded, its accounts closed, a client registered", lambda: _populate(site))
    site.start_web()
    site.start_workers()
    _timed("two of each process, beat and nginx up and ready", lambda: _until_ready(site, visitor))
    _check_pages(site, visitor)
    address, bearer = _check_package(visitor, client)
    _timed("work done, found by the sweeper (Redis)", lambda: _work(site, 4))
    _check_metrics(site, visitor)
    _check_stalled(visitor)
    _check_killed_web(site, visitor, address, bearer)
    _timed(
        "worker killed with a row in its hands, the other takes it over",
        lambda: _killed_worker(site),
    )
    _check_logs(site)
    _timed("backup while it runs, restored into another database and verified", lambda: _drill(site))
    with rabbitmq() as broker:
        site.stop(["web-two", "worker-one", "worker-two", "beat", "sequencer-one", "sequencer-two"])
        site.environment["CELERY_BROKER_URL"] = broker
        site.start_web()
        site.start_workers()
        _timed("all processes again, with RabbitMQ", lambda: _until_ready(site, visitor))
        _timed("work done, found by the sweeper (RabbitMQ)", lambda: _work(site, 4))
        site.stop(list(site.running))
    print("all of it holds")


def _prepare(site: Installation) -> None:
    site.manage("setup_database")
    site.manage("migrate", "--verbosity", "0")


def _populate(site: Installation) -> dict[str, str]:
    site.manage("seed_demo", OPSPLATFORM_PROFILE="development")
    administrator = "sysadmin"
    said = site.manage(
        *("register_client", "统一受理平台", "--role", "acceptance_platform", "--division", "310000"),
        *("--scopes", "export:read", "--actor", administrator, "--json"),
    )
    site.query("UPDATE accounts_user SET is_active = false WHERE is_demo")
    return dict(json.loads(said))


def _until_ready(site: Installation, visitor: Visitor) -> None:
    deadline = time.monotonic() + START_SECONDS
    waiting = {"nginx": lambda: visitor.outside("/health/ready/")}
    waiting["web-one"] = lambda: visitor.inside("/health/ready/", site.web_one)
    waiting["web-two"] = lambda: visitor.inside("/health/ready/", site.web_two)
    said = dict.fromkeys(waiting, "")
    while waiting:
        assert time.monotonic() < deadline, f"没有就绪：{'、'.join(f'{name} {said[name]}' for name in waiting)}"
        for name, ask in list(waiting.items()):
            try:
                answer = ask()
            except OSError:
                time.sleep(0.5)
                continue
            said[name] = answer.body.decode(errors="replace")
            if answer.status == 200:
                del waiting[name]
    for name, process in site.running.items():
        assert process.poll() is None, f"{name} 已退出"


def _check_pages(site: Installation, visitor: Visitor) -> None:
    login = visitor.outside("/login/")
    assert login.status == 200 and "csrfmiddlewaretoken" in login.body.decode(), "登录页"
    for name, value in HEADERS.items():
        assert login.headers[name] == value, f"{name}: {login.headers[name]}"
    assert "default-src 'self'" in login.headers["Content-Security-Policy"], "Content-Security-Policy"
    cookies = login.headers.get_all("Set-Cookie") or []
    assert cookies and all("Secure" in cookie and "SameSite=Lax" in cookie for cookie in cookies), f"Cookie {cookies}"
    assert "Python" not in (login.headers["Server"] or "") and "/" not in (login.headers["Server"] or ""), "Server"
    plain = visitor.inside("/login/", site.web_one)
    assert plain.status == 301 and plain.headers["Location"].startswith("https://"), "明文请求应转到 HTTPS"
    assert visitor.outside("/login/", Host="elsewhere.example").status == 400, "陌生域名应被拒绝"
    _holds("login page over TLS, security headers, secure cookies, no plain HTTP, no strange host")


def _check_package(visitor: Visitor, client: dict[str, str]) -> tuple[str, dict[str, str]]:
    basic = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
    granted = visitor.outside(
        "/oauth/token/",
        b"grant_type=client_credentials&scope=export:read",
        Authorization=f"Basic {basic}",
        Content_Type=FORM,
    )
    assert granted.status == 200, granted.body.decode()
    bearer = {"Authorization": f"Bearer {granted.json['access_token']}"}
    live = visitor.outside("/api/v1/export/themes/", **bearer).json["results"]
    assert live, "没有在用的发布"
    code, division = live[0]["code"], live[0]["division"]
    place = division["code"] if isinstance(division, dict) else division
    address = f"/api/v1/export/themes/{code}/{place}/"
    package = visitor.outside(address, **bearer)
    assert package.status == 200, package.body.decode()
    digest = hashlib.sha256(package.body).hexdigest()
    assert package.headers["ETag"] == f'"{digest}"', "ETag 应为字节的摘要"
    assert visitor.outside(address, If_None_Match=f'"{digest}"', **bearer).status == 304, "304"
    assert visitor.outside(address).status == 401, "没有令牌应为 401"
    _holds(f"OAuth token, package of {len(package.body) / 1024:.0f} KB with its digest as ETag, 304, 401 without token")
    return address, bearer


def _check_metrics(site: Installation, visitor: Visitor) -> None:
    assert visitor.outside("/metrics").status == 404, "外面不能读到指标"
    assert visitor.inside("/metrics", site.web_one, X_Forwarded_For="203.0.113.9").status == 404, "经代理不能读到指标"
    before = _counted(visitor.inside("/metrics", site.web_one))
    for port in (site.web_one, site.web_two) * 5:
        visitor.inside("/health/live/", port)
    told = [_counted(visitor.inside("/metrics", port)) for port in (site.web_one, site.web_two)]
    assert told == [before + 10] * 2, f"各进程的指标应相加：{before} → {told}"
    _holds("metrics: nothing outside, the sum of four web workers inside, from whichever port")


def _counted(answer: Answer) -> float:
    assert answer.status == 200, f"/metrics {answer.status}"
    mark = 'opsplatform_request_seconds_count{method="GET",route="health-live",status="2xx"} '
    return sum(float(line.removeprefix(mark)) for line in answer.body.decode().splitlines() if line.startswith(mark))


def _check_stalled(visitor: Visitor) -> None:
    with ExitStack() as meanwhile:
        for begun in HALF_REQUESTS:
            meanwhile.enter_context(visitor.stalled(STALLED, begun))
        times = []
        for _ in range(20):
            started = time.perf_counter()
            assert visitor.outside("/health/live/").status == 200, "有人停在半个请求上时，其他人应得到回答"
            times.append(time.perf_counter() - started)
    _holds(
        f"{2 * STALLED} stalled in header or body, others answered in {statistics.median(times) * 1000:.0f} ms, "
        f"slowest {max(times) * 1000:.0f} ms"
    )


def _check_killed_web(site: Installation, visitor: Visitor, address: str, bearer: dict[str, str]) -> None:
    def fetch(number: int) -> tuple[int, float]:
        if number == REQUESTS // 3:
            site.kill("web-one")
        started = time.perf_counter()
        status = visitor.outside(address, **bearer).status
        return status, time.perf_counter() - started

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(fetch, range(REQUESTS)))
    statuses = {status for status, _ in answers}
    assert statuses == {200}, f"一个网站进程被杀后出现 {statuses}"
    times = sorted(seconds for _, seconds in answers)
    _holds(
        f"one web process killed under load: {REQUESTS} of {REQUESTS} requests answered 200, "
        f"median {statistics.median(times) * 1000:.0f} ms, slowest {times[-1] * 1000:.0f} ms"
    )


def _work(site: Installation, count: int) -> None:
    site.query(WORK, count)
    _until_done(site)


def _until_done(site: Installation) -> None:
    deadline = time.monotonic() + WORK_SECONDS
    while (states := dict(site.query("SELECT state, count(*) FROM jobs_job GROUP BY state"))).keys() != {"done"}:
        assert "parked" not in states, site.query("SELECT last_error FROM jobs_job WHERE state = 'parked' LIMIT 1")
        assert time.monotonic() < deadline, f"任务没有做完：{states}"
        time.sleep(0.5)


def _killed_worker(site: Installation) -> None:
    site.query(WORK, 150)
    _halt_in_the_middle(site, "worker-one")
    site.kill("worker-one")
    _until_done(site)
    taken_over = site.query("SELECT count(*) FROM jobs_job WHERE attempts > 1")[0][0]
    assert taken_over, "没有任务被接手"


def _halt_in_the_middle(site: Installation, name: str) -> None:
    """The worker stands still with a row in its hands: one that is still running while the other worker goes on."""
    deadline = time.monotonic() + WORK_SECONDS
    while True:
        assert time.monotonic() < deadline, "没有遇到正在处理任务的时刻"
        group = site.running[name].pid
        os.killpg(group, signal.SIGSTOP)
        held = set(site.query(HELD))
        if held:
            time.sleep(2)
            if held & set(site.query(HELD)):
                return
        os.killpg(group, signal.SIGCONT)
        time.sleep(0.05)


def _check_logs(site: Installation) -> None:
    lines = [
        json.loads(line)
        for name in ("web-one", "web-two", "worker-one", "worker-two")
        for line in (site.directory / f"{name}.log").read_text().splitlines()
        if line.startswith("{")
    ]
    requests = [line for line in lines if line["logger"].endswith("request_log")]
    work = [line for line in lines if line["logger"].endswith("work_log") and "job_id" in line]
    assert any(line["route"] == "login" and line["status"] == 200 for line in requests), "没有登录页的日志行"
    assert all(len(line["request_id"]) == 32 and line["duration_ms"] >= 0 for line in requests), "请求编号与用时"
    assert work and all(line["state"] == "SUCCESS" for line in work), "任务的日志行"
    _holds(f"logs: {len(requests)} lines of requests with id, route, status, duration; {len(work)} of work with job id")


def _drill(site: Installation) -> None:
    backup = str(site.directory / "backup")
    site.manage("backup", "--to", backup)
    report = json.loads(site.manage("restore", "--from", backup, "--database", DRILL, "--json"))
    assert report["verified"]["packages"] > 0 and report["verified"]["signatures_of_other_keys"] == 0, report


def _timed(what: str, act: Callable[[], Any]) -> Any:
    started = time.monotonic()
    result = act()
    _holds(f"{what} ({time.monotonic() - started:.1f} s)")
    return result


def _holds(what: str) -> None:
    print(f"holds: {what}", flush=True)


if __name__ == "__main__":
    main()
