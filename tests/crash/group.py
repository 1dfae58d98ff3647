"""A real server group on a database of its own: started, killed with all its processes at once, started again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPException
from pathlib import Path
from urllib import error, request

from config import Config
from marketplace import create_app
from marketplace.core.db import db, transaction
from marketplace.ledger import scopes
from tests.factories import make_fair, make_staff, make_token

ROOT = Path(__file__).parents[2]
SECRET = "for-tests-only-0123456789abcdef-ABCDEF"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ServerGroup:
    """Gunicorn with four worker processes of four threads, in a process group of its own."""

    def __init__(self, database: str, folder: Path, *, application: str = "wsgi:app", broken: str = ""):
        self.port, self.folder, self.database = free_port(), folder, database
        self.url = f"http://127.0.0.1:{self.port}"
        metrics = folder / "metrics"
        metrics.mkdir(exist_ok=True)
        self.environ = os.environ | {
            "DATABASE_URL": database, "SECRET_KEY": SECRET, "INSTANCE_DIR": str(folder), "PASSWORD_COST": "low",
            "PUBLIC_URL": self.url, "TEST_BROKEN": broken, "PYTHONPATH": str(ROOT), "BIND": f"127.0.0.1:{self.port}", "LOG_LEVEL": "error",
            "WEB_CONCURRENCY": "4", "WEB_THREADS": "4", "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }  # fmt: skip
        self.application = application
        self.process: subprocess.Popen | None = None

    def start(self) -> float:
        """Returns when it can work: after how many seconds."""
        command = [sys.executable, "-m", "gunicorn", "--config", "python:marketplace.serving.gunicorn", "--preload", self.application]
        log = open(self.folder / "server.log", "ab")  # noqa: SIM115
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True)
        log.close()
        began = time.monotonic()
        while time.monotonic() < began + 150:
            try:
                with request.urlopen(self.url + "/readyz", timeout=5):
                    return time.monotonic() - began
            except (OSError, HTTPException):
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise AssertionError("the server did not start:\n" + (self.folder / "server.log").read_text()[-3000:])

    def kill(self) -> None:
        """SIGKILL to every process of the group at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Client:
    """One caller: a token, and calls whose answer may be lost; ``lost`` counts those."""

    def __init__(self, url: str, token: str):
        self.url, self.token, self.lost = url, token, 0

    def call(self, method: str, path: str, body=None, *, key=None, raw: bytes | None = None, content_type="application/json", headers=None):
        """(status, JSON) or None when no answer came."""
        data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        headers = ({"Authorization": f"Bearer {self.token}"} if self.token else {}) | ({"Idempotency-Key": key} if key else {}) | (headers or {})
        if data is not None:
            headers["Content-Type"] = content_type
        asked = request.Request(self.url + path, data, headers, method=method)
        try:
            with request.urlopen(asked, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except error.HTTPError as refused:
            try:
                return refused.code, json.loads(refused.read())
            except (OSError, HTTPException, ValueError):
                return None
        except (OSError, HTTPException):  # cut off before, or in the middle of, the answer
            return None

    def until_answered(self, method: str, path: str, body=None, **options):
        """The same request with the same key until it is answered."""
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            answer = self.call(method, path, body, **options)
            if answer is not None:
                return answer
            self.lost += 1
            time.sleep(0.1)
        raise AssertionError(f"{method} {path} was never answered")


def prepare(database: str, folder: Path) -> dict[str, str]:
    """An empty database with one open fair; returns its slug and the tokens of clerk, verifier and manager."""
    app = create_app(Config(testing=True, secret_key=SECRET, database_url=database, index_dir=folder / "index", upload_dir=folder / "uploads", password_cost="low"))
    with app.app_context():
        db.drop_all()
        db.create_all()
        fair = make_fair(slug="crash")
        with transaction():
            scopes.on_fair_created(None, fair=fair, by=None)
        people = {role: make_staff(fair, role) for role in ("clerk", "verifier", "manager")}
        tokens = {role: make_token(person) for role, person in people.items()}
        db.session.remove()
        db.engine.dispose()
    return {"slug": "crash", **tokens}
