"""The web server's configuration: `gunicorn --config python:marketplace.serving.gunicorn wsgi:app`.

Set from the environment: BIND, WEB_CONCURRENCY (processes), WEB_THREADS (threads of each), LOG_LEVEL.
"""

import os
import shutil
import tempfile
from typing import Any

from prometheus_client import multiprocess

from marketplace.core.jobs import start_runner

bind = os.environ.get("BIND") or "127.0.0.1:5000"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
worker_class = "marketplace.serving.worker.ProblemWorker"
loglevel = os.environ.get("LOG_LEVEL") or "warning"

# Longer than the 25 s after which the database gives up on a statement, so that a slow request is answered, not cut.
timeout = 60
graceful_timeout = 30
keepalive = 5

# It would be one file in the home folder for all servers of this user.
control_socket_disable = True

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190

# The counters of all processes meet in this folder; it is made here because the processes inherit it.
own_metrics = None if os.environ.get("PROMETHEUS_MULTIPROC_DIR") else tempfile.mkdtemp(prefix="metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = own_metrics or os.environ["PROMETHEUS_MULTIPROC_DIR"]


def post_worker_init(worker: Any) -> None:
    """Without a broker each web process does jobs on a thread of its own, started after the fork."""
    app = worker.wsgi
    if app.config["SETTINGS"].jobs_in_process:
        start_runner(app)


def worker_exit(_server: Any, worker: Any) -> None:
    """Let the job in hand finish."""
    runner = worker.wsgi.extensions.get("jobs_runner") if hasattr(worker, "wsgi") else None
    if runner is not None:
        runner.stop()


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the live gauges of a process that has ended."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Leave nothing behind."""
    if own_metrics is not None:
        shutil.rmtree(own_metrics, ignore_errors=True)
