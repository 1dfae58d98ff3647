"""The solving process seen from here: start it with a question, hear of its progress, stop it, take its answer.

It is a process of its own so that a page never waits for it, its memory goes back, and it can be ended at any moment.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import current_app

from marketplace.scheduling import planning
from marketplace.scheduling.planning import answering

FOLDER = Path(planning.__file__).parent
COMMAND = (sys.executable, "-m", FOLDER.name)
"""The package by itself, without the application around it, which would take longer to load than a repair may."""
EXTRA_SECONDS = 30.0
"""After its time the process may need so long to start and to end on a busy machine; then it is ended."""
LISTEN_SECONDS = 0.5


class SolverFailed(Exception):
    """The process ended without an answer, or took far too long."""


def solve(question: Mapping[str, Any], *, heard: Callable[[dict[str, Any] | None], None]) -> dict[str, Any]:
    """The answer to a question of `planning.answering`. ``heard`` is told of progress, and of None every half second without any;
    what it raises ends the process. Raises SolverFailed."""
    if current_app.testing:
        return answering.answer(question, heard, began=time.monotonic())
    return in_process(question, heard=heard)


def in_process(question: Mapping[str, Any], *, heard: Callable[[dict[str, Any] | None], None]) -> dict[str, Any]:
    """As `solve`, always in a process of its own."""
    asked_at = time.monotonic()
    until = asked_at + question["seconds"] + EXTRA_SECONDS
    child = subprocess.Popen(COMMAND, cwd=FOLDER.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(child, lines), name="solver", daemon=True).start()
    try:
        _ask(child, {**question, "asked_at": asked_at})
        while True:
            try:
                line = lines.get(timeout=LISTEN_SECONDS)
            except queue.Empty:
                if time.monotonic() > until:
                    raise SolverFailed("took too long") from None
                heard(None)
                continue
            if line is None:
                raise SolverFailed(f"ended with {child.wait()}")
            found: dict[str, Any] = json.loads(line)
            if "answer" in found:
                return dict(found["answer"])
            heard(found["progress"])
    finally:
        child.kill()
        child.wait()
        if child.stdin is not None:
            child.stdin.close()


def _ask(child: "subprocess.Popen[str]", question: Mapping[str, Any]) -> None:
    """Raises SolverFailed when it is gone already."""
    assert child.stdin is not None
    try:
        child.stdin.write(json.dumps(question) + "\n")
        child.stdin.flush()
    except BrokenPipeError as error:
        raise SolverFailed("did not start") from error


def _read(child: "subprocess.Popen[str]", lines: "queue.SimpleQueue[str | None]") -> None:
    assert child.stdout is not None
    with child.stdout:
        for line in child.stdout:
            lines.put(line)
    lines.put(None)
