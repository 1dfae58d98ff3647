"""Pages of the meeting day, made for a phone: what comes next, what came of it, who did not come, and who waits for a free time."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace.core import access, clock
from marketplace.core import day as core_day
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, Invalid, Malformed, NotFound
from marketplace.core.forms import Form, from_form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import say
from marketplace.core.pages import PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.meetings import already, day_queries, day_schemas, noshow, noting, queries, schemas, service, standby, today
from marketplace.meetings.interpreters import RUN
from marketplace.meetings.models import Meeting, Standby
from marketplace.organizations.models import Organization
from marketplace.taxonomy.vocabularies import COUNTRIES, LANGUAGES, ORGANIZATION_KINDS

blp = Blueprint("meeting_day", __name__)
blp.register_error_handler(DomainError, already.answer)


@blp.get("/meetings/today")
@reads("meetings.read")
def day() -> str:
    """The next meeting, and the day around it. ``?day=`` another day, ``?all=1`` the whole organisation's."""
    actor, fair = current_actor(), shown.shown(request.args.get("fair"))
    now_on = clock.today(fair.time_zone)
    on, everyone = _day(request.args.get("day")) or now_on, request.args.get("all") == "1"
    found = today.stops(fair, on, everyone=everyone, by=actor)
    coming = today.coming(found) if on == now_on else None
    return render_template(
        "meetings/today.html", fair=fair, on=on, is_today=on == now_on, everyone=everyone, stops=found, coming=coming,
        after=today.next_day(fair, on, everyone=everyone, by=actor), names=LANGUAGES, countries=COUNTRIES, kinds=ORGANIZATION_KINDS,
        labels=schemas.meeting_labels(), mine=actor.organization_id,
        ours=today.profile(actor.organization_id) if coming and actor.organization_id else None,
        then=today.following(found, coming) if coming else None, subject=today.subject(coming.meeting) if coming else None, may_write=actor.may("meetings.write"),
        offers=day_queries.offers(by=actor), for_us=day_queries.waiting_for(fair.id, by=actor),
        here=already.here(stop.meeting for stop in found if not stop.is_over),
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    """Raises Malformed."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise Malformed() from error
    if not 1900 <= found.year <= 2200:
        raise Malformed()
    return found


@blp.route("/meetings/<uuid:meeting_id>/note", methods=["GET", "POST"])
@writes("meetings.write")
def note(meeting_id: UUID) -> Any:
    """What came of a meeting, on one screen. ``?typed=1`` goes on with what was typed and not saved."""
    actor = current_actor()
    meeting = service.get_meeting(meeting_id, by=actor)
    fair = fairs.get(meeting.fair_id)
    form = Form(day_schemas.MeetingNoteIn, **_written(meeting))
    if form.submitted():
        data = form.data
        try:
            if data["outcome"] is None:
                noting.write_notes(meeting_id, data["notes"], by=actor)
                noting.forget(meeting_id, by=actor)
            else:
                due_on = day_schemas.due_day(data, clock.today(fair.time_zone))
                facts = {name: data[name] for name in ("outcome", "next_step", "notes", "seen")}
                noting.record(meeting_id, **facts, due_on=due_on, check_seen=True, by=actor)
        except noting.WrittenMeanwhile as error:
            form.refused(error)
            form.values = {**form.values, "seen": meeting.outcome_at.isoformat() if meeting.outcome_at else ""}
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Written down. Both sides see the outcome; your notes stay with you."))
            return redirect(url_for("meeting_day.day", fair=fair.slug), 303)
    typed = noting.typed(meeting_id, by=actor) if request.method == "GET" else ()
    going_on = bool(typed) and bool(request.args.get("typed"))
    if going_on:
        form.values = from_form(form.schema, MultiDict(list(typed)))
    return _note_page(meeting, fair, form, offered=bool(typed) and not going_on)


def _note_page(meeting: Meeting, fair: Fair, form: Form, *, offered: bool) -> tuple[str, int]:
    actor = current_actor()
    labels = schemas.outcome_labels()
    page = render_template(
        "meetings/note.html", meeting=meeting, fair=fair, form=form, line=queries.meeting_lines([meeting], by=actor)[0], offered=offered,
        outcomes=[(code, labels[code]) for code in day_schemas.CAME_OF_IT], steps=day_schemas.step_labels(),
        days=list(day_schemas.due_labels().items()), key=f"{actor.person_id}:{actor.organization_id}:meeting:{meeting.id}",
        theirs=meeting.outcome is not None and meeting.outcome_by_id != actor.organization_id, outcome_labels=labels,
    )  # fmt: skip
    return page, form.status


def _written(meeting: Meeting) -> dict[str, Any]:
    """What stands there already, as the form shows it."""
    own = queries.own_note(meeting, by=current_actor())
    return {
        "outcome": meeting.outcome.value if meeting.outcome else None, "next_step": meeting.next_step,
        "due_in": "on" if meeting.due_on else "none", "due_on": meeting.due_on.isoformat() if meeting.due_on else None,
        "notes": own.text if own else None, "seen": meeting.outcome_at.isoformat() if meeting.outcome_at else "",
    }  # fmt: skip


@blp.post("/meetings/<uuid:meeting_id>/typed")
@writes("meetings.write", once=False)
def keep(meeting_id: UUID) -> Any:
    """The fields of the note's form as they stand, kept for this person alone."""
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name != "place"]
    moment: datetime = noting.keep(meeting_id, pairs, by=current_actor())
    return {"saved_at": moment.isoformat()}


def _after(fair_id: UUID, text: str, *, endpoint: str = "meeting_day.day") -> Response:
    say(text)
    return redirect(url_for(endpoint, fair=fairs.get(fair_id).slug), 303)


@blp.post("/meetings/<uuid:meeting_id>/missed")
@writes("meetings.write")
def missed(meeting_id: UUID) -> Any:
    """The other side did not come."""
    form = Form(day_schemas.MeetingMissedIn)
    if not form.submitted():
        raise Invalid(errors=form.found)
    meeting = noshow.missed(meeting_id, **form.data, by=current_actor())
    if meeting.freed_at is None:
        return _after(meeting.fair_id, _("Noted. The rest of the time is offered to who waits for you; stay at the table for five minutes."))
    return _after(meeting.fair_id, _("Noted. The table is free again."))


@blp.post("/meetings/<uuid:meeting_id>/came")
@writes("meetings.write")
def came(meeting_id: UUID) -> Any:
    """They came after all; from the side that is said not to have come: we are here."""
    actor = current_actor()
    if service.get_meeting(meeting_id, by=actor).missed_by_id == actor.organization_id:
        return _after(noshow.here(meeting_id, by=actor).fair_id, _("The other side is told that you are there."))
    meeting = noshow.came(meeting_id, by=actor)
    return _after(meeting.fair_id, _("The meeting goes on."))


@blp.get("/meetings/open")
@reads("meetings.read")
def left_open() -> str:
    """Meetings to write down, or with ``?part=steps`` next steps that nobody has taken yet."""
    actor, asked = current_actor(), PageIn().load({name: request.args[name] for name in ("limit", "cursor") if name in request.args})
    part = "steps" if request.args.get("part") == "steps" else "unwritten"
    query = today.steps(actor) if part == "steps" else today.unwritten(actor)
    page = paged(query, [Meeting.starts_at, Meeting.id], bound_to=bound(actor.organization_id), **asked)
    zones = {fair.id: fair.time_zone for fair in fairs.everyone()}
    return render_template(
        "meetings/open.html", part=part, page=page, lines=queries.meeting_lines(page.rows, by=actor), zones=zones,
        days={fair_id: clock.today(zone) for fair_id, zone in zones.items()}, may_write=actor.may("meetings.write"), labels=schemas.outcome_labels(),
    )  # fmt: skip


@blp.post("/meetings/<uuid:meeting_id>/step")
@writes("meetings.write")
def step_taken(meeting_id: UUID) -> Response:
    """The next step was taken."""
    noting.finish_step(meeting_id, by=current_actor())
    say(_("Ticked off for both sides."))
    return redirect(url_for("meeting_day.left_open", part="steps"), 303)


@blp.route("/meetings/standby", methods=["GET", "POST"])
@writes("meetings.write")
def waiting() -> Any:
    """Whom one waits for, with one's place in each list; and joining a list. ``?organization=slug`` fills its name in."""
    actor, fair = current_actor(), shown.shown(request.args.get("fair"))
    form = Form(day_schemas.StandbyIn, organization=request.args.get("organization", ""), language=language())
    if form.submitted():
        data = dict(form.data)
        try:
            other = _named(data.pop("organization"))
            standby.join(fair.id, organization_id=other, **data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            return _after(fair.id, _("You are on the list. When a time comes free you get a mail, and it is shown here and on the page of your day."), endpoint="meeting_day.waiting")
    page = render_template(
        "meetings/standby.html", fair=fair, form=form, rows=day_queries.own_places(by=actor), for_us=day_queries.waiting_for(fair.id, by=actor),
        languages=LANGUAGES.choices(language()), zones={each.id: each.time_zone for each in fairs.everyone()}, now=clock.now(),
        known=[localized(each, "name")[0] for each in (*_near(form), *queries.partners(actor))], near=_near(form),
    )  # fmt: skip
    return page, form.status


def _near(form: Form) -> list[Organization]:
    """Whose names are near to one that nobody has."""
    unknown = any(error.code == "organization_unknown" for error in form.found)
    return queries.organizations_like(str(form.value("organization") or ""), by=current_actor()) if unknown else []


def _named(name: str) -> UUID:
    """Raises Invalid beside the field when no approved organisation has this name."""
    try:
        return queries.organization(name).id
    except NotFound as error:
        raise Invalid.field("organization", "organization_unknown", _("No organisation here has exactly this name.")) from error


@blp.post("/meetings/standby/<uuid:standby_id>/leave")
@writes("meetings.write")
def leave(standby_id: UUID) -> Response:
    """Wait no longer."""
    row: Standby = standby.leave(standby_id, by=current_actor())
    return _after(row.fair_id, _("You are no longer on this list."), endpoint="meeting_day.waiting")


@blp.post("/meetings/standby/<uuid:standby_id>/pass")
@writes("meetings.write")
def pass_on(standby_id: UUID) -> Response:
    """Not now: the next one is asked."""
    row = standby.pass_on(standby_id, by=current_actor())
    return _after(row.fair_id, _("It is offered to the next one. You keep your place in the list."), endpoint="meeting_day.waiting")


@blp.post("/meetings/standby/<uuid:standby_id>/accept")
@writes("meetings.write")
def accept(standby_id: UUID) -> Response:
    """Take the free time."""
    meeting = standby.accept(standby_id, by=current_actor())
    return _after(meeting.fair_id, _("It is yours: please go there now."))


def register(app: Flask) -> None:
    """Everything of the meeting day: rights, tiles, pages, API, jobs on the clock."""
    from marketplace.meetings import day_api, erasing, interpreters_views

    access.declare(RUN, _l("Run a fair's meetings: interpreters and who needs one"), staff=("manager",))
    tile, read, write = core_day.tile, "meetings.read", "meetings.write"
    tile(_l("Free times offered to you"), write, day_queries.count_offers, "meeting_day.waiting", "late", hint=_l("For five minutes each."), order=28)
    tile(_l("Meetings today"), read, today.count_today, "meeting_day.day", "plain", hint=_l("The next one with table, language and way."), order=29)
    unwritten, due = _l("Meetings to write down"), _l("Next steps due")
    tile(unwritten, write, today.count_unwritten, "meeting_day.left_open", hint=_l("What came of them, in under a minute."), order=31, part="unwritten")
    tile(due, read, today.count_steps_due, "meeting_day.left_open", "late", hint=_l("Agreed at a meeting, and not ticked off yet."), order=32, part="steps")
    lacking = _l("Meetings without an interpreter")
    tile(lacking, RUN, day_queries.count_lacking, "interpreters.everybody", hint=_l("The two sides speak different languages."), order=35)
    app.register_blueprint(blp)
    interpreters_views.register(app)
    day_api.register(app)
    erasing.register()
