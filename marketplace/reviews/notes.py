"""Notes as they are written: by the reviewer, from a finding of the checks, or from sentences that are often needed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.i18n import speaking
from marketplace.listings.checks.findings import Finding, Severity
from marketplace.listings.models import Kind
from marketplace.listings.rules import COMMON, OWN, is_chinese
from marketplace.reviews.models import GENERAL

MOST = 30
CANNED: dict[str, tuple[str | None, Severity, Any]] = {
    "who_measured": (None, Severity.MAJOR, _l("Say who measured this, when, and under which conditions.")),
    "compare": ("advantages_en", Severity.MAJOR, _l("Compare with the best known alternative, in numbers.")),
    "for_whom": ("summary_en", Severity.MINOR, _l("Say in the first sentence who offers what to whom.")),
    "which_partner": ("partner_role_en", Severity.MAJOR, _l("Say what the partner is to do.")),
    "other_language": (GENERAL, Severity.MINOR, _l("A title and a summary in the other language would reach more readers.")),
    "translation": (None, Severity.MINOR, _l("The two languages do not say the same: compare them.")),
    "wrong_field": ("technology_codes", Severity.MAJOR, _l("Another field of technology fits better.")),
    "maturity": ("trl", Severity.MAJOR, _l("The text speaks of an earlier stage than the maturity stated here.")),
    "rights": ("ip_rights", Severity.MAJOR, _l("Name the rights this rests on, with office and number, or say that there are none.")),
    "measurable": ("parameters", Severity.MAJOR, _l("State this as a measurable parameter: value and unit.")),
    "duplicate": (GENERAL, Severity.BLOCKER, _l("This is listed already: change the one that stands, or say where this one differs.")),
    "not_ours": (GENERAL, Severity.BLOCKER, _l("This is not a technology on offer or wanted: the fair cannot show it.")),
    "rewrite": (GENERAL, Severity.MAJOR, _l("Please write this again in plain words, for somebody outside the field.")),
}
"""Sentences that reviewers need often: the field they are usually about (None: any), how grave, and the sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What becomes a `ReviewNote`."""

    field: str
    severity: Severity
    text_en: str | None
    text_zh: str | None
    code: str | None = None


def fields_of(kind: Kind) -> tuple[str, ...]:
    """What a note can be about: the columns of a listing of this kind, or all of it."""
    return (GENERAL, *COMMON, *OWN[kind])


def written(field: str, severity: Severity, text: str) -> Note:
    """What a reviewer wrote, in the language they wrote it in."""
    chinese = is_chinese(text)
    return Note(field=field, severity=severity, text_en=None if chinese else text, text_zh=text if chinese else None)


def canned(code: str, *, field: str | None = None, severity: Severity | None = None) -> Note:
    """One of `CANNED`, in both languages."""
    usual, grave, sentence = CANNED[code]
    return Note(field=field or usual or GENERAL, severity=severity or grave, code=code, **_both(sentence))


def of_finding(finding: Finding, severity: Severity | None = None) -> Note:
    """What a check found, in both languages, with the words it is about."""
    texts = _both(finding.sentence)
    quoted = f" “{finding.text[:80]}”" if finding.text else ""
    return Note(
        field=finding.field, severity=severity or finding.severity, code=finding.code, text_en=f"{texts['text_en']}{quoted}",
        text_zh=f"{texts['text_zh']}{quoted}",
    )  # fmt: skip


def _both(sentence: Any) -> dict[str, str]:
    found = {}
    for code in ("en", "zh"):
        with speaking(code):
            found[f"text_{code}"] = str(sentence)
    return found


def by_field(notes: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Notes by what they are about, in their order."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for note in notes:
        found.setdefault(note["field"], []).append(note)
    return found
