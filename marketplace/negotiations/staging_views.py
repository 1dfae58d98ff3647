"""The steps between the rounds, as pages: read, evaluate, approve, pause, go on, name a day; and an owner's own questions."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core.access import Actor, current_actor, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import part, say
from marketplace.fairs import shown as fair_shown
from marketplace.listings import events as listing_events
from marketplace.negotiations import already, events, interest, queries, questions, staging
from marketplace.negotiations.schemas import InterestQuestionsFormIn, NegotiationDueIn, NegotiationPauseIn, NegotiationStepIn
from marketplace.taxonomy.vocabularies import PARTNER_KINDS

blp = Blueprint("negotiation_steps", __name__)
already.on(blp)
DONE = {
    "evaluate": _l("The evaluation has begun."),
    "talk": _l("The evaluation is over: the talks go on."),
    "need_approval": _l("Noted: your side waits for its own approval."),
    "approve": _l("Noted: your side has its approval."),
    "resume": _l("The talks go on."),
}


def _back(negotiation_id: UUID, text: Any) -> Any:
    say(text)
    return redirect(url_for("negotiations.show", negotiation_id=negotiation_id), 303)


@blp.post("/negotiations/<uuid:negotiation_id>/read")
@writes("negotiations.write")
def read(negotiation_id: UUID) -> Any:
    """The question was read; the page says so by itself where scripts run."""
    interest.mark_read(negotiation_id, by=current_actor())
    if "X-Quiet" in request.headers:
        return "", 204
    return _back(negotiation_id, _("They see now that you read it."))


@blp.post("/negotiations/<uuid:negotiation_id>/steps")
@writes("negotiations.write")
def take(negotiation_id: UUID) -> Any:
    """A step that needs no more words."""
    form = Form(NegotiationStepIn)
    if not form.submitted():
        raise NotFound()
    staging.take(negotiation_id, form.data["step"], by=current_actor())
    return _back(negotiation_id, DONE[form.data["step"]])


@blp.route("/negotiations/<uuid:negotiation_id>/pause", methods=["GET", "POST"])
@writes("negotiations.write")
def pause(negotiation_id: UUID) -> Any:
    """Let the talks rest until a day."""
    thread, form = _thread(negotiation_id), Form(NegotiationPauseIn)
    if form.submitted():
        try:
            staging.pause(negotiation_id, **form.data, by=current_actor())
        except DomainError as error:
            already.on_form(form, error)
        else:
            return _back(negotiation_id, _("Paused. The other side reads until when."))
    return render_template("negotiations/pause.html", form=form, thread=thread), form.status


@blp.route("/negotiations/<uuid:negotiation_id>/due", methods=["GET", "POST"])
@writes("negotiations.write")
def promise(negotiation_id: UUID) -> Any:
    """Name the day by which one's own side will move."""
    thread = _thread(negotiation_id)
    form = Form(NegotiationDueIn, due_on=thread.negotiation.due_on.isoformat() if thread.negotiation.due_on else None)
    if form.submitted():
        try:
            staging.promise(negotiation_id, form.data["due_on"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            return _back(negotiation_id, _("The other side reads this day now."))
    return render_template("negotiations/due.html", form=form, thread=thread), form.status


def _thread(negotiation_id: UUID) -> queries.Thread:
    thread = queries.thread(negotiation_id, by=current_actor())
    fair_shown.shown(thread.fair.slug)
    return thread


@blp.route("/negotiations/questions/<uuid:listing_id>", methods=["GET", "POST"])
@writes("negotiations.write")
def own_questions(listing_id: UUID) -> Any:
    """What everyone who asks about an own listing answers, beside the set questions."""
    listing = questions.own(listing_id, by=current_actor())
    asked = questions.of(listing_id)
    texts = {f"{code}_{each.position}": getattr(each, f"text_{code}") for each in asked for code in ("en", "zh")}
    form = Form(InterestQuestionsFormIn, seen=questions.version(listing_id), **texts)
    if form.submitted():
        try:
            questions.put(listing_id, **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Saved: whoever asks from now on answers these questions."))
            return redirect(url_for("negotiation_steps.own_questions", listing_id=listing_id), 303)
    return render_template("negotiations/questions.html", form=form, listing=listing, most=questions.MOST), form.status


def answers_panel(thread: queries.Thread, actor: Actor) -> Any:
    """In a thread: what the owner's own questions were and what was answered; kind, size and day as the asker states them."""
    negotiation = thread.negotiation
    if not (thread.answers or negotiation.asker_kind or negotiation.wanted_by):
        return None
    return part("negotiations/_interest.html", thread=thread, partner_kinds=PARTNER_KINDS)


def questions_panel(listing: dict[str, Any], actor: Actor) -> Any:
    """On the page of an own listing: the way to its questions."""
    if not actor.may("negotiations.write"):
        return None
    return part("negotiations/_questions.html", listing=listing, asked=questions.of(listing["id"]))


def register(app: Flask) -> None:
    events.panel(answers_panel)
    listing_events.own_panel(questions_panel)
    app.register_blueprint(blp)
