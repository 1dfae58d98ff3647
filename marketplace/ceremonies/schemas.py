"""What may come in: a ceremony, an item, a press, a target; what goes out to the fair's staff."""

from typing import Any

from marshmallow import Schema, fields, validates_schema

from marketplace.ceremonies.models import BoardTarget, Ceremony, CeremonyState, ItemState, Press
from marketplace.ceremonies.pressing import undo_ends
from marketplace.ceremonies.queries import Line
from marketplace.ceremonies.wording import said
from marketplace.core.amounts import UNITS, parse_typed
from marketplace.core.errors import Invalid
from marketplace.core.fields import Code, FormSchema, LocalMoment, MomentField, Reference, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.money import MESSAGES, AmountError, to_minor, to_text
from marketplace.fairs.models import Fair


class Titled(FormSchema):
    """A title in one language at least."""

    title_en = Text(200, load_default=None, allow_none=True)
    title_zh = Text(200, load_default=None, allow_none=True)

    @validates_schema
    def titled(self, data: dict[str, Any], **_: Any) -> None:
        if not self.partial and not data.get("title_en") and not data.get("title_zh"):
            raise refuse("required", gettext("A title in English or Chinese is needed."), "title_en")


class CeremonyIn(Titled):
    starts_at = MomentField(required=True)


class CeremonyForm(Titled):
    """The page's form: a time on the fair's own clock, and which version was opened."""

    starts_at = LocalMoment(required=True)
    version = Whole(1, 2**31 - 1, load_default=None, allow_none=True)


class StepIn(FormSchema):
    state = Code([CeremonyState.RUNNING.value, CeremonyState.OVER.value], required=True)


class ItemIn(FormSchema):
    contract_id = Reference(required=True)
    line_en = Text(500, load_default=None, allow_none=True, multiline=True)
    line_zh = Text(500, load_default=None, allow_none=True, multiline=True)


class ItemChange(FormSchema):
    """The speaker's lines and the place on the list."""

    line_en = Text(500, load_default=None, allow_none=True, multiline=True)
    line_zh = Text(500, load_default=None, allow_none=True, multiline=True)
    position = Whole(1, 1000, load_default=None, allow_none=True)


class ItemForm(ItemChange):
    version = Whole(1, 2**31 - 1, load_default=None, allow_none=True)


class PressIn(FormSchema):
    press = Code([press.value for press in Press], required=True)


class PressForm(PressIn):
    """``back`` is the page that was pressed on."""

    back = Code(["list", "stage"], load_default="list")


class MoveForm(FormSchema):
    direction = Code(["up", "down"], required=True)


class RemoveIn(FormSchema):
    release = Truth(load_default=False, metadata={"description": "Yes, its contract may count in public without a press."})


class TargetIn(FormSchema):
    """An amount in the fair's currency; null takes the target off the board."""

    amount = Text(64, required=True, allow_none=True, metadata={"example": "20000000000.00"})


class TargetForm(FormSchema):
    amount = Text(64, load_default=None, allow_none=True)
    unit = Code(UNITS, load_default="one")
    version = Whole(0, 2**31 - 1, load_default=None, allow_none=True)


def minor_of(text: str | None, unit: str | None, currency: str) -> int | None:
    """Minor units of what was typed with a unit, or of a plain amount; None for nothing. Raises Invalid."""
    if text is None:
        return None
    try:
        return to_minor(text, currency) if unit is None else parse_typed(text, unit=unit, currency=currency)
    except AmountError as error:
        raise Invalid.field("amount", error.code, gettext(MESSAGES[error.code]) % error.params) from error


class CeremonyOut(Schema):
    id = fields.UUID()
    fair_id = fields.UUID()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    starts_at = fields.AwareDateTime()
    state = fields.String(metadata={"enum": [state.value for state in CeremonyState]})
    version = fields.Integer()


class RunPartyOut(Schema):
    role = fields.String()
    name = fields.String()
    country = fields.String()


class RunItemOut(Schema):
    id = fields.UUID()
    position = fields.Integer()
    state = fields.String(metadata={"enum": [state.value for state in ItemState]})
    held = fields.Boolean(metadata={"description": "Under embargo: its contract counts in no public view."})
    counts = fields.Boolean(metadata={"description": "Signed on stage and verified: it counts."})
    contract_id = fields.UUID()
    reference = fields.String()
    contract_status = fields.String()
    open = fields.Boolean()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    currency = fields.String()
    total_amount = fields.String(allow_none=True, metadata={"description": "null: undisclosed"})
    parties = fields.List(fields.Nested(RunPartyOut))
    line_en = fields.String(metadata={"description": "What the speaker says: their own line, else one made from the contract."})
    line_zh = fields.String()
    last_press = fields.String(allow_none=True)
    pressed_at = fields.AwareDateTime(allow_none=True)
    pressed_by = fields.String(metadata={"description": "Name of who pressed last; empty for nobody."})
    undo_seconds = fields.Float(metadata={"description": "How long the press may still be taken back."})
    version = fields.Integer()


class RunListOut(CeremonyOut):
    items = fields.List(fields.Nested(RunItemOut))


class CeremoniesOut(Schema):
    rows = fields.List(fields.Nested(CeremonyOut))


class TargetOut(Schema):
    amount = fields.String(allow_none=True, metadata={"example": "20000000000.00", "description": "null: no target"})
    amount_minor = fields.Integer(allow_none=True)
    currency = fields.String()
    version = fields.Integer()


def item_out(line: Line) -> dict[str, Any]:
    """What `RunItemOut` dumps."""
    item, contract = line.item, line.contract
    return {
        "id": item.id, "position": item.position, "state": item.state.value, "held": item.state is not ItemState.SIGNED, "counts": line.counts,
        "contract_id": contract.id, "reference": contract.reference, "contract_status": contract.status.value, "open": contract.open,
        "title_en": contract.title_en, "title_zh": contract.title_zh, "currency": contract.currency,
        "total_amount": None if contract.total_minor is None else to_text(contract.total_minor, contract.currency), "parties": line.parties,
        "line_en": said(line, "en").line, "line_zh": said(line, "zh").line, "last_press": item.last_press.value if item.last_press else None,
        "pressed_at": item.pressed_at, "pressed_by": line.presser, "undo_seconds": round(undo_ends(item), 1), "version": item.version,
    }  # fmt: skip


def run_list_out(ceremony: Ceremony, lines: list[Line]) -> dict[str, Any]:
    plain = {name: getattr(ceremony, name) for name in CeremonyOut._declared_fields}
    return plain | {"state": ceremony.state.value, "items": [item_out(line) for line in lines]}


def target_out(fair: Fair, target: BoardTarget | None) -> dict[str, Any]:
    minor = target.amount_minor if target else None
    return {
        "amount": None if minor is None else to_text(minor, fair.base_currency), "amount_minor": minor, "currency": fair.base_currency,
        "version": target.version if target else 0,
    }  # fmt: skip
