"""How a thread is shown to its two organisations: the steps of the deal, rounds side by side, whose move it is in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from markupsafe import Markup

from marketplace.core.amounts import words_en, words_zh
from marketplace.core.i18n import gettext, language, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import day, moment, money, short_money
from marketplace.meetings.models import Meeting
from marketplace.negotiations import rules
from marketplace.negotiations.models import Round, RoundStatus, Stage
from marketplace.negotiations.queries import Thread
from marketplace.negotiations.timeline import STEPS, Event
from marketplace.negotiations.wording import SIDE_LABELS as SIDE_LABELS
from marketplace.negotiations.wording import STAGE_CHIPS as STAGE_CHIPS
from marketplace.negotiations.wording import STAGE_LABELS as STAGE_LABELS
from marketplace.taxonomy.vocabularies import DEAL_KINDS, DECLINE_REASONS, EXCLUSIVITY, LOST_REASONS

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


def written_day(text: str) -> str:
    """A day of facts that were kept as JSON, as pages write days."""
    return day(date.fromisoformat(text))


def percent(basis_points: int) -> str:
    return f"{basis_points / 100:g} %"


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
        return percent(value)
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
    stage = negotiation.stage
    if stage is Stage.SIGNED:
        return gettext("Signed: the contract desk has the contract")
    if thread.handover:
        return gettext("Agreed, and at the contract desk")
    if stage in (Stage.TERMS_AGREED, Stage.READY_TO_SIGN):
        return gettext("Either of you: hand the agreed facts to the contract desk")
    if stage is Stage.PAUSED:
        return gettext("Paused until %(day)s: nobody has to move", day=day(negotiation.paused_until))
    if stage is Stage.INTEREST:
        return gettext("Your move: answer the question") if mine else gettext("%(name)s has to answer the question", name=other)
    if stage is Stage.EVALUATION:
        return gettext("Your move: evaluate, then answer or ask for terms") if mine else gettext("%(name)s evaluates the technology", name=other)
    if stage is Stage.APPROVAL:
        return gettext("Your move: say when your approval is given") if mine else gettext("%(name)s waits for its own approval", name=other)
    if stage not in rules.BARGAINING:
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


def steps(thread: Thread, events: Sequence[Event]) -> list[Step]:
    """The steps from the listings to the verified contract, each with the day of its last event, and where this thread stands."""
    last = {event.said.step: event.at for event in events}
    now, zone = _position(thread, events), thread.fair.time_zone
    need, achievement = thread.need, thread.achievement
    labels = {
        "need": gettext("Need"), "achievement": gettext("Achievement"), "match": gettext("Match"), "interest": gettext("Interest"),
        "meeting": gettext("Meeting"), "rounds": gettext("Negotiation"), "agreement": gettext("Agreement"), "contract": gettext("Contract"),
        "verification": gettext("Verification"),
    }  # fmt: skip
    small: dict[str, Any] = {name: day(at, zone) for name, at in last.items()}
    small |= {"need": need.reference if need else gettext("not named"), "achievement": achievement.reference if achievement else gettext("not named")}
    if thread.rounds:
        small["rounds"] = gettext("Round %(number)s", number=len(thread.rounds))
    hrefs = {"need": f"/needs/{need.id}" if need else None, "achievement": f"/achievements/{achievement.id}" if achievement else None}
    done = set(last) | {name for name, about in (("need", need), ("achievement", achievement)) if about}
    return [
        Step(label=labels[name], small=small.get(name, ""), look="now" if name == now else "done" if name in done else "", href=hrefs.get(name))
        for name in STEPS
    ]


def _position(thread: Thread, events: Sequence[Event]) -> str:
    """The step that a thread is at."""
    reached = [event.said.step for event in events if event.said.step in ("contract", "verification")]
    if reached or thread.handover:
        return reached[-1] if reached else "contract"
    stage = thread.negotiation.paused_from or thread.negotiation.stage
    if stage in (Stage.INTEREST, Stage.DECLINED, Stage.WITHDRAWN):
        return "interest"
    return "agreement" if stage in (Stage.TERMS_AGREED, Stage.APPROVAL, Stage.READY_TO_SIGN) else "rounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A step that somebody still has to take: what, who by, and by which day at the fair's place."""

    text: str
    who: str
    due_on: date | None
    late: bool
    href: str | None = None


def next_steps(thread: Thread, meetings: Sequence[Meeting]) -> list[Next]:
    """What comes next: the move that the thread waits for, and what the two sides noted as next steps of their meetings."""
    negotiation, here = thread.negotiation, thread.at.astimezone(ZoneInfo(thread.fair.time_zone)).date()
    found = []
    if thread.move_of is not None:
        who = name_of(thread, thread.move_of)
        late = negotiation.due_on is not None and negotiation.due_on < here
        found.append(Next(text=whose_move(thread), who=who, due_on=negotiation.due_on, late=late))
    for meeting in meetings:
        if meeting.next_step and meeting.done_at is None:
            late = meeting.due_on is not None and meeting.due_on < here
            found.append(Next(text=meeting.next_step, who=gettext("both sides"), due_on=meeting.due_on, late=late, href=f"/meetings/{meeting.id}"))
    return sorted(found, key=lambda step: (step.due_on is None, step.due_on))
