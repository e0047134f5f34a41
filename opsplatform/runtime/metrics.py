"""/metrics for Prometheus: latency summed over web processes, and what the database knows, in seven statements.

Only for callers inside: straight from an allowed network, or with METRICS_TOKEN. Everybody else finds nothing here.
"""

import hmac
import os
import time
from collections.abc import Iterator
from ipaddress import ip_address

from django.conf import settings
from django.db import Error, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

from opsplatform.feed.selectors import standing
from opsplatform.runtime.request_log import LATENCY

FORWARDING_HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")

# Done rows are most of the table: each arm reads a partial index of its own.
_QUEUE = """
    SELECT state, kind, count(*),
           coalesce(extract(epoch FROM max(now() - due_at) FILTER (WHERE state = 'waiting' AND due_at <= now()
                                                                      OR state = 'running' AND lease_until < now())), 0)
      FROM jobs_job WHERE state IN ('waiting', 'running') GROUP BY state, kind
    UNION ALL
    SELECT 'parked', kind, count(*), 0 FROM jobs_job WHERE state = 'parked' GROUP BY kind
"""
_RELEASES = """
    SELECT count(*), count(*) FILTER (WHERE ending = 'withdrawn'), count(*) FILTER (WHERE ended_at IS NULL),
           count(DISTINCT subject_id) FILTER (WHERE ended_at IS NULL)
      FROM release_release
"""
_EGRESS = "SELECT purpose, outcome, count, seconds FROM egress_tally"
_AUDIT = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'audit_auditentry'::regclass"


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text format; 404 for whoever may not read them."""
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(LATENCY)
    registry.register(DatabaseCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class DatabaseCollector:
    """What the database knows; a database that does not answer is a figure too."""

    def collect(self) -> Iterator[Metric]:
        """Every metric family that can be told now."""
        families: list[Metric] = []
        try:
            families += [_connection_time(), *_queue(), *_releases(), *_feed(), *_egress(), _audit()]
        except Error:
            families = []
        yield GaugeMetricFamily("opsplatform_database_up", "1 when the database answers.", value=bool(families))
        yield from families


def _may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    token = settings.METRICS_TOKEN
    if token and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), f"Bearer {token}".encode()):
        return True
    # What a proxy on this machine passes on comes from loopback too; only a proxy speaks of forwarding.
    proxy_header = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
    if any(header in request.headers for header in FORWARDING_HEADERS) or (
        proxy_header and proxy_header[0] in request.META
    ):
        return False
    try:
        caller = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(caller in network for network in settings.METRICS_NETWORKS)


def _connection_time() -> Metric:
    """How long a new connection takes, answered by its first statement."""
    fresh = connection.copy()
    started = time.perf_counter()
    try:
        with fresh.cursor() as cursor:
            cursor.execute("SELECT 1")
        seconds = time.perf_counter() - started
    finally:
        fresh.close()
    return GaugeMetricFamily(
        "opsplatform_database_connection_seconds", "Time to a new connection's first answer.", value=seconds
    )


def _queue() -> Iterator[Metric]:
    depth = GaugeMetricFamily("opsplatform_jobs", "Work rows not done, by state and kind.", labels=["state", "kind"])
    oldest, parked = 0.0, 0
    for state, kind, count, age in _rows(_QUEUE):
        depth.add_metric([str(state), str(kind)], int(str(count)))
        oldest = max(oldest, float(str(age)))
        parked += int(str(count)) if state == "parked" else 0
    yield depth
    yield GaugeMetricFamily(
        "opsplatform_jobs_oldest_due_seconds", "Age of the oldest row that is due and nobody has.", value=oldest
    )
    yield GaugeMetricFamily("opsplatform_jobs_parked", "Rows that failed and wait for a person.", value=parked)


def _releases() -> Iterator[Metric]:
    released, withdrawn, live, subjects = (int(str(value)) for value in _rows(_RELEASES)[0])
    yield CounterMetricFamily("opsplatform_releases", "Releases ever made, one for each division.", value=released)
    yield CounterMetricFamily("opsplatform_withdrawals", "Releases ever withdrawn.", value=withdrawn)
    yield GaugeMetricFamily("opsplatform_live_releases", "Releases on show now.", value=live)
    yield GaugeMetricFamily("opsplatform_live_themes", "Themes on show in at least one division.", value=subjects)


def _egress() -> Iterator[Metric]:
    labels = ["purpose", "outcome"]
    requests = CounterMetricFamily("opsplatform_egress_requests", "Requests sent to other systems.", labels=labels)
    seconds = CounterMetricFamily("opsplatform_egress_seconds", "Seconds they took.", labels=labels)
    for purpose, outcome, count, taken in _rows(_EGRESS):
        requests.add_metric([str(purpose), str(outcome)], int(str(count)))
        seconds.add_metric([str(purpose), str(outcome)], float(str(taken)))
    yield requests
    yield seconds


def _feed() -> Iterator[Metric]:
    feed = standing()
    yield CounterMetricFamily("opsplatform_feed_position", "Events given a position.", value=feed.head.position)
    yield GaugeMetricFamily("opsplatform_feed_waiting", "Events without a position.", value=feed.waiting)
    yield GaugeMetricFamily(
        "opsplatform_feed_oldest_waiting_seconds",
        "Age of the oldest event without a position.",
        value=feed.oldest_waiting.total_seconds(),
    )
    yield GaugeMetricFamily("opsplatform_feed_attended", "1 while a sequencer is in charge.", value=feed.is_attended)


def _audit() -> Metric:
    rows = int(str(_rows(_AUDIT)[0][0]))
    return GaugeMetricFamily("opsplatform_audit_rows", "Audit entries, as PostgreSQL estimates them.", value=rows)


def _rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()
