"""Negotiations as JSON, for the two organisations of a thread; for fair staff only that threads exist and where they stand."""

from typing import Any
from uuid import UUID

from flask import Flask, request, url_for

from marketplace.core import pages, web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.money import to_text
from marketplace.negotiations import already, handover, interest, meeting, queries, rounds, rules
from marketplace.negotiations.answers import NegotiationOut, NegotiationsOut
from marketplace.negotiations.models import Round, Stage
from marketplace.negotiations.queries import Thread
from marketplace.negotiations.schemas import AgreeIn, DeclineInterestIn, InterestIn, LinkMeetingIn, ListIn, LoseIn, RoundIn, ToTheDeskIn

blp = Blueprint("negotiations", description="Interest, rounds of terms, agreement and hand-over: the thread of one deal.")
already.on(blp)
Answer = tuple[Any, int, dict[str, str]]


def row_out(thread: Thread) -> dict[str, Any]:
    """A thread as a list shows it."""
    negotiation = thread.negotiation
    return {
        "id": negotiation.id, "reference": negotiation.reference, "fair": thread.fair.slug, "stage": negotiation.stage,
        "achievement": thread.achievement, "need": thread.need, "provider": thread.provider, "recipient": thread.recipient,
        "asked_by": negotiation.asked_by_id if thread.named or negotiation.asked_by_id == thread.mine else None, "whose_move": thread.move_of if thread.named or thread.move_of == thread.mine else None, "rounds_made": len(thread.rounds),
        "due_on": negotiation.due_on, "paused_until": negotiation.paused_until, "sent_at": negotiation.sent_at, "moved_at": negotiation.moved_at, "version": negotiation.version,
    }  # fmt: skip


COPIED = (
    "question", "about_us", "expected_volume", "asker_kind", "wanted_by", "reveal", "paused_note", "decline_reason", "decline_note", "lost_reason", "lost_note",
    "read_at", "answered_at", "ended_at",
)  # fmt: skip


def thread_out(thread: Thread) -> dict[str, Any]:
    """A thread with everything that its two organisations read."""
    return {
        **row_out(thread),
        **{name: getattr(thread.negotiation, name) for name in COPIED},
        "cooperation_wanted": thread.cooperation_wanted,
        "possible": sorted(thread.possible),
        "answers": thread.answers,
        "meetings": meeting.meetings_of(thread, by=current_actor())[0],
        "rounds": [round_out(thread, made) for made in thread.rounds],
        "handover": thread.handover,
    }


def round_out(thread: Thread, made: Round) -> dict[str, Any]:
    """A round; its status as it stands now, its amounts as text."""
    names = ("number", "organization_id", "currency", "undisclosed", "kind", "exclusivity", "royalty_bp", "valid_until", "note")
    amounts = {"amount": made.amount_minor, "technology_amount": made.technology_amount_minor}
    return {
        **{name: getattr(made, name) for name in names},
        **{name: to_text(minor, made.currency) if minor is not None and made.currency else None for name, minor in amounts.items()},
        "status": rules.standing(made, thread.at), "person": thread.people[made.person_id],
        "made_at": made.made_at, "answered_at": made.answered_at,
    }  # fmt: skip


def answer(negotiation_id: UUID, status: int = 200) -> Answer:
    thread = queries.thread(negotiation_id, by=current_actor())
    return thread_out(thread), status, {"ETag": web.etag_of(thread.negotiation.version)}


def unchanged(negotiation_id: UUID) -> UUID:
    """The id, after a look at ``If-Match`` under the thread's lock when the caller sent one. Raises Stale, NotFound."""
    if "If-Match" in request.headers:
        expected = web.expected_version()
        web.check_version(queries.get(negotiation_id, by=current_actor(), lock=True).version, expected)
    return negotiation_id


@blp.get("/negotiations")
@reads("negotiations.read")
@blp.arguments(ListIn, location="query")
@blp.response(200, NegotiationsOut)
def list_negotiations(query: dict[str, Any]) -> dict[str, Any]:
    """One's own threads: those that wait for us first, then the one that moved last."""
    stage = Stage(query["stage"]) if query["stage"] else None
    actor = current_actor()
    page = queries.threads(
        by=actor, stage=stage, my_move=query["my_move"], late=query["late"], limit=query["limit"], cursor=query["cursor"],
        bound_to=pages.bound(actor.organization_id),
    )  # fmt: skip
    return {"rows": [row_out(thread) for thread in page.rows], "next": page.next}


@blp.post("/negotiations")
@writes("negotiations.write")
@blp.arguments(InterestIn)
@blp.response(201, NegotiationOut)
@blp.alt_response(200, schema=NegotiationOut, description="A thread on this pair is open already: it is continued.")
def ask(body: dict[str, Any]) -> Answer:
    """Ask to talk about a public listing of another organisation."""
    negotiation, new = interest.ask(**body, by=current_actor())
    body, status, headers = answer(negotiation.id, 201 if new else 200)
    return body, status, headers | {"Location": url_for("negotiations_api.get_negotiation", negotiation_id=negotiation.id)}


@blp.get("/negotiations/<uuid:negotiation_id>")
@reads("negotiations.read")
@blp.response(200, NegotiationOut)
def get_negotiation(negotiation_id: UUID) -> Answer:
    """One of one's own threads; reading changes nothing, see `/read`."""
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/read")
@writes("negotiations.write")
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def mark_read(negotiation_id: UUID) -> Answer:
    """Tell the asker that the question was read; an answer says so by itself."""
    interest.mark_read(unchanged(negotiation_id), by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/meetings")
@writes("negotiations.write")
@blp.arguments(LinkMeetingIn)
@blp.response(200, NegotiationOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
def link_meeting(data: dict[str, Any], negotiation_id: UUID) -> Answer:
    """Say that one of the two sides' meetings at this fair belongs to this thread."""
    meeting.link(negotiation_id, data["meeting_id"], by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/accept")
@writes("negotiations.write")
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def accept(negotiation_id: UUID) -> Answer:
    """Agree to talk."""
    interest.accept(unchanged(negotiation_id), by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/decline")
@writes("negotiations.write")
@blp.arguments(DeclineInterestIn)
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def decline(body: dict[str, Any], negotiation_id: UUID) -> Answer:
    """Say no, with a reason."""
    interest.decline(unchanged(negotiation_id), body["reason"], note=body["note"], by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/withdraw")
@writes("negotiations.write")
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def withdraw(negotiation_id: UUID) -> Answer:
    """Take an unanswered question back."""
    interest.withdraw(unchanged(negotiation_id), by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/rounds")
@writes("negotiations.write")
@blp.arguments(RoundIn)
@blp.response(201, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def offer(body: dict[str, Any], negotiation_id: UUID) -> Answer:
    """Offer terms, counter the other side's open round with them, or with `reopen` open what was agreed again."""
    rounds.offer(unchanged(negotiation_id), **body, by=current_actor())
    return answer(negotiation_id, 201)


@blp.post("/negotiations/<uuid:negotiation_id>/rounds/<int:number>/withdraw")
@writes("negotiations.write")
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def withdraw_round(negotiation_id: UUID, number: int) -> Answer:
    """Take one's own open round back."""
    rounds.withdraw(unchanged(negotiation_id), number, by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/agree")
@writes("negotiations.write")
@blp.arguments(AgreeIn)
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def agree(body: dict[str, Any], negotiation_id: UUID) -> Answer:
    """Say yes to the other side's open round. 409 names each point that is not settled, until you `accept_open_points`."""
    rounds.agree(unchanged(negotiation_id), body["round"], accept_open_points=body["accept_open_points"], by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/lose")
@writes("negotiations.write")
@blp.arguments(LoseIn)
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def lose(body: dict[str, Any], negotiation_id: UUID) -> Answer:
    """End the talks with a reason."""
    rounds.lose(unchanged(negotiation_id), body["reason"], note=body["note"], by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/hand-over")
@writes("negotiations.write")
@blp.arguments(ToTheDeskIn)
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def hand_over(body: dict[str, Any], negotiation_id: UUID) -> Answer:
    """Hand the agreed facts, and nothing else, to the fair's contract desk. 409 names each point that is not settled, until you
    `accept_open_points`."""
    handover.hand_over(unchanged(negotiation_id), **body, by=current_actor())
    return answer(negotiation_id)


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
