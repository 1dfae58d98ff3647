"""The steps between the rounds, as JSON: evaluate, approve, pause, go on, name a day; and an owner's own questions."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.negotiations import already, questions, staging
from marketplace.negotiations.answers import InterestQuestionsOut, NegotiationOut
from marketplace.negotiations.api import Answer, answer, unchanged
from marketplace.negotiations.schemas import InterestQuestionsIn, NegotiationDueIn, NegotiationPauseIn, NegotiationStepIn

blp = Blueprint("negotiation_steps", description="Negotiations between the rounds: evaluation, approval, pauses, days, an owner's own questions.")
already.on(blp)


@blp.post("/negotiations/<uuid:negotiation_id>/steps")
@writes("negotiations.write")
@blp.arguments(NegotiationStepIn)
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def take_step(body: dict[str, Any], negotiation_id: UUID) -> Answer:
    """Begin or end an evaluation, wait for one's approval or have it, go on after a pause."""
    staging.take(unchanged(negotiation_id), body["step"], by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/pause")
@writes("negotiations.write")
@blp.arguments(NegotiationPauseIn)
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def pause(body: dict[str, Any], negotiation_id: UUID) -> Answer:
    """Let the talks rest until a day."""
    staging.pause(unchanged(negotiation_id), body["until"], note=body["note"], by=current_actor())
    return answer(negotiation_id)


@blp.post("/negotiations/<uuid:negotiation_id>/due")
@writes("negotiations.write")
@blp.arguments(NegotiationDueIn)
@blp.response(200, NegotiationOut)
@blp.alt_response(412, schema=ProblemOut)
def promise(body: dict[str, Any], negotiation_id: UUID) -> Answer:
    """Name the day by which one's own side will move."""
    staging.promise(unchanged(negotiation_id), body["due_on"], by=current_actor())
    return answer(negotiation_id)


@blp.get("/negotiations/questions/<uuid:listing_id>")
@reads("negotiations.read")
@blp.response(200, InterestQuestionsOut)
def get_questions(listing_id: UUID) -> Any:
    """What the owner of a listing wants answered by everyone who asks about it."""
    questions.readable(listing_id, by=current_actor())
    return _questions(listing_id)


@blp.put("/negotiations/questions/<uuid:listing_id>")
@writes("negotiations.write")
@blp.arguments(InterestQuestionsIn)
@blp.response(200, InterestQuestionsOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def put_questions(body: dict[str, Any], listing_id: UUID) -> Any:
    """Ask these questions about an own listing from now on, instead of those before."""
    actor = current_actor()
    questions.own(listing_id, by=actor, lock=True)
    web.check_version(questions.version(listing_id), web.expected_version())
    questions.put(listing_id, [(each["text_en"], each["text_zh"]) for each in body["questions"]], by=actor)
    return _questions(listing_id)


def _questions(listing_id: UUID) -> Any:
    version = questions.version(listing_id)
    return {"questions": questions.of(listing_id), "seen": version}, 200, {"ETag": web.etag_of(version)}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
