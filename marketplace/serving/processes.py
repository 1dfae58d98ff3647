"""A group of processes that live and end together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from types import FrameType

STOP_SECONDS = 35  # a little more than the web server gives to requests in flight
PR_SET_PDEATHSIG = 1  # of Linux's prctl(2); kept when the child becomes its program


class Group:
    """Processes that are stopped together, the last one started first.

    Each has a session of its own: an interrupt from the terminal reaches only us, and we end them in order. If we are killed
    and cannot, Linux asks each of them to end, so that nothing is left on the port.
    """

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._asked = threading.Event()

    def start(self, name: str, command: Sequence[str], *, environ: Mapping[str, str]) -> None:
        """Start one; ``name`` is what people are told when it ends by itself."""
        process = subprocess.Popen(command, env=dict(environ), start_new_session=True, preexec_fn=partial(_end_with, os.getpid()))
        self._running.append((name, process))

    def ended(self) -> str | None:
        """The name of one that is no longer running, None while all are."""
        return next((name for name, process in self._running if process.poll() is not None), None)

    def stop_on_signals(self) -> None:
        """Ctrl-C, a termination and a closed terminal all mean: stop."""
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked.set()

    def asked_to_stop(self, seconds: float = 0.5) -> bool:
        """Wait this long at most; True as soon as a signal came."""
        return self._asked.wait(seconds)

    def stop(self) -> None:
        """End all of them: asked first, killed with everything they started when they do not listen."""
        for name, process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                print(f"{name} does not end; killing it.", file=sys.stderr)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _end_with(parent: int) -> None:
    """In the child, before its program begins: have the kernel ask it to end when its parent is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # gone before we asked
            os._exit(1)
