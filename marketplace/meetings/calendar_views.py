"""Pages of a company's own time at a fair: one calendar of all colleagues, and when they take no meetings."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.clock import today
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.layout import say
from marketplace.fairs import shown
from marketplace.meetings import availability, calendar, queries, schemas
from marketplace.meetings.views import chosen_day
from marketplace.venue.rules import days
from marketplace.venue.schemas import resolved

blp = Blueprint("meetings_calendar", __name__)


@blp.get("/meetings/calendar")
@reads("meetings.read")
def company() -> str:
    """What one's organisation has on a day of a fair: ``?day=2020-09-18``."""
    actor, fair = current_actor(), shown.shown(request.args.get("fair"))
    on = chosen_day(fair, request.args.get("day"), today(fair.time_zone))
    return render_template(
        "meetings/calendar.html", fair=fair, on=on, days=days(fair.opens_on, fair.closes_on), entries=calendar.of_company(fair, on, by=actor),
        labels=schemas.meeting_labels(), everybody=len(queries.colleagues(actor)), may_write=actor.may("meetings.write"),
    )  # fmt: skip


@blp.route("/meetings/away", methods=["GET", "POST"])
@writes("meetings.write")
def away() -> Any:
    """When one's organisation, or a colleague, takes no meetings."""
    actor, fair = current_actor(), shown.shown(request.args.get("fair"))
    form = Form(schemas.OwnAbsenceIn, person_id=str(actor.person_id))
    if form.submitted():
        data = dict(form.data)
        try:
            data |= {name: resolved(name, data[name], fair.time_zone) for name in ("starts_at", "ends_at")}
            availability.away(fair.id, **data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Written down. Nobody is offered this time."))
            return redirect(url_for("meetings_calendar.away", fair=fair.slug), 303)
    people = [(str(person.id), person.name) for person in queries.colleagues(actor)]
    absences = availability.own_absences(actor, fair_id=fair.id)
    return render_template("meetings/away.html", form=form, fair=fair, people=people, absences=absences), form.status


@blp.post("/meetings/absences/<uuid:absence_id>/remove")
@writes("meetings.write")
def back(absence_id: UUID) -> Any:
    """Take meetings again at that time."""
    fair = availability.back(absence_id, by=current_actor())
    say(_("This time is open for meetings again."))
    return redirect(url_for("meetings_calendar.away", fair=fair.slug), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
