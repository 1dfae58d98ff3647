"""Rows through the schema of the form: each good one is kept for storing, each bad one gives all of its faults, each double one its likeness."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import and_, select

from marketplace.core.db import db
from marketplace.core.errors import FieldError
from marketplace.core.i18n import gettext
from marketplace.core.problems import messages_to_errors
from marketplace.imports import columns, likeness, words
from marketplace.imports.columns import SEGMENT
from marketplace.imports.spooling import Item, Spool
from marketplace.imports.translating import Row, fingerprint
from marketplace.listings import levels, rules
from marketplace.listings.drafting_schemas import INPUTS
from marketplace.listings.models import Kind, Listing, ListingVersion

CHUNK = 500
LONGEST_VALUE = 80
MOST_NAMED = 12
"""So many codes of a column are named where another stands in it."""
ALWAYS = frozenset({"external_id", "unknown"})
"""Fields that a row may get without its file having the column."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was rejected, or (in `Report.notes`) why it was not entered in the fair. ``suggestion`` may be empty."""

    row: int
    column: str
    value: str
    code: str
    reason: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Alike:
    """A new row that may be a duplicate: of an earlier ``row`` of the file, or of a listing (``listing_id``, ``reference``)."""

    row: int
    title: str
    text: str
    other_title: str
    other_text: str
    percent: int
    other_row: int | None = None
    listing_id: UUID | None = None
    reference: str | None = None


@dataclass(slots=True)
class Checked:
    """What was counted: rows = good + rejected; of the good ones ``fresh`` are new, ``changed`` and ``unchanged`` known by their id."""

    rows: int = 0
    good: int = 0
    fresh: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    faults: int = 0
    alike: int = 0


@dataclass(slots=True)
class Heard:
    """Who is told of what is found, as it is found: the rows rejected with their faults, and the likenesses."""

    rejected: Callable[[Row, list[Fault]], None] = lambda _row, _faults: None
    alike: Callable[[Alike], None] = lambda _alike: None
    chunk: Callable[[int], None] = lambda _rows: None


class Check:
    """The check of one file for an organisation. ``segments`` are the codes of the fair's by folded code and name, None without a fair; ``segment`` is that of rows that name none.

    Staff who bring a file in ``for_others`` see what looks like a double only as far as everybody reads it (docs/rules/disclosure.md).
    """

    def __init__(
        self, kind: Kind, organization_id: UUID, segments: Mapping[str, str] | None, spool: Spool, heard: Heard, segment: str | None = None,
        *, for_others: bool = False,
    ):  # fmt: skip
        self.for_others = for_others
        self.kind, self.organization_id, self.segments, self.spool, self.heard = kind, organization_id, segments, spool, heard
        self.counts, self.segment = Checked(), segment
        self._schemas: dict[frozenset[str], Any] = {}
        self._seen: dict[str, int] = {}
        self._titles: dict[int, int] = {}
        self._own: dict[int, UUID] | None = None

    def run(self, rows: Iterable[Row]) -> Checked:
        """Raises Unreadable at the row at which the file breaks."""
        chunk: list[tuple[Item, Row, set[str]]] = []
        waiting = 0
        for row in rows:
            self.counts.rows += 1
            waiting += 1
            if (found := self._checked(row)) is not None:
                chunk.append(found)
            if waiting >= CHUNK:
                self._sort(chunk)
                chunk, waiting = [], 0
                self.heard.chunk(self.counts.rows)
        self._sort(chunk)
        self.heard.chunk(self.counts.rows)
        return self.counts

    def _checked(self, row: Row) -> tuple[Item, Row, set[str]] | None:
        """The good row and the columns it names, or None after its faults were told."""
        if row.fault is not None:
            self._reject(row, (FieldError("", "unreadable", row.fault),))
            return None
        values = dict(row.values)
        code = values.pop(SEGMENT, None) or self.segment
        if not values.get("external_id"):
            values["external_id"] = fingerprint(values)
        faults: tuple[FieldError, ...] = ()
        if code is not None and self.segments is not None:
            known = self.segments.get(columns.folded(str(code)))
            if known is None:
                reason = gettext("The fair has no such segment. It has: %(codes)s.", codes=", ".join(dict.fromkeys(self.segments.values())))
                faults += (FieldError(f"/{SEGMENT}", "segment_unknown", reason),)
            code = known
        try:
            content = self._schema(values).load(values)
        except ValidationError as error:
            self._reject(row, (*messages_to_errors(error.messages), *self._bare_faults(values, error), *faults))
            return None
        faults += rules.draft_faults(rules.completed(content))
        external_id = content["external_id"]
        if external_id in self._seen:
            reason = gettext("Row %(row)s has the same id.", row=self._seen[external_id])
            faults += (FieldError("/external_id", "id_twice", reason),)
        self._seen.setdefault(external_id, row.number)
        if faults:
            self._reject(row, faults)
            return None
        named = {_COLUMNS.get(name, name) for name in values}
        if content.get("unknowns"):
            named.add("unknowns")
        kept = {name: value for name, value in content.items() if value not in (None, [], {})}
        return Item(row.number, kept, segment=str(code) if code else None), row, named & _CONTENT

    def _schema(self, values: Mapping[str, Any]) -> Any:
        """The schema of the form with the columns that the file has: the others would only say that they are not there."""
        names = frozenset(values)
        if names not in self._schemas:
            whole = INPUTS[self.kind]
            self._schemas[names] = schema = whole(only=sorted((names | ALWAYS) & set(whole._declared_fields)))
            schema.context_is_form = True
        return self._schemas[names]

    def _bare_faults(self, values: Mapping[str, Any], error: ValidationError) -> tuple[FieldError, ...]:
        """What is missing altogether, told beside what is wrong: a person fixes a row once."""
        wrong = set(error.messages) if isinstance(error.messages, dict) else set()
        found = []
        for part, code, text in (("title", "title_missing", gettext("Give it a title, in one language at least.")), ("description", "description_missing", gettext("Describe it, in one language at least."))):
            names = {f"{part}_en", f"{part}_zh"}
            if not names & wrong and not any(values.get(name) for name in names):
                found.append(FieldError(f"/{part}_en", code, text))
        return tuple(found)

    def _reject(self, row: Row, faults: Iterable[FieldError]) -> None:
        told = [fault_of(row, fault) for fault in faults]
        self.counts.rejected += 1
        self.counts.faults += len(told)
        self.heard.rejected(row, told)

    def _sort(self, found: list[tuple[Item, Row, set[str]]]) -> None:
        """Known listings are compared with what they say now, new ones with the titles there are."""
        if not found:
            return
        known = self._known([item.content["external_id"] for item, _, _ in found])
        for item, row, named in found:
            there = known.get(item.content["external_id"])
            self.counts.good += 1
            if there is not None:
                item.listing_id, old = there
                item.changes = _changes(item, row, named, old)
                item.changed = bool(rules.differences(old, rules.completed(old | item.changes))) or item.changes.get("anonymous") not in (None, old["anonymous"])
                self.counts.changed += item.changed
                self.counts.unchanged += not item.changed
            else:
                self.counts.fresh += 1
                self._compare(item, row, named)
            item.columns = row.columns if self.segments is not None else None
            place = self.spool.add(item)
            if there is None:
                for key in likeness.keys(item.content):
                    self._titles.setdefault(key, place)

    def _compare(self, item: Item, row: Row, named: set[str]) -> None:
        """Whether another row or listing has this title."""
        keys = likeness.keys(item.content)
        if self._own is None:
            self._own = likeness.titles(self.kind, self.organization_id, public=self.for_others)
        place = next((self._titles[key] for key in keys if key in self._titles), None)
        listing_id = next((self._own[key] for key in keys if key in self._own), None)
        if place is None and listing_id is None:
            return
        self.counts.alike += 1
        title, text = likeness.shown(item.content)
        if listing_id is not None:
            reference, old = likeness.listing(listing_id, public=self.for_others)
            item.alike_id, item.changes = listing_id, _changes(item, row, named, old)
            other_title, other_text = likeness.shown(old)
            self.heard.alike(Alike(item.row, title, text, other_title, other_text, likeness.percent(item.content, old), listing_id=listing_id, reference=reference))
            return
        assert place is not None  # one of the two was found
        other = self.spool.at(place)
        item.alike_row = other.row
        other_title, other_text = likeness.shown(other.content)
        self.heard.alike(Alike(item.row, title, text, other_title, other_text, likeness.percent(item.content, other.content), other_row=other.row))

    def _known(self, external_ids: list[str]) -> dict[str, tuple[UUID, dict[str, Any]]]:
        columns = (*(getattr(ListingVersion, name) for name in rules.CONTENT), ListingVersion.reserved)
        query = (
            select(Listing.external_id, Listing.id, Listing.anonymous, *columns)
            .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == Listing.draft_number))
            .where(Listing.organization_id == self.organization_id, Listing.kind == self.kind, Listing.external_id.in_(external_ids))
        )
        return {row[0]: (row[1], content_of(row._mapping) | {"anonymous": row.anonymous}) for row in db.session.execute(query)}


def content_of(columns: Mapping[Any, Any]) -> dict[str, Any]:
    """The whole content from a row of columns, reserved parts included."""
    return levels.whole({name: columns[name] for name in rules.CONTENT}, columns["reserved"])


def fault_of(row: Row, fault: FieldError) -> Fault:
    """A fault by the file's own name of the column, with the value that stood there and what was probably meant."""
    name = fault.pointer.strip("/").split("/")[0]
    column = row.columns.get(name) or next((source for of, source in row.columns.items() if of.rsplit("_", 1)[0] == name.rsplit("_", 1)[0]), name)
    value = row.values.get(name)
    said = "" if value is None else str(value)
    detail = fault.detail
    if fault.code == "code_unknown" and len(words.VOCABULARIES.get(name, ())) > MOST_NAMED:  # a few codes of hundreds help nobody
        detail = gettext("This is none of the values that the column may have: the workbook to fill in lists them all.")
    return Fault(row.number, column, said[:LONGEST_VALUE], fault.code, detail, words.suggested(name, said[:200], fault.code))


def _changes(item: Item, row: Row, named: set[str], old: Mapping[str, Any]) -> dict[str, Any]:
    """What the row says of a known listing: of the columns that the file has, empty cells included."""
    silent = {name for name in _NEVER_BY_SILENCE if row.values.get(name) in (None, "")}
    changes = {name: item.content.get(name, rules.BLANK[name]) for name in sorted(named - silent - {"anonymous"})}
    if "unknowns" in changes and "unknown" not in row.values:
        changes["unknowns"] = sorted({*changes["unknowns"], *old["unknowns"]})
    if changes.get("country", "") is None:
        del changes["country"]
    if row.values.get("anonymous") not in (None, ""):
        changes["anonymous"] = item.content["anonymous"]
    return changes


_COLUMNS = {"amount_min": "amount_min_minor", "amount_max": "amount_max_minor", "unknown": "unknowns"}
_CONTENT = frozenset({*rules.CONTENT, "anonymous"})
_NEVER_BY_SILENCE = ("anonymous", "levels")
"""What an empty cell leaves as it is: nobody's name or reserved part becomes public because a cell was left empty."""
