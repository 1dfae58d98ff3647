"""Marks a file with who opened it: each page of a PDF in a process of its own, a picture in its pixels."""

import json
import subprocess  # nosec B404: runs our own script with our own interpreter
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from marketplace.core.errors import Unavailable
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.disclosure import pdf_marking

PATIENCE_SECONDS = 30
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


class NotMarked(Unavailable):
    """What cannot be marked, is not handed out."""

    text = _l("This file cannot be marked with your name, so it cannot be opened. Please ask its owner.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Who opens it and when. The ``plain_`` ones are mail address and slug: for pictures, whose letters have no Chinese."""

    person: str
    organization: str
    plain_person: str
    plain_organization: str
    moment: str

    @property
    def line(self) -> str:
        return " · ".join(part for part in (self.person, self.organization, self.moment) if part)

    @property
    def plain_line(self) -> str:
        pairs = ((self.person, self.plain_person), (self.organization, self.plain_organization))
        return " · ".join([*(said if said.isascii() else plain for said, plain in pairs), self.moment])


def marked(path: Path, media_type: str, *, words: Words) -> bytes:
    """The bytes of a file with its reader on them. Raises NotMarked."""
    return _paper(path, words.line) if media_type == "application/pdf" else _picture(path, FORMATS[media_type], words.plain_line)


def _paper(path: Path, line: str) -> bytes:
    command = [sys.executable, "-I", str(Path(pdf_marking.__file__)), str(path)]
    try:  # nosec B603: no shell; the words go in by the standard input
        done = subprocess.run(command, input=json.dumps(line).encode(), capture_output=True, timeout=PATIENCE_SECONDS, check=True)
    except subprocess.SubprocessError as error:
        raise NotMarked() from error
    if not done.stdout.startswith(b"%PDF-"):
        raise NotMarked()
    return done.stdout


def _picture(path: Path, form: str, line: str) -> bytes:
    with Image.open(path, formats=(form,)) as source:
        base = source.convert("RGBA")
    width, height = base.size
    size = max(10, min(width // 28, 34))
    font = ImageFont.load_default(size)
    veil = Image.new("RGBA", base.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(veil)
    length = max(int(draw.textlength(line, font=font)), 1)
    for row, y in enumerate(range(size, height, size * 5)):
        for x in range(-(row % 2) * length // 2, width, length + size * 3):
            draw.text((x + 1, y + 1), line, font=font, fill=(0, 0, 0, 90))
            draw.text((x, y), line, font=font, fill=(255, 255, 255, 120))
    out, done = BytesIO(), Image.alpha_composite(base, veil)
    (done.convert("RGB") if form == "JPEG" else done).save(out, form, **({"quality": 88} if form == "JPEG" else {}))
    return out.getvalue()
