"""What may come in of a listing, as JSON, form or spreadsheet row alike, and what goes out."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, post_load, pre_load

from marketplace.core.amounts import UNITS, parse_typed
from marketplace.core.fields import Code, CodeList, Day, FormSchema, Reference, Slug, Text, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.money import CURRENCIES, MESSAGES, AmountError, to_minor
from marketplace.core.pages import PageIn
from marketplace.listings.levels import Levels
from marketplace.listings.models import EntryStatus, Kind
from marketplace.listings.parameters import ParameterIn, Parameters
from marketplace.listings.rules import ASKED
from marketplace.taxonomy import vocabularies as v

UNKNOWN = "unknown"
LONGEST_DESCRIPTION = 40_000
AMOUNTS = ("amount_min", "amount_max", "currency")


def _text(longest: int, *, multiline: bool = False, **metadata: Any) -> Text:
    return Text(longest, multiline=multiline, allow_none=True, load_default=None, metadata=metadata)


def _code(codes: Any, **metadata: Any) -> Code:
    return Code(codes, allow_none=True, load_default=None, metadata=metadata)


class _ListingIn(FormSchema):
    """The fields that achievements and needs share. Only a title and a description are needed for a draft."""

    kind: Kind

    external_id = _text(120, description="Your own id: one listing of a kind per id, so that an import can be repeated.")
    title_en = _text(256, example="Heat pump for process steam")
    title_zh = _text(256, example="制取工艺蒸汽的热泵")
    summary_en = _text(500, multiline=True)
    summary_zh = _text(500, multiline=True)
    description_en = _text(LONGEST_DESCRIPTION, multiline=True, example="Lifts waste heat at 90 °C to steam at 180 °C.")
    description_zh = _text(LONGEST_DESCRIPTION, multiline=True)
    technology_codes = CodeList(v.WIPO_FIELDS.codes, most=5, load_default=list, metadata={"description": "WIPO's 35 fields."})
    deal_kinds = CodeList(v.DEAL_KINDS.codes, most=3, load_default=list)
    exclusivity = _code(v.EXCLUSIVITY.codes, description="How far at most a licence goes; of a need, how far at least it is wanted.")
    amount_min = _text(40, example="5000000.00", description="Price asked, or budget: digits, at most one point; needs a currency.")
    amount_max = _text(40, example="8000000.00")
    currency = _code(CURRENCIES, example="CNY")
    country = _code(lambda: v.COUNTRIES.codes, description="Where the owner is; yours unless another is given.")
    target_countries = CodeList(lambda: v.COUNTRIES.codes, most=60, load_default=list)
    excluded_countries = CodeList(lambda: v.COUNTRIES.codes, most=60, load_default=list)
    partner_kinds = CodeList(v.PARTNER_KINDS.codes, most=9, load_default=list)
    languages = CodeList(lambda: v.LANGUAGES.codes, most=10, load_default=list, metadata={"description": "Working languages, ISO 639-1."})
    parameters = Parameters(load_default=list, metadata={"description": "What a need must have, what an achievement reaches."})
    levels = Levels(load_default=dict, metadata={"description": "Who may read a part: public unless said, else registered, after_interest, after_nda, never."})
    valid_until = Day(allow_none=True, load_default=None)
    source_organization = _text(300, description="Whom an imported record came from, as text.")
    source_country = _code(lambda: v.COUNTRIES.codes)
    source_url = _text(500)

    @pre_load
    def unknown_is_an_answer(self, data: Any, **_: Any) -> Any:
        """A form or row says "unknown" in the field itself; JSON names the field in ``unknown``."""
        if not (self.context_is_form and isinstance(data, Mapping)):
            return data
        said = [name for name in ASKED[self.kind] if data.get(name) == UNKNOWN]
        kept = {name: value for name, value in data.items() if name not in said}
        return {**kept, "unknown": [*_parts(kept.get("unknown")), *said]} if said else kept

    @post_load
    def as_columns(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Amounts to minor units (the three belong together: a change of one names all that shall stand); names of columns."""
        columns = {name: value for name, value in data.items() if name not in {*AMOUNTS, "unit", "unknown"}}
        if "unknown" in data:
            columns["unknowns"] = data["unknown"]
        if any(name in data for name in AMOUNTS):
            columns |= self._amounts(data)
        return columns

    def _amounts(self, data: dict[str, Any]) -> dict[str, Any]:
        low, high, currency = (data.get(name) for name in AMOUNTS)
        if low is None and high is None:
            return {"amount_min_minor": None, "amount_max_minor": None, "currency": None}
        if currency is None:
            raise refuse("currency_missing", gettext("Name the currency of the amount."), "currency")
        unit = data.get("unit")
        minor = {}
        for name, text in (("amount_min", low), ("amount_max", high)):
            try:
                minor[f"{name}_minor"] = None if text is None else parse_typed(text, unit=unit, currency=currency) if unit else to_minor(text, currency)
            except AmountError as error:
                raise refuse(error.code, gettext(MESSAGES[error.code], **error.params), name) from error
        return {**minor, "currency": currency}


def _parts(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [part for part in value.replace(",", " ").replace(";", " ").split() if part]
    return list(value or [])


class AchievementIn(_ListingIn):
    """Technology on offer."""

    kind = Kind.ACHIEVEMENT

    advantages_en = _text(4000, multiline=True, description="Against the best known alternative.")
    advantages_zh = _text(4000, multiline=True)
    trl = Whole(1, 9, allow_none=True, load_default=None, metadata={"description": "Technology readiness level."})
    stage = _code(v.STAGES.codes)
    ip_status = _code(v.IP_STATUS.codes)
    price_mode = _code(v.PRICE_MODES.codes)
    unknown = CodeList(  # type: ignore[assignment]  # the metaclass takes fields off the class
        ASKED[Kind.ACHIEVEMENT], most=3, load_default=list,
        metadata={"description": "Questions answered with “unknown”; the others left empty are asked again at submission."},
    )  # fmt: skip


class NeedIn(_ListingIn):
    """Technology wanted."""

    kind = Kind.NEED

    requirement_en = _text(4000, multiline=True, description="What must be met, measurably.")
    requirement_zh = _text(4000, multiline=True)
    min_trl = Whole(1, 9, allow_none=True, load_default=None, metadata={"description": "Least technology readiness level."})
    deadline = Day(allow_none=True, load_default=None)
    unknown = CodeList(  # type: ignore[assignment]  # the metaclass takes fields off the class
        ASKED[Kind.NEED], most=3, load_default=list,
        metadata={"description": "Questions answered with “unknown”; the others left empty are asked again at submission."},
    )  # fmt: skip


INPUTS: dict[Kind, type[_ListingIn]] = {Kind.ACHIEVEMENT: AchievementIn, Kind.NEED: NeedIn}


class AchievementForm(AchievementIn):
    """The page's form: amounts as people type them, and the version that was edited."""

    unit = Code(UNITS, load_default="one")
    version = Whole(1, 10**9, load_default=None, allow_none=True)


class NeedForm(NeedIn):
    """The page's form: amounts as people type them, and the version that was edited."""

    unit = Code(UNITS, load_default="one")
    version = Whole(1, 10**9, load_default=None, allow_none=True)


FORMS: dict[Kind, type[_ListingIn]] = {Kind.ACHIEVEMENT: AchievementForm, Kind.NEED: NeedForm}


class SubmitIn(FormSchema):
    fair = Slug(required=True, metadata={"example": "today"})
    segment = Text(40, required=True, metadata={"description": "Code of one of the fair's segments.", "example": "universities"})


class WithdrawIn(FormSchema):
    fair = Slug(required=True, metadata={"example": "today"})


class PublishIn(FormSchema):
    number = Whole(1, 10**9, load_default=None, allow_none=True, metadata={"description": "The version you read; refused as stale when another one waits now."})


class SendBackIn(PublishIn):
    reason = Text(2000, required=True, multiline=True, shortest=3, metadata={"example": "Say who measured the cost of steam."})


class CatalogueIn(PageIn):
    """Search and filters of the catalogue. Within one filter any value fits, all filters must."""

    q = Text(300, load_default=None, allow_none=True, metadata={"description": "Words that must all occur."})
    fair = Slug(load_default=None, allow_none=True, metadata={"description": "Only what this fair shows."})
    organization = Slug(load_default=None, allow_none=True)
    field = CodeList(v.WIPO_FIELDS.codes, most=35, load_default=list)
    trl = CodeList([*v.TRL.codes, UNKNOWN], most=10, load_default=list)
    deal_kind = CodeList([*v.DEAL_KINDS.codes, UNKNOWN], most=9, load_default=list)
    country = CodeList(lambda: (*v.COUNTRIES.codes, UNKNOWN), most=60, load_default=list)
    ip_status = CodeList([*v.IP_STATUS.codes, UNKNOWN], most=5, load_default=list)
    segment = fields.List(Text(40), load_default=list, metadata={"description": "Codes of the fair's segments.", "maxItems": 20})
    sort = Code(["relevance", "newest", "maturity"], load_default="relevance")
    facets = Whole(0, 1, load_default=0, metadata={"description": "1 counts the values of each filter."})


class QueueIn(PageIn):
    status = Code([status.value for status in EntryStatus], load_default="submitted", metadata={"description": "`submitted`: what waits for the moderator, oldest first, updates of published listings included."})


class OwnerOut(Schema):
    slug = fields.String()
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)
    country = fields.String(allow_none=True)


class RowOut(Schema):
    """A listing as lists show it."""

    id = Reference()
    reference = fields.String(metadata={"example": "A-2020-000123"})
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    summary_en = fields.String(allow_none=True)
    summary_zh = fields.String(allow_none=True)
    technology_codes = fields.List(fields.String())
    deal_kinds = fields.List(fields.String())
    trl = fields.Integer(allow_none=True, metadata={"description": "Of a need: the least one wanted."})
    ip_status = fields.String(allow_none=True)
    price_mode = fields.String(allow_none=True)
    amount_min = fields.String(allow_none=True)
    amount_max = fields.String(allow_none=True)
    currency = fields.String(allow_none=True)
    country = fields.String(allow_none=True)
    deadline = fields.Date(allow_none=True)
    source_organization = fields.String(allow_none=True)
    levels = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Parts that not everybody may read, and who may."})
    organization = fields.Nested(OwnerOut)
    published_at = fields.AwareDateTime(allow_none=True)


class ListOut(Schema):
    rows = fields.List(fields.Nested(RowOut))
    next = fields.String(allow_none=True, metadata={"description": "`cursor` of the next page, null on the last."})
    total = fields.Integer(metadata={"description": "Only with facets=1."})
    facets = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Integer()), metadata={"description": "Only with facets=1."})


class EntryOut(Schema):
    """A listing in a fair: `published_number` is what visitors see, `submitted_number` waits, `returned_number` was sent back."""

    id = Reference()
    listing_id = Reference()
    fair = fields.String()
    segment = fields.String(allow_none=True)
    status = fields.String(metadata={"enum": [status.value for status in EntryStatus]})
    submitted_number = fields.Integer(allow_none=True)
    published_number = fields.Integer(allow_none=True)
    returned_number = fields.Integer(allow_none=True)
    submitted_at = fields.AwareDateTime(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    published_at = fields.AwareDateTime(allow_none=True)
    reason = fields.String(allow_none=True)
    version = fields.Integer()


class ShownAtOut(Schema):
    fair = fields.String()
    segment = fields.String(allow_none=True)
    published_at = fields.AwareDateTime(allow_none=True)


class DetailOut(RowOut):
    """The whole listing: for visitors the version that is public, for its owner the newest one with its entries."""

    kind = fields.String(metadata={"enum": [kind.value for kind in Kind]})
    number = fields.Integer(metadata={"description": "Of the version shown."})
    description_en = fields.String(allow_none=True)
    description_zh = fields.String(allow_none=True)
    advantages_en = fields.String(allow_none=True)
    advantages_zh = fields.String(allow_none=True)
    requirement_en = fields.String(allow_none=True)
    requirement_zh = fields.String(allow_none=True)
    min_trl = fields.Integer(allow_none=True)
    stage = fields.String(allow_none=True)
    exclusivity = fields.String(allow_none=True)
    target_countries = fields.List(fields.String())
    excluded_countries = fields.List(fields.String())
    partner_kinds = fields.List(fields.String())
    languages = fields.List(fields.String())
    parameters = fields.List(fields.Nested(ParameterIn))
    valid_until = fields.Date(allow_none=True)
    source_country = fields.String(allow_none=True)
    source_url = fields.String(allow_none=True)
    unknown = fields.List(fields.String())  # type: ignore[assignment]
    fairs = fields.List(fields.Nested(ShownAtOut))
    external_id = fields.String(allow_none=True, metadata={"description": "For its owner only."})
    public_number = fields.Integer(allow_none=True, metadata={"description": "For its owner only."})
    version = fields.Integer(metadata={"description": "For its owner only; the ETag."})
    entries = fields.List(fields.Nested(EntryOut), metadata={"description": "For its owner only."})


class QueueRowOut(EntryOut):
    kind = fields.String()
    reference = fields.String()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    organization = fields.Nested(OwnerOut)


class QueueOut(Schema):
    rows = fields.List(fields.Nested(QueueRowOut))
    next = fields.String(allow_none=True)


class CaseOut(QueueRowOut):
    """An entry with the two texts the moderator compares."""

    submitted = fields.Dict(allow_none=True, metadata={"description": "Content of the version that waits."})
    published = fields.Dict(allow_none=True, metadata={"description": "Content that visitors see now."})
    changed = fields.List(fields.String(), metadata={"description": "Fields in which the two differ."})
