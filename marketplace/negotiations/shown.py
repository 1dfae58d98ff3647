"""How a thread is shown to its two organisations: the steps of the deal, rounds side by side, whose move it is in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup

from marketplace.core.amounts import words_en, words_zh
from marketplace.core.i18n import gettext, language, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import moment, money, short_money
from marketplace.negotiations import rules
from marketplace.negotiations.models import Round, RoundStatus, Stage
from marketplace.negotiations.queries import Thread
from marketplace.taxonomy.vocabularies import DEAL_KINDS, DECLINE_REASONS, EXCLUSIVITY, LOST_REASONS

STAGE_LABELS = {
    Stage.INTEREST: _l("Interest"),
    Stage.DECLINED: _l("Declined"),
    Stage.WITHDRAWN: _l("Withdrawn"),
    Stage.TALKING: _l("Talking"),
    Stage.AGREED: _l("Agreed"),
    Stage.LOST: _l("Ended without a deal"),
}
STAGE_CHIPS = {
    Stage.INTEREST: "draft", Stage.TALKING: "submitted", Stage.AGREED: "published",
    Stage.DECLINED: "void", Stage.WITHDRAWN: "withdrawn", Stage.LOST: "void",
}  # fmt: skip
ROUND_LABELS = {
    RoundStatus.OPEN: _l("open"),
    RoundStatus.COUNTERED: _l("countered"),
    RoundStatus.WITHDRAWN: _l("withdrawn"),
    RoundStatus.AGREED: _l("agreed"),
    RoundStatus.EXPIRED: _l("expired"),
}
TERM_LABELS = {
    "amount_minor": _l("Total amount"),
    "technology_amount_minor": _l("Technology amount"),
    "kind": _l("Kind of deal"),
    "exclusivity": _l("Exclusivity"),
    "royalty_bp": _l("Royalty"),
    "valid_until": _l("Valid until"),
    "note": _l("Note"),
}
SIDE_LABELS = {"provider": _l("the provider"), "recipient": _l("the recipient"), "either": _l("either side"), "nobody": _l("nobody")}
SIDE_BY_SIDE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One term of one round; ``words`` reads an amount back, ``was`` is the former value of a changed one."""

    text: Any
    changed: bool
    words: str = ""
    was: Any = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One round: its head, and its terms in the order of TERM_LABELS."""

    round: Round
    status: RoundStatus
    who: str
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the deal: ``look`` is done, now or empty."""

    label: Any
    small: Any
    look: str
    href: str | None = None


def in_words(minor: int, currency: str) -> str:
    """The amount read back in the reader's language, in words or Chinese capitals."""
    return words_zh(minor, currency) if language() == "zh" else words_en(minor, currency)


def term(made: Round, name: str, *, zone: str) -> Any:
    """One term as text; "left open" says that nothing is stated."""
    value = getattr(made, name)
    if name == "amount_minor" and made.undisclosed:
        return gettext("undisclosed")
    if value is None:
        return Markup('<span class="faint">{}</span>').format(gettext("none") if name == "note" else gettext("left open"))
    if name in ("amount_minor", "technology_amount_minor"):
        return money(value, made.currency)
    if name == "royalty_bp":
        return f"{value / 100:g} %"
    if name == "valid_until":
        return moment(value, zone)
    vocabulary = {"kind": DEAL_KINDS, "exclusivity": EXCLUSIVITY}.get(name)
    return vocabulary.label(value, language()) if vocabulary else value


def columns(thread: Thread) -> list[Column]:
    """The rounds in order, each term compared with the round before."""
    found: list[Column] = []
    before: Round | None = None
    for made in thread.rounds:
        changes = rules.changed(made, before)
        cells = {name: _cell(made, before, name, changed=name in changes, zone=thread.fair.time_zone) for name in TERM_LABELS}
        found.append(Column(round=made, status=rules.standing(made, thread.at), who=name_of(thread, made.organization_id), cells=cells))
        before = made
    return found


def _cell(made: Round, before: Round | None, name: str, *, changed: bool, zone: str) -> Cell:
    minor = getattr(made, name) if name in ("amount_minor", "technology_amount_minor") else None
    words = ""
    if minor is not None and made.currency:
        words = f"{in_words(minor, made.currency)} · {short_money(minor, made.currency)}"
    was = term(before, name, zone=zone) if changed and before is not None else ""
    return Cell(text=term(made, name, zone=zone), changed=changed, words=words, was=was)


def name_of(thread: Thread, organization_id: UUID) -> str:
    """ "you" or the other organisation's name."""
    return str(gettext("you")) if organization_id == thread.mine else localized(thread.other, "name")[0]


def whose_move(thread: Thread) -> str:
    """Whose move it is, in a sentence that names the next step."""
    return str(_sentence(thread, mine=thread.move_of == thread.mine))


def _sentence(thread: Thread, *, mine: bool) -> Any:
    negotiation, other, waiting = thread.negotiation, localized(thread.other, "name")[0], thread.open_round
    if negotiation.stage is Stage.AGREED and thread.handover:
        return gettext("Agreed, and at the contract desk")
    if negotiation.stage is Stage.AGREED:
        return gettext("Either of you: hand the agreed facts to the contract desk")
    if negotiation.stage is Stage.INTEREST:
        return gettext("Your move: answer the question") if mine else gettext("%(name)s has to answer the question", name=other)
    if negotiation.stage is not Stage.TALKING:
        return gettext("Ended: nobody has to move")
    if waiting is not None:
        answer = gettext("Your move: answer round %(number)s", number=waiting.number)
        return answer if mine else gettext("%(name)s has to answer round %(number)s", name=other, number=waiting.number)
    if not thread.rounds:
        return gettext("Your move: open with terms") if mine else gettext("%(name)s opens with terms; you may as well", name=other)
    return gettext("Your move: your last round is no longer open") if mine else gettext("%(name)s has to make a new round", name=other)


def ending(thread: Thread) -> tuple[str, str | None]:
    """(reason, note) of a thread that ended without a deal; empty otherwise."""
    negotiation = thread.negotiation
    if negotiation.decline_reason:
        return DECLINE_REASONS.label(negotiation.decline_reason, language()), negotiation.decline_note
    if negotiation.lost_reason:
        return LOST_REASONS.label(negotiation.lost_reason, language()), negotiation.lost_note
    return "", None


def steps(thread: Thread) -> list[Step]:
    """The six steps from the listings to the contract, and where this thread stands."""
    negotiation, stage = thread.negotiation, thread.negotiation.stage
    position = {Stage.INTEREST: 2, Stage.DECLINED: 2, Stage.WITHDRAWN: 2, Stage.TALKING: 3, Stage.LOST: 3, Stage.AGREED: 4}[stage]
    if thread.handover:
        position = 5
    need, achievement, zone = thread.need, thread.achievement, thread.fair.time_zone
    round_small = gettext("Round %(number)s", number=len(thread.rounds)) if thread.rounds else ""
    agreed = next((made.answered_at for made in thread.rounds if made.status is RoundStatus.AGREED), None)
    parts = [
        (gettext("Need"), need.reference if need else gettext("not named"), f"/needs/{need.id}" if need else None),
        (gettext("Achievement"), achievement.reference if achievement else gettext("not named"),
         f"/achievements/{achievement.id}" if achievement else None),
        (gettext("Interest"), moment(negotiation.answered_at or negotiation.sent_at, zone), None),
        (gettext("Negotiation"), round_small, None),
        (gettext("Agreement"), moment(agreed, zone) if agreed else "", None),
        (gettext("Contract"), moment(thread.handover.handed_at, zone) if thread.handover else "", None),
    ]  # fmt: skip
    looks = ["done" if i < position else "now" if i == position else "" for i in range(len(parts))]
    looks[:2] = ["done" if need else "", "done" if achievement else ""]
    return [Step(label=label, small=small, look=look, href=href) for (label, small, href), look in zip(parts, looks, strict=True)]


def happened(thread: Thread) -> list[tuple[datetime, str]]:
    """What happened, the latest first."""
    negotiation = thread.negotiation
    asker, answerer = name_of(thread, negotiation.asked_by_id), name_of(thread, negotiation.answered_by_id)
    found = [(negotiation.sent_at, gettext("Asked by %(who)s (%(person)s)", who=asker, person=thread.people[negotiation.asked_by_person_id]))]
    if negotiation.read_at:
        found.append((negotiation.read_at, gettext("Read by %(who)s", who=answerer)))
    if negotiation.answered_at:
        answer = gettext("Declined by %(who)s") if negotiation.stage is Stage.DECLINED else gettext("Accepted by %(who)s")
        found.append((negotiation.answered_at, answer % {"who": answerer}))
    for made in thread.rounds:
        who = name_of(thread, made.organization_id)
        text = gettext("Round %(number)s by %(who)s (%(person)s)", number=made.number, who=who, person=thread.people[made.person_id])
        found.append((made.made_at, text))
        if made.answered_at and made.status is not RoundStatus.COUNTERED:
            status = str(ROUND_LABELS[made.status])
            found.append((made.answered_at, gettext("Round %(number)s: %(status)s", number=made.number, status=status)))
    if thread.handover:
        who = name_of(thread, thread.handover.organization_id)
        found.append((thread.handover.handed_at, gettext("Handed to the contract desk by %(who)s", who=who)))
    if negotiation.ended_at and negotiation.stage is Stage.WITHDRAWN:
        found.append((negotiation.ended_at, gettext("Withdrawn by %(who)s", who=asker)))
    if negotiation.ended_at and negotiation.lost_by_id:
        found.append((negotiation.ended_at, gettext("Ended by %(who)s", who=name_of(thread, negotiation.lost_by_id))))
    return sorted(found, key=lambda entry: entry[0])[::-1]  # of two at one moment, the later step stands first
