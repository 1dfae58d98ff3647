"""Which words of a text were searched for, and the part of a long text that shows them: by the index's own analyzer."""

from collections.abc import Collection, Mapping
from typing import Any

from marketplace.core.i18n import language
from marketplace.search.analysis import analyze, spans

Piece = tuple[str, bool]  # text, and whether it was searched for
WINDOW = 8_000  # characters of a text that are looked at


FIELDS = ("summary", "description", "advantages", "requirement")


def teaser(row: Mapping[str, Any], words: Collection[str]) -> tuple[list[Piece], str]:
    """What a hit shows below its title, and its language: the part of the public text that says most of what was searched for.

    Of equally good ones the summary, in the reader's language.
    """
    first = language()
    texts = [(text, code) for name in FIELDS for code in (first, "zh" if first == "en" else "en") if (text := row.get(f"{name}_{code}"))]
    best, most = texts[0] if texts else ("", first), 0
    wanted = set(words)
    for text, code in texts if wanted else ():
        said = len(wanted.intersection(analyze(text[:WINDOW])))
        if said > most:
            best, most = (text, code), said
        if most == len(wanted):
            break
    return excerpt(best[0], words), best[1]


def marked(text: str, words: Collection[str]) -> list[Piece]:
    """The text in pieces."""
    pieces: list[Piece] = []
    at = 0
    for start, end in _places(text, words):
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    return [*pieces, (text[at:], False)] if at < len(text) else pieces


def excerpt(text: str, words: Collection[str], *, longest: int = 260) -> list[Piece]:
    """At most ``longest`` characters, beginning at a word somewhat before the first one searched for."""
    text = " ".join(text[:WINDOW].split())
    if len(text) <= longest:
        return marked(text, words)
    first = next(iter(_places(text, words)), (0, 0))[0]
    start = 0 if first < longest // 2 else text.rfind(" ", 0, first - longest // 4) + 1 or first - longest // 4
    end = text.rfind(" ", start + longest // 2, start + longest)
    end = start + longest if end < 0 else end
    cut = text[start:end] if end < len(text) else text[start:]
    return marked(("… " if start else "") + cut + (" …" if end < len(text) else ""), words)


def _places(text: str, words: Collection[str]) -> list[tuple[int, int]]:
    """Where the words stand; pairs of characters that overlap are one place."""
    found: list[tuple[int, int]] = []
    if not words:
        return found
    for token, start, end in spans(text):
        if token in words:
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((start, end))
    return found
