"""Published figures as pages: for everybody the figure itself, for the staff of a fair publishing one and its lines."""

from typing import Any

from flask import Blueprint, Flask, make_response, redirect, render_template, request, url_for

from marketplace.core import layout, qr
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.caching import shared
from marketplace.core.db import snapshot
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.pages import bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as shown_fair
from marketplace.fairs.models import Fair
from marketplace.figures import freezing, queries, shown, stating
from marketplace.figures.api import named
from marketplace.figures.models import Figure
from marketplace.figures.rules import read_code
from marketplace.figures.schemas import ConfirmIn, WithdrawIn
from marketplace.ledger import queries as ledger

bp = Blueprint("figures", __name__)


@bp.get("/figures")
@reads(PUBLIC)
def index() -> Any:
    """A fair's figures, the latest first; and the way to one by its code."""
    typed = request.args.get("code", "").strip()
    if typed and (code := read_code(typed)) and queries.exists(code):
        return redirect(url_for(".show", code=code), 303)
    actor = current_actor_or_none()
    fair = shown_fair.shown(request.args.get("fair") or None)
    page = paged(queries.listed(fair.id), queries.BY_TIME, cursor=request.args.get("cursor"), bound_to=bound(fair.id))
    statements = {figure.id: shown.statement_of(figure) for figure in page.rows}
    response = make_response(render_template(
        "figures/index.html", fair=fair, page=page, statements=statements, notes=queries.withdrawals(statements), typed=typed,
        wrong=bool(typed) and read_code(typed) is None,
        may_freeze=bool(actor and actor.may("figures.freeze", fair_id=fair.id)),
    ))  # fmt: skip
    return shared(response, apart_from=page.next)


def working_fair(permission: str) -> Fair:
    """The fair in the address, else the current one, else the first, where the caller has a permission. Raises NotFound."""
    mine = current_actor().fairs_where(permission)
    fair: Fair | None
    if slug := request.args.get("fair"):
        fair = fairs.by_slug(slug)
    else:
        current = shown_fair.current()
        fair = current if current is not None and current.id in mine else next((f for f in fairs.everyone() if f.id in mine), None)
    if fair is None or fair.id not in mine:
        raise NotFound()
    return shown_fair.shown(fair.slug)


@bp.route("/figures/new", methods=["GET", "POST"])
@writes("figures.freeze")
def new() -> Any:
    """What would be published, shown first; then published as it was shown."""
    fair = working_fair("figures.freeze")
    form = Form(ConfirmIn)
    if form.submitted():
        axis, key = shown.cell_of(form.data["cell"] or "")
        try:
            figure, is_new = freezing.freeze(
                fair, ledger.scope(fair.id, form.data["scope"]), axis=axis, key=key, seq=form.data["public_seq"],
                seen_sha256=form.data["sha256"], by=current_actor(),
            )  # fmt: skip
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            layout.say(_("Published as %(code)s.", code=figure.code) if is_new else _("This was published before, as %(code)s.", code=figure.code))
            return redirect(url_for(".show", code=figure.code), 303)
    return preview(fair, form), form.status


def preview(fair: Fair, form: Form) -> str:
    scope = ledger.scope(fair.id, request.args.get("scope") or None)
    whole = stating.draft(fair, scope)
    axis, key = shown.cell_of(request.args.get("cell", ""))
    try:
        draft = stating.draft(fair, scope, axis=axis, key=key) if axis else whole
    except DomainError as error:
        form.refused(error)
        axis, key, draft = "", "", whole
    statement = shown.Statement(draft.statement["facts"], draft.statement["words"])
    known = queries.same(scope.id, axis, key, draft.public_seq)
    earlier = known or draft.earlier
    return render_template(
        "figures/new.html", fair=fair, form=form, scope=scope, scopes=ledger.scopes(fair.id), cell=f"{axis}:{key}" if axis else "",
        cells=shown.cells(whole.statement["facts"]["breakdowns"]), draft=draft, statement=statement, known=known, earlier=earlier,
        changes=shown.changes(shown.statement_of(earlier), statement) if earlier and not known else None, reasons=shown.reasons(),
    )  # fmt: skip


@bp.get("/figures/compare")
@reads(PUBLIC)
def compare() -> Any:
    """What one figure of a fair has that another has not."""
    snapshot_for_reading()
    old, new = named(request.args.get("old", "")), named(request.args.get("new", ""))
    if old.fair_id != new.fair_id:
        raise NotFound()
    if (old.public_seq, old.frozen_at) > (new.public_seq, new.frozen_at):
        old, new = new, old
    shown_fair.shown(fairs.get(new.fair_id).slug)
    before, after = shown.statement_of(old), shown.statement_of(new)
    page = render_template(
        "figures/compare.html", old=old, new=new, before=before, after=after, changes=shown.changes(before, after), reasons=shown.reasons(),
    )  # fmt: skip
    return shared(make_response(page), seconds=60)


def snapshot_for_reading() -> None:
    current_actor_or_none()  # before the snapshot, which noting down a sign-in's last use would end
    snapshot()


@bp.get("/figures/<code>")
@reads(PUBLIC)
def show(code: str) -> Any:
    """The figure, the same for everybody and for ever."""
    snapshot_for_reading()
    figure = named(code)
    if figure.code != code:
        return redirect(url_for(".show", code=figure.code), 301)
    return shared(make_response(render_template("figures/show.html", **figure_page(figure))), seconds=60)


def figure_page(figure: Figure) -> dict[str, Any]:
    fair = shown_fair.shown(fairs.get(figure.fair_id).slug)
    statement = shown.statement_of(figure)
    earlier = queries.get(figure.earlier_id) if figure.earlier_id else None
    return {
        "figure": figure, "fair": fair, "statement": statement, "note": queries.withdrawals([figure.id]).get(figure.id),
        "earlier": earlier, "changes": shown.changes(shown.statement_of(earlier), statement) if earlier else None,
        "reasons": shown.reasons(), "label": shown.label, "titles": shown.titles(), "beside": shown.beside_rows(statement.facts),
        "address": shown.address(figure), "qr": qr.picture(shown.address(figure)), "most": shown.SHOWN_LINES,
    }  # fmt: skip


@bp.get("/figures/<code>/lines")
@reads("ledger.read")
def lines(code: str) -> Any:
    """Every contract behind a figure, for the staff of its fair; and the way to withdraw it."""
    return lines_page(named(code), Form(WithdrawIn))


def lines_page(figure: Figure, form: Form) -> Any:
    figure = freezing.lines(figure.code, by=current_actor())
    page = render_template(
        "figures/lines.html", form=form, may_withdraw=current_actor().may("figures.freeze", fair_id=figure.fair_id), **figure_page(figure)
    )  # fmt: skip
    return page, form.status


@bp.post("/figures/<code>/withdraw")
@writes("figures.freeze")
def withdraw(code: str) -> Any:
    figure, form = named(code), Form(WithdrawIn)
    if form.submitted():
        try:
            freezing.withdraw(figure.code, form.data["reason"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("The figure stays as it is; its page says that it is withdrawn, and why."))
            return redirect(url_for(".show", code=figure.code), 303)
    return lines_page(figure, form)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
