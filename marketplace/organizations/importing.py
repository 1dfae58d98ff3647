"""Taking in a list of organisations, such as ROR's: every row checked, good ones stored at once, the same file again changes nothing.

A row is known by its ROR id. One that is here already is brought up to date while nobody is a member of it; afterwards its
owners keep it.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Invalid, TooLarge
from marketplace.core.i18n import gettext
from marketplace.core.problems import messages_to_errors
from marketplace.organizations import duplicates
from marketplace.organizations.models import Kind, Membership, Organization, OrganizationNumber, OrganizationTrait, Status, TraitKind
from marketplace.organizations.numbers import Scheme, WrongNumber, normalised
from marketplace.organizations.rules import fold_names, slug_of
from marketplace.organizations.schemas import OrganizationIn

MOST_BYTES, MOST_ROWS = 8 * 1024 * 1024, 20_000
MOST_FAULTS = 500
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ror": ("ror", "id", "ror_id", "编号"),
    "name": ("name", "名称"),
    "name_en": ("name_en", "英文名称"),
    "name_zh": ("name_zh", "中文名称"),
    "country": ("country", "国家"),
    "types": ("types", "kind", "类型"),
    "website": ("website", "网站"),
}
"""Our columns, and how a file may call them, in either language; the first is the name in reports. What else a file has is left out."""
PROFILE = ("name_en", "name_zh", "country", "website")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row was rejected; ``row`` as a spreadsheet counts, the header being row 1."""

    row: int
    column: str
    value: str
    code: str
    reason: str
    suggestion: str = ""


@dataclass(slots=True)
class Report:
    """rows = created + updated + unchanged + rejected."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    faults: list[Fault] = field(default_factory=list)
    dry_run: bool = False

    @property
    def accepted(self) -> int:
        return self.created + self.updated

    @property
    def skipped(self) -> int:
        return self.unchanged

    def reject(self, faults: Sequence[Fault]) -> None:
        self.rejected += 1
        self.faults += faults[: max(0, MOST_FAULTS - len(self.faults))]


def kind_of(types: str) -> Kind:
    """A kind of ours as it is; of ROR's types a company is one, every other an institute."""
    words = [word.strip().lower() for word in types.replace(";", "|").replace(",", "|").split("|") if word.strip()]
    if words and words[0] in set(Kind):
        return Kind(words[0])
    return Kind.COMPANY if "company" in words else Kind.INSTITUTE


def take(content: bytes, *, by: Actor | None, dry_run: bool = False) -> Report:
    """Read a CSV file in UTF-8 and store its good rows, approved; ``dry_run`` stores nothing. One audit row names the file.

    Raises Forbidden, TooLarge, Invalid for a file that is none or lacks a column. ``by`` None is the operator's command line.
    """
    if by is not None:
        by.require("organizations.import")
    report = Report(dry_run=dry_run)
    run = _Run(report)
    for number, row in list(_rows(content)):  # a file that is too long, or breaks off, is refused before any of it is looked at
        report.rows += 1
        run.check(number, row)
    run.compare()
    if not dry_run:
        run.store()
        audit.record(
            "organizations.import", "organizations", by=by, file=hashlib.sha256(content).hexdigest(), rows=report.rows,
            created=report.created, updated=report.updated, unchanged=report.unchanged, rejected=report.rejected,
        )  # fmt: skip
    return report


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, {our column: text}). Raises TooLarge, Invalid."""
    if len(content) > MOST_BYTES:
        raise TooLarge()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid.field("file", "encoding", gettext("The file is not written in UTF-8. Save it as “CSV UTF-8”.")) from error
    if "\0" in text:
        raise Invalid.field("file", "not_csv", gettext("This is not a CSV file."))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        places = {ours: header.index(name) for ours, names in COLUMNS.items() for name in names if name in header}
        missing = [name for name in ("ror", "country", "types") if name not in places]
        if missing or not places.keys() & {"name", "name_en", "name_zh"}:
            names = ", ".join(missing or ["name"])
            raise Invalid.field("file", "column_missing", gettext("These columns are missing: %(names)s.", names=names))
        for number, cells in enumerate(reader, 2):
            if number > MOST_ROWS + 1:
                raise TooLarge(gettext("At most %(most)s rows at once.", most=MOST_ROWS))
            if any(cells):
                yield number, {ours: cells[place].strip() if place < len(cells) else "" for ours, place in places.items()}
    except csv.Error as error:
        raise Invalid.field("file", "not_csv", gettext("This is not a CSV file: line %(line)s cannot be read.", line=reader.line_num)) from error


@dataclass(slots=True)
class _Good:
    """A row that is right by itself."""

    number: int
    ror: str
    kind: Kind
    facts: dict[str, Any]
    keys: tuple[str, str | None]
    known: Organization | None = None
    changed: bool = True


class _Run:
    """One file: its rows checked one by one, then together against what is here. A constant number of queries."""

    def __init__(self, report: Report):
        self.report, self.good = report, list[_Good]()
        self.schema = OrganizationIn()
        self.schema.context_is_form = True

    def check(self, number: int, row: Mapping[str, str]) -> None:
        kind = kind_of(row["types"])
        name_en = row.get("name_en") or (row.get("name") if not row.get("name_zh") or row.get("name") != row.get("name_zh") else "")
        typed = {"name_en": name_en, "name_zh": row.get("name_zh"), "country": row["country"].upper(), "website": row.get("website"), "kind": kind.value}
        faults: list[Fault] = []
        ror = ""
        try:
            ror = normalised(Scheme.ROR, row["ror"])
        except WrongNumber as error:
            faults.append(_fault(number, "ror", row["ror"], error.code, str(error.text)))
        try:
            loaded = self.schema.load(typed)
        except ValidationError as error:
            found = messages_to_errors(error.messages)
            faults += [_fault(number, each.pointer.strip("/"), str(typed.get(each.pointer.strip("/")) or ""), each.code, each.detail) for each in found]
        else:
            facts = {name: loaded.get(name) for name in PROFILE}
            keys = fold_names(facts["name_en"], facts["name_zh"])
            if not keys[0]:
                faults.append(_fault(number, "name", "", "name_missing", gettext("Give the name in English or in Chinese, or both.")))
            elif not faults:
                self.good.append(_Good(number, ror, kind, facts, keys))
        if faults:
            self.report.reject(faults)

    def compare(self) -> None:
        """Find the rows that are here already, and those whose name or ROR id somebody else has."""
        held = _by_ror(row.ror for row in self.good)
        members = set(db.session.scalars(select(Membership.organization_id).where(Membership.ended_at.is_(None))))
        names = _names()
        seen: set[str] = set()
        kept = []
        for row in self.good:
            row.known = held.get(row.ror)
            fault = self._clash(row, names, seen)
            if fault is not None:
                self.report.reject([fault])
                continue
            seen.add(row.ror)
            names.update({key: row.known.id if row.known else None for key in row.keys if key})
            row.changed = row.known is None or (not self._kept(row.known, members) and any(getattr(row.known, name) != row.facts[name] for name in PROFILE))
            counted = "created" if row.known is None else "updated" if row.changed else "unchanged"
            setattr(self.report, counted, getattr(self.report, counted) + 1)
            kept.append(row)
        self.good = kept

    @staticmethod
    def _kept(known: Organization, members: set[UUID]) -> bool:
        """Its owners, or who merged another one into it, have the last word."""
        return known.id in members or bool(known.absorbed)

    @staticmethod
    def _clash(row: _Good, names: Mapping[str, UUID | None], seen: set[str]) -> Fault | None:
        if row.ror in seen:
            return _fault(row.number, "ror", row.ror, "number_taken", gettext("An earlier row of the file has this number."))
        itself = row.known.id if row.known else object()
        if any(key in names and names[key] != itself for key in row.keys if key):
            name = row.facts["name_en"] or row.facts["name_zh"]
            reason = gettext("An organisation with this name, or one that looks like it, exists already.")
            return _fault(row.number, "name", name, "name_taken", reason, gettext("If it is another one, write its country or town behind the name."))
        return None

    def store(self) -> None:
        """New ones in bulk, changed ones one by one."""
        moment = now()
        new = [row for row in self.good if row.known is None]
        slugs = set(db.session.scalars(select(Organization.slug)))
        organizations, numbers, traits = [], [], []
        for row in new:
            organization_id = uuid7()
            organization = {
                "id": organization_id, "slug": _free(slug_of(row.facts["name_en"], kind=row.kind.value, key=row.keys[0]), slugs), "kind": row.kind,
                "name_key": row.keys[0], "other_name_key": row.keys[1], "status": Status.APPROVED, "decided_at": moment, "created_at": moment,
                "absorbed": [], "version": 1, **row.facts,
            }  # fmt: skip
            organizations.append(organization)
            numbers.append({"id": uuid7(), "organization_id": organization_id, "scheme": Scheme.ROR, "value": row.ror, "created_at": moment})
            found = {*duplicates.traits_of(Organization(**row.facts)), (TraitKind.NUMBER, f"{Scheme.ROR.value}:{row.ror}")}
            traits += [{"organization_id": organization_id, "kind": kind, "value": value} for kind, value in sorted(found)]
        for model, rows in ((Organization, organizations), (OrganizationNumber, numbers), (OrganizationTrait, traits)):
            if rows:
                db.session.execute(insert(model), rows)
        for row in self.good:
            if row.known is not None and row.changed:
                for name, value in row.facts.items():
                    setattr(row.known, name, value)
                row.known.name_key, row.known.other_name_key = row.keys
                duplicates.note(row.known)
        db.session.flush()


def _by_ror(numbers: Iterable[str]) -> dict[str, Organization]:
    wanted = set(numbers)
    query = select(OrganizationNumber.value, Organization).join(Organization, Organization.id == OrganizationNumber.organization_id)
    rows = db.session.execute(query.where(OrganizationNumber.scheme == Scheme.ROR))
    return {value: organization for value, organization in rows if value in wanted}


def _names() -> dict[str, UUID | None]:
    """{folded name: whose it is}, of all organisations; None for one that the file makes."""
    found: dict[str, UUID | None] = {}
    for organization_id, *keys in db.session.execute(select(Organization.id, Organization.name_key, Organization.other_name_key)):
        found.update({key: organization_id for key in keys if key})
    return found


def _free(wished: str, taken: set[str]) -> str:
    slug, number = wished, 2
    while slug in taken:
        slug, number = f"{wished}-{number}", number + 1
    taken.add(slug)
    return slug


def _fault(number: int, column: str, value: str, code: str, reason: str, suggestion: str = "") -> Fault:
    return Fault(number, column, value[:200], code, reason, suggestion)
