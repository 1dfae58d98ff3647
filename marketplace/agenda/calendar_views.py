"""Calendar files and addresses: one event to take along, and a secret address that a calendar program reads again and again."""

import hashlib
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, session, url_for

from marketplace.accounts import service as accounts
from marketplace.agenda import calendars, fetching, queries, service, wording
from marketplace.agenda.models import CalendarFeed, Whose
from marketplace.agenda.reading import Within
from marketplace.agenda.rules import Line
from marketplace.agenda.schemas import FeedIn
from marketplace.core import clock
from marketplace.core.access import PUBLIC, Actor, current_actor, current_actor_or_none, reads, writes
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import speaking
from marketplace.core.layout import say

blp = Blueprint("calendars", __name__)


def base() -> str:
    """The address of this site, as the outside knows it."""
    return str(current_app.config["SETTINGS"].public_url)


def file_of(body: bytes, name: str) -> Response:
    """A calendar with its ETag: who has these bytes already is told so."""
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(hashlib.blake2b(body, digest_size=16).hexdigest())
    response.make_conditional(request)
    return response


def one(line: Line, name: str, actor: Actor | None) -> Response:
    """A single event, with the words of who asks for it."""
    lines = queries.with_changes([line])
    own = queries.own_organizations(actor) if actor else frozenset()
    return file_of(calendars.calendar(lines, fairs=queries.fairs_of(lines), own=own, name=_("Schedule"), base=base()), name)


def meeting_file(meeting_id: UUID) -> Response:
    """One meeting as a calendar file."""
    actor = current_actor()
    return one(queries.meeting(meeting_id, by=actor), "meeting", actor)


def pitch_file(pitch_id: UUID) -> Response:
    """One's own pitch as a calendar file."""
    actor = current_actor()
    return one(queries.pitch(pitch_id, by=actor), "pitch", actor)


def session_file(session_id: UUID) -> Response:
    """A session of the programme as a calendar file, for everybody."""
    return one(queries.session(session_id), "session", current_actor_or_none())


@blp.get("/calendar/<secret>.ics")
@reads(PUBLIC)
def feed(secret: str) -> Response:
    """The schedule behind a secret address, with what its maker may see at this moment, in their language."""
    found, actor = service.opened(secret)
    fetching.note(found)
    with speaking(accounts.get(actor.person_id).language):
        lines = queries.with_changes(_lines(found, actor))
        own = _own(found, actor)
        body = calendars.calendar(lines, fairs=queries.fairs_of(lines), own=own, name=found.name, base=base())
    return file_of(body, "schedule")


def _lines(feed: CalendarFeed, actor: Actor) -> list[Line]:
    since, until = calendars.window(clock.now())
    within = Within(since=since, until=until, cancelled=True)
    if feed.whose is Whose.ME:
        return queries.mine(within, by=actor)
    if feed.whose is Whose.ORGANIZATION:
        return queries.organizations(within, by=actor)
    if feed.whose is Whose.INTERPRETER and feed.interpreter_id is not None:
        return queries.interpreters(within, feed.interpreter_id)
    return queries.places(within, [feed.place_id] if feed.place_id else [])


def _own(feed: CalendarFeed, actor: Actor) -> frozenset[UUID]:
    if feed.whose is Whose.ORGANIZATION and feed.organization_id:
        return frozenset({feed.organization_id})
    return queries.own_organizations(actor) if feed.whose is Whose.ME else frozenset()


NEW = "calendar_address"
"""In the browser's session, from the answer that made an address to the page that shows it."""


@blp.route("/schedule/calendars", methods=["GET", "POST"])
@writes("agenda.feeds")
def index() -> Any:
    """One's addresses, and a new one; its secret stands on the page that follows and nowhere else, and to load that again makes no other."""
    actor = current_actor()
    chosen = request.args.get("of", "me")
    choices = _choices(actor, chosen)
    form = Form(FeedIn, whose=chosen if chosen in dict(choices) else "me", name="")
    if form.submitted():
        try:
            whose, thing_id = _whose(form.data["whose"])
            _feed, secret = service.open_feed(whose, thing_id, name=form.data["name"], by=_acting(actor, whose, thing_id))
        except DomainError as error:
            form.refused(error)
        else:
            session[NEW] = secret
            return redirect(url_for("calendars.index"), 303)
    new = session.pop(NEW, None) if request.method == "GET" else None
    address = base() + url_for("calendars.feed", secret=new) if new else None
    rows = [(row, _named(row, choices)) for row in service.mine(by=actor)]
    return render_template("agenda/calendars.html", form=form, choices=choices, rows=rows, address=address), form.status


def _acting(actor: Actor, whose: Whose, thing_id: UUID | None) -> Actor:
    """The same person, acting for the organisation whose schedule is asked for, when they act for it at all."""
    acting = next((each for each in actor.memberships if each.id == thing_id), actor.acting)
    return replace(actor, acting=acting) if whose is Whose.ORGANIZATION else actor


def _whose(text: str) -> tuple[Whose, UUID | None]:
    """'organization:…' taken apart. Raises Invalid."""
    kind, _colon, thing = text.partition(":")
    try:
        whose = Whose(kind)
        return whose, (UUID(thing) if whose is not Whose.ME else None)
    except ValueError as error:
        raise Invalid.field("whose", "code_unknown", _("Choose one of the listed schedules.")) from error


def _choices(actor: Actor, chosen: str) -> list[tuple[str, str]]:
    """(code, label) of the schedules this person may have an address for; a place only when its page led here."""
    found = [("me", _("My own schedule"))]
    found += [(f"organization:{each.id}", each.name) for each in actor.memberships if each.approved]
    found += [(f"interpreter:{each.id}", _("What I interpret")) for each in queries.interpreting(actor)]
    if chosen not in dict(found) and chosen.partition(":")[0] in {"place", "interpreter"}:
        whose, thing_id = _whose(chosen)
        if thing_id is not None and whose is Whose.PLACE:
            found.append((chosen, wording.name(queries.place(thing_id, by=actor))))
        elif thing_id is not None:
            found.append((chosen, queries.interpreter(thing_id, by=actor).name))
    return found


def _named(feed: CalendarFeed, choices: list[tuple[str, str]]) -> str:
    """Whose schedule an address gives, in words."""
    thing = feed.organization_id or feed.interpreter_id or feed.place_id
    known = dict(choices).get(f"{feed.whose.value}:{thing}" if thing else feed.whose.value)
    if known is None:
        return {Whose.ORGANIZATION: _("an organisation you left"), Whose.PLACE: _("a place"), Whose.INTERPRETER: _("an interpreter")}.get(feed.whose, "")
    return known


@blp.post("/schedule/calendars/<uuid:feed_id>/revoke")
@writes("agenda.feeds")
def revoke(feed_id: UUID) -> Any:
    """End an address at once."""
    service.revoke(feed_id, by=current_actor())
    say(_("The address works no longer."))
    return redirect(url_for("calendars.index"), 303)


def register(app: Flask, pages: Blueprint) -> None:
    """``pages``: the schedule's own blueprint, which the files of single events belong to."""
    for rule, view, permission in (
        ("/schedule/meetings/<uuid:meeting_id>.ics", meeting_file, "agenda.read"),
        ("/schedule/pitches/<uuid:pitch_id>.ics", pitch_file, "agenda.read"),
        ("/roadshow/sessions/<uuid:session_id>.ics", session_file, PUBLIC),
    ):
        app.add_url_rule(rule, endpoint=f"{pages.name}.{view.__name__}", view_func=reads(permission)(view))
    app.register_blueprint(blp)
