"""Staff pages of interpreters: who they are, when they are away, whose meeting each interprets."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, url_for
from werkzeug.wrappers import Response

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.clock import now
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import navigation, say
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.meetings import day_queries, day_schemas, interpreters
from marketplace.meetings.interpreters import RUN
from marketplace.meetings.models import Interpreter
from marketplace.taxonomy.vocabularies import LANGUAGES
from marketplace.venue.schemas import resolved
from marketplace.venue.views import managed_fair

blp = Blueprint("interpreters", __name__)
MOST_WORK = timedelta(hours=12)


@blp.get("/staff/interpreters")
@reads(RUN)
def everybody() -> str:
    """Who interprets at a fair, and the meetings that lack an interpreter."""
    fair = managed_fair(current_actor(), RUN)
    return render_template("meetings/interpreters.html", fair=fair, rows=day_queries.listed(fair), lacking=day_queries.lacking(fair), names=LANGUAGES)


@blp.route("/staff/interpreters/new", methods=["GET", "POST"])
@writes(RUN)
def new() -> Any:
    """Add somebody who interprets."""
    actor = current_actor()
    fair, form = managed_fair(actor, RUN), Form(day_schemas.NewInterpreterIn, languages=["zh", "en"])
    if form.submitted():
        try:
            one = interpreters.add(fair.id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("%(name)s was added.", name=one.name))
            return redirect(url_for("interpreters.everybody", fair=fair.slug), 303)
    return render_template("meetings/interpreter_form.html", fair=fair, form=form, languages=LANGUAGES.choices(language())), form.status


@blp.route("/staff/interpreters/<uuid:interpreter_id>", methods=["GET", "POST"])
@writes(RUN)
def one(interpreter_id: UUID) -> Any:
    """One interpreter: the meetings ahead, absences, and name and languages to change."""
    actor = current_actor()
    found = interpreters.get(interpreter_id, by=actor)
    form = Form(day_schemas.InterpreterIn, name=found.name, languages=found.languages)
    if form.submitted():
        try:
            interpreters.change(interpreter_id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            return _done(interpreter_id, _("Changed."))
    return _page(found, change=form)


def _page(found: Interpreter, **forms: Form) -> tuple[str, int]:
    fair = fairs.get(found.fair_id)
    shown = {
        "change": Form(day_schemas.InterpreterIn, name=found.name, languages=found.languages), "away": Form(day_schemas.InterpreterAbsenceIn),
        "leave": Form(day_schemas.InterpreterLeaveIn),
    } | forms  # fmt: skip
    page = render_template(
        "meetings/interpreter.html", fair=fair, one=found, forms=shown, languages=LANGUAGES.choices(language()), names=LANGUAGES,
        work=day_queries.work_of([found.id], since=now() - MOST_WORK), absences=day_queries.absences(found.id),
        refused={name: form.status >= 400 for name, form in shown.items()},
    )  # fmt: skip
    return page, next((form.status for form in forms.values()), 200)


def _done(interpreter_id: UUID, text: str) -> Response:
    say(text)
    return redirect(url_for("interpreters.one", interpreter_id=interpreter_id), 303)


@blp.post("/staff/interpreters/<uuid:interpreter_id>/absences")
@writes(RUN)
def away(interpreter_id: UUID) -> Any:
    """Somebody is away for a time: first what breaks is shown, then it is done."""
    actor = current_actor()
    found = interpreters.get(interpreter_id, by=actor)
    form, zone = Form(day_schemas.InterpreterAbsenceIn), fairs.get(found.fair_id).time_zone
    if form.submitted():
        data = dict(form.data)
        try:
            for name in ("starts_at", "ends_at"):
                data[name] = resolved(name, data[name], zone)
            interpreters.absent(interpreter_id, **data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            return _done(interpreter_id, _("Noted. Meetings in this time have another interpreter where one was free."))
    return _page(found, away=form)


@blp.post("/staff/interpreters/absences/<uuid:absence_id>/end")
@writes(RUN)
def back(absence_id: UUID) -> Response:
    """Somebody is not away after all."""
    return _done(interpreters.back(absence_id, by=current_actor()).id, _("The time is free again."))


@blp.post("/staff/interpreters/<uuid:interpreter_id>/leave")
@writes(RUN)
def leave(interpreter_id: UUID) -> Any:
    """Somebody works here no longer."""
    actor = current_actor()
    found, form = interpreters.get(interpreter_id, by=actor), Form(day_schemas.InterpreterLeaveIn)
    if form.submitted():
        try:
            interpreters.leave(interpreter_id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            return _done(interpreter_id, _("%(name)s interprets here no longer.", name=found.name))
    return _page(found, leave=form)


@blp.route("/staff/meetings/<uuid:meeting_id>/interpreter", methods=["GET", "POST"])
@writes(RUN)
def choose(meeting_id: UUID) -> Any:
    """Who interprets at a meeting."""
    actor = current_actor()
    meeting = interpreters.run_meeting(meeting_id, by=actor)
    fair: Fair = fairs.get(meeting.fair_id)
    form = Form(day_schemas.InterpreterChoiceIn, interpreter_id=meeting.interpreter_id)
    if form.submitted():
        try:
            interpreters.choose(meeting_id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Both sides are told."))
            return redirect(url_for("interpreters.everybody", fair=fair.slug), 303)
    line = day_queries.of_meeting(meeting_id)
    if line is None:
        raise NotFound()
    pair = [code for code in (meeting.from_language, meeting.to_language) if code]
    free = interpreters.available(
        fair.id, pair, starts_at=meeting.starts_at, minutes=meeting.length_minutes, holder=f"meeting:{meeting.id}",
        but_for=interpreters.comers(meeting),
    )  # fmt: skip
    choices = [(str(each.id), each.name) for each in free]
    return render_template("meetings/choose_interpreter.html", fair=fair, line=line, form=form, choices=choices, names=LANGUAGES), form.status


def register(app: Flask) -> None:
    app.register_blueprint(blp)
    navigation(_l("Interpreters"), "interpreters.everybody", RUN, 56)
