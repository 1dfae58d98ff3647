"""What the thread itself tells: its listings and their match, the interest, the rounds with what changed, points, documents, meetings."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.i18n import gettext
from marketplace.core.shares import in_percent
from marketplace.listings.models import FairEntry
from marketplace.matching.models import StoredMatch
from marketplace.negotiations import meeting, shown
from marketplace.negotiations.queries import Thread
from marketplace.negotiations.timeline import Change, Event, Said, from_audit, marketplace, side_name, source

ROUND_MADE = ("offer", "counter", "reopen")


def _talks() -> dict[str, tuple[str, str]]:
    """{action: (what the acting side did, step)} of the steps between interest and contract; rounds and points have words of their own."""
    return {
        "ask": (gettext("asked to talk"), "interest"),
        "read": (gettext("read the question"), "interest"),
        "accept": (gettext("accepted: the talks can begin"), "interest"),
        "decline": (gettext("declined, with a reason"), "interest"),
        "withdraw": (gettext("withdrew the question"), "interest"),
        "evaluate": (gettext("began to evaluate the technology"), ""),
        "talk": (gettext("ended the evaluation"), ""),
        "need_approval": (gettext("waits for its own approval"), "agreement"),
        "approve": (gettext("has its approval"), "agreement"),
        "pause": (gettext("paused the talks"), ""),
        "resume": (gettext("took the talks up again"), ""),
        "promise": (gettext("named the day by which it will move"), ""),
        "lose": (gettext("ended the talks, with a reason"), ""),
        "hand_over": (gettext("handed the agreed facts to the contract desk"), "agreement"),
        "take": (gettext("took the agreed facts into a contract"), "contract"),
        "signed": (gettext("has the signed contract: the deal is made"), ""),
        "unsigned": (gettext("opened the contract again"), ""),
    }


def _numbered() -> dict[str, str]:
    return {
        "raise_point": gettext("raised point %(number)s"),
        "answer_point": gettext("answered point %(number)s"),
        "settle_point": gettext("settled point %(number)s"),
        "reopen_point": gettext("opened point %(number)s again"),
    }


def own_events(thread: Thread, _actor: Actor) -> Iterable[Event]:
    """The thread's own audit rows in words. Rounds are counted along: each offer or counter is the next one."""
    talks, numbered, columns = _talks(), _numbered(), shown.columns(thread)
    made = 0

    def describe(row: AuditRow) -> Said | None:
        action = row.action.removeprefix("negotiations.")
        said = in_words(row, action)
        return replace(said, act=action) if said else None

    def in_words(row: AuditRow, action: str) -> Said | None:
        nonlocal made
        if action in ROUND_MADE:
            made += 1
            return _round(columns[made - 1], action) if made <= len(columns) else None
        if action in ("agree", "withdraw_round", "expire"):
            return Said(text=_of_round(action) % {"number": made}, step="agreement" if action == "agree" else "rounds")
        if action in numbered:
            number = row.facts["point"]
            return Said(text=numbered[action] % {"number": number}, href=f"/negotiations/{thread.negotiation.id}/points/{number}")
        if action in ("put_up_document", "take_back_document"):
            return Said(text=_of_document(action, row.facts))
        return Said(text=talks[action][0], step=talks[action][1]) if action in talks else None

    return from_audit(thread, [f"negotiation:{thread.negotiation.id}"], describe)


def last_step(thread: Thread, actor: Actor) -> Event | None:
    """What brought the thread where it stands: the last step that was one of the talks themselves."""
    aside = {"read", "promise", "put_up_document", "take_back_document", *_numbered()}
    return next((event for event in reversed(list(own_events(thread, actor))) if event.said.act not in aside), None)


def _round(column: shown.Column, action: str) -> Said:
    changes = [Change(label=str(shown.TERM_LABELS[name]), before=cell.was, after=cell.text) for name, cell in column.cells.items() if cell.changed]
    text = {
        "offer": gettext("put round %(number)s on the table"),
        "counter": gettext("countered with round %(number)s"),
        "reopen": gettext("opened the agreed terms again with round %(number)s"),
    }[action]
    return Said(text=text % {"number": column.round.number}, step="rounds", changes=changes)


def _of_round(action: str) -> str:
    return {
        "agree": gettext("agreed to round %(number)s"),
        "withdraw_round": gettext("withdrew round %(number)s"),
        "expire": gettext("closed round %(number)s: its time ran out"),
    }[action]


def _of_document(action: str, facts: dict[str, Any]) -> str:
    if action == "take_back_document":
        return gettext("took document %(number)s back", number=facts["document"])
    return gettext("put up document %(number)s, version %(version)s", number=facts["document"], version=facts["version"])


def listing_events(thread: Thread, _actor: Actor) -> Iterable[Event]:
    """When the two listings were published at this fair, and when the marketplace found that they match. Two queries."""
    negotiation = thread.negotiation
    sides: list[tuple[str, Any, UUID]] = [
        ("need", thread.need, negotiation.recipient_id), ("achievement", thread.achievement, negotiation.provider_id),
    ]  # fmt: skip
    ids = [about.id for _, about, _ in sides if about]
    query = select(FairEntry.listing_id, FairEntry.published_at).where(FairEntry.fair_id == negotiation.fair_id, FairEntry.listing_id.in_(ids))
    published = {row.listing_id: row.published_at for row in db.session.execute(query)}
    for step, about, owner in sides:
        if about and published.get(about.id):
            said = Said(text=gettext("published %(reference)s", reference=about.reference), step=step, href=f"/{step}s/{about.id}")
            yield Event(at=published[about.id], who=side_name(thread, owner), said=said, mine=owner == thread.mine)
    if thread.need and thread.achievement:
        matched = select(StoredMatch.found_at, StoredMatch.strength).where(
            StoredMatch.need_id == thread.need.id, StoredMatch.achievement_id == thread.achievement.id
        )
        for row in db.session.execute(matched):
            text = gettext("found that %(need)s and %(achievement)s match, with a strength of %(percent)s %%",
                           need=thread.need.reference, achievement=thread.achievement.reference, percent=in_percent(row.strength))  # fmt: skip
            yield Event(at=row.found_at, who=marketplace(), said=Said(text=text, step="match"))


def _meetings() -> dict[str, str]:
    return {
        "request": gettext("asked for a meeting"),
        "confirmed": gettext("accepted the meeting"),
        "declined": gettext("declined the meeting"),
        "cancelled": gettext("cancelled the meeting"),
        "expired": gettext("let the request for a meeting run out"),
        "propose_move": gettext("proposed another time for the meeting"),
        "move": gettext("moved the meeting"),
        "outcome": gettext("noted what came of the meeting"),
        "no_show": gettext("noted that somebody did not come to the meeting"),
        "standby": gettext("took a time that came free for a meeting"),
        "planned": gettext("planned a meeting"),
    }


def meeting_events(thread: Thread, actor: Actor) -> Iterable[Event]:
    """What happened to the meetings that belong to the thread; what was said there stays where it was written down."""
    words = _meetings()

    def describe(row: AuditRow) -> Said | None:
        action = row.action.removeprefix("meetings.")
        if action not in words:
            return None
        return Said(text=words[action], step="meeting", href=f"/meetings/{row.subject.removeprefix('meeting:')}")

    ours, _unlinked = meeting.meetings_of(thread, by=actor)
    return from_audit(thread, [f"meeting:{one.id}" for one in ours], describe) if ours else []


def register() -> None:
    for tell in (listing_events, own_events, meeting_events):
        source(tell)
