"""Pages of one's own schedule, of one's organisation's and of what one interprets, by day, as a grid, and for paper."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, render_template, request, url_for
from marshmallow import ValidationError

from marketplace.agenda import calendar_views, queries, rules, shown
from marketplace.agenda.reading import Within
from marketplace.agenda.rules import Kind, Line
from marketplace.agenda.schemas import ShownIn
from marketplace.core import clock
from marketplace.core.access import Actor, current_actor, reads
from marketplace.core.errors import Malformed, NotFound
from marketplace.core.forms import from_form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import day as day_text
from marketplace.core.layout import navigation
from marketplace.core.problems import messages_to_errors
from marketplace.core.zones import day_of
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as fairs_shown
from marketplace.fairs.models import Fair
from marketplace.venue import rules as venue_rules
from marketplace.venue import walking

blp = Blueprint("agenda", __name__)


def asked() -> dict[str, Any]:
    """What the address says of day and view; other parameters are not ours. Raises Malformed."""
    schema = ShownIn()
    known = {name: value for name, value in from_form(schema, request.args).items() if name in schema.fields and value != ""}
    try:
        return schema.load(known)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise Malformed(errors=messages_to_errors(error.messages)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days of a fair that a page offers, and the one it shows; ``today`` is None when it is none of them."""

    all: Sequence[date]
    on: date
    today: date | None


def days_shown(fair: Fair, wanted: date | None) -> Days:
    """Raises NotFound for a day that the fair does not have."""
    days, today = venue_rules.days(fair.opens_on, fair.closes_on), clock.today(fair.time_zone)
    if wanted is not None and wanted not in days:
        raise NotFound()
    return Days(all=days, on=wanted or (today if today in days else days[0]), today=today if today in days else None)


def within(fair: Fair, days: Days, *, whole: bool) -> Within:
    """One day of the fair, or all of them, from midnight to midnight of its own clock."""
    first, last = (days.all[0], days.all[-1]) if whole else (days.on, days.on)
    since, until = rules.span_of(first, last, fair.time_zone)
    return Within(since=since, until=until, fair_id=fair.id)


@blp.get("/schedule")
@reads("agenda.read")
def mine() -> str:
    """What one has to be at oneself: each day, as a grid of the fair's days, or all days for paper."""
    actor = current_actor()

    def columns(lines: list[Line], fair: Fair, days: Days) -> list[shown.Column]:
        by_day = rules.by_day(lines, fair.time_zone)
        return [shown.Column(title=day_text(day), lines=by_day.get(day, []), day=day, href=_to(day)) for day in days.all]

    return _page("mine", lambda wanted: queries.mine(wanted, by=actor), columns=columns, own=queries.own_organizations(actor), wide=True)


@blp.get("/schedule/organization")
@reads("agenda.organization")
def organization() -> str:
    """What one's organisation has, with a column for each colleague who comes."""
    actor = current_actor()
    own = frozenset({actor.organization_id} if actor.organization_id else ())

    def columns(lines: list[Line], fair: Fair, days: Days) -> list[shown.Column]:
        people: dict[tuple[str, UUID | None], list[Line]] = {}
        for line in lines:
            coming: list[tuple[str, UUID | None]] = [(person, person_id) for organization_id, person_id, person in line.people if organization_id in own]
            for one in dict.fromkeys(coming) or {(_("nobody named"), None): None}:
                people.setdefault(one, []).append(line)
        return [shown.Column(title=one[0], lines=people[one], day=days.on) for one in sorted(people, key=lambda each: (each[0], str(each[1])))]

    return _page("organization", lambda wanted: queries.organizations(wanted, by=actor), columns=columns, own=own, wide=False)


@blp.get("/schedule/interpreting")
@reads("agenda.read")
def interpreting() -> str:
    """What one interprets oneself."""
    actor = current_actor()
    entries, slug = queries.interpreting(actor), asked()["fair"]
    fair = fairs_shown.shown(slug)
    here = next((one for one in entries if one.fair_id == fair.id), None)
    if here is None and entries and slug is None:
        here, fair = entries[0], fairs.get(entries[0].fair_id)
    if here is None:
        return render_template("agenda/not_interpreting.html", tabs=tabs(actor), fair=fair)
    return interpreters_page(here.id, here.name, fair=fair)


def interpreters_page(interpreter_id: UUID, name: str, *, fair: Fair | None = None) -> str:
    """The schedule of one interpreter, for themselves and for the fair's managers; ``fair``: theirs, unless the address says it."""

    def columns(lines: list[Line], fair: Fair, days: Days) -> list[shown.Column]:
        by_day = rules.by_day(lines, fair.time_zone)
        return [shown.Column(title=day_text(day), lines=by_day.get(day, []), day=day, href=_to(day)) for day in days.all]

    def read(wanted: Within) -> list[Line]:
        return queries.interpreters(wanted, interpreter_id)

    return _page("interpreting", read, columns=columns, own=(), wide=True, sides=False, subject=name, at=fair)


def _to(day: date) -> str:
    args = {**request.args.to_dict(), "day": day.isoformat(), "view": "day"}
    return url_for(request.endpoint or "agenda.mine", **{**(request.view_args or {}), **{k: v for k, v in args.items() if k in ("fair", "day", "view")}})


Columns = Callable[[list[Line], Fair, Days], list[shown.Column]]


def _page(
    which: str, read: Callable[[Within], list[Line]], *, columns: Columns, own: Collection[UUID], wide: bool, sides: bool = True, subject: str = "",
    at: Fair | None = None,
) -> str:  # fmt: skip
    """A schedule's page. ``wide``: its grid spans all days, not one. ``sides``: the reader is of one of the organisations."""
    query, actor = asked(), current_actor()
    fair = fairs_shown.shown(at.slug if at else query["fair"])
    days, view = days_shown(fair, query["day"]), query["view"]
    whole = view == "all" or (view == "grid" and wide)
    lines = read(within(fair, days, whole=whole))
    found = rules.clashes(lines, walking.ways(fair.id).minutes)
    show = shown.of_sides(found, fair, by=actor, own=own) if sides else shown.of_others(found, fair)
    timed = [line for line in lines if line.kind is not Kind.ABSENCE]
    by_day = rules.by_day(timed, fair.time_zone)
    moment = clock.now()
    return render_template(
        f"agenda/{'grid' if view == 'grid' else 'days'}.html", which=which, fair=fair, days=days, view=view, show=show, subject=subject,
        tabs=tabs(actor), listed=[(day, by_day.get(day, [])) for day in ([days.on] if view == "day" else days.all)],
        away=[line for line in lines if line.kind is Kind.ABSENCE], moment=moment, turn=rules.turn(timed, moment),
        grid=shown.grid(columns(timed, fair, days), fair.time_zone, moment) if view == "grid" else None,
        spans_days=wide, day_of=lambda at: day_of(at, fair.time_zone), may_ask=actor.may("meetings.write"),
    )  # fmt: skip


def tabs(actor: Actor) -> list[tuple[str, str, str]]:
    """(which, label, address) of the schedules this person has."""
    fair = request.args.get("fair") or None
    found = [("mine", _("Mine"), url_for("agenda.mine", fair=fair))]
    if actor.may("agenda.organization"):
        found.append(("organization", _("My organisation's"), url_for("agenda.organization", fair=fair)))
    if queries.interpreting(actor):
        found.append(("interpreting", _("Interpreting"), url_for("agenda.interpreting", fair=fair)))
    return found


def register(app: Flask) -> None:
    calendar_views.register(app, blp)
    app.register_blueprint(blp)
    navigation(_l("Schedule"), "agenda.mine", "agenda.read", 42, when=has_schedule)
    navigation(_l("What I interpret"), "agenda.interpreting", "agenda.read", 42, when=interprets)


def has_schedule() -> bool:
    """Whether this person is of an organisation that meets."""
    return bool(queries.own_organizations(current_actor()))


def interprets() -> bool:
    """Whether this person interprets and has no organisation, whose schedule leads there too."""
    return not has_schedule() and bool(queries.interpreting(current_actor()))
