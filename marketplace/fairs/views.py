"""Pages of fairs: the public list, and for the administrator and managers settings, segments and staff."""

from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core import web
from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import say
from marketplace.core.money import CURRENCIES
from marketplace.fairs import queries, service
from marketplace.fairs.models import Fair, StaffRole
from marketplace.fairs.schemas import AppointIn, FairIn, SettingsFormIn
from marketplace.taxonomy.vocabularies import currency_name

bp = Blueprint("fairs", __name__)
SPARE_ROWS = 3
ROLES = {
    StaffRole.MANAGER: _l("manager: settings, staff, organisations, publishing"),
    StaffRole.MODERATOR: _l("moderator: achievements and needs"),
    StaffRole.CLERK: _l("clerk: logs contracts"),
    StaffRole.VERIFIER: _l("verifier: compares contracts"),
}


@bp.get("/fairs")
@reads(PUBLIC)
def directory() -> str:
    """All fairs, the latest first."""
    return render_template("fairs/directory.html", fairs=queries.everyone())


@bp.get("/staff/fairs")
@reads("fairs.manage")
def managed() -> str:
    """The fairs that the caller manages."""
    return render_template("fairs/managed.html", fairs=queries.managed_by(current_actor()))


def _settings_page(template: str, form: Form, **more: Any) -> Any:
    rows = form.value("segments") or []
    shown = {
        "currencies": [(code, f"{code} · {currency_name(code, language())}") for code in sorted(CURRENCIES)],
        "time_zones": [(zone, zone) for zone in sorted(available_timezones())], "segment_rows": range(len(rows) + SPARE_ROWS),
    }  # fmt: skip
    return render_template(template, form=form, **shown, **more)


@bp.route("/staff/fairs/new", methods=["GET", "POST"])
@writes("fairs.create")
def new() -> Any:
    form = Form(FairIn, base_currency="CNY", time_zone="Asia/Shanghai")
    if form.submitted():
        try:
            fair = service.create(form.data.pop("slug"), by=current_actor(), **form.data)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("The fair exists. Next: appoint its manager, clerk, verifier and moderator."))
            return redirect(url_for("fairs.settings", slug=fair.slug), 303)
    return _settings_page("fairs/new.html", form), form.status


@bp.route("/staff/fairs/<slug>", methods=["GET", "POST"])
@writes("fairs.manage")
def settings(slug: str) -> Any:
    """Settings and segments in one form; the staff below."""
    fair = service.managed(slug, by=current_actor(), lock=request.method == "POST")
    form = _settings_form(fair)
    if form.submitted():
        try:
            web.check_version(fair.version, form.data.pop("version"))
            service.edit(fair, by=current_actor(), **form.data)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("The settings are saved."))
            return redirect(url_for("fairs.settings", slug=slug), 303)
    return _fair_page(fair, form, Form(AppointIn)), form.status


def _settings_form(fair: Fair) -> Form:
    initial = {name: getattr(fair, name) for name in (*service.SETTINGS, "version")}
    rows = [{name: getattr(row, name) for name in ("code", "name_en", "name_zh")} for row in queries.segments(fair)]
    return Form(SettingsFormIn, **initial, segments=rows)


def _fair_page(fair: Fair, form: Form, appointing: Form) -> Any:
    frozen = any(booked(fair.id) for booked in service.FROZEN_WHEN)
    shown = {"fair": fair, "staff": queries.staff(fair), "appointing": appointing, "ROLES": ROLES, "frozen": frozen}
    return _settings_page("fairs/settings.html", form, **shown)


@bp.post("/staff/fairs/<slug>/staff")
@writes("fairs.manage")
def appoint(slug: str) -> Any:
    fair = service.managed(slug, by=current_actor())
    form = Form(AppointIn)
    if form.submitted():
        try:
            service.appoint(slug, form.data["email"], role=StaffRole(form.data["role"]), by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("The appointment holds from their next step on."))
            return redirect(url_for("fairs.settings", slug=slug), 303)
    return _fair_page(fair, _settings_form(fair), form), form.status


@bp.post("/staff/fairs/<slug>/staff/<uuid:staff_id>/end")
@writes("fairs.manage")
def dismiss(slug: str, staff_id: UUID) -> Any:
    service.dismiss(slug, staff_id, by=current_actor())
    say(gettext("The appointment has ended."))
    still = current_actor().admin or any(row.person_id == current_actor().person_id for row, _ in queries.staff(queries.by_slug(slug)))
    return redirect(url_for("fairs.settings", slug=slug) if still else url_for("home.front"), 303)


@bp.post("/staff/fairs/<slug>/make-current")
@writes("fairs.create")
def make_current(slug: str) -> Any:
    service.make_current(slug, by=current_actor())
    say(gettext("The public pages show this fair now."))
    return redirect(url_for("fairs.managed"), 303)


@bp.post("/staff/fairs/<slug>/close")
@writes("fairs.create")
def close(slug: str) -> Any:
    service.close(slug, by=current_actor())
    say(gettext("The fair is closed."))
    return redirect(url_for("fairs.managed"), 303)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
