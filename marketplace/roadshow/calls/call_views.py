"""Pages of the call: what it asks for, applying, and one's own applications."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import localized
from marketplace.core.layout import say
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.roadshow import queries
from marketplace.roadshow.calls import applying, calling, ranking, schemas, scoring, wording
from marketplace.roadshow.calls.models import PitchCall

blp = Blueprint("calls", __name__)
blp.context_processor(wording.words)


def day_choices(fair: Fair, known: Sequence[str] = ()) -> list[tuple[str, str]]:
    """The days that can be wished for: those ahead, and those wished for before."""
    ahead = {day.isoformat() for day in applying.days_ahead(fair)}
    return [(day, wording.day(day)) for day in sorted(ahead | set(known))]


@blp.get("/roadshow/call")
@reads(PUBLIC)
def call() -> Any:
    """The call for pitches of a fair, and for members of organisations their applications."""
    fair = shown.shown(request.args.get("fair"))
    return _page(fair, calling.of_fair(fair.id), Form(schemas.ApplicationIn))


def _page(fair: Fair, found: PitchCall | None, form: Form) -> Any:
    actor = current_actor_or_none()
    may_apply = actor is not None and actor.may("roadshow.apply")
    mine = ranking.of_organization(found, by=actor) if found is not None and actor is not None and actor.may("roadshow.see_application") else []
    is_open = found is not None and calling.is_open(found, fair)
    own = queries.own_achievements(fair.id, by=actor) if actor is not None and may_apply and is_open else []
    standing = {row.Application.achievement_id for row in mine if row.Application.status.value != "withdrawn"}
    choices = [(str(key), f"{reference} · {localized(version, 'title')[0]}") for key, reference, version in own if key not in standing]
    return render_template(
        "roadshow/calls/call.html", fair=fair, call=found, form=form, open=is_open, mine=mine, choices=choices, may_apply=may_apply,
        criteria=calling.criteria(found.id) if found is not None else [], days=day_choices(fair),
        reviews=found is not None and actor is not None and scoring.reviews_here(found.id, by=actor),
        manages=actor is not None and actor.may("roadshow.manage", fair_id=fair.id),
    ), form.status  # fmt: skip


@blp.post("/roadshow/calls/<uuid:call_id>/applications")
@writes("roadshow.apply")
def apply(call_id: UUID) -> Any:
    """Put an own achievement forward."""
    form = Form(schemas.ApplicationIn)
    if form.submitted():
        try:
            application = applying.apply(call_id, **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(_("You have applied. You hear of the decision by mail, and read it here."))
            return redirect(url_for("calls.application", application_id=application.id), 303)
    found = calling.get(call_id)
    return _page(shown.shown(fairs.get(found.fair_id).slug), found, form)


@blp.get("/roadshow/applications/<uuid:application_id>")
@reads("roadshow.see_application")
def application(application_id: UUID) -> Any:
    """One's own application: what it says, what was decided once one was told, and the slot."""
    return _own_page(application_id)


def _own_page(application_id: UUID, form: Form | None = None) -> Any:
    actor = current_actor()
    own = applying.own(application_id, by=actor)
    found = calling.get(own.call_id)
    fair = shown.shown(fairs.get(found.fair_id).slug)
    row = next(each for each in ranking.of_organization(found, by=actor, application_id=own.id))
    if form is None:
        form = Form(schemas.PitchTextIn, pitch_text=own.pitch_text, language=own.language, days=own.days)
    may_amend = actor.may("roadshow.apply") and calling.is_open(found, fair) and own.told is None and own.status.value != "withdrawn" and not own.review_count
    return render_template(
        "roadshow/calls/application.html", row=row, application=own, fair=fair, call=found, form=form, days=day_choices(fair, own.days),
        may_amend=may_amend, may_withdraw=actor.may("roadshow.apply") and own.status.value != "withdrawn", known=schemas.known_status(own),
        wishes=[wording.day(date.fromisoformat(day)) for day in own.days],
    ), form.status  # fmt: skip


@blp.post("/roadshow/applications/<uuid:application_id>/amend")
@writes("roadshow.apply")
def amend(application_id: UUID) -> Any:
    """Change what an own application says."""
    form = Form(schemas.PitchTextIn)
    if form.submitted():
        try:
            applying.amend(application_id, **form.data, by=current_actor())
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            say(_("Your application was changed."))
            return redirect(url_for("calls.application", application_id=application_id), 303)
    return _own_page(application_id, form)


@blp.post("/roadshow/applications/<uuid:application_id>/withdraw")
@writes("roadshow.apply")
def withdraw(application_id: UUID) -> Any:
    """Take an own application back."""
    applying.withdraw(application_id, by=current_actor())
    say(_("Your application was withdrawn."))
    return redirect(url_for("calls.application", application_id=application_id), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
