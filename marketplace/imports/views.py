"""Pages of imports: hand a file in, name its columns, read what is wrong with it, choose about duplicates, commit, cancel."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from sqlalchemy import select

from marketplace.core import pages
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.db import db, snapshot
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, language, localized
from marketplace.core.layout import say
from marketplace.core.pages import paged
from marketplace.fairs import queries as fairs
from marketplace.imports import api, columns, correcting, exporting, queries, samples, sending, service
from marketplace.imports.importing import KEEP, SKIP, UPDATE
from marketplace.imports.models import AT_WORK, Finding, ImportFinding, ImportJob, State
from marketplace.imports.reading import Form as FileForm
from marketplace.imports.schemas import ImportCommitIn, ImportForm
from marketplace.imports.shown import STAGES, STATES, field_label
from marketplace.listings import queries as listings
from marketplace.listings import views as listing_views
from marketplace.listings.models import Kind, Listing
from marketplace.organizations.models import Organization, Status
from marketplace.taxonomy.ordering import alphabetical

bp = Blueprint("imports", __name__)
SHOWN_DUPLICATES, SHOWN_NOTES, CHOSEN = 50, 50, "choice-"


@bp.route("/imports", methods=["GET", "POST"])
@writes("imports.use")
def index() -> Any:
    """Hand a file in; below it those that were handed in before."""
    actor = current_actor()
    form = Form(ImportForm, kind=_kind().value)
    if form.submitted():
        try:
            job = api.uploaded(form.data)
        except DomainError as error:
            form.refused(error)
        else:
            return redirect(url_for("imports.show", import_id=job.id), 303)
    page = paged(queries.jobs(by=actor), queries.JOB_KEYS, cursor=request.args.get("cursor") or None, bound_to=pages.bound(actor.person_id, actor.organization_id), scalars=False)
    return render_template("imports/index.html", form=form, page=page, kind=_kind(), places=_places(actor), owners=_owners(actor), STATES=STATES), form.status


def _kind() -> Kind:
    return Kind.NEED if request.args.get("kind") == Kind.NEED.value else Kind.ACHIEVEMENT


def _places(actor: Actor) -> list[tuple[str, str]]:
    """Fairs with their segments, to choose from: those that take listings, and for staff their own."""
    staff = actor.fairs_where("listings.import")
    found: list[tuple[str, str]] = []
    for fair in fairs.everyone():
        if fair.closed_at is not None and fair.id not in staff and not actor.admin:
            continue
        name = localized(fair, "name")[0]
        found.append((fair.slug, gettext("%(fair)s: segment as in the file", fair=name)))
        found += [(f"{fair.slug}/{segment.code}", f"{name}: {localized(segment, 'name')[0]}") for segment in fairs.segments(fair)]
    return found


def _owners(actor: Actor) -> list[tuple[str, str]]:
    """Whom staff may import for."""
    if not actor.may("listings.import"):
        return []
    query = select(Organization).where(Organization.status == Status.APPROVED)
    pairs = [(each.slug, localized(each, "name")[0]) for each in db.session.scalars(query)]
    return sorted(pairs, key=lambda pair: alphabetical(pair[1], language()))


@bp.get("/imports/template.<format>")
@reads("imports.use")
def template(format: str) -> Response:
    """A file to fill in, in the reader's language unless ``lang`` names the other; of needs with ``kind=need``."""
    kind, code = _kind(), request.args.get("lang") if request.args.get("lang") in {"en", "zh"} else language()
    if format not in {"csv", "xlsx"}:
        raise NotFound()
    content = samples.as_csv(kind, str(code)) if format == "csv" else samples.as_xlsx(kind, str(code))
    response = Response(content, mimetype=correcting.MEDIA[FileForm(format)][0])
    response.headers["Content-Disposition"] = f"attachment; filename={kind.value}s-template-{code}.{format}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/listings/export.<format>")
@reads("listings.read_own")
def export(format: str) -> Response:
    """One's own listings of a kind as their page lists them, whole, in the layout of the import."""
    sending.chosen(format)
    actor, kind = current_actor(), _kind()
    state = request.args["state"] if request.args.get("state") in listing_views.STATES else None
    snapshot()
    ids = listings.own_listings(by=actor, kind=kind, state=state).with_only_columns(Listing.id)
    said = f"{gettext('Organisation')}: {actor.acting.name if actor.acting else ''}; {gettext('State')}: {listing_views.STATES[state] if state else gettext('all')}"
    found = exporting.rows(kind, organization_id=actor.organization_id, drafts=True, only=ids)
    name = f"{kind.value}s-{actor.acting.slug if actor.acting else ''}" + (f"-{state}" if state else "")
    return sending.answer(found, kind, format, name=name, said=said, zone="UTC", confidential=True)


@bp.get("/imports/<uuid:import_id>")
@reads("imports.use")
def show(import_id: UUID) -> str:
    """Where it stands: at work, asking for columns, checked, stored, or refused."""
    return _page(queries.get(import_id, by=current_actor()))


def _page(job: ImportJob, refusal: str = "", given: dict[str, str | None] | None = None) -> str:
    organization, fair = queries.place_of(job)
    found = paged(
        queries.findings(job.id, Finding.FAULT), queries.FINDING_KEYS, cursor=request.args.get("cursor") or None, limit=50, descending=False,
        bound_to=pages.bound(current_actor().person_id),
    ) if job.state is State.CHECKED or job.state is State.DONE else None  # fmt: skip
    proposed = columns.proposed(job.columns, job.kind) | (job.mapping or {}) | (given or {}) if job.state in {State.TO_MAP, State.CHECKED} else {}
    targets = [(name, field_label(name)) for name in columns.targets(job.kind)]
    return render_template(
        "imports/show.html", job=job, organization=organization, fair=fair, faults=found, alike=_first(job, Finding.DUPLICATE, SHOWN_DUPLICATES), refusal=refusal,
        notes=_first(job, Finding.NOTE, SHOWN_NOTES), proposed=proposed, targets=targets, samples=job.options.get("samples", {}), at_work=job.state in AT_WORK, STATES=STATES, STAGES=STAGES,
        known={name for name in job.columns if columns.meant(name, job.kind)}, ignored={name for name in job.columns if columns.ignored(name)},
    )  # fmt: skip


def _first(job: ImportJob, kind: Finding, most: int) -> list[ImportFinding]:
    wanted = State.DONE if kind is Finding.NOTE else State.CHECKED
    return list(db.session.scalars(queries.findings(job.id, kind).order_by(ImportFinding.number).limit(most))) if job.state is wanted else []


@bp.get("/imports/<uuid:import_id>/errors")
@reads("imports.use")
def errors(import_id: UUID) -> Response:
    """The rows that were rejected, in the layout of the file."""
    return api.send_errors(import_id)


@bp.post("/imports/<uuid:import_id>/mapping")
@writes("imports.use")
def map_columns(import_id: UUID) -> Any:
    """Every column's field, as chosen; columns come by their place, for a name may be anything."""
    names = queries.get(import_id, by=current_actor()).columns
    given = {name: request.form.get(f"column-{place}") or None for place, name in enumerate(names) if f"column-{place}" in request.form}
    return _acted(import_id, lambda: service.map_columns(import_id, given, by=current_actor()), given=given)


@bp.post("/imports/<uuid:import_id>/commit")
@writes("imports.use")
def commit(import_id: UUID) -> Any:
    """Have it stored. A row about which nothing was chosen does as the others do."""
    choices = {name.removeprefix(CHOSEN): value for name, value in request.form.items() if name.startswith(CHOSEN) and value}
    schema = ImportCommitIn()
    schema.context_is_form = True
    found = schema.load({name: request.form[name] for name in ("only_good", "otherwise") if request.form.get(name)})
    return _acted(import_id, lambda: service.take_in(import_id, only_good=found["only_good"], choices=choices, otherwise=found["otherwise"], by=current_actor()))


@bp.post("/imports/<uuid:import_id>/check")
@writes("imports.use")
def check(import_id: UUID) -> Any:
    return _acted(import_id, lambda: service.retry(import_id, by=current_actor()))


@bp.post("/imports/<uuid:import_id>/cancel")
@writes("imports.use")
def cancel(import_id: UUID) -> Any:
    return _acted(import_id, lambda: service.cancel(import_id, by=current_actor()), gettext("Cancelled. Nothing of the file was stored."))


def _acted(import_id: UUID, act: Callable[[], Any], done: str = "", *, given: dict[str, str | None] | None = None) -> Any:
    """Back to its page; a refusal is shown there."""
    try:
        act()
    except NotFound:
        raise
    except DomainError as error:
        form = Form(ImportCommitIn)
        form.refused(error)
        said = " ".join([*(found.detail for found in error.errors)]) or str(error.detail)
        return _page(queries.get(import_id, by=current_actor()), said, given), error.status
    if done:
        say(done)
    return redirect(url_for("imports.show", import_id=import_id), 303)


@bp.context_processor
def words() -> dict[str, Any]:
    return {"CHOICES": ((KEEP, gettext("keep both")), (SKIP, gettext("leave this row out")), (UPDATE, gettext("change the listing by it")))}


def register(app: Flask) -> None:
    app.register_blueprint(bp)
