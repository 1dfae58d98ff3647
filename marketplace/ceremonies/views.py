"""The run list for the desk, the page of the stage manager, the press sheet, and the board's target."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from marshmallow import ValidationError

from marketplace.ceremonies import pressing, queries, schemas, service, wording
from marketplace.ceremonies.models import Ceremony, CeremonyState, ItemState, Press
from marketplace.contracts.queries import parties_of
from marketplace.contracts.views import words as contract_words
from marketplace.core import layout
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.amounts import UNITS
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.fields import resolve_local
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.money import to_text
from marketplace.core.problems import messages_to_errors
from marketplace.core.web import check_version
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair

bp = Blueprint("ceremonies", __name__)


def staffed(slug: str) -> Fair:
    """The page's fair, for its staff. Raises NotFound."""
    fair = shown.shown(slug)
    if not current_actor().may("ceremonies.read", fair_id=fair.id):
        raise NotFound()
    return fair


@bp.get("/staff/ceremonies")
@reads("ceremonies.read")
def current() -> Any:
    """The ceremonies of the current fair, or of the first fair one works for."""
    actor, fair = current_actor(), shown.current()
    mine = actor.fairs_where("ceremonies.read")
    if fair is None or fair.id not in mine:
        fair = next((other for other in fairs.everyone() if other.id in mine), None)
    if fair is None:
        raise NotFound()
    return redirect(url_for(".index", slug=fair.slug))


@bp.get("/staff/fairs/<slug>/ceremonies")
@reads("ceremonies.read")
def index(slug: str) -> Any:
    fair, actor = staffed(slug), current_actor()
    return render_template(
        "ceremonies/index.html", fair=fair, rows=queries.of_fair(fair.id, by=actor), words=pressing.words(), states=ItemState,
        may_run=actor.may("ceremonies.run", fair_id=fair.id), may_target=actor.may("ceremonies.target", fair_id=fair.id),
        target=service.target_of(fair.id),
    )  # fmt: skip


@bp.route("/staff/fairs/<slug>/ceremonies/new", methods=["GET", "POST"])
@writes("ceremonies.run")
def new(slug: str) -> Any:
    fair = staffed(slug)
    current_actor().require("ceremonies.run", fair_id=fair.id)
    form = Form(schemas.CeremonyForm)
    if form.submitted() and _on_the_clock(form, fair):
        form.data.pop("version")
        try:
            ceremony = service.plan(fair, **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("The ceremony is planned. Now put the contracts on its list."))
            return redirect(url_for(".show", ceremony_id=ceremony.id), 303)
    return render_template("ceremonies/settings.html", fair=fair, form=form, ceremony=None), form.status


def _on_the_clock(form: Form, fair: Fair) -> bool:
    """Give the typed time its zone; False when the clocks skip it, with the form saying so."""
    try:
        form.data["starts_at"] = resolve_local(form.data["starts_at"], fair.time_zone)
    except ValidationError as error:
        form.found = messages_to_errors({"starts_at": error.messages})
        return False
    return True


def page(template: str, ceremony: Ceremony, form: Form | None = None, **more: Any) -> Any:
    """A page of one ceremony with its lines, counted once."""
    actor, fair = current_actor(), fairs.get(ceremony.fair_id)
    shown.shown(fair.slug)
    lines = queries.run_list(ceremony, by=actor)
    called = next((line for line in lines if line.item.state is ItemState.CALLED), None)
    ready = [line for line in lines if line.item.state is ItemState.READY]
    undoable = max((line for line in lines if pressing.undo_ends(line.item)), key=lambda line: line.item.pressed_at or ceremony.created_at, default=None)
    text = render_template(
        template, ceremony=ceremony, fair=fair, lines=lines, called=called, ready=ready, undoable=undoable, form=form or Form(schemas.PressForm),
        words=pressing.words(), contract_words=contract_words()["status"], said=wording.said, undo_ends=pressing.undo_ends, running=ceremony.state is CeremonyState.RUNNING,
        states=ItemState, may_run=actor.may("ceremonies.run", fair_id=fair.id), **more,
    )  # fmt: skip
    return text, form.status if form else 200


@bp.get("/staff/ceremonies/<uuid:ceremony_id>")
@reads("ceremonies.read")
def show(ceremony_id: UUID) -> Any:
    """The run list."""
    return page("ceremonies/show.html", service.get(ceremony_id, by=current_actor()))


@bp.get("/staff/ceremonies/<uuid:ceremony_id>/stage")
@reads("ceremonies.read")
def stage(ceremony_id: UUID) -> Any:
    """What is called now and what comes next, for whoever stands beside the stage."""
    return page("ceremonies/stage.html", service.get(ceremony_id, by=current_actor()))


@bp.get("/staff/ceremonies/<uuid:ceremony_id>/press-sheet")
@reads("ceremonies.read")
def press_sheet(ceremony_id: UUID) -> Any:
    """What journalists are given, in both languages, to be printed."""
    ceremony = service.get(ceremony_id, by=current_actor())
    sheets = [wording.sheet(line) for line in queries.run_list(ceremony, by=current_actor())]
    fair = fairs.get(ceremony.fair_id)
    shown.shown(fair.slug)
    return render_template("ceremonies/press_sheet.html", ceremony=ceremony, fair=fair, sheets=sheets, texts=wording.press_texts())


@bp.route("/staff/ceremonies/<uuid:ceremony_id>/settings", methods=["GET", "POST"])
@writes("ceremonies.run")
def settings(ceremony_id: UUID) -> Any:
    ceremony = service.get(ceremony_id, by=current_actor()) if request.method == "GET" else service.locked(ceremony_id, by=current_actor())
    current_actor().require("ceremonies.run", fair_id=ceremony.fair_id)
    fair = fairs.get(ceremony.fair_id)
    shown.shown(fair.slug)
    form = Form(
        schemas.CeremonyForm, title_en=ceremony.title_en, title_zh=ceremony.title_zh, version=ceremony.version,
        starts_at=wording.wall_clock(ceremony.starts_at, fair.time_zone),
    )  # fmt: skip
    if form.submitted() and _on_the_clock(form, fair):
        try:
            check_version(ceremony.version, form.data.pop("version"))
            service.change(ceremony, **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("Saved."))
            return redirect(url_for(".show", ceremony_id=ceremony_id), 303)
    return render_template("ceremonies/settings.html", fair=fair, form=form, ceremony=ceremony), form.status


@bp.post("/staff/ceremonies/<uuid:ceremony_id>/state")
@writes("ceremonies.run")
def step(ceremony_id: UUID) -> Any:
    """Start it or end it."""
    form = Form(schemas.StepIn)
    if form.submitted():
        try:
            service.move(ceremony_id, CeremonyState(form.data["state"]), by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            return redirect(url_for(".show", ceremony_id=ceremony_id), 303)
    return page("ceremonies/show.html", service.get(ceremony_id, by=current_actor()), form)


@bp.route("/staff/ceremonies/<uuid:ceremony_id>/items", methods=["GET", "POST"])
@writes("ceremonies.run")
def add(ceremony_id: UUID) -> Any:
    """The contracts that may be put on the list, and putting one on it."""
    actor = current_actor()
    ceremony = service.get(ceremony_id, by=actor)
    actor.require("ceremonies.run", fair_id=ceremony.fair_id)
    form = Form(schemas.ItemIn)
    if form.submitted():
        try:
            service.add(ceremony_id, form.data["contract_id"], line_en=form.data["line_en"], line_zh=form.data["line_zh"], by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("It is on the list and under embargo: it counts in no public figure until its press."))
            return redirect(url_for(".add", ceremony_id=ceremony_id), 303)
    found = queries.candidates(ceremony, request.args.get("q", "").strip()[:100], by=actor)
    parties = parties_of([contract.id for contract in found])
    count = service.count_items(ceremony)
    return page("ceremonies/add.html", ceremony, form, found=found, parties=parties, count=count, most=queries.MOST_CANDIDATES)


@bp.route("/staff/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>", methods=["GET", "POST"])
@writes("ceremonies.run")
def item(ceremony_id: UUID, item_id: UUID) -> Any:
    """The speaker's lines and the place on the list."""
    ceremony = service.locked(ceremony_id, by=current_actor()) if request.method == "POST" else service.get(ceremony_id, by=current_actor())
    current_actor().require("ceremonies.run", fair_id=ceremony.fair_id)
    line = _line(ceremony, item_id)
    form = Form(schemas.ItemForm, line_en=line.item.line_en, line_zh=line.item.line_zh, position=line.item.position, version=line.item.version)
    if form.submitted():
        try:
            check_version(line.item.version, form.data["version"])
            service.word(ceremony, line.item, line_en=form.data["line_en"], line_zh=form.data["line_zh"], by=current_actor())
            if form.data["position"] not in (None, line.item.position):
                service.put(ceremony, line.item, position=form.data["position"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("Saved."))
            return redirect(url_for(".show", ceremony_id=ceremony_id, _anchor=f"item-{item_id}"), 303)
    return page("ceremonies/item.html", ceremony, form, line=line)


def _line(ceremony: Ceremony, item_id: UUID) -> queries.Line:
    """Raises NotFound."""
    for line in queries.run_list(ceremony, by=current_actor()):
        if line.item.id == item_id:
            return line
    raise NotFound()


@bp.post("/staff/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>/move")
@writes("ceremonies.run")
def move(ceremony_id: UUID, item_id: UUID) -> Any:
    """One place up or down."""
    ceremony = service.locked(ceremony_id, by=current_actor())
    found, form = service.item_of(ceremony, item_id), Form(schemas.MoveForm)
    if form.submitted():
        service.put(ceremony, found, position=max(1, found.position + (-1 if form.data["direction"] == "up" else 1)), by=current_actor())
        return redirect(url_for(".show", ceremony_id=ceremony_id, _anchor=f"item-{item_id}"), 303)
    return page("ceremonies/show.html", ceremony, form)


@bp.post("/staff/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>/press")
@writes("ceremonies.run")
def press(ceremony_id: UUID, item_id: UUID) -> Any:
    """A press on the list or beside the stage; a refusal shows how things stand now."""
    form = Form(schemas.PressForm)
    if form.submitted():
        try:
            pressing.press(ceremony_id, item_id, Press(form.data["press"]), by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            target = ".stage" if form.data["back"] == "stage" else ".show"
            return redirect(url_for(target, ceremony_id=ceremony_id), 303)
    template = "ceremonies/stage.html" if request.form.get("back") == "stage" else "ceremonies/show.html"
    return page(template, service.get(ceremony_id, by=current_actor()), form)


@bp.route("/staff/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>/remove", methods=["GET", "POST"])
@writes("ceremonies.run")
def remove(ceremony_id: UUID, item_id: UUID) -> Any:
    """Asks once more: its contract counts in public again."""
    ceremony = service.locked(ceremony_id, by=current_actor()) if request.method == "POST" else service.get(ceremony_id, by=current_actor())
    current_actor().require("ceremonies.run", fair_id=ceremony.fair_id)
    line, form = _line(ceremony, item_id), Form(schemas.RemoveIn)
    if form.submitted():
        try:
            service.remove(ceremony, line.item, release=form.data["release"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("It is off the list, and no longer under embargo."))
            return redirect(url_for(".show", ceremony_id=ceremony_id), 303)
    return page("ceremonies/remove.html", ceremony, form, line=line)


@bp.route("/staff/fairs/<slug>/board-target", methods=["GET", "POST"])
@writes("ceremonies.target")
def target(slug: str) -> Any:
    """What the board's total is heading for."""
    fair = staffed(slug)
    current_actor().require("ceremonies.target", fair_id=fair.id)
    before = service.target_of(fair.id, lock=request.method == "POST")
    minor = before.amount_minor if before else None
    form = Form(schemas.TargetForm, amount=None if minor is None else to_text(minor, fair.base_currency), version=before.version if before else 0)
    if form.submitted():
        try:
            check_version(before.version if before else 0, form.data["version"])
            service.set_target(fair, schemas.minor_of(form.data["amount"], form.data["unit"], fair.base_currency), by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("The board shows it from now on.") if form.data["amount"] else _("The board shows no target."))
            return redirect(url_for(".target", slug=slug), 303)
    return render_template("ceremonies/target.html", fair=fair, form=form, minor=minor, units=unit_choices()), form.status


def unit_choices() -> list[tuple[str, str]]:
    labels = {
        "one": _("single units"), "thousand": _("thousand"), "wan": _("10,000 (万)"), "million": _("million (百万)"), "yi": _("100 million (亿)"),
        "billion": _("billion (十亿)"),
    }  # fmt: skip
    return [(unit, labels[unit]) for unit in UNITS]


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    layout.navigation(_l("Ceremonies"), "ceremonies.current", "ceremonies.read", 48)
