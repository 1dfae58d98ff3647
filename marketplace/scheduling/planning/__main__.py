"""The solving process: one question as a line of JSON on standard input; on standard output lines of progress, at last the answer.

It ends when whoever asked is gone: the end of standard input is watched. What it asks is in `answering`.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from marketplace.scheduling.planning.answering import answer


def main() -> None:
    began = time.monotonic()
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_asker, daemon=True).start()
    if asked["task"] == "plan":
        os.nice(10)  # others' pages first
    _say({"progress": {"stage": "selecting", "best": None, "bound": None}})
    _say({"answer": answer(asked, lambda line: _say({"progress": line}), began=began)})


def _end_with_asker() -> None:
    sys.stdin.read()
    os._exit(3)


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
