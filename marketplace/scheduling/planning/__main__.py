"""The solving process: one question as a line of JSON on standard input; on standard output lines of progress, at last the answer.

It ends when whoever asked is gone: the end of standard input is watched. What it asks is in `answering`.
"""

import json
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any

from .answering import answer


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_asker, daemon=True).start()
    _say({"progress": {"stage": "selecting", "best": None, "bound": None}})
    _say({"answer": answer(asked, lambda line: _say({"progress": line}), began=asked["asked_at"])})


def _end_with_asker() -> None:
    sys.stdin.read()
    os._exit(3)


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
