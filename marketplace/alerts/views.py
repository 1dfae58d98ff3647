"""Pages: saving a search, one's alerts and notices, and the link in every mail that ends it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from marshmallow import ValidationError

from marketplace.alerts import queries, rules, searching, service, stopping, wording
from marketplace.alerts.models import Frequency, Least, Notice, Source
from marketplace.alerts.schemas import MatchAlertIn, SavedSearchEditIn, SavedSearchIn
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.errors import DomainError, Malformed
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import say
from marketplace.core.pages import bound, paged
from marketplace.core.problems import messages_to_errors
from marketplace.listings import searches
from marketplace.listings.models import Kind
from marketplace.matching.strength import band

bp = Blueprint("alerts", __name__)

FREQUENCIES = {Frequency.AT_ONCE: _l("at once"), Frequency.DAILY: _l("once a day"), Frequency.NEVER: _l("never")}
LEAST = {Least.ANY: _l("every match"), Least.FAIR: _l("fair and strong matches"), Least.STRONG: _l("strong matches only")}


@bp.context_processor
def words() -> dict[str, Any]:
    return {
        "FREQUENCIES": FREQUENCIES, "LEAST": LEAST, "frequency_choices": [(each.value, label) for each, label in FREQUENCIES.items()],
        "least_choices": [(each.value, label) for each, label in LEAST.items()], "strength_of": lambda strength: wording.strengths()[band(strength)],
        "in_number": wording.in_number, "search_address": searching.address,
    }  # fmt: skip


def save_address(kind: Kind, query: dict[str, Any]) -> str:
    """Where the present search of the catalogue is saved; ``query`` is what `CatalogueIn` loaded."""
    asked = searching.address(kind, searches.canonical(query), query["sort"]).partition("?")[2]
    return url_for("alerts.new", kind=kind.value) + (f"&{asked}" if asked else "")


@bp.route("/alerts/new", methods=["GET", "POST"])
@writes("alerts.use")
def new() -> Any:
    """Save a search: the address has it as the catalogue's page had."""
    asked = request.query_string.decode("utf-8", "replace")
    kind = Kind.NEED if request.args.get("kind") == Kind.NEED else Kind.ACHIEVEMENT
    try:
        chosen = searching.loaded(asked)
    except ValidationError as error:
        raise Malformed(errors=messages_to_errors(error.messages)) from error
    fairs = queries.fair_names()
    form = Form(
        SavedSearchIn, kind=kind.value, query=searching.address(kind, searches.canonical(chosen), chosen["sort"]).partition("?")[2],
        name=searching.proposed_name(kind, chosen, fairs=fairs), frequency=Frequency.DAILY.value,
    )  # fmt: skip
    if form.submitted():
        try:
            search = service.save(form.data["kind"], form.data["query"], name=form.data["name"], frequency=form.data["frequency"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Saved as “%(name)s”. What is published new from now on and fits it is told %(often)s.", name=search.name, often=FREQUENCIES[search.frequency]))
            return redirect(url_for(".index"), 303)
    return render_template("alerts/new.html", form=form, kind=kind, words=searching.words(chosen, fairs=fairs)), form.status


@bp.get("/alerts")
@reads("alerts.use")
def index() -> str:
    """One's saved searches, and what one hears of new matches."""
    actor = current_actor()
    fairs = queries.fair_names()
    rows = [(search, searching.words(searching.readable(search.query), fairs=fairs)) for search in queries.all_searches(by=actor)]
    return render_template(
        "alerts/index.html", rows=rows, deleted=queries.deleted_searches(by=actor), settings=queries.match_settings(by=actor),
        stopped=queries.is_stopped(actor), approved=queries.approved(actor), most=rules.MOST_SEARCHES,
        pending=[each for each in actor.memberships if not each.approved],
    )  # fmt: skip


@bp.route("/alerts/<uuid:search_id>", methods=["GET", "POST"])
@writes("alerts.use")
def edit(search_id: UUID) -> Any:
    """Rename a search, or change how often it is told."""
    actor = current_actor()
    search = queries.one(search_id, by=actor)
    form = Form(SavedSearchEditIn, name=search.name, frequency=search.frequency.value, version=search.version)
    if form.submitted():
        expected = form.data.pop("version")
        try:
            service.change(search_id, form.data, by=actor, expected=expected)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Saved."))
            return redirect(url_for(".index"), 303)
    words = searching.words(searching.readable(search.query), fairs=queries.fair_names())
    return render_template("alerts/edit.html", form=form, search=search, words=words), form.status


@bp.post("/alerts/<uuid:search_id>/delete")
@writes("alerts.use")
def delete(search_id: UUID) -> Any:
    search = service.delete(search_id, by=current_actor())
    say(_("“%(name)s” is deleted. You can take this back until tomorrow, below.", name=search.name))
    return redirect(url_for(".index"), 303)


@bp.post("/alerts/<uuid:search_id>/restore")
@writes("alerts.use")
def restore(search_id: UUID) -> Any:
    search = service.restore(search_id, by=current_actor())
    say(_("“%(name)s” is back.", name=search.name))
    return redirect(url_for(".index"), 303)


@bp.post("/alerts/matches/<uuid:organization_id>")
@writes("alerts.use")
def matches(organization_id: UUID) -> Any:
    """What one hears of new matches of an organisation."""
    form = Form(MatchAlertIn)
    if not form.submitted():
        raise Malformed(errors=form.found)
    service.set_matches(organization_id, **form.data, by=current_actor())
    say(_("Saved."))
    return redirect(url_for(".index"), 303)


@bp.post("/alerts/stop")
@writes("alerts.use")
def stop_all() -> Any:
    actor = current_actor()
    service.stop_all(actor.person_id, by=actor)
    say(_("No more mails of this kind. What is new still stands here and on your day page."))
    return redirect(url_for(".index"), 303)


@bp.post("/alerts/resume")
@writes("alerts.use")
def resume() -> Any:
    service.resume(by=current_actor())
    say(_("Mails go out again, as often as you chose."))
    return redirect(url_for(".index"), 303)


@bp.get("/alerts/notices")
@reads("alerts.use")
def notices() -> str:
    """What is new, the newest first."""
    actor = current_actor()
    page = paged(queries.notices(by=actor), (Notice.found_at, Notice.id), cursor=request.args.get("cursor") or None, bound_to=bound(actor.person_id))
    return render_template("alerts/notices.html", page=page, told=queries.told(page.rows), unread=queries.unread(actor))


@bp.post("/alerts/notices/<uuid:notice_id>")
@writes("alerts.use")
def open_notice(notice_id: UUID) -> Any:
    """Mark it as read and go where it leads."""
    [told] = queries.told([service.read(notice_id, by=current_actor())])
    if told.notice.source is Source.MATCHES:
        own = Kind.NEED if told.kind is Kind.ACHIEVEMENT else Kind.ACHIEVEMENT
        target = f"{searching.address(own, '', 'relevance')}/{told.notice.subject_id}/matches"
    else:
        target = url_for(f"listings.{told.kind.value}", listing_id=told.notice.listing_id)
    return redirect(target, 303)


@bp.post("/alerts/notices/read")
@writes("alerts.use")
def read_all() -> Any:
    service.read_all(by=current_actor())
    return redirect(url_for(".notices"), 303)


@bp.route("/alerts/stop/<secret>", methods=["GET", "POST"])
@writes(PUBLIC, once=False, form_token=False)
def stop(secret: str) -> Any:
    """One click without a sign-in: a page says what will end, its button ends it; so does a mail program's own button (RFC 8058)."""
    if request.method == "GET":
        return render_template("alerts/stop.html", mails=stopping.opened(secret), secret=secret)
    mails = stopping.stop(secret, by=current_actor_or_none())
    return render_template("alerts/stopped.html", mails=mails)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals["save_search_address"] = save_address


@bp.after_request
def keep_secret(response: Response) -> Response:
    """The address of a stop link is its secret: no other site learns it, and no cache keeps it."""
    if request.endpoint == "alerts.stop":
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
    return response
