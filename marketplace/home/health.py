"""Whether this process lives (/healthz), whether it can work (/readyz), and its numbers for the operators (/metrics)."""

import os
import time
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from flask import Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client import REGISTRY as DEFAULT
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select, text

from marketplace.core import answers
from marketplace.core.access import PUBLIC, reads
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading
from marketplace.core.errors import NotFound
from marketplace.core.jobs import OutboxRow

REQUESTS = Counter("http_requests_total", "Answered requests.", ["method", "endpoint", "status"])
SECONDS = Histogram(
    "http_request_seconds", "Time from request to answer.", ["endpoint"], buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
)
LATE = timedelta(minutes=5)


@reads(PUBLIC)
def healthz() -> Any:
    """This process answers; says nothing of what it depends on."""
    return {"status": "ok"}


@reads(PUBLIC)
def readyz() -> Any:
    """The database answers. A database that does not is 503, with Retry-After, by the one error handler."""
    db.session.execute(text("SELECT 1"))
    end_reading()
    return {"status": "ready"}


@reads(PUBLIC)
def metrics() -> Response:
    """Prometheus text. Raises NotFound outside the networks of METRICS_NETWORKS: to others it does not exist."""
    if not _from_staff_network():
        raise NotFound()
    return Response(generate_latest(_registry()) + _outbox_lines(), content_type=CONTENT_TYPE_LATEST)


def _from_staff_network() -> bool:
    settings = current_app.config["SETTINGS"]
    if settings.proxy_hops == 0 and "X-Forwarded-For" in request.headers:
        return False  # a proxy that we were not told of: the address is its own, not the caller's
    try:
        caller = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    networks = [ip_network(network, strict=False) for network in settings.metrics_networks]
    return any(caller.version == network.version and caller in network for network in networks)


def _registry() -> CollectorRegistry:
    """One process's numbers, or those of all processes that share PROMETHEUS_MULTIPROC_DIR."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return DEFAULT
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _outbox_lines() -> bytes:
    """Jobs that wait and jobs that are late: read from the database, the same whichever process is asked."""
    moment = now()
    open_rows = select(func.count()).select_from(OutboxRow).where(OutboxRow.done_at.is_(None))
    waiting = db.session.scalar(open_rows)
    late = db.session.scalar(open_rows.where(OutboxRow.due_at < moment - LATE))
    end_reading()
    lines = [
        "# HELP outbox_waiting Jobs not done yet.", "# TYPE outbox_waiting gauge", f"outbox_waiting {waiting}",
        "# HELP outbox_late Jobs due for more than five minutes.", "# TYPE outbox_late gauge", f"outbox_late {late}", "",
    ]  # fmt: skip
    return "\n".join(lines).encode()


def _begin() -> None:
    g.began = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    REQUESTS.labels(request.method if request.method.isalpha() and len(request.method) < 8 else "other", endpoint, response.status_code).inc()
    if "began" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.began)
    return response


def _count_again(endpoint: str, status: int, seconds: float) -> None:
    """An answer that was kept counts like any other."""
    REQUESTS.labels("GET", endpoint, status).inc()
    SECONDS.labels(endpoint).observe(seconds)


def register(app: Flask) -> None:
    if _count_again not in answers.SERVED:
        answers.SERVED.append(_count_again)
    app.before_request(_begin)
    app.after_request(_count)
    for path, view in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        app.add_url_rule(path, view.__name__, view, methods=["GET"])
