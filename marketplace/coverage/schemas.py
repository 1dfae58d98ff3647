"""What may come in about coverage and proposals, and what goes out: one shape for a fair's staff, another for a side."""

from datetime import date
from typing import Any

from marshmallow import Schema, fields, post_load, validates_schema

from marketplace.core.fields import Code, Day, FormSchema, Reference, Text, Truth, refuse
from marketplace.core.i18n import gettext
from marketplace.core.pages import PageIn
from marketplace.coverage import rules
from marketplace.coverage.board import Figures, List
from marketplace.coverage.counted import Filter
from marketplace.coverage.models import Answer, CallNote, Side, State
from marketplace.coverage.queries import About, Mine, Proposed
from marketplace.coverage.rules import Seen
from marketplace.coverage.service import Note
from marketplace.listings.owners import Unnamed
from marketplace.taxonomy.vocabularies import COUNTRIES, DISMISS_REASONS, WIPO_FIELDS

LONGEST_NOTE = 2000
STATES = [state.value for state in State]


class CoverageIn(PageIn):
    """Which list of the board, and of what."""

    list = Code([name.value for name in List], load_default=List.NEEDS.value)
    field = Code(lambda: WIPO_FIELDS.codes, load_default=None, metadata={"description": "One of WIPO's 35 fields."})
    country = Code(lambda: COUNTRIES.codes, load_default=None, metadata={"description": "Of the listing, or of the organisation."})

    @post_load
    def as_filter(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """{'list': List, 'where': Filter, 'limit', 'cursor'}."""
        data["list"] = List(data["list"])
        data["where"] = Filter(data.pop("field"), data.pop("country"))
        return data


class ProposalsIn(PageIn):
    state = Code(STATES, load_default=None)


class ProposeIn(FormSchema):
    """A note to both sides, or one of its own for a side, which then takes the place of the note to both."""

    note_en = Text(LONGEST_NOTE, multiline=True, load_default=None, allow_none=True)
    note_zh = Text(LONGEST_NOTE, multiline=True, load_default=None, allow_none=True)
    provider_note_en = Text(LONGEST_NOTE, multiline=True, load_default=None, allow_none=True)
    provider_note_zh = Text(LONGEST_NOTE, multiline=True, load_default=None, allow_none=True)
    recipient_note_en = Text(LONGEST_NOTE, multiline=True, load_default=None, allow_none=True)
    recipient_note_zh = Text(LONGEST_NOTE, multiline=True, load_default=None, allow_none=True)
    confirm_broken = Truth(load_default=False, metadata={"description": "Propose it although a condition is not met."})

    @post_load
    def as_notes(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """{'notes': {Side: Note}, 'confirm_broken': bool, …}."""
        both = Note(en=data.pop("note_en"), zh=data.pop("note_zh"))
        notes = {}
        for side in Side:
            own = Note(en=data.pop(f"{side.value}_note_en"), zh=data.pop(f"{side.value}_note_zh"))
            notes[side] = own if own.en or own.zh else both
        return data | {"notes": notes}


class ProposalIn(ProposeIn):
    """The pair, and what staff write to its sides."""

    need_id = Reference(required=True)
    achievement_id = Reference(required=True)


class ProposalAnswerIn(FormSchema):
    """Interested, or not with a reason; ``reply`` is for the fair's staff."""

    answer = Code([answer.value for answer in Answer], required=True)
    reason = Code(lambda: DISMISS_REASONS.codes, load_default=None, allow_none=True)
    reply = Text(1000, multiline=True, load_default=None, allow_none=True)

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if data["answer"] == Answer.DECLINED and not data["reason"]:
            raise refuse("required", gettext("Say why not, with one of the listed reasons."), "reason")

    @post_load
    def as_answer(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"given": Answer(data["answer"]), "reason": data["reason"], "reply": data["reply"]}


class CallNoteIn(FormSchema):
    spoke_with = Text(120, load_default=None, allow_none=True, metadata={"description": "Who was phoned."})
    said = Text(LONGEST_NOTE, multiline=True, required=True)
    next_on = Day(load_default=None, allow_none=True, metadata={"description": "The day to call again."})
    listing_id = Reference(load_default=None, allow_none=True, metadata={"description": "A listing of the organisation that it was about."})


class CallNoteBody(CallNoteIn):
    organization_id = Reference(required=True)


class CallNotesIn(PageIn):
    organization_id = Reference(load_default=None)


class PartnerOut(Schema):
    """Nothing but nulls where the other side is not named."""

    id = fields.UUID(allow_none=True)
    slug = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)


class ProposedListingOut(Schema):
    """A listing of a proposal; without titles when the fair does not show it any more."""

    id = fields.UUID()
    reference = fields.String()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    organization = fields.Nested(PartnerOut)


class ProposalSideOut(Schema):
    side = fields.String(metadata={"enum": [side.value for side in Side]})
    organization_id = fields.UUID()
    note_en = fields.String(allow_none=True)
    note_zh = fields.String(allow_none=True)
    answer = fields.String(allow_none=True, metadata={"enum": [*(answer.value for answer in Answer), None]})
    reason = fields.String(allow_none=True)
    reply = fields.String(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)


class PairProposalOut(Schema):
    """A proposal as the fair's staff see it."""

    id = fields.UUID()
    fair = fields.String()
    state = fields.String(metadata={"enum": STATES})
    need = fields.Nested(ProposedListingOut)
    achievement = fields.Nested(ProposedListingOut)
    sides = fields.List(fields.Nested(ProposalSideOut))
    broken = fields.List(fields.String(), metadata={"description": "Conditions that were not met when it was proposed."})
    proposed_at = fields.AwareDateTime()
    moved_at = fields.AwareDateTime()
    version = fields.Integer()


class PairProposalsOut(Schema):
    rows = fields.List(fields.Nested(PairProposalOut))
    next = fields.String(allow_none=True)


class OwnProposalOut(Schema):
    """A proposal as one of its two organisations sees it: of the other side only what is public, and that both are interested."""

    id = fields.UUID()
    fair = fields.String()
    state = fields.String(metadata={"enum": [seen.value for seen in Seen]})
    side = fields.String(metadata={"enum": [side.value for side in Side], "description": "Yours."})
    need = fields.Nested(ProposedListingOut)
    achievement = fields.Nested(ProposedListingOut)
    note_en = fields.String(allow_none=True)
    note_zh = fields.String(allow_none=True)
    answer = fields.String(allow_none=True, metadata={"enum": [*(answer.value for answer in Answer), None]})
    reason = fields.String(allow_none=True)
    reply = fields.String(allow_none=True)
    negotiation_id = fields.UUID(allow_none=True, metadata={"description": "Your thread about this pair, if there is one."})
    proposed_at = fields.AwareDateTime()
    answered_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()


class OwnProposalsOut(Schema):
    rows = fields.List(fields.Nested(OwnProposalOut))
    next = fields.String(allow_none=True)


class CallNoteOut(Schema):
    id = fields.UUID()
    organization_id = fields.UUID()
    listing_id = fields.UUID(allow_none=True)
    spoke_with = fields.String(allow_none=True)
    said = fields.String()
    next_on = fields.Date(allow_none=True)
    written_by = fields.String()
    written_at = fields.AwareDateTime()


class CallNotesOut(Schema):
    rows = fields.List(fields.Nested(CallNoteOut))
    next = fields.String(allow_none=True)


class ExposureBandOut(Schema):
    needs = fields.String(metadata={"enum": [code for code, _, _ in rules.BANDS], "description": "In how many needs' first ten."})
    achievements = fields.Integer()


class CoverageFiguresOut(Schema):
    needs = fields.Integer()
    with_good_match = fields.Integer()
    without_good_match = fields.Integer()
    unmatched = fields.Integer(metadata={"description": "Not compared yet."})
    achievements = fields.Integer()
    never_shown = fields.Integer()
    shown_once = fields.Integer()
    no_interest = fields.Integer()
    organizations = fields.Integer()
    no_contact = fields.Integer()
    silent = fields.Integer()
    calls_due = fields.Integer()
    exposure = fields.List(fields.Nested(ExposureBandOut))


class CoverageBestOut(Schema):
    id = fields.UUID()
    reference = fields.String()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    strength = fields.Integer(metadata={"description": "How much of the need it answers, in tenths of a percent."})
    fails = fields.String(allow_none=True, metadata={"description": "The code of the one condition that is not met."})


class CoverageRowOut(Schema):
    """A listing or an organisation that nobody talks to; what does not apply to a list is left out."""

    id = fields.UUID()
    kind = fields.String()
    reference = fields.String()
    slug = fields.String()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True, metadata={"description": "Of the organisation."})
    name_zh = fields.String(allow_none=True)
    organization_id = fields.UUID()
    country = fields.String(allow_none=True)
    technology_codes = fields.List(fields.String())
    listings = fields.Integer()
    published_at = fields.AwareDateTime()
    last_contact_on = fields.Date(allow_none=True)
    days = fields.Integer(metadata={"description": "Days of silence: since the last contact, else since publication."})
    best = fields.Nested(CoverageBestOut, allow_none=True)
    near = fields.Nested(CoverageBestOut, allow_none=True)


class CoverageOut(Schema):
    fair = fields.String()
    list = fields.String(metadata={"enum": [name.value for name in List]})
    figures = fields.Nested(CoverageFiguresOut)
    rows = fields.List(fields.Nested(CoverageRowOut))
    next = fields.String(allow_none=True)


def figures_out(found: Figures) -> dict[str, Any]:
    names = ("needs", "with_good_match", "without_good_match", "unmatched", "achievements", "no_interest", "organizations", "no_contact", "silent", "calls_due")
    return {
        **{name: getattr(found, name) for name in names},
        "never_shown": found.of(List.NEVER), "shown_once": found.of(List.ONCE),
        "exposure": [{"needs": band.code, "achievements": band.count} for band in found.bands],
    }  # fmt: skip


def _partner(organization: Any) -> dict[str, Any]:
    named = not isinstance(organization, Unnamed)
    return {name: getattr(organization, name) if named else None for name in ("id", "slug", "name_en", "name_zh")}


def listing_out(about: About) -> dict[str, Any]:
    return {"id": about.id, "reference": about.reference, "title_en": about.title_en, "title_zh": about.title_zh, "organization": _partner(about.organization)}


def proposal_out(found: Proposed) -> dict[str, Any]:
    """The plain mapping of a proposal for the fair's staff."""
    row = found.proposal
    names = ("organization_id", "note_en", "note_zh", "reason", "reply", "answered_at")
    sides = [
        {"side": side.value, "answer": given.answer.value if given.answer else None, **{name: getattr(given, name) for name in names}}
        for side in Side
        if (given := found.sides[side])
    ]
    return {
        "id": row.id, "fair": found.fair.slug, "state": row.state.value, "need": listing_out(found.need), "achievement": listing_out(found.achievement),
        "sides": sides, "broken": row.broken, "proposed_at": row.proposed_at, "moved_at": row.moved_at, "version": row.version,
    }  # fmt: skip


def own_out(mine: Mine) -> dict[str, Any]:
    """The plain mapping of a proposal for one of its sides."""
    side = mine.side
    return {
        "id": mine.proposal_id, "fair": mine.fair.slug, "state": mine.seen.value, "side": side.side.value, "need": listing_out(mine.need),
        "achievement": listing_out(mine.achievement), "note_en": side.note_en, "note_zh": side.note_zh, "reason": side.reason, "reply": side.reply,
        "answer": side.answer.value if side.answer else None, "negotiation_id": mine.talks, "proposed_at": side.proposed_at,
        "answered_at": side.answered_at, "version": side.version,
    }  # fmt: skip


def note_out(note: CallNote, writer: str) -> dict[str, Any]:
    return {
        "id": note.id, "organization_id": note.organization_id, "listing_id": note.listing_id, "spoke_with": note.callee.name if note.callee else None,
        "said": note.said, "next_on": note.next_on, "written_by": writer, "written_at": note.written_at,
    }  # fmt: skip


def row_out(row: Any, *, day: date, time_zone: str, best: Any = None, near: Any = None) -> dict[str, Any]:
    """A row of any list of the board; ``best`` and ``near`` for needs."""
    known = row._mapping
    same = ("id", "reference", "slug", "title_en", "title_zh", "name_en", "name_zh", "organization_id", "country", "technology_codes", "listings")
    found = {name: known[name] for name in same if name in known} | {"kind": row.kind.value}
    if "silent_since" in known:
        last = rules.day_of(row.last, time_zone) if row.last else None
        return found | {"published_at": row.since, "last_contact_on": last, "days": rules.days_since(row.silent_since, day, time_zone)}
    found |= {"published_at": row.published_at, "days": rules.days_since(row.published_at, day, time_zone)}
    if row.kind.value == "need":
        titles = ("id", "reference", "title_en", "title_zh")
        found["best"] = None if best is None else {**{name: getattr(best, name) for name in titles}, "strength": best.strength, "fails": None}
        found["near"] = None if near is None else {**{name: getattr(near.row, name) for name in titles}, "strength": near.strength, "fails": near.line.code.value}
    return found
