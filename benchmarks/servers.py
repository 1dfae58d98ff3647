"""The two servers under measurement: the same gunicorn, workers and threads; and how much processor time they have used."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

from benchmarks.market import Market

ROOT = Path(__file__).parents[1]
WORKERS, THREADS, KEEP_ALIVE_SECONDS = 2, 4, 5
START_SECONDS, SETTLE_SECONDS = 90, 120
TICKS = os.sysconf("SC_CLK_TCK")
PRODUCT = ("--config", "python:marketplace.serving.gunicorn", "wsgi:app")  # as the product starts itself, its jobs included
BARE = ("--no-control-socket", "--log-level", "warning", "benchmarks.bare:app")


class Server:
    """One application under gunicorn, in a process group of its own. ``also`` are processes that work for it: a database's.

    ``more`` are settings of its own. With another ``python`` the arguments are that program's own command, which is told its port
    by ``port_option``. It has started when the path ``answers`` does.
    """

    def __init__(
        self, name: str, arguments: tuple[str, ...], market: Market, *, also: tuple[int, ...] = (), more: dict[str, str] | None = None,
        python: Path | None = None, port_option: str = "", answers: str = "/healthz",
    ):  # fmt: skip
        self.name, self.arguments, self.market, self.also = name, arguments, market, also
        self.more, self.python, self.port_option, self.answers = more or {}, python, port_option, answers
        self.port = _free_port()
        self.log = Path(market.folder) / f"{name}-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers. Raises RuntimeError with the end of its log when it does not."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH"}}
        environ = kept | self.market.environ() | {
            "PYTHONPATH": str(ROOT), "BIND": f"127.0.0.1:{self.port}", "WEB_CONCURRENCY": str(WORKERS), "WEB_THREADS": str(THREADS), "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            **self.more,
        }  # fmt: skip
        command = [
            sys.executable, "-m", "gunicorn", "--workers", str(WORKERS), "--worker-class", "gthread", "--threads", str(THREADS),
            "--bind", f"127.0.0.1:{self.port}", "--keep-alive", str(KEEP_ALIVE_SECONDS),
        ]  # fmt: skip
        command = command[:3] + list(self.arguments) if self.arguments is PRODUCT else command + list(self.arguments)
        if self.python is not None:
            command = [str(self.python), *self.arguments, self.port_option, str(self.port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}{self.answers}", timeout=5):
                    return self._settle()
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text()[-3000:]}")

    def _settle(self) -> None:
        """Let the work of a first start (taking in what was written past the product) end, which belongs to no request."""
        for _ in range(SETTLE_SECONDS):
            before = self.cpu_seconds()
            time.sleep(1)
            if self.cpu_seconds() - before < 0.1:
                return

    def cpu_seconds(self) -> float:
        """User and system time of all its processes, the ended ones included."""
        if self.process is None:
            raise RuntimeError("the server is not running")
        roots = (self.process.pid, *self.also)
        return sum(map(_used, _family(roots))) / TICKS

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold blanks; none for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _used(pid: int) -> int:
    """utime, stime, and those of children that were waited for, in clock ticks."""
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) if fields else 0


def _family(roots: tuple[int, ...]) -> set[int]:
    parents = {int(path.name): int(fields[1]) for path in Path("/proc").iterdir() if path.name.isdigit() and (fields := _stat(int(path.name)))}
    found = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found
