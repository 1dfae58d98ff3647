"""PDF files: judged by a process of their own before they are taken, and then kept as they came."""

import json
import subprocess  # nosec B404: runs our own script with our own interpreter
import sys
import tempfile
from pathlib import Path
from typing import Any

from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.listings.attachments import pdf_check

LARGEST_BYTES = 20 * 1024 * 1024
PATIENCE_SECONDS = 10


def pages_of(content: bytes) -> int:
    """How many pages a PDF has. Raises Invalid when it is encrypted, runs anything, carries other files, or cannot be read."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as paper:
        paper.write(content)
        paper.flush()
        answer = _judged(paper.name)
    if fault := answer.get("fault"):
        raise Invalid.field("file", f"pdf_{fault}", _reason(fault))
    return int(answer["pages"])


def _judged(path: str) -> dict[str, Any]:
    command = [sys.executable, "-I", str(Path(pdf_check.__file__)), path]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, check=True)  # nosec B603: no shell, no word of the sender's
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        return {"fault": "damaged"}
    return found


def _reason(fault: str) -> str:
    reasons = {
        "encrypted": gettext("This PDF is encrypted. Save it without a password and try again."),
        "script": gettext("This PDF contains a script or something that runs. Print it to a new PDF and try again."),
        "embedded": gettext("This PDF carries other files inside. Print it to a new PDF, and add the others on their own."),
        "long": gettext("This PDF is too long: at most %(pages)s pages.", pages=pdf_check.MOST_PAGES),
        "damaged": gettext("This PDF cannot be read. Save it anew and try again."),
    }
    return str(reasons[fault])
