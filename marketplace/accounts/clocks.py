"""The page on which anybody says in whose time they read: kept in the browser, and with the account of who has one."""

from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request

from marketplace.accounts import returning, service
from marketplace.accounts.schemas import ZoneIn
from marketplace.core import zones
from marketplace.core.access import PUBLIC, current_actor_or_none, writes
from marketplace.core.clock import now
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, language
from marketplace.core.layout import say

YEAR = 365 * 24 * 3600


def remember(response: Response, zone: str) -> None:
    """Keep the choice in this browser; its own script reads it too, so as not to put another in its place."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(zones.COOKIE, zone, max_age=YEAR, samesite="Lax", secure=secure)


@writes(PUBLIC, once=False)
def choose_zone() -> Any:
    """Which clock stands beside a fair's."""
    actor, chosen = current_actor_or_none(), request.cookies.get(zones.COOKIE)
    known = zones.known()
    form = Form(ZoneIn, zone=chosen if chosen in known or chosen == zones.FAIR_ONLY else "")
    if form.submitted():
        if actor is not None:
            service.read_in(form.data["zone"], by=actor)
        say(gettext("From now on times are shown like that."))
        response = make_response(redirect(returning.own_path(request.args.get("next")), 303))
        remember(response, form.data["zone"])
        return response
    groups = [(gettext("Often chosen"), _choices(zones.OFTEN)), (gettext("All others"), _choices(sorted(known - set(zones.OFTEN))))]
    page = render_template("accounts/zone.html", form=form, groups=groups, fair_only=zones.FAIR_ONLY, next=request.args.get("next"))
    return page, form.status


def _choices(names: Any) -> list[tuple[str, str]]:
    """Each zone as its city, its name and what its clock shows; without the city where Chinese has no word for it."""
    moment, found = now(), []
    for name in names:
        city = zones.city(name)
        said = name if language() == "zh" and city.isascii() else f"{city} ({name})"
        found.append((name, f"{said} {zones.clock_time(moment, name)}"))
    return found


def attach(bp: Blueprint) -> None:
    """Hang the page on the accounts blueprint."""
    bp.add_url_rule("/time-zone", view_func=choose_zone, methods=["GET", "POST"])
