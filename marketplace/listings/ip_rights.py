"""Rights of intellectual property that an achievement rests on: what a row must be, and how rows are written as text.

As text, rows are separated by semicolons: ``patent CN ZL201710117081.7 filed 2017-03-01 granted 2019-05-07 owner Northgate
University; know_how``. The office is WIPO's code (ST.3); numbers are checked as far as their office's form is known.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, post_load, validates_schema

from marketplace.core.fields import Code, Day, FormSchema, Text, refuse
from marketplace.core.i18n import gettext, language
from marketplace.listings.checks import patent_numbers
from marketplace.listings.rows import Rows
from marketplace.taxonomy import vocabularies as v

MOST = 30
LONGEST_OWNER = 200
LONGEST_TEXT = MOST * (LONGEST_OWNER + 150)
DAYS = ("filed_on", "granted_on", "expires_on")
COLUMNS = ("kind", "office", "number", *DAYS, "owner")
UNREGISTERED = ("know_how",)
"""Kinds that no office registers: they have no office and no number."""
_WORDS = {"filed": "filed_on", "granted": "granted_on", "expires": "expires_on"}
_OWNER = re.compile(r"\sowner\s+(?P<owner>.+)$")
_SEPARATOR = re.compile("[;；\n]")


def to_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as one text, which `from_text` reads back to the same rows."""
    return "; ".join(" ".join(_words(row)) for row in rows)


def _words(row: Mapping[str, Any]) -> Iterable[str]:
    yield row["kind"]
    yield from (row[name] for name in ("office", "number") if row[name])
    yield from (f"{word} {row[name]}" for word, name in _WORDS.items() if row[name])
    if row["owner"]:
        yield f"owner {row['owner']}"


def from_text(text: str) -> list[dict[str, str]]:
    """The rows of a text, with what was written in them, not checked yet. Raises ValidationError that names the row."""
    return [_row(part) for part in map(str.strip, _SEPARATOR.split(unicodedata.normalize("NFC", text))) if part]


def _row(part: str) -> dict[str, str]:
    row: dict[str, str] = {}
    if found := _OWNER.search(part):
        row["owner"], part = found["owner"], part[: found.start()]
    kind, *words = part.split()
    row["kind"] = kind
    if words and re.fullmatch("[A-Z]{2}", words[0]):
        row["office"] = words.pop(0)
    number: list[str] = []
    while words and words[0] not in _WORDS:
        number.append(words.pop(0))
    if number:
        row["number"] = "".join(number)
    if len(words) % 2 or any(word not in _WORDS for word in words[::2]):
        raise refuse("right_form", gettext("“%(part)s” is not like “patent CN ZL201710117081.7 filed 2017-03-01 owner Northgate University”.", part=part[:80]))
    return row | {_WORDS[word]: day for word, day in zip(words[::2], words[1::2], strict=True)}


class IpRightIn(FormSchema):
    """One right: its kind, the office (ST.3), its number, its days, and who owns it when it is not the listing's organisation."""

    kind = Code(v.RIGHT_KINDS.codes, required=True, metadata={"example": "patent"})
    office = Code(lambda: v.OFFICES.codes, allow_none=True, load_default=None, metadata={"example": "CN", "description": "WIPO ST.3; taken from the number where it says so."})
    number = Text(2 * patent_numbers.LONGEST, allow_none=True, load_default=None, metadata={
        "example": "ZL201710117081.7", "description": "Checked by form, in China by check digit, for CN, WO, EP, US, DE, JP and KR.",
    })  # fmt: skip
    filed_on = Day(allow_none=True, load_default=None, metadata={"example": "2017-03-01"})
    granted_on = Day(allow_none=True, load_default=None, metadata={"example": "2019-05-07"})
    expires_on = Day(allow_none=True, load_default=None, metadata={"example": "2037-03-01"})
    owner = Text(LONGEST_OWNER, allow_none=True, load_default=None, metadata={"example": "Northgate University"})

    @validates_schema
    def is_whole(self, data: dict[str, Any], **_: Any) -> None:
        if data["owner"] and _SEPARATOR.search(data["owner"]):
            raise refuse("right_owner", gettext("No semicolon in the name of an owner, please."), "owner")
        if data["kind"] in UNREGISTERED and (data["office"] or data["number"]):
            raise refuse("right_unregistered", gettext("Know-how is registered nowhere: it has neither office nor number."), "number" if data["number"] else "office")
        days = [(name, data[name]) for name in DAYS if data[name] is not None]
        for (_name, earlier), (name, later) in zip(days, days[1:], strict=False):
            if later < earlier:
                raise refuse("right_days", gettext("Filed, granted, expired: the days must follow each other."), name)

    @post_load
    def with_number(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The number as its office writes it, days as text, the same keys in the same order, however the row came."""
        if data["number"] is not None:
            try:
                found = patent_numbers.read(data["kind"], data["office"], data["number"])
            except ValidationError as error:
                raise ValidationError({"number": error.messages}) from error
            data = {**data, "number": found.text, "office": found.office}
        return {name: data[name].isoformat() if name in DAYS and data[name] else data[name] for name in COLUMNS}


def _filled(row: Any) -> Any:
    """A form's row without its empty inputs; an office may be written small."""
    if not isinstance(row, Mapping):
        return row
    return {name: value.strip().upper() if name == "office" and isinstance(value, str) else value for name, value in row.items() if value not in ("", None)}


class IpRights(Rows):
    """At most `MOST` rows, no number twice."""

    schema, most, longest_text = IpRightIn(), MOST, LONGEST_TEXT
    from_text, filled = staticmethod(from_text), staticmethod(_filled)

    def beside(self, row: dict[str, Any], before: list[dict[str, Any]]) -> None:
        same = ("kind", "office", "number")
        if row["number"] and any(all(row[name] == other[name] for name in same) for other in before):
            raise refuse("right_twice", gettext("This right stands there twice."), "number")


def blank_rows(rows: Sequence[Any] | None) -> int:
    """How many lines a form shows: the filled ones and two more, up to `MOST`."""
    return min((len(rows) if isinstance(rows, list) else 0) + 2, MOST)


def is_checked(row: Mapping[str, Any]) -> bool:
    """Whether the form of a stored right's number is one we know; of any other we say that it was not checked."""
    return row["kind"] in (patent_numbers.PATENT, patent_numbers.UTILITY_MODEL, patent_numbers.DESIGN) and row["office"] in patent_numbers.EXAMPLES


def lines(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Each right for a reader, before its number, the number, and after it: ``Patent, China (CNIPA)``, ``ZL201710117081.7``, ``, filed 2017-03-01``."""
    code = language()
    words = {"filed_on": gettext("filed %(day)s"), "granted_on": gettext("granted %(day)s"), "expires_on": gettext("expires %(day)s")}
    found = []
    for row in rows:
        named = [v.RIGHT_KINDS.label(row["kind"], code), *([v.OFFICES.label(row["office"], code)] if row["office"] else [])]
        known = [words[name] % {"day": row[name]} for name in DAYS if row[name]] + ([gettext("owner %(name)s", name=row["owner"])] if row["owner"] else [])
        found.append((", ".join(named), row["number"] or "", "".join(f", {part}" for part in known)))
    return found
