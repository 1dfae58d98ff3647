"""Staff pages: the call, its reviewers, the ranking with the decisions, and telling the applicants."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core import pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import ngettext
from marketplace.core.layout import say
from marketplace.core.pages import paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.roadshow.calls import calling, ranking, schemas, selecting, telling, wording
from marketplace.roadshow.calls.models import Status
from marketplace.venue.views import managed_fair

blp = Blueprint("selection", __name__)
blp.context_processor(wording.words)
PAGE = 50
EMPTY_ROWS = 3


def _fair() -> Fair:
    return managed_fair(current_actor(), "roadshow.manage")


@blp.route("/staff/roadshow/call", methods=["GET", "POST"])
@writes("roadshow.manage")
def call() -> Any:
    """Put the call out, or change it."""
    fair, actor = _fair(), current_actor()
    found = calling.of_fair(fair.id)
    form = Form(schemas.CallForm, **_initial(fair))
    if form.submitted():
        try:
            calling.put_out(fair.id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("The call stands."))
            return redirect(url_for("calls.call", fair=fair.slug), 303)
    rows = max(len(form.value("criteria") or []), 1) + EMPTY_ROWS
    return render_template("roadshow/calls/call_form.html", form=form, fair=fair, call=found, rows=min(rows, schemas.MOST_CRITERIA)), form.status


def _initial(fair: Fair) -> dict[str, Any]:
    found = calling.of_fair(fair.id)
    if found is None:
        return {"opens_on": fair.opens_on.isoformat(), "closes_on": fair.opens_on.isoformat(), "places": 20}
    names = ("name_en", "name_zh", "weight")
    return {name: getattr(found, name) for name in ("text_en", "text_zh", "opens_on", "closes_on", "places")} | {
        "criteria": [{name: getattr(each, name) for name in names} for each in calling.criteria(found.id)]
    }


@blp.route("/staff/roadshow/reviewers", methods=["GET", "POST"])
@writes("roadshow.manage")
def reviewers() -> Any:
    """Who scores the applications, and how far they are."""
    fair, actor = _fair(), current_actor()
    found = calling.of_fair(fair.id)
    if found is None:
        return _first_the_call(fair)
    form = Form(schemas.ReviewerIn)
    if form.submitted():
        try:
            calling.appoint(fair.id, form.data["email"], by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Appointed, and told by mail."))
            return redirect(url_for("selection.reviewers", fair=fair.slug), 303)
    return render_template(
        "roadshow/calls/reviewers.html", form=form, fair=fair, call=found, rows=ranking.reviewers(found.id), overview=ranking.overview(found)
    ), form.status


@blp.post("/staff/roadshow/reviewers/<uuid:reviewer_id>/end")
@writes("roadshow.manage")
def dismiss(reviewer_id: UUID) -> Any:
    """End somebody's reviewing."""
    found = calling.dismiss(reviewer_id, by=current_actor())
    say(_("They review no more; what they scored stays."))
    return redirect(url_for("selection.reviewers", fair=fairs.get(found.fair_id).slug), 303)


@blp.get("/staff/roadshow/applications")
@reads("roadshow.manage")
def applications() -> Any:
    """The ranking, and the decisions."""
    return _ranking(_fair(), Form(schemas.DecisionIn))


def _first_the_call(fair: Fair) -> Any:
    say(_("Put the call out first."))
    return redirect(url_for("selection.call", fair=fair.slug), 303)


def _ranking(fair: Fair, form: Form) -> Any:
    found = calling.of_fair(fair.id)
    if found is None:
        return _first_the_call(fair)
    asked = request.args.get("status")
    status = Status(asked) if asked in [each.value for each in Status if each is not Status.WITHDRAWN] else None
    query, keys = ranking.ranked(found, status)
    page = paged(query, keys, limit=PAGE, cursor=request.args.get("cursor") or None, descending=False, bound_to=pages.bound(fair.id), scalars=False)
    return render_template(
        "roadshow/calls/applications.html", fair=fair, call=found, page=page, form=form, status=status, overview=ranking.overview(found),
        decisions=[(Status.SELECTED, _("Choose")), (Status.WAITING, _("Waiting list")), (Status.REJECTED, _("Reject")), (Status.SUBMITTED, _("Leave undecided"))],
    ), form.status  # fmt: skip


def _decided(fair: Fair, changed: int) -> Any:
    say(ngettext("One application was decided. Nobody is told yet.", "%(num)s applications were decided. Nobody is told yet.", changed))
    return redirect(url_for("selection.applications", fair=fair.slug, status=request.args.get("status")), 303)


@blp.post("/staff/roadshow/applications")
@writes("roadshow.manage")
def decide() -> Any:
    """Decide the ticked ones."""
    fair, form = _fair(), Form(schemas.DecisionIn)
    if form.submitted():
        data = form.data
        try:
            changed = selecting.decide(fair.id, data["applications"], Status(data["status"]), reason=data["reason"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            return _decided(fair, changed)
    return _ranking(fair, form)


@blp.post("/staff/roadshow/applications/first")
@writes("roadshow.manage")
def first() -> Any:
    """Choose the best of those undecided, or put them on the waiting list."""
    fair, form = _fair(), Form(schemas.FirstForm)
    if form.submitted():
        chosen = selecting.select_first if form.data["status"] == Status.SELECTED.value else selecting.wait_first
        try:
            changed = chosen(fair.id, form.data["number"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            return _decided(fair, changed)
    return _ranking(fair, form)


@blp.post("/staff/roadshow/applications/rest")
@writes("roadshow.manage")
def rest() -> Any:
    """Reject all that are undecided, for one reason."""
    fair, form = _fair(), Form(schemas.RestForm)
    if form.submitted():
        try:
            changed = selecting.reject_rest(fair.id, form.data["rest_reason"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            return _decided(fair, changed)
    return _ranking(fair, form)


@blp.get("/staff/roadshow/applications/<uuid:application_id>")
@reads("roadshow.manage")
def application(application_id: UUID) -> str:
    """One application with every review of it."""
    found, its_call = ranking.managed(application_id, by=current_actor())
    fair = shown.shown(fairs.get(its_call.fair_id).slug)
    return render_template(
        "roadshow/calls/reviewed.html", fair=fair, application=found, row=ranking.one(found.id, fair_id=fair.id), reviews=ranking.reviews_of(found.id)
    )


@blp.route("/staff/roadshow/applications/tell", methods=["GET", "POST"])
@writes("roadshow.manage")
def tell() -> Any:
    """Who would be told what, and telling all of them at once."""
    fair, actor = _fair(), current_actor()
    if request.method == "POST":
        told = telling.tell(fair.id, by=actor)
        say(ngettext("One applicant was told.", "%(num)s applicants were told.", told))
        return redirect(url_for("selection.applications", fair=fair.slug), 303)
    found = calling.of_fair(fair.id)
    if found is None:
        return _first_the_call(fair)
    return render_template("roadshow/calls/tell.html", fair=fair, call=found, news=telling.waiting(found))


def register(app: Flask) -> None:
    app.register_blueprint(blp)
