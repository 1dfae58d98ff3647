"""Pages of meetings: one's own list, a request, an answer, another time, and what came of it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import navigation, say
from marketplace.core.pages import PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.meetings import (
    already,
    answering,
    availability,
    day_queries,
    moving,
    noshow,
    noting,
    queries,
    requesting,
    schemas,
    service,
    standby,
)
from marketplace.meetings.models import Meeting, MeetingStatus, Outcome
from marketplace.organizations.models import Organization
from marketplace.taxonomy.vocabularies import LANGUAGES
from marketplace.venue import queries as venue
from marketplace.venue.schemas import resolved
from marketplace.venue.views import place_choices

blp = Blueprint("meetings", __name__)
blp.register_error_handler(DomainError, already.answer)
LENGTHS = [(str(minutes), str(minutes)) for minutes in (15, 30, 45, 60, 75, 90, 105, 120)]
MOST_DAYS_SHOWN = 7


@blp.get("/meetings")
@reads("meetings.read")
def mine() -> str:
    """The meetings of the organisation one acts for, the latest first."""
    actor, asked = current_actor(), PageIn().load(request.args)
    page = paged(queries.own_meetings(actor), [Meeting.starts_at, Meeting.id], bound_to=bound(actor.organization_id), **asked)
    lines = queries.meeting_lines(page.rows, by=actor)
    zones = {fair.id: fair.time_zone for fair in fairs.everyone()}
    return render_template(
        "meetings/mine.html", page=page, lines=lines, zones=zones, labels=schemas.meeting_labels(), mine=actor.organization_id,
        may_write=actor.may("meetings.write"),
    )  # fmt: skip


@blp.route("/meetings/request", methods=["GET", "POST"])
@writes("meetings.write")
def ask() -> Any:
    """Ask another organisation for a meeting. ``?organization=slug`` fills its name in and shows the times both have in common."""
    actor, fair = current_actor(), shown.shown(request.args.get("fair"))
    form = Form(
        schemas.MeetingIn, organization=request.args.get("organization", ""), length_minutes="30", people=[str(actor.person_id)],
        language=language(),
    )  # fmt: skip
    looking = "look" in request.form
    if form.submitted() and not looking:
        data = dict(form.data)
        try:
            data["starts_at"] = resolved("starts_at", data["starts_at"], fair.time_zone)
            data["organization_id"] = _named(data.pop("organization")).id
            with db.session.begin_nested():  # what a refused attempt took is free again in the times shown below
                meeting = requesting.request(fair.id, **data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Asked. Place and time are kept until the other side answers."))
            return redirect(url_for("meetings.one", meeting_id=meeting.id), 303)
    if looking:
        _only_whom(form, request.args.get("whom"))
    days = _common(form, fair, by=actor)
    unknown = any(error.code == "organization_unknown" for error in form.found)
    near = queries.organizations_like(str(form.value("organization") or ""), by=actor) if unknown else []
    page = render_template(
        "meetings/ask.html", form=form, fair=fair, places=place_choices(venue.places(fair.id, for_meetings=True)), people=_people(actor),
        lengths=LENGTHS, days=days, typed="typed" in request.args and not looking, languages=_languages(), near=near,
        known=[localized(each, "name")[0] for each in (*near, *queries.partners(actor))],
    )  # fmt: skip
    return page, form.status


def _only_whom(form: Form, picked: str | None) -> None:
    """Who looks for free times has to say with whom, or presses one of the names that are near; everything else may still be missing."""
    if picked:
        form.values = {**form.values, "organization": picked}
    form.found = tuple(error for error in form.found if error.pointer == "/organization" and not picked)
    if not form.found:
        try:
            _named(str(form.value("organization")))
        except Invalid as error:
            form.refused(error)


def _people(actor: Actor) -> list[tuple[str, str]]:
    return [(str(person.id), person.name) for person in queries.colleagues(actor)]


def _languages() -> list[tuple[str, str]]:
    return LANGUAGES.choices(language())


def _named(name: str) -> Organization:
    """Raises Invalid beside the field when no approved organisation has this name."""
    try:
        return queries.organization(name)
    except NotFound as error:
        raise Invalid.field("organization", "organization_unknown", _("No organisation here has exactly this name.")) from error


def _common(form: Form, fair: Fair, *, by: Actor) -> Any:
    """The common free times of who is named on the form, as it stands; None while it names nobody whom one could meet."""
    name, minutes = form.value("organization") or "", str(form.value("length_minutes"))
    own = {str(person.id): person.id for person in queries.colleagues(by)}
    people = [own[key] for key in form.value("people") or [] if key in own] or [by.person_id]
    if not name or minutes not in dict(LENGTHS):
        return None
    try:
        other = queries.organization(name)
    except NotFound:
        return None
    if other.id == by.organization_id:
        return None
    online = form.value("online") in ("on", "true", True)
    return availability.common(fair, people=people, other_id=other.id, minutes=int(minutes), online=online, by=by)[:MOST_DAYS_SHOWN]


@blp.get("/meetings/<uuid:meeting_id>")
@reads("meetings.read")
def one(meeting_id: UUID) -> Any:
    """A meeting, with what can be done now."""
    return _page(meeting_id)


def _page(meeting_id: UUID, **forms: Form) -> tuple[str, int]:
    actor = current_actor()
    meeting = service.get_meeting(meeting_id, by=actor)
    fair = fairs.get(meeting.fair_id)
    note = queries.own_note(meeting, by=actor)
    supposed = meeting.to_language or language()
    shown_forms: dict[str, Form] = {
        "accept": Form(schemas.AcceptIn, people=[str(actor.person_id)], language=supposed), "reason": Form(schemas.ReasonIn),
        "outcome": Form(schemas.OutcomeIn), "notes": Form(schemas.NotesIn, notes=note.text if note else ""),
    } | forms  # fmt: skip
    page = render_template(
        "meetings/one.html", meeting=meeting, line=queries.meeting_lines([meeting], by=actor)[0], fair=fair, mine=actor.organization_id,
        asked=meeting.to_organization_id == actor.organization_id, may_write=actor.may("meetings.write"), forms=shown_forms,
        labels=schemas.meeting_labels(), outcomes=_outcomes(), people=_people(actor), languages=_languages(),
        proposed_place=queries.proposed_place(meeting), interpreter=queries.interpreter(meeting), said_here=already.here([meeting]).get(meeting.id),
        taken_over=standby.given(meeting), outcome_labels=schemas.outcome_labels(),
        missable=meeting.status is MeetingStatus.CONFIRMED and noshow.awaited_until(meeting) <= now(), running=meeting.ends_at > now(),
        for_us=day_queries.waiting_for(fair.id, by=actor),
    )  # fmt: skip
    return page, next((form.status for form in forms.values()), 200)


def _outcomes() -> list[tuple[str, Any]]:
    """That somebody did not come is said by a button of its own, which also gives the rest of the time on."""
    return [(code, text) for code, text in schemas.outcome_labels().items() if code != Outcome.NO_SHOW]


def _done(meeting_id: UUID, text: str) -> Response:
    say(text)
    return redirect(url_for("meetings.one", meeting_id=meeting_id), 303)


@blp.post("/meetings/<uuid:meeting_id>/accept")
@writes("meetings.write")
def accept(meeting_id: UUID) -> Any:
    """Accept a request."""
    form = Form(schemas.AcceptIn)
    if form.submitted():
        try:
            with db.session.begin_nested():  # as above
                answering.accept(meeting_id, **form.data, by=current_actor())
        except DomainError as error:
            already.on_form(form, error)
        else:
            return _done(meeting_id, _("The meeting is confirmed."))
    return _page(meeting_id, accept=form)


@blp.post("/meetings/<uuid:meeting_id>/decline")
@writes("meetings.write")
def decline(meeting_id: UUID) -> Any:
    """Turn a request down."""
    form = Form(schemas.ReasonIn)
    if form.submitted():
        try:
            answering.decline(meeting_id, **form.data, by=current_actor())
        except DomainError as error:
            already.on_form(form, error)
        else:
            return _done(meeting_id, _("The request was declined."))
    return _page(meeting_id, reason=form)


@blp.post("/meetings/<uuid:meeting_id>/cancel")
@writes("meetings.write")
def cancel(meeting_id: UUID) -> Any:
    """Call a meeting off."""
    form = Form(schemas.ReasonIn)
    if form.submitted():
        try:
            answering.cancel(meeting_id, **form.data, by=current_actor())
        except DomainError as error:
            already.on_form(form, error)
        else:
            return _done(meeting_id, _("The meeting was cancelled."))
    return _page(meeting_id, reason=form)


@blp.route("/meetings/<uuid:meeting_id>/move", methods=["GET", "POST"])
@writes("meetings.write")
def move(meeting_id: UUID) -> Any:
    """Propose another time; one's own request without an answer moves at once."""
    actor = current_actor()
    meeting = service.get_meeting(meeting_id, by=actor)
    fair = fairs.get(meeting.fair_id)
    form = Form(schemas.MeetingMoveIn, people=[str(actor.person_id)], language=meeting.to_language or language())
    if form.submitted():
        data = dict(form.data)
        try:
            data["starts_at"] = resolved("starts_at", data["starts_at"], fair.time_zone)
            with db.session.begin_nested():  # as above
                moved = moving.propose(meeting_id, **data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            at_once = moved.move_to is None
            return _done(meeting_id, _("The request was moved.") if at_once else _("Proposed. Both times are kept until the other side answers."))
    line = queries.meeting_lines([meeting], by=actor)[0]
    own = [person.id for side, person in line.people if side == actor.organization_id] or [actor.person_id]
    theirs = [person.id for side, person in line.people if side != actor.organization_id]
    days = availability.common(
        fair, people=own, other_id=line.other.id, minutes=meeting.length_minutes, online=line.place.kind.value == "online", theirs=theirs,
        by=actor,
    )  # fmt: skip
    page = render_template(
        "meetings/move.html", form=form, meeting=meeting, line=line, fair=fair, days=days[:MOST_DAYS_SHOWN], people=_people(actor),
        asked=meeting.to_organization_id == actor.organization_id and meeting.standing.value == "requested",
        unanswered=meeting.from_organization_id == actor.organization_id and meeting.standing.value == "requested",
        places=place_choices(venue.places(fair.id, for_meetings=True)), languages=_languages(), typed="typed" in request.args,
    )  # fmt: skip
    return page, form.status


@blp.post("/meetings/<uuid:meeting_id>/agree")
@writes("meetings.write")
def agree(meeting_id: UUID) -> Any:
    """Take the time that the other side proposed."""
    moving.agree(meeting_id, by=current_actor())
    return _done(meeting_id, _("The meeting has its new time."))


@blp.post("/meetings/<uuid:meeting_id>/keep")
@writes("meetings.write")
def keep(meeting_id: UUID) -> Any:
    """Keep the old time."""
    moving.keep(meeting_id, by=current_actor())
    return _done(meeting_id, _("The meeting stays at its time."))


@blp.post("/meetings/<uuid:meeting_id>/outcome")
@writes("meetings.write")
def outcome(meeting_id: UUID) -> Any:
    """Record what came of it."""
    form = Form(schemas.OutcomeIn)
    if form.submitted():
        try:
            noting.record(meeting_id, **form.data, by=current_actor())
        except DomainError as error:
            already.on_form(form, error)
        else:
            return _done(meeting_id, _("Recorded. Both sides see the outcome; your notes stay with you."))
    return _page(meeting_id, outcome=form)


@blp.post("/meetings/<uuid:meeting_id>/notes")
@writes("meetings.write")
def notes(meeting_id: UUID) -> Any:
    """Keep one's own side's notes."""
    form = Form(schemas.NotesIn)
    if form.submitted():
        try:
            noting.write_notes(meeting_id, form.data["notes"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            return _done(meeting_id, _("Your notes were kept. The other side does not see them."))
    return _page(meeting_id, notes=form)


def wall(moment: datetime) -> str:
    """A fair's wall-clock time as inputs of a page have it."""
    return f"{moment:%Y-%m-%dT%H:%M}"


def chosen_day(fair: Fair, text: str | None, today: date) -> date:
    """The day of a fair that an address names, else today, else the fair's nearest day."""
    try:
        wanted = date.fromisoformat(text) if text else today
    except ValueError:
        wanted = today
    return min(max(wanted, fair.opens_on), fair.closes_on)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
    app.jinja_env.filters["wall"] = wall
    app.jinja_env.globals["meeting_link"] = queries.link
    navigation(_l("Meetings"), "meetings.mine", "meetings.read", 40)
