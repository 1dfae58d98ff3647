"""Pages of negotiations: one's own threads, one thread, each step, and the states that fair staff see."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.core import pages
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.amounts import UNITS
from marketplace.core.errors import DomainError, IllegalMove, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import say
from marketplace.core.money import CURRENCIES, currency_name, to_text
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as fair_shown
from marketplace.listings import events as listing_events
from marketplace.listings.models import Kind
from marketplace.listings.owners import UNNAMED
from marketplace.meetings.schemas import meeting_labels
from marketplace.negotiations import already, events, handover, interest, meeting, queries, questions, rounds, rules, shown, timeline
from marketplace.negotiations.models import Reveal, Stage
from marketplace.negotiations.points.asking import unsettled
from marketplace.negotiations.schemas import AgreeIn, DeclineInterestIn, InterestIn, LinkMeetingIn, ListIn, LoseIn, RoundFormIn, ToTheDeskIn
from marketplace.negotiations.wording import REVEAL_LABELS
from marketplace.organizations import queries as organizations
from marketplace.taxonomy.vocabularies import COUNTRIES, DEAL_KINDS, DECLINE_REASONS, EXCLUSIVITY, LOST_REASONS, PARTNER_KINDS

blp = Blueprint("negotiations", __name__)
already.on(blp)
Page = tuple[str, int] | str | Response
COMMON = ("CNY", "EUR", "USD", "GBP", "JPY", "CHF", "KRW", "HKD", "SGD")
UNIT_LABELS = {
    "one": _l("single units"), "thousand": _l("thousand"), "wan": _l("wan (10,000)"), "million": _l("million"),
    "yi": _l("yi (100 million)"), "billion": _l("billion"),
}  # fmt: skip


@blp.get("/negotiations")
@reads("negotiations.read")
def mine() -> Page:
    """One's own threads: those that wait for us first."""
    query = ListIn().load(request.args)
    actor, stage = current_actor(), Stage(query["stage"]) if query["stage"] else None
    page = queries.threads(
        by=actor, stage=stage, my_move=query["my_move"], late=query["late"], limit=query["limit"], cursor=query["cursor"],
        bound_to=pages.bound(actor.organization_id),
    )  # fmt: skip
    return render_template("negotiations/mine.html", page=page, stage=stage, query=query, shown=shown, stages=list(Stage))


@blp.route("/negotiations/new", methods=["GET", "POST"])
@writes("negotiations.write")
def new() -> Page:
    """Ask about ``?achievement=`` or ``?need=``; an open thread on the same pair is continued."""
    actor = current_actor()
    achievement_id, need_id = _id_in_address("achievement"), _id_in_address("need")
    opening = interest.opening(achievement_id, need_id, by=actor)
    existing = queries.open_thread(opening.key)
    if existing is not None and request.method == "GET":
        say(_("You are talking about this already: here is the thread."))
        return redirect(url_for("negotiations.show", negotiation_id=existing.id), 303)
    about_achievement = opening.sides.recipient_id == actor.organization_id
    form = Form(InterestIn, achievement_id=achievement_id, need_id=need_id, reveal=Reveal.NOW.value)
    if form.submitted():
        try:
            negotiation, fresh = interest.ask(**form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Your question was sent.") if fresh else _("You are talking about this already: here is the thread."))
            return redirect(url_for("negotiations.show", negotiation_id=negotiation.id), 303)
    fair = fairs.get(opening.fair_id)
    named = {(entry.listing_id, entry.published_number) for entry in opening.entries.values() if entry.published_number}
    asked_about = achievement_id if about_achievement else need_id
    about = next(found for found in queries.about(named).values() if found.id == asked_about)
    own_questions = questions.of(about.id)
    companions = queries.own_published(Kind.NEED if about_achievement else Kind.ACHIEVEMENT, by=actor, fair_id=fair.id)
    owner = opening.sides.provider_id if about_achievement else opening.sides.recipient_id
    return render_template(
        "negotiations/new.html", form=form, fair=fair, about_achievement=about_achievement, companions=companions,
        about=about, owner=UNNAMED if about.anonymous else organizations.shown(owner, by=actor),
        kinds=DEAL_KINDS.choices(language()), own_questions=own_questions, seen=questions.version(about.id),
        asker_kinds=PARTNER_KINDS.choices(language()), reveals=list(REVEAL_LABELS.items()), days=queries.days_of(fair.id),
    ), form.status  # fmt: skip


def _id_in_address(name: str) -> UUID | None:
    """The id in the page's address. Raises NotFound for anything else there."""
    text = request.args.get(name) or None
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound() from error


@blp.get("/negotiations/<uuid:negotiation_id>")
@reads("negotiations.read")
def show(negotiation_id: UUID) -> Page:
    """One thread: whose move it is, what can be done, the rounds side by side."""
    thread = _thread(negotiation_id)
    columns = shown.columns(thread)
    facts = handover.preview(thread) if "hand_over" in thread.possible else None
    ours, unlinked = meeting.meetings_of(thread, by=current_actor())
    return render_template(
        "negotiations/show.html", thread=thread, meetings=ours, unlinked=unlinked, meeting_status=meeting_labels(), earlier=columns[: -shown.SIDE_BY_SIDE], recent=columns[-shown.SIDE_BY_SIDE :],
        ending=shown.ending(thread), panels=events.panels(thread, current_actor()), events=timeline.events(thread, current_actor()), facts=facts,
        **_fact_words(),
    )  # fmt: skip


def _thread(negotiation_id: UUID) -> queries.Thread:
    thread = queries.thread(negotiation_id, by=current_actor())
    fair_shown.shown(thread.fair.slug)
    return thread


def _back(negotiation_id: UUID, text: str) -> Response:
    say(text)
    return redirect(url_for("negotiations.show", negotiation_id=negotiation_id), 303)


@blp.post("/negotiations/<uuid:negotiation_id>/meetings")
@writes("negotiations.write")
def link_meeting(negotiation_id: UUID) -> Response:
    """Say that one of the two sides' meetings belongs to this thread."""
    form = Form(LinkMeetingIn)
    if not form.submitted():
        raise NotFound()
    meeting.link(negotiation_id, form.data["meeting_id"], by=current_actor())
    return _back(negotiation_id, _("The meeting stands with this negotiation now."))


@blp.post("/negotiations/<uuid:negotiation_id>/accept")
@writes("negotiations.write")
def accept(negotiation_id: UUID) -> Response:
    interest.accept(negotiation_id, by=current_actor())
    return _back(negotiation_id, _("You agreed to talk: either side can offer terms now."))


@blp.post("/negotiations/<uuid:negotiation_id>/withdraw")
@writes("negotiations.write")
def withdraw(negotiation_id: UUID) -> Response:
    interest.withdraw(negotiation_id, by=current_actor())
    return _back(negotiation_id, _("Your question was withdrawn."))


@blp.route("/negotiations/<uuid:negotiation_id>/decline", methods=["GET", "POST"])
@writes("negotiations.write")
def decline(negotiation_id: UUID) -> Page:
    """Say no, with a reason."""
    thread, form = _thread(negotiation_id), Form(DeclineInterestIn)
    if form.submitted():
        try:
            interest.decline(negotiation_id, **form.data, by=current_actor())
        except DomainError as error:
            already.on_form(form, error)
        else:
            return _back(negotiation_id, _("Declined. The other side reads your reason."))
    _still_possible("decline", thread)
    return _reason_page("decline", form, thread, DECLINE_REASONS.choices(language()))


@blp.route("/negotiations/<uuid:negotiation_id>/lose", methods=["GET", "POST"])
@writes("negotiations.write")
def lose(negotiation_id: UUID) -> Page:
    """End the talks with a reason."""
    thread, form = _thread(negotiation_id), Form(LoseIn)
    if form.submitted():
        try:
            rounds.lose(negotiation_id, **form.data, by=current_actor())
        except DomainError as error:
            already.on_form(form, error)
        else:
            return _back(negotiation_id, _("The talks have ended. The other side reads your reason."))
    _still_possible("lose", thread)
    return _reason_page("lose", form, thread, LOST_REASONS.choices(language()))


def _still_possible(step: str, thread: queries.Thread) -> None:
    """Raises IllegalMove where a form would be filled in for nothing."""
    if thread.negotiation.stage not in rules.ACTS[step][0]:
        raise IllegalMove(_("This step is not possible any more."))


def _reason_page(step: str, form: Form, thread: queries.Thread, reasons: list[tuple[str, str]]) -> Page:
    return render_template("negotiations/reason.html", step=step, form=form, thread=thread, reasons=reasons), form.status


@blp.route("/negotiations/<uuid:negotiation_id>/rounds/new", methods=["GET", "POST"])
@writes("negotiations.write")
def offer(negotiation_id: UUID) -> Page:
    """Offer terms, counter, or open what was agreed again: the form begins with the terms of the last round."""
    thread = _thread(negotiation_id)
    form = Form(RoundFormIn(thread.fair.time_zone), **_last_terms(thread))
    if form.submitted():
        try:
            _changes_something(thread, form.data["terms"])
            made = rounds.offer(negotiation_id, **form.data, by=current_actor())
        except DomainError as error:
            already.as_question(form, error)
        else:
            return _back(negotiation_id, _("Round %(number)s is on the table. Read the amount back below.", number=made.number))
    return render_template(
        "negotiations/offer.html", form=form, thread=thread, kinds=DEAL_KINDS.choices(language()), currencies=_currencies(),
        exclusivities=EXCLUSIVITY.choices(language()), units=[(unit, UNIT_LABELS[unit]) for unit in UNITS],
        recent=shown.columns(thread)[-1:], shown=shown,
    ), form.status  # fmt: skip


def _changes_something(thread: queries.Thread, terms: rules.Terms) -> None:
    """Raises DomainError for a form that was sent as it came, against the other side's open round: who wants these terms agrees to them."""
    waiting = thread.open_round
    if waiting is not None and waiting.organization_id != thread.mine and rules.repeats(terms, waiting):
        raise DomainError(_("These are the terms of round %(number)s, unchanged: agree to it, or change something.", number=waiting.number))


def _last_terms(thread: queries.Thread) -> dict[str, Any]:
    if not thread.rounds:
        return {"after": 0, "unit": "one", "currency": thread.fair.base_currency, "kind": thread.cooperation_wanted}
    last = thread.rounds[-1]
    texts = {"amount": last.amount_minor, "technology_amount": last.technology_amount_minor}
    return {
        "after": len(thread.rounds), "unit": "one", "currency": last.currency or thread.fair.base_currency, "kind": last.kind,
        "exclusivity": last.exclusivity, "undisclosed": last.undisclosed,
        "royalty_percent": None if last.royalty_bp is None else f"{last.royalty_bp / 100:g}",
        **{name: to_text(minor, last.currency) for name, minor in texts.items() if minor is not None and last.currency},
    }  # fmt: skip


def _currencies() -> list[tuple[str, str]]:
    rest = sorted(CURRENCIES - set(COMMON))
    return [(code, f"{code} – {currency_name(code, locale=language())}") for code in (*COMMON, *rest)]


@blp.post("/negotiations/<uuid:negotiation_id>/rounds/<int:number>/withdraw")
@writes("negotiations.write")
def withdraw_round(negotiation_id: UUID, number: int) -> Response:
    rounds.withdraw(negotiation_id, number, by=current_actor())
    return _back(negotiation_id, _("Round %(number)s was withdrawn.", number=number))


@blp.route("/negotiations/<uuid:negotiation_id>/agree", methods=["GET", "POST"])
@writes("negotiations.write")
def agree(negotiation_id: UUID) -> Page:
    """Read the open round back in words, then say yes to it."""
    thread, form = _thread(negotiation_id), Form(AgreeIn)
    if form.submitted():
        try:
            rounds.agree(negotiation_id, **_agreed_with(form.data), by=current_actor())
        except DomainError as error:
            already.on_form(form, error)
        else:
            return _back(negotiation_id, _("Agreed. Either of you can hand the facts to the contract desk now."))
    waiting = thread.open_round
    column = next((found for found in shown.columns(thread) if waiting and found.round.number == waiting.number), None)
    return render_template("negotiations/agree.html", form=form, thread=thread, column=column, shown=shown, points=unsettled(negotiation_id)), form.status


def _agreed_with(data: dict[str, Any]) -> dict[str, Any]:
    return {"number": data["round"], "accept_open_points": data["accept_open_points"]}


@blp.route("/negotiations/<uuid:negotiation_id>/hand-over", methods=["GET", "POST"])
@writes("negotiations.write")
def hand_over(negotiation_id: UUID) -> Page:
    """Exactly the facts that the contract desk would get, and the button that hands them over."""
    thread, form = _thread(negotiation_id), Form(ToTheDeskIn)
    if form.submitted():
        try:
            handover.hand_over(negotiation_id, **form.data, by=current_actor())
        except DomainError as error:
            already.on_form(form, error)
        else:
            return _back(negotiation_id, _("The facts are at the contract desk. The talks are done."))
    facts = thread.handover.facts if thread.handover else handover.preview(thread)
    points = [] if thread.handover else unsettled(negotiation_id)
    return render_template("negotiations/hand_over.html", form=form, thread=thread, facts=facts, points=points, **_fact_words()), form.status


def _fact_words() -> dict[str, Any]:
    return {"shown": shown, "kinds": DEAL_KINDS, "countries": COUNTRIES, "exclusivities": EXCLUSIVITY, "language_now": language()}


def offered_step(listing: dict[str, Any], actor: Actor | None) -> listing_events.Action | None:
    """On the page of a listing that an open fair shows: the way to ask its owner, for strangers by signing in first."""
    if actor is not None and (not actor.may("negotiations.write") or listing["organization_id"] == actor.organization_id):
        return None
    kind = Kind(listing["kind"])
    if not listing["open_for_interest"]:
        return None
    if not queries.public_entries(listing["id"], kind=kind):
        return None
    return _l("Ask to talk"), url_for("negotiations.new", **{kind.value: listing["id"]})


def register(app: Flask) -> None:
    listing_events.action(offered_step)
    app.register_blueprint(blp)
