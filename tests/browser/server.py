"""The product as a laptop starts it, with two web processes and the Stripe sandbox, on a database of its own."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

from config import ROOT
from tests.crash.group import free_port

SECONDS = 150


class Server:
    """Started by `start`, ended by `stop`; ``url`` is where it answers."""

    def __init__(self, folder: Path):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        outside = {"DATABASE_URL", "REDIS_URL", "BROKER_URL", "SMTP_URL", "STRIPE_API_KEY", "STRIPE_API_BASE", "STRIPE_WEBHOOK_SECRET", "APP_ENV"}
        self.environ = {name: value for name, value in os.environ.items() if name not in outside}
        self.environ |= {"INSTANCE_DIR": str(folder), "PASSWORD_COST": "low", "PYTHONPATH": str(ROOT)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        with (self.folder / "server.log").open("ab") as log:
            subprocess.run([sys.executable, "-m", "tests.browser.setting"], cwd=ROOT, env=self.environ, stdout=log, stderr=log, check=True)
            command = [sys.executable, "-m", "marketplace.serving", "--port", str(self.port), "--workers", "2"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.2)
        self.stop()
        raise AssertionError("the server did not start:\n" + self.said())

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/healthz", timeout=5):
                return True
        except OSError:
            return False

    def names(self) -> set[str]:
        """What people, organisations, listings, contracts and shows are called: a Chinese page may show these in Latin letters."""
        with closing(sqlite3.connect(self.folder / "marketplace.db")) as database:
            rows = database.execute(
                "SELECT name FROM people UNION SELECT name_en FROM organizations"
                " UNION SELECT title_en FROM listing_versions UNION SELECT title_zh FROM listing_versions"
                " UNION SELECT title_en FROM contracts UNION SELECT title_zh FROM contracts UNION SELECT name FROM parties"
                " UNION SELECT title_en FROM ceremonies UNION SELECT title_zh FROM ceremonies"
            ).fetchall()
        return {name for (name,) in rows if name}

    def said(self) -> str:
        """The end of what it wrote."""
        return (self.folder / "server.log").read_text()[-4000:]

    def stop(self) -> None:
        """Ends all its processes, as Ctrl-C does."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(45)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
