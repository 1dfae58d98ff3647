"""What may come in of the roadshow, as JSON or from a page alike, and what goes out. Times come in on the fair's own clock."""

from typing import Any

from marshmallow import Schema, fields, post_load, validates_schema

from marketplace.core.amounts import UNITS, parse_typed
from marketplace.core.fields import Code, FormSchema, LocalMoment, Reference, Text, Whole, refuse
from marketplace.core.i18n import gettext as _
from marketplace.core.money import CURRENCIES, MESSAGES, AmountError, to_minor, to_text
from marketplace.payments.till import own_address
from marketplace.roadshow.models import PitchStatus, Session
from marketplace.venue.schemas import WALL

SLOT_MINUTES = (15, 30, 45, 60)
class PriceIn(FormSchema):
    """A price: empty means free. ``unit`` is for what a person types in a form, such as wan."""

    amount = Text(40, load_default=None, allow_none=True, metadata={"example": "500.00", "description": "Digits, at most one point; null is free."})
    currency = Code(CURRENCIES, load_default=None, allow_none=True)
    unit = Code(UNITS, load_default=None, allow_none=True, metadata={"description": "One of the units of typed amounts; leave out in JSON."})

    @post_load
    def to_price(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """``price_minor`` and ``currency`` in place of what was written."""
        amount, currency, unit = (data.pop(name) for name in ("amount", "currency", "unit"))
        data["price_minor"], data["currency"] = None, None
        if amount is None:
            return data
        if currency is None:
            raise refuse("currency_missing", _("Name the currency of the amount."), "currency")
        try:
            typed = self.context_is_form or unit is not None
            data["price_minor"] = parse_typed(amount, unit=unit or "one", currency=currency) if typed else to_minor(amount, currency)
        except AmountError as error:
            raise refuse(error.code, _(MESSAGES[error.code], **error.params), "amount") from error
        data["currency"] = currency
        return data


class SessionIn(PriceIn):
    """A session. The price is that of one pitch slot; empty, it is free."""

    place_id = Reference(required=True)
    title_en = Text(200, load_default=None, allow_none=True)
    title_zh = Text(200, load_default=None, allow_none=True)
    starts_at = LocalMoment(required=True, metadata=WALL)
    ends_at = LocalMoment(required=True, metadata=WALL)
    capacity = Whole(1, 100_000, required=True, metadata={"description": "People who find room."})
    slots = Whole(0, 60, load_default=0, metadata={"description": "Pitch slots, one after another."})
    slot_minutes = Whole(15, 60, load_default=15, metadata={"enum": list(SLOT_MINUTES), "description": "Length of a pitch slot."})

    @validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not (data.get("title_en") or data.get("title_zh")):
            raise refuse("title_missing", _("Give a title in at least one language."), "title_en")
        if data.get("slot_minutes", 15) not in SLOT_MINUTES:
            raise refuse("quarter", _("A slot lasts 15, 30, 45 or 60 minutes."), "slot_minutes")


class PitchIn(FormSchema):
    achievement_id = Reference(required=True)
    position = Whole(1, 60, load_default=None, allow_none=True, metadata={"description": "Slot from 1; null takes the first free one."})


def pitch_of(line: Any) -> dict[str, Any]:
    """A pitch of the programme as JSON: who presents an anonymous achievement is not named, and of a held slot only that it is taken."""
    facts = {name: getattr(line.pitch, name) for name in PitchOut._declared_fields}
    if line.pitch.status is PitchStatus.HELD:
        return facts | {"achievement_id": None, "organization_id": None}
    return facts | {"organization_id": line.organization.id}


class PitchOut(Schema):
    id = fields.UUID()
    session_id = fields.UUID()
    position = fields.Integer()
    starts_at = fields.AwareDateTime()
    length_minutes = fields.Integer()
    achievement_id = fields.UUID(allow_none=True, metadata={"description": "Null while the slot is held only."})
    organization_id = fields.UUID(allow_none=True, metadata={"description": "Null where the owner is not named."})
    status = fields.String()


class OwnPitchOut(PitchOut):
    """One's own pitch: with its fee, and the page on which a person pays it."""

    fee_id = fields.UUID(allow_none=True)
    pay_url = fields.Function(
        lambda pitch: own_address(f"/payments/{pitch.fee_id}") if pitch.fee_id else None,
        metadata={"type": ["string", "null"], "description": "Where a person pays the fee by card."},
    )


class _SessionFacts(Schema):
    id = fields.UUID()
    place_id = fields.UUID()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    capacity = fields.Integer()
    slots = fields.Integer()
    slot_minutes = fields.Integer()
    currency = fields.String(allow_none=True)
    status = fields.String()


class SessionOut(_SessionFacts):
    price = fields.Function(lambda row: price_text(row), metadata={"type": ["string", "null"], "example": "500.00"})


class SessionDetailOut(_SessionFacts):
    """A session with its pitches; ``pitches`` holds no fees."""

    price = fields.String(allow_none=True, metadata={"example": "500.00"})
    pitches = fields.List(fields.Nested(PitchOut))
    free_positions = fields.List(fields.Integer())


class SessionsOut(Schema):
    rows = fields.List(fields.Nested(SessionOut))
    next = fields.String(allow_none=True)


def price_text(session: Session) -> str | None:
    """What a pitch slot costs, as the API writes amounts."""
    if session.price_minor is None or session.currency is None:
        return None
    return to_text(session.price_minor, session.currency)
