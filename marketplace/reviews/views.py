"""Pages of the moderator: the queue, one case with what the checks say, the decision, and the work that was done."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from marshmallow import ValidationError

from marketplace.core import pages
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.clock import today
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.core.pages import paged
from marketplace.fairs import queries as fairs
from marketplace.listings import differing
from marketplace.listings.checks.findings import Severity
from marketplace.listings.checks.leaks import TEXTS
from marketplace.listings.models import Kind
from marketplace.listings.queries import as_json
from marketplace.listings.rules import is_chinese
from marketplace.listings.views import words as listing_words
from marketplace.listings.wording import groups as group_names
from marketplace.reviews import cases, checks, claiming, deciding, history, queries, wording
from marketplace.reviews.notes import CANNED, fields_of
from marketplace.reviews.queries import Wanted
from marketplace.reviews.schemas import NextIn, PublishForm, SendBackForm

bp = Blueprint("reviews", __name__)
FILTERS = ("kind", "fair", "segment", "round", "reader", "show")
NOTE_ROWS = 3


@bp.context_processor
def words() -> dict[str, Any]:
    return listing_words() | {
        "SEVERITIES": wording.SEVERITIES, "VERDICTS": wording.VERDICTS, "field_label": wording.field_label, "age": queries.age, "pieces": cases.pieces,
        "undoable": history.undoable, "counted": checks.counted, "is_chinese": is_chinese,
    }  # fmt: skip


@bp.get("/staff/moderation")
@reads("listings.moderate")
def queue() -> str:
    actor = current_actor()
    chosen, wanted = asked()
    fair = fairs.by_slug(chosen["fair"]) if chosen["fair"] else None
    page = paged(
        queries.queue(by=actor, fair=fair, wanted=wanted), queries.QUEUE_KEYS, cursor=request.args.get("cursor") or None, descending=False,
        bound_to=pages.bound(actor.person_id), scalars=False,
    )  # fmt: skip
    count, oldest = queries.queue_state(by=actor)
    found = checks.of_many({row.listing_id: row.submitted_number for row in page.rows})
    return render_template(
        "reviews/queue.html", page=page, count=count, oldest=oldest, found=found, places=queries.moderated(by=actor), readers=queries.readers(by=actor),
        chosen=chosen, kept=kept(), done=history.decided_today(by=actor),
    )  # fmt: skip


def asked() -> tuple[dict[str, Any], Wanted]:
    """The filters of the address, those that make no sense left out."""
    given = request.args
    raw: dict[str, Any] = {name: given.get(name) for name in ("kind", "fair", "segment", "round", "reader") if given.get(name)}
    raw["show"] = given.getlist("show")
    schema = NextIn()
    try:
        data = schema.load(raw)
    except ValidationError as error:
        data = schema.load({name: value for name, value in raw.items() if name not in dict(error.messages)})  # type: ignore[arg-type]
    return data, queries.wanted_of(data)


def kept() -> dict[str, Any]:
    """The filters as they stand in the address, to be carried on."""
    return {name: request.args.getlist(name) for name in FILTERS if request.args.get(name)}


@bp.post("/staff/moderation/next")
@writes("listings.moderate")
def take_next() -> Any:
    """The oldest that nobody reads, or the one behind ``after``."""
    after = request.args.get("after", "")
    return _onward(current_actor(), after=UUID(after) if _is_id(after) else None)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _onward(actor: Actor, after: UUID | None = None) -> Any:
    chosen, wanted = asked()
    fair = fairs.by_slug(chosen["fair"]) if chosen["fair"] else None
    entry_id = claiming.take_next(by=actor, fair=fair, wanted=wanted, after=after)
    if entry_id is None:
        say(gettext("Nothing more to take here."))
        return redirect(url_for("reviews.queue", **kept()), 303)
    return redirect(url_for("reviews.case", entry_id=entry_id, **kept()), 303)


@bp.get("/staff/moderation/<uuid:entry_id>")
@reads("listings.moderate")
def case(entry_id: UUID) -> Any:
    return _case_page(entry_id, Form(SendBackForm))


@bp.post("/staff/moderation/<uuid:entry_id>/claim")
@writes("listings.moderate")
def claim(entry_id: UUID) -> Any:
    claiming.take(entry_id, by=current_actor(), over=request.form.get("over") == "yes")
    say(gettext("You read it now. Others see that for %(minutes)s minutes.", minutes=claiming.MINUTES))
    return redirect(url_for("reviews.case", entry_id=entry_id, **kept()), 303)


@bp.post("/staff/moderation/<uuid:entry_id>/release")
@writes("listings.moderate")
def release(entry_id: UUID) -> Any:
    actor = current_actor()
    claiming.place_of(entry_id, by=actor)
    claiming.leave(by=actor, entry_id=entry_id)
    say(gettext("Left undecided: others can take it."))
    return redirect(url_for("reviews.queue", **kept()), 303)


@bp.post("/staff/moderation/<uuid:entry_id>/publish")
@writes("listings.moderate")
def publish(entry_id: UUID) -> Any:
    actor, form = current_actor(), Form(PublishForm)
    if form.submitted():
        try:
            notes = cases.noted(entry_id, form.data, most=Severity.MINOR)
            entry = deciding.publish(entry_id, by=actor, number=form.data["number"], notes=notes, reason=form.data["reason"])
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Published, version %(number)s.", number=entry.published_number))
            return _onward(actor)
    return _case_page(entry_id, form)


@bp.post("/staff/moderation/<uuid:entry_id>/send-back")
@writes("listings.moderate")
def send_back(entry_id: UUID) -> Any:
    actor, form = current_actor(), Form(SendBackForm)
    if form.submitted():
        try:
            notes = cases.noted(entry_id, form.data)
            deciding.send_back(entry_id, by=actor, reason=form.data["reason"], number=form.data["number"], notes=notes)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Sent back. The owner got your notes by mail and sees them beside the fields."))
            return _onward(actor)
    return _case_page(entry_id, form)


@bp.post("/staff/moderation/decisions/<uuid:decision_id>/undo")
@writes("listings.moderate")
def undo(decision_id: UUID) -> Any:
    entry = deciding.undo(decision_id, by=current_actor())
    say(gettext("Taken back: it waits for your decision again."))
    return redirect(url_for("reviews.case", entry_id=entry.id, **kept()), 303)


@bp.get("/staff/moderation/workload")
@reads("listings.moderate")
def workload() -> str:
    """How much waits, who reads, and who has decided how much."""
    return render_template("reviews/workload.html", loads=history.workload(by=current_actor()))


@bp.get("/staff/moderation/mine")
@reads("listings.moderate")
def mine() -> str:
    """One's own decisions of the last seven days, the newest first."""
    actor = current_actor()
    page = paged(
        history.mine(by=actor), history.MINE_KEYS, cursor=request.args.get("cursor") or None, bound_to=pages.bound(actor.person_id), scalars=False
    )
    return render_template("reviews/mine.html", page=page, is_today=lambda row: history.day_of(row.at, row.time_zone) == today(row.time_zone))


def _case_page(entry_id: UUID, form: Form) -> Any:
    """The text that waits with what the checks say, beside what is public now when it is an update."""
    actor = current_actor()
    found = cases.case_of(entry_id, by=actor)
    entry, content = found.row, found.content
    kind = Kind(entry.kind)
    is_own = entry.owner_id in {membership.id for membership in actor.memberships} or entry.submitted_by == actor.person_id
    return render_template(
        "reviews/case.html", entry=entry, case=found, content=content, shown=content and as_json(content), form=form, own=is_own, kept=kept(),
        changes=[differing.change(name, found.published or {}, found.submitted or {}) for name in found.changed], TEXTS=[name for name in TEXTS if content and content.get(name)],
        by_field=_by_field(found.findings), fields=[(name, wording.field_label(name)) for name in fields_of(kind)], canned=_canned(kind),
        reserved=[group_names()[group] for group in found.reserved],
        decisions=history.of_entry(entry_id, by=actor), note_count=NOTE_ROWS, reading=entry.reader_id == actor.person_id,
    ), form.status  # fmt: skip


def _by_field(findings: tuple[Any, ...]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for finding in findings:
        found.setdefault(finding.field, []).append(finding)
    return found


def _canned(kind: Kind) -> list[tuple[str, Any]]:
    known = fields_of(kind)
    return [(code, sentence) for code, (field, _, sentence) in CANNED.items() if field is None or field in known]


def register(app: Flask) -> None:
    app.register_blueprint(bp)
