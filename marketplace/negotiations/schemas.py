"""What may come in about negotiations, as JSON or from a page alike: the interest, terms, reasons, steps, lists."""

import re
from typing import Any

from marshmallow import fields, post_load, validate, validates_schema

from marketplace.core.amounts import UNITS, parse_typed
from marketplace.core.fields import (
    Code,
    Day,
    FormSchema,
    LocalMoment,
    MomentField,
    Reference,
    Slug,
    Text,
    Truth,
    Whole,
    refuse,
    resolve_local,
)
from marketplace.core.i18n import gettext
from marketplace.core.money import CURRENCIES, MESSAGES, AmountError, to_minor
from marketplace.core.pages import PageIn
from marketplace.negotiations.answers import STAGES
from marketplace.negotiations.models import Reveal
from marketplace.negotiations.rules import STEPS, Terms
from marketplace.taxonomy.vocabularies import DEAL_KINDS, DECLINE_REASONS, EXCLUSIVITY, LOST_REASONS, PARTNER_KINDS

MOST_ROUNDS = 10_000
MOST_CHANGES = 999_999_999


class InterestIn(FormSchema):
    """Whom to ask follows from the listing: an achievement's owner, or a need's; the other one is the asker's own, if named."""

    achievement_id = Reference(load_default=None, metadata={"description": "The achievement asked about, or the asker's own."})
    need_id = Reference(load_default=None, metadata={"description": "The need asked about, or the asker's own."})
    fair = Slug(load_default=None, metadata={"description": "The fair's slug; without it the current fair, else the latest entry's."})
    cooperation_wanted = Code(lambda: DEAL_KINDS.codes, required=True)
    question = Text(2000, multiline=True, required=True)
    about_us = Text(2000, multiline=True, load_default=None)
    expected_volume = Text(200, load_default=None)
    asker_kind = Code(lambda: PARTNER_KINDS.codes, load_default=None, metadata={"description": "Kind and size of the organisation that asks."})
    wanted_by = Day(load_default=None, metadata={"description": "By when it is wanted."})
    reveal = Code([each.value for each in Reveal], load_default=Reveal.NOW.value, metadata={"description": "When the other side reads who asks."})
    answer_1 = Text(1000, multiline=True, load_default=None, metadata={"description": "To the owner's first own question, see `/negotiations/questions/{id}`."})
    answer_2 = Text(1000, multiline=True, load_default=None)
    answer_3 = Text(1000, multiline=True, load_default=None)
    questions_seen = Whole(0, MOST_CHANGES, load_default=None, metadata={"description": "`seen` of the questions answered here; 412 when they are others now."})

    @post_load
    def together(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The answers under one name."""
        answers = {name: data.pop(name) for name in ("answer_1", "answer_2", "answer_3")}
        return {**data, "answers": answers}

    @validates_schema
    def names_a_listing(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("achievement_id") is None and data.get("need_id") is None:
            raise refuse("listing_missing", gettext("Name the achievement or the need that it is about."), "achievement_id")


class Percent(Text):
    """A percentage as people type it, "2.5" or "2.5 %"; loads as whole basis points, 0 to 10,000."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is None:
            return None
        match = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%?", text)
        basis = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 10_001
        if basis > 10_000:
            raise refuse("royalty", gettext("A percentage between 0 and 100 with at most two decimals, such as 2.5."))
        return basis


class FairMoment(LocalMoment):
    """A wall-clock time of the fair, whose zone the schema knows; loads as the one moment it names."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return resolve_local(super()._deserialize(value, attr, data, **kwargs), self.root.time_zone)  # type: ignore[union-attr]


class TermsIn(FormSchema):
    """Terms as both edges share them; amounts are text, never numbers. Each edge adds ``royalty_bp``, ``valid_until``
    and ``reopen``."""

    amount = Text(64, load_default=None, metadata={"description": "Total, such as 6800000.00.", "example": "6800000.00"})
    technology_amount = Text(64, load_default=None, metadata={"description": "The part that pays for technology; at most the total."})
    currency = Code(CURRENCIES, load_default=None, metadata={"description": "ISO 4217."})
    undisclosed = Truth(load_default=False, metadata={"description": "The amount is agreed, but not stated."})
    kind = Code(lambda: DEAL_KINDS.codes, load_default=None)
    exclusivity = Code(lambda: EXCLUSIVITY.codes, load_default=None)
    note = Text(2000, multiline=True, load_default=None)
    after = Whole(0, MOST_ROUNDS, load_default=None, metadata={"description": "Number of the last round you saw; 412 if there is a newer one."})

    def minor(self, text: str, data: dict[str, Any]) -> int:
        """Minor units of an amount's text. Raises AmountError."""
        return to_minor(text, data["currency"])

    @post_load
    def as_terms(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """{'terms': Terms, 'after': int | None, 'reopen': bool}."""
        amounts = {name: self._amount(name, data) for name in ("amount", "technology_amount")}
        total, technology = amounts["amount"], amounts["technology_amount"]
        if total is not None and data["undisclosed"]:
            raise refuse("amount_and_undisclosed", gettext("State the amount, or tick “undisclosed”: not both."), "undisclosed")
        if technology is not None and (total is None or technology > total):
            raise refuse("technology_amount", gettext("This is a part of the total amount, so at most as much."), "technology_amount")
        terms = Terms(
            amount_minor=total, technology_amount_minor=technology, currency=data["currency"], undisclosed=data["undisclosed"],
            kind=data["kind"], exclusivity=data["exclusivity"], royalty_bp=data["royalty_bp"], valid_until=data["valid_until"],
            note=data["note"],
        )  # fmt: skip
        return {"terms": terms, "after": data["after"], "reopen": data["reopen"]}

    def _amount(self, name: str, data: dict[str, Any]) -> int | None:
        if data[name] is None:
            return None
        if data["currency"] is None:
            raise refuse("currency_missing", gettext("An amount needs its currency."), "currency")
        try:
            return self.minor(data[name], data)
        except AmountError as error:
            raise refuse(error.code, gettext(MESSAGES[error.code]) % error.params, name) from error


class RoundIn(TermsIn):
    """Terms as a program sends them."""

    reopen = Truth(load_default=False, metadata={"description": "Open agreed terms again; without it an agreement stands (409)."})

    royalty_bp = Whole(0, 10_000, load_default=None, metadata={"description": "Hundredths of a percent: 250 is 2.5 %."})
    valid_until = MomentField(load_default=None)


class RoundFormIn(TermsIn):
    """Terms as a person types them: amounts with a unit, royalty in percent, validity by the fair's wall clock."""

    unit = Code(UNITS, load_default="one")
    royalty_percent = Percent(12, attribute="royalty_bp", load_default=None)
    reopen = Truth(load_default=False)
    valid_until = FairMoment(load_default=None)

    def __init__(self, time_zone: str, **kwargs: Any):
        super().__init__(**kwargs)
        self.time_zone = time_zone

    def minor(self, text: str, data: dict[str, Any]) -> int:
        return parse_typed(text, unit=data["unit"], currency=data["currency"])


class DeclineInterestIn(FormSchema):
    """Why one does not want to talk."""

    reason = Code(lambda: DECLINE_REASONS.codes, required=True)
    note = Text(2000, multiline=True, load_default=None)


class LoseIn(FormSchema):
    """Why the talks came to nothing."""

    reason = Code(lambda: LOST_REASONS.codes, required=True)
    note = Text(2000, multiline=True, load_default=None)


class NegotiationStepIn(FormSchema):
    """A step between the rounds."""

    step = Code(STEPS, required=True)


class NegotiationPauseIn(FormSchema):
    """Until when the talks rest, and why."""

    until = Day(required=True, metadata={"description": "The day on which they go on by themselves; tomorrow to 180 days ahead."})
    note = Text(2000, multiline=True, load_default=None, metadata={"description": "The other organisation reads it."})


class NegotiationDueIn(FormSchema):
    """By when one will move."""

    due_on = Day(required=True, metadata={"description": "Today to 60 days ahead, at the fair's place."})


class InterestQuestionIn(FormSchema):
    """One question of an owner's, in at least one language."""

    text_en = Text(300, load_default=None)
    text_zh = Text(300, load_default=None)

    @validates_schema
    def says_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("text_en") and not data.get("text_zh"):
            raise refuse("required", gettext("A question needs its words, in one language at least."), "text_en")


class InterestQuestionsIn(FormSchema):
    """All questions that an owner wants answered by who asks about a listing."""

    questions = fields.List(fields.Nested(InterestQuestionIn), required=True, validate=validate.Length(max=3))


class InterestQuestionsFormIn(FormSchema):
    """The same as a page sends it: one field a question and language."""

    seen = Whole(0, MOST_CHANGES, load_default=None)
    en_1, zh_1, en_2, zh_2, en_3, zh_3 = (Text(300, load_default=None) for _ in range(6))

    @post_load
    def as_texts(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """{'texts': [(English, Chinese)], 'seen': int | None}."""
        return {"texts": [(data[f"en_{n}"], data[f"zh_{n}"]) for n in (1, 2, 3)], "seen": data["seen"]}


class NegotiationPaceIn(FormSchema):
    """What a fair expects of its negotiations."""

    answer_days = Whole(1, 60, required=True, metadata={"description": "Working days until an interest is answered."})
    move_days = Whole(1, 60, required=True, metadata={"description": "Working days until any other move."})
    stalled_days = Whole(1, 180, required=True, metadata={"description": "Calendar days without a move after which talks count as stalled."})


class AgreeIn(FormSchema):
    """Which round one says yes to."""

    round = Whole(1, MOST_ROUNDS, required=True, metadata={"description": "Number of the other side's open round."})
    accept_open_points = Truth(load_default=False, metadata={"description": "Go on although points are not settled."})


class ToTheDeskIn(FormSchema):
    """The hand-over needs nothing but the will to go on over open points, where there are any."""

    accept_open_points = Truth(load_default=False, metadata={"description": "Go on although points are not settled."})


class LinkMeetingIn(FormSchema):
    """Which meeting of the two sides belongs to the thread."""

    meeting_id = Reference(required=True)


class ListIn(PageIn):
    """How one's own threads are listed: those that wait for us first."""

    stage = Code(STAGES, load_default=None)
    my_move = Truth(load_default=False, metadata={"description": "Only threads that wait for us."})
    late = Truth(load_default=False, metadata={"description": "Only threads that wait for us beyond the day they are due."})
    context_is_form = True  # a query string writes true and false as text


class StatesIn(PageIn):
    """How fair staff list the threads of their fair."""

    stage = Code(STAGES, load_default=None)
    waiting = Code(["stalled", "late"], load_default=None, metadata={"description": "Only those where nothing happened for long, or beyond their day."})
