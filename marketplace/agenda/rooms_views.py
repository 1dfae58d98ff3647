"""Staff pages: the board of a fair's rooms and tables with what is on and what cannot hold, one place's day, and cards for tables."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, render_template, request, url_for

from marketplace.agenda import queries, rules, shown, wording
from marketplace.agenda.rules import Clash, Kind, Line, Turn
from marketplace.agenda.views import Days, asked, days_shown, interpreters_page, within
from marketplace.core import clock
from marketplace.core.access import current_actor, reads
from marketplace.core.errors import NotFound
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import navigation
from marketplace.core.zones import clock_time
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as fairs_shown
from marketplace.fairs.models import Fair
from marketplace.venue import walking
from marketplace.venue.models import Place, PlaceKind
from marketplace.venue.views import managed_fair

blp = Blueprint("rooms", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A place with its day: what is on, what comes next, and all of it."""

    place: Place
    lines: Sequence[Line]
    turn: Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A day of a fair by places and interpreters, and what cannot hold on it."""

    rooms: Sequence[Room]
    interpreters: Sequence[tuple[Any, Sequence[Line]]]
    clashes: Sequence[Clash]
    halls: Sequence[Place]


def board_of(fair: Fair, days: Days, *, moment: datetime, hall: Place | None) -> Board:
    """At most ten queries, however many places and meetings.

    What clashes with the pitch of an anonymous achievement is not listed: a meeting or a name beside it would say whose it is."""
    span = within(fair, days, whole=False)
    all_places = queries.places_of_fair(fair.id)
    lines = queries.places(span)
    pitches = [line for line in queries.pitches(span) if not line.anonymous]
    clashes = rules.clashes([*lines, *pitches, *queries.absences(span)], walking.ways(fair.id).minutes)
    at: dict[str, list[Line]] = {}
    for line in lines:
        for holder in line.holders:
            if not holder.startswith("person:"):
                at.setdefault(holder, []).append(line)
    rooms = [
        Room(place=place, lines=at.get(f"place:{place.id}", []), turn=rules.turn(at.get(f"place:{place.id}", []), moment))
        for place in all_places
        if hall is None or hall.id in (place.id, place.hall_id)
    ]
    people = [(one, at.get(f"interpreter:{one.id}", [])) for one in queries.interpreters_of_fair(fair.id)]
    return Board(rooms=rooms, interpreters=people, clashes=clashes, halls=[place for place in all_places if place.kind is PlaceKind.HALL])


def _hall(fair: Fair) -> Place | None:
    """The hall that the page is narrowed to. Raises NotFound."""
    named = request.args.get("hall")
    if not named:
        return None
    found = next((place for place in queries.places_of_fair(fair.id) if str(place.id) == named and place.kind is PlaceKind.HALL), None)
    if found is None:
        raise NotFound()
    return found


@blp.get("/staff/rooms")
@reads("agenda.rooms")
def board() -> str:
    """Every place of the fair on one day: now, next, the hours, and in red what cannot hold."""
    fair = managed_fair(current_actor(), "agenda.rooms")
    days, moment, hall = days_shown(fair, asked()["day"]), clock.now(), _hall(fair)
    found = board_of(fair, days, moment=moment, hall=hall)
    show = shown.of_others(found.clashes, fair)
    halls = {each.id: wording.name(each) for each in found.halls}
    columns = [
        shown.Column(
            title=wording.name(room.place), note=halls.get(room.place.hall_id, "") if room.place.hall_id else "", lines=room.lines, day=days.on,
            key=room.place, href=url_for("rooms.place", place_id=room.place.id),
        )
        for room in found.rooms
    ]  # fmt: skip
    people = [
        shown.Column(title=one.name, lines=lines, day=days.on, key=None, href=url_for("rooms.interpreter", interpreter_id=one.id))
        for one, lines in found.interpreters
    ]
    return render_template(
        "agenda/rooms.html", fair=fair, days=days, board=found, show=show, hall=hall, moment=moment, change=change_of,
        grid=shown.grid([*columns, *people], fair.time_zone, moment), labels=wording.trouble_labels(), title_of=wording.title,
        where_of=wording.where, span_of=spans(fair), number_of_places=len(columns), live=days.today == days.on, time_now=clock_time(moment, fair.time_zone),
    )  # fmt: skip


def spans(fair: Fair) -> Callable[[Line], str]:
    """'10:00–10:30' on the fair's clock, plain: for what is read out thousands of times, and for paper."""
    return lambda line: f"{clock_time(line.starts_at, fair.time_zone)}–{clock_time(line.ends_at, fair.time_zone, ends=True)}"


def change_of_plan(fair: Fair, place_id: UUID) -> str:
    """Where the plan is changed because a place is lost."""
    return url_for("planning.new_change", slug=fair.slug, place=place_id)


def change_of(line: Line, fair: Fair) -> tuple[str, str] | None:
    """(kind, address) of where a line is moved: a session on its own page, a meeting by a change of the fair's plan."""
    if line.kind is Kind.MEETING and line.place is not None:
        return "plan", change_of_plan(fair, line.place.id)
    if line.kind is Kind.SESSION:
        return "session", url_for("running_staff.move", session_id=line.id)
    if line.kind is Kind.PITCH and line.session_id:
        return "session", url_for("running_staff.move", session_id=line.session_id)
    return None


@blp.get("/staff/rooms/<uuid:place_id>")
@reads("agenda.rooms")
def place(place_id: UUID) -> str:
    """One place, all days of the fair or one: to look at and to print."""
    actor, query = current_actor(), asked()
    found = queries.place(place_id, by=actor)
    fair = fairs_shown.shown(fairs.get(found.fair_id).slug)
    days = days_shown(fair, query["day"])
    lines = queries.places(within(fair, days, whole=query["day"] is None), [found.id])
    show = shown.of_others(rules.clashes(lines, walking.ways(fair.id).minutes), fair)
    return render_template(
        "agenda/place.html", fair=fair, place=found, days=days, one_day=query["day"] is not None, show=show,
        listed=sorted(rules.by_day(lines, fair.time_zone).items()),
        change=None if found.kind is PlaceKind.HALL else change_of_plan(fair, found.id),
    )  # fmt: skip


@blp.get("/staff/rooms/cards")
@reads("agenda.rooms")
def cards() -> str:
    """A card for each table and room with what it holds on one day, to be printed and put there: times and names, no topic."""
    fair = managed_fair(current_actor(), "agenda.rooms")
    days, hall = days_shown(fair, asked()["day"]), _hall(fair)
    found = board_of(fair, days, moment=clock.now(), hall=hall)
    held = [(room, [line for line in room.lines if line.kind is not Kind.CLOSURE]) for room in found.rooms]
    rooms = [(room, sorted(lines, key=lambda line: line.starts_at)) for room, lines in held if lines]
    show = shown.of_others((), fair)
    return render_template("agenda/cards.html", fair=fair, days=days, hall=hall, halls=found.halls, rooms=rooms, show=show, span_of=spans(fair))


@blp.get("/staff/rooms/interpreters/<uuid:interpreter_id>")
@reads("agenda.rooms")
def interpreter(interpreter_id: UUID) -> str:
    """What one interpreter has to do."""
    actor = current_actor()
    found = queries.interpreter(interpreter_id, by=actor)
    if not actor.may("agenda.rooms", fair_id=found.fair_id):
        raise NotFound()
    fair = fairs.get(found.fair_id)
    return interpreters_page(found.id, found.name, fair=fair)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
    navigation(_l("Rooms"), "rooms.board", "agenda.rooms", 54)
