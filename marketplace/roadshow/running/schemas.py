"""What may come in of the running roadshow, as JSON or from a page alike, and what goes out."""

from typing import Any

from marshmallow import Schema, fields

from marketplace.core.fields import Code, Email, FormSchema, LocalMoment, Reference, Text, Truth, Whole
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.roadshow.running.moving import Repair
from marketplace.venue.schemas import WALL

SEEN = {"description": "The fingerprint `seen` of the preview that was shown.", "example": "3f2a9c0b51d7e8f60a12"}
NOTE = {"description": "A sentence of yours in the message to all whom it touches."}


class PlaceAndTimeIn(FormSchema):
    """Where and when a session would go, on the fair's own clock."""

    place_id = Reference(required=True)
    starts_at = LocalMoment(required=True, metadata=WALL)


class _Seen(FormSchema):
    seen = Text(64, required=True, metadata=SEEN)
    note = Text(500, multiline=True, load_default=None, allow_none=True, metadata=NOTE)


class MoveSessionIn(_Seen, PlaceAndTimeIn):
    repair = Code([repair.value for repair in Repair], load_default=Repair.NONE.value)


class MinutesIn(FormSchema):
    minutes = Whole(0, 480, required=True, metadata={"description": "Minutes that a session begins late; 0 is on time."})


class LateSessionIn(_Seen, MinutesIn):
    """A late start as it is announced."""


class CallOffSessionIn(_Seen):
    """A session that does not take place."""


class SlidesForm(FormSchema):
    """What comes beside a file of slides."""

    public = Truth(load_default=False)


class SlidesPublicIn(FormSchema):
    public = Truth(required=True)


class LoadedForm(FormSchema):
    version = Whole(1, 2_000_000_000, required=True)


class ComeForm(FormSchema):
    """What is said at a door. Who is signed in says whether their contact is given; who is not, gives one (`ContactForm`).

    Both take the same fields: somebody may have signed in, in another window, since the page was opened."""

    pitch_id = Reference(required=True)
    shares_contact = Truth(required=True)
    question = Text(500, multiline=True, load_default=None)
    name = Text(120, load_default=None)
    email = Email(load_default=None)
    firm = Text(200, load_default=None)
    agrees = Truth(load_default=False)


class ContactForm(ComeForm):
    """Who is not signed in leaves a contact."""

    shares_contact = Truth(load_default=True)
    name = Text(120, shortest=2, required=True)
    email = Email(required=True)
    agrees = Truth(required=True)


class TurnOut(Schema):
    """A pitch of a session as it stands."""

    pitch_id = fields.UUID()
    position = fields.Integer()
    achievement_id = fields.UUID()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    standing = fields.String(metadata={"enum": ["done", "on_now", "next", "later"]})
    planned_at = fields.AwareDateTime()
    starts_at = fields.AwareDateTime(metadata={"description": "As it began, or is expected to."})
    ends_at = fields.AwareDateTime()
    late_minutes = fields.Integer()


class RunningOut(Schema):
    """A session at a moment: what is on now, what comes next."""

    session_id = fields.UUID()
    at = fields.AwareDateTime()
    late_minutes = fields.Integer()
    over = fields.Boolean()
    turns = fields.List(fields.Nested(TurnOut))


class SessionEffectOut(Schema):
    code = fields.String()
    level = fields.String(metadata={"enum": ["block", "warn"]})
    text = fields.String()
    pitch_id = fields.UUID(allow_none=True)


class SessionElsewhereOut(Schema):
    place_id = fields.UUID()
    starts_at = fields.AwareDateTime()


class PitchPositionOut(Schema):
    pitch_id = fields.UUID()
    position = fields.Integer()


class SessionPreviewOut(Schema):
    """What a change would break: send ``seen`` with the change."""

    seen = fields.String(metadata=SEEN)
    stops = fields.Boolean(metadata={"description": "No repair helps: take another place or time."})
    effects = fields.List(fields.Nested(SessionEffectOut))
    order = fields.List(fields.Nested(PitchPositionOut), allow_none=True, metadata={"description": "What the repair `order` would do."})
    elsewhere = fields.List(fields.Nested(SessionElsewhereOut))
    told = fields.Integer(metadata={"description": "How many people get the message."})


class VisitorOut(Schema):
    """Somebody at the door who agreed to be known."""

    id = fields.UUID(attribute="interest.id")
    name = fields.String()
    email = fields.String()
    organization_id = fields.UUID(attribute="interest.organization_id", allow_none=True)
    firm = fields.String(attribute="interest.firm", allow_none=True, metadata={"description": "As typed by who is not signed in."})
    question = fields.String(attribute="interest.question", allow_none=True)
    created_at = fields.AwareDateTime(attribute="interest.created_at")
    became = fields.String(attribute="interest.became", allow_none=True, metadata={"example": "negotiation:01a2066d-3df1-7180-95e0-9a9a6c439b4c"})


class DoorOut(Schema):
    """Who came to the door of a pitch: ``count`` of all, and who agreed to be known, the latest first, for its own organisation."""

    count = fields.Integer()
    visitors = fields.List(fields.Nested(VisitorOut))


class TakenUpOut(Schema):
    id = fields.UUID()
    pitch_id = fields.UUID()
    became = fields.String()


def running_of(found: Any) -> dict[str, Any]:
    """A `queries.Running` as JSON."""
    turns = [
        {
            "pitch_id": turn.id, "position": line.pitch.position, "achievement_id": line.pitch.achievement_id,
            "title_en": line.version.title_en if line.version else None, "title_zh": line.version.title_zh if line.version else None,
            "standing": turn.standing.value, "planned_at": line.pitch.starts_at, "starts_at": turn.starts_at, "ends_at": turn.ends_at,
            "late_minutes": turn.late_minutes,
        }
        for line, turn in found.turns
    ]  # fmt: skip
    return {"session_id": found.session.id, "at": found.at, "late_minutes": found.session.late_minutes, "over": found.is_over, "turns": turns}


def preview_of(found: Any) -> dict[str, Any]:
    """An `effects.Preview` as JSON."""
    order = None if found.order is None else [{"pitch_id": key, "position": position} for key, position in found.order.items()]
    elsewhere = [{"place_id": place.id, "starts_at": start} for place, start in found.elsewhere]
    return {"seen": found.seen, "stops": found.stops, "effects": found.effects, "order": order, "elsewhere": elsewhere, "told": found.told}


def standing_labels() -> dict[str, Any]:
    """What each standing of a pitch is called."""
    return {"done": _l("done"), "on_now": _l("on now"), "next": _l("next"), "later": _l("later")}
