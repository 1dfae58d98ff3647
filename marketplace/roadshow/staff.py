"""Staff pages: sessions, prices."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, render_template, url_for

from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.amounts import UNITS
from marketplace.core.clock import now
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import navigation, say
from marketplace.core.money import CURRENCIES, to_text
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.roadshow import programme, queries, schemas
from marketplace.venue import queries as venue
from marketplace.venue.schemas import place_labels, resolved
from marketplace.venue.views import managed_fair, place_choices

blp = Blueprint("roadshow_staff", __name__)


def _fair(actor: Actor) -> Fair:
    return managed_fair(actor, "roadshow.manage")


def _choices() -> dict[str, Any]:
    units = {
        "one": _("single units"), "thousand": _("thousand"), "wan": _("ten thousand (万)"), "million": _("million"),
        "yi": _("hundred million (亿)"), "billion": _("billion"),
    }  # fmt: skip
    return {
        "units": [(unit, units[unit]) for unit in UNITS],
        "currencies": [(code, code) for code in sorted(CURRENCIES)], "lengths": [(str(n), str(n)) for n in schemas.SLOT_MINUTES],
    }  # fmt: skip


@blp.get("/staff/roadshow")
@reads("roadshow.manage")
def overview() -> str:
    """Places and sessions of a fair."""
    fair = _fair(current_actor())
    places = venue.places(fair.id)
    return render_template(
        "roadshow/staff.html", fair=fair, places=places, days=queries.by_day(fair), labels=place_labels(),
    )  # fmt: skip


def _next_hour(fair: Fair) -> tuple[str, str]:
    """From when to when a new session is proposed: the next full hour of a day of the fair between ten and five, on its own clock."""
    zone = ZoneInfo(fair.time_zone)
    start = max(datetime.combine(fair.opens_on, time(10), zone), now().astimezone(zone).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
    if start.hour > 16:
        start = datetime.combine(start.date() + timedelta(days=1), time(10), zone)
    start = start.replace(hour=max(start.hour, 10))
    day = min(start.date(), fair.closes_on)
    return f"{day}T{start:%H:%M}", f"{day}T{start.hour + 1:02}:00"


@blp.route("/staff/roadshow/sessions/new", methods=["GET", "POST"])
@writes("roadshow.manage")
def new_session() -> Any:
    """Schedule a session."""
    actor = current_actor()
    fair = _fair(actor)
    begins, ends = _next_hour(fair)
    form = Form(
        schemas.SessionIn, starts_at=begins, ends_at=ends, capacity=50, slots=4, slot_minutes="15",
        unit="one", currency=fair.base_currency,
    )  # fmt: skip
    if form.submitted():
        data = dict(form.data)
        try:
            data |= {name: resolved(name, data[name], fair.time_zone) for name in ("starts_at", "ends_at")}
            session = programme.schedule(fair.id, **data, by=actor)
            programme.check_ahead(session.starts_at)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("The session is in the programme."))
            return redirect(url_for("roadshow.session", session_id=session.id), 303)
    places = place_choices(venue.places(fair.id, for_sessions=True))
    return render_template("roadshow/session_form.html", form=form, fair=fair, places=places, **_choices()), form.status


@blp.route("/staff/roadshow/sessions/<uuid:session_id>/price", methods=["GET", "POST"])
@writes("roadshow.manage")
def price(session_id: UUID) -> Any:
    """What a pitch slot costs from now on."""
    actor, session = current_actor(), programme.get_session(session_id)
    actor.require("roadshow.manage", fair_id=session.fair_id)
    fair = shown.shown(fairs.get(session.fair_id).slug)
    now_text = None
    if session.price_minor is not None and session.currency is not None:
        now_text = to_text(session.price_minor, session.currency)
    form = Form(schemas.PriceIn, amount=now_text, currency=session.currency or fair.base_currency, unit="one")
    if form.submitted():
        try:
            programme.set_price(session_id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("The price was set. Fees already asked for stay as they are."))
            return redirect(url_for("roadshow.session", session_id=session_id), 303)
    return render_template("roadshow/price_form.html", form=form, fair=fair, session=session, **_choices()), form.status


@blp.post("/staff/roadshow/sessions/<uuid:session_id>/cancel")
@writes("roadshow.manage")
def call_off(session_id: UUID) -> Any:
    """Call a session without pitches off."""
    session = programme.call_off(session_id, by=current_actor())
    say(_("The session was called off."))
    return redirect(url_for("roadshow_staff.overview", fair=fairs.get(session.fair_id).slug), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
    navigation(_l("Programme"), "roadshow_staff.overview", "roadshow.manage", 56)
