"""Text on paper: which font each character has, how wide it is, and where a line breaks. Chinese breaks after any character."""

import re
from functools import cache
from itertools import groupby
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

LATIN, BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"
_WESTERN = re.compile("[\x20-\x7e\xa0-\xff–—‘’“”€•]")
_HAN = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
_PIECES = re.compile(rf"\n|[^\S\n]+|[{_HAN}]|[^\s{_HAN}]+")


class _Song(UnicodeCIDFont):  # type: ignore[misc]
    """The Chinese font that every PDF reader brings along; UTF-16, so that what is copied out of the file is text again."""

    def __init__(self) -> None:
        super().__init__(CHINESE)
        self.encodingName = "UniGB-UTF16-H"


@cache
def prepare() -> None:
    """Make the Chinese font known, once a process."""
    pdfmetrics.registerFont(_Song())


def font_of(character: str, *, bold: bool = False) -> str:
    if _WESTERN.match(character):
        return BOLD if bold else LATIN
    return CHINESE


@cache
def _em(character: str, bold: bool) -> float:
    """Its width as a part of the font's size."""
    return float(pdfmetrics.stringWidth(character, font_of(character, bold=bold), 1))


def width(text: str, size: float, *, bold: bool = False) -> float:
    """In points."""
    return size * sum(_em(character, bold) for character in text)


def wrapped(text: str, most: float, size: float, *, bold: bool = False) -> list[str]:
    """Lines of at most ``most`` points; a word that is longer than a line is cut."""
    lines, line, used = [], "", 0.0
    for piece in _PIECES.findall(text.replace("\r\n", "\n").replace("\r", "\n")):
        if piece == "\n":
            lines.append(line)
            line, used = "", 0.0
            continue
        piece = " " if piece.isspace() else piece
        wide = width(piece, size, bold=bold)
        if used + wide > most and line:
            lines.append(line)
            line, used = "", 0.0
        if piece == " " and not line:
            continue
        while wide > most:
            head = _fitting(piece, most, size, bold=bold)
            lines.append(piece[:head])
            piece = piece[head:]
            wide = width(piece, size, bold=bold)
        line, used = line + piece, used + wide
    lines.append(line)
    return [each.rstrip() for each in lines]


def _fitting(word: str, most: float, size: float, *, bold: bool) -> int:
    """How many characters of a word fit on a line; at least one."""
    used = 0.0
    for count, character in enumerate(word):
        used += size * _em(character, bold)
        if used > most:
            return max(1, count)
    return len(word)


def draw(canvas: Any, text: str, *, x: float, y: float, size: float, bold: bool = False) -> None:
    """Write a line from its left edge, each run of characters in its font."""
    prepare()
    line = canvas.beginText(x, y)
    for font, run in groupby(text, key=lambda character: font_of(character, bold=bold)):
        line.setFont(font, size)
        line.textOut("".join(run))
    canvas.drawText(line)
