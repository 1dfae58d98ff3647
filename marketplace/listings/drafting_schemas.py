"""What may come in of a listing's content, as JSON, form or spreadsheet row alike."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import post_load, pre_load

from marketplace.core.amounts import UNITS, parse_typed
from marketplace.core.fields import Code, CodeList, Day, FormSchema, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.money import CURRENCIES, MESSAGES, AmountError, to_minor
from marketplace.listings.ip_rights import IpRights
from marketplace.listings.levels import LEVELLED, Levels
from marketplace.listings.models import Kind
from marketplace.listings.parameters import Parameters
from marketplace.listings.rules import ASKED
from marketplace.taxonomy import vocabularies as v

UNKNOWN = "unknown"
NONE = "none"
LONGEST_DESCRIPTION = 40_000
AMOUNTS = ("amount_min", "amount_max", "currency")


def _text(longest: int, *, multiline: bool = False, **metadata: Any) -> Text:
    return Text(longest, multiline=multiline, allow_none=True, load_default=None, metadata=metadata)


def _code(codes: Any, **metadata: Any) -> Code:
    return Code(codes, allow_none=True, load_default=None, metadata=metadata)


class VideoLink(Text):
    """An https address with a host: it is shown as a link, never embedded."""

    def __init__(self, **kwargs: Any):
        super().__init__(500, **kwargs)
        self.metadata = {"format": "uri", "example": "https://video.example.org/heat-pump", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            good = parts.scheme == "https" and "." in (parts.hostname or "") and not parts.username and not parts.password and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good or any(sign in text for sign in " <>\"'\\`{}"):
            raise refuse("link", gettext("An address such as https://video.example.org/… is expected, with https."))
        return text


class Goals(CodeList):
    """Sustainable development goals, or ``none`` alone."""

    def __init__(self, **kwargs: Any):
        super().__init__([*v.SDG.codes, NONE], most=len(v.SDG), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, attr, data, **kwargs)
        if NONE in found and len(found) > 1:
            raise refuse("goals_none", gettext("“None of them” stands alone."))
        return found


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
    territory = CodeList(lambda: v.COUNTRIES.codes, most=60, load_default=list, metadata={"description": "Where rights are offered, or wanted; none means anywhere."})
    partner_kinds = CodeList(v.PARTNER_KINDS.codes, most=9, load_default=list)
    partner_role_en = _text(4000, multiline=True, description="What the partner would do.")
    partner_role_zh = _text(4000, multiline=True)
    languages = CodeList(lambda: v.LANGUAGES.codes, most=10, load_default=list, metadata={"description": "Working languages, ISO 639-1."})
    parameters = Parameters(load_default=list, metadata={"description": "What a need must have, what an achievement reaches."})
    sdg = Goals(load_default=list, metadata={"description": "The United Nations' goals 1 to 17, or `none`."})
    video_url = VideoLink(allow_none=True, load_default=None)
    levels = Levels(load_default=dict, metadata={
        "description": "Who may read a part: public unless said, else registered, after_interest, after_nda; of the price also never.",
        "example": {"price": "after_interest"},
    })  # fmt: skip
    anonymous = Truth(load_default=False, metadata={"description": "Whether the public may not know the owner. In force at once, also on what is published."})
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
    cost_comparison_en = _text(500, multiline=True, description="What it costs beside what is in use.")
    cost_comparison_zh = _text(500, multiline=True)
    trl = Whole(1, 9, allow_none=True, load_default=None, metadata={"description": "Technology readiness level."})
    stage = _code(v.STAGES.codes)
    ip_status = _code(v.IP_STATUS.codes)
    ip_rights = IpRights(load_default=list, metadata={"description": "The rights it rests on; the numbers are checked."})
    co_owner_consent = _code(v.CO_OWNER_CONSENT.codes)
    export_control = _code(v.EXPORT_CONTROL.codes, description="What is prohibited cannot be submitted.")
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


class _OnPage(_ListingIn):
    """What the page adds: amounts as people type them, a level beside each group, and the version that was edited."""

    unit = Code(UNITS, load_default="one")
    version = Whole(1, 10**9, load_default=None, allow_none=True)

    @pre_load
    def levels_of_groups(self, data: Any, **_: Any) -> Any:
        """``level_price`` and its like, one for each group, as the one mapping ``levels``."""
        if not isinstance(data, Mapping):
            return data
        names = {f"level_{group}": group for group in LEVELLED}
        given = {group: data[name] for name, group in names.items() if data.get(name)}
        return {name: value for name, value in data.items() if name not in names} | ({"levels": given} if given else {})


class AchievementForm(_OnPage, AchievementIn):
    """The page's form of an achievement."""


class NeedForm(_OnPage, NeedIn):
    """The page's form of a need."""


FORMS: dict[Kind, type[_ListingIn]] = {Kind.ACHIEVEMENT: AchievementForm, Kind.NEED: NeedForm}
