"""What a check of a listing says: which field, how grave, where in the text, and what to do (docs/rules/review.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

AROUND = 24


class Severity(StrEnum):
    """A *blocker* must go before it is published; a *major* one should; a *minor* one would be nicer."""

    BLOCKER = "blocker"
    MAJOR = "major"
    MINOR = "minor"

    @property
    def rank(self) -> int:
        return ORDER.index(self)


ORDER = tuple(Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``field`` is a column of the content, or ``general``; ``sentence`` is lazy, so that it can be said in either language.

    ``start`` and ``end`` are characters of the field's text, and ``text`` what stands there; "" when it is about the whole field.
    """

    code: str
    field: str
    severity: Severity
    sentence: Any
    text: str = ""
    start: int = 0
    end: int = 0
    around: tuple[str, str] = ("", "")

    @property
    def key(self) -> str:
        """Names it among the findings of one version."""
        return f"{self.field}.{self.code}.{self.start}"


def at(code: str, field: str, severity: Severity, sentence: Any, *, text: str, start: int, end: int) -> Finding:
    """A finding at a place of a text, with a few characters around it."""
    around = (text[max(0, start - AROUND) : start], text[end : end + AROUND])
    return Finding(code=code, field=field, severity=severity, sentence=sentence, text=text[start:end], start=start, end=end, around=around)


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda each: each.severity.rank))
