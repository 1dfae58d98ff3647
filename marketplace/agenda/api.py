"""Schedules as JSON."""

from typing import Any

from flask import Flask

from marketplace.agenda import queries, rules, wording
from marketplace.agenda.reading import Within
from marketplace.agenda.rules import Kind, Line
from marketplace.agenda.schemas import ScheduleIn, ScheduleOut
from marketplace.core.access import current_actor, reads
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair

blp = Blueprint("agenda", description="One's own schedule at a fair, and that of one's organisation.")


@blp.get("/fairs/<slug>/schedule")
@reads("agenda.read")
@blp.arguments(ScheduleIn, location="query")
@blp.response(200, ScheduleOut)
@blp.alt_response(400, schema=ProblemOut)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def schedule(asked: dict[str, Any], slug: str) -> Any:
    """Meetings and pitches at a fair by time: one's own, or those of the organisation one acts for."""
    actor, fair = current_actor(), fairs.by_slug(slug)
    first, last = asked["since"] or fair.opens_on, asked["until"] or fair.closes_on
    if not 0 <= (last - first).days <= 366:
        raise Invalid.field("until", "day_range", gettext("At most a year, and the last day after the first."))
    since, until = rules.span_of(first, last, fair.time_zone)
    within = Within(since=since, until=until, fair_id=fair.id, cancelled=asked["cancelled"] == "true")
    if asked["of"] == "organization":
        actor.require("agenda.organization")
        lines, own = queries.organizations(within, by=actor), frozenset({actor.organization_id} - {None})
    else:
        lines, own = queries.mine(within, by=actor), queries.own_organizations(actor)
    told = sorted((line for line in lines if line.kind is not Kind.ABSENCE), key=lambda line: (line.starts_at, str(line.id)))
    return {"rows": [_out(line, fair, own) for line in told]}


def _out(line: Line, fair: Fair, own: Any) -> dict[str, Any]:
    return {
        "id": line.id, "kind": line.kind.value, "state": line.state.value, "sequence": line.sequence, "begins": line.begins, "ends": line.ends,
        "starts_local": rules.wall(line.begins, fair.time_zone), "ends_local": rules.wall(line.ends, fair.time_zone), "time_zone": fair.time_zone,
        "late": line.late, "title": wording.title(line, own), "place": wording.where(line) or None, "link": wording.link(line),
        "topic": line.topic, "languages": [code for code in line.languages if code], "interpreter": line.interpreter,
        "people": [name for *_, name in line.people],
    }  # fmt: skip


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
