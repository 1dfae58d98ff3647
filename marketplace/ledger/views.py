"""The ledger and the scopes of a fair as pages for its staff."""

from typing import Any

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core import layout
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.ledger import queries, scopes
from marketplace.ledger.schemas import ScopeIn
from marketplace.taxonomy.vocabularies import DEAL_KINDS

bp = Blueprint("ledger", __name__)
ROWS = 50


def place_choices() -> list[tuple[str, str]]:
    return [("at_fair", _("Signed at the fair")), ("before", _("Prepared or signed before")), ("after", _("Follow-up after the fair"))]


def words() -> dict[str, dict[str, str]]:
    """What the codes of vouchers and their accounts are called."""
    return {
        "move": {
            "declare": _("Declared"), "sign": _("Signed"), "verify": _("Verified"), "void": _("Voided"), "reverse": _("Reversed"),
            "amend": _("Amended"), "mark": _("Marked"), "unmark": _("Mark taken back"),
        },
        "class": {"contract": _("Contract"), "framework": _("Framework"), "intent": _("Intent (LOI, MoU)")},
        "status": {"declared": _("Declared"), "signed": _("Signed"), "verified": _("Verified"), "void": _("Void")},
        "mark": {"in_force": _("In force"), "registered": _("Registered"), "performed": _("Performed")},
    }  # fmt: skip


@bp.get("/staff/fairs/<slug>/ledger")
@reads("ledger.read")
def show(slug: str) -> Any:
    fair = shown.shown(slug)
    if not current_actor().may("ledger.read", fair_id=fair.id):
        raise NotFound()
    last, booked_at = queries.head(fair.id)
    text = request.args.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else max(0, last - ROWS)
    rows = queries.vouchers_after(fair.id, after, ROWS)
    waiting = queries.waiting_for_batch(fair.id)
    return render_template(
        "ledger/show.html", fair=fair, rows=rows, last=last, booked_at=booked_at, after=after, waiting=waiting, step=ROWS, words=words()
    )  # fmt: skip


@bp.route("/staff/fairs/<slug>/scopes", methods=["GET", "POST"])
@writes("ledger.scopes")
def define(slug: str) -> Any:
    fair = shown.shown(slug)
    current_actor().require("ledger.scopes", fair_id=fair.id)
    form = Form(ScopeIn, kinds=list(DEAL_KINDS.codes), places=["at_fair"], first=fair.opens_on, last=fair.closes_on)
    if form.submitted():
        try:
            scopes.define(fair, form.data.pop("code"), **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("The scope is in force. Older numbers of it keep their totals."))
            return redirect(url_for(".define", slug=slug), 303)
    found = queries.scopes(fair.id)
    kinds = DEAL_KINDS.choices(language())
    return render_template("ledger/scopes.html", fair=fair, form=form, scopes=found, kinds=kinds, places=place_choices()), form.status


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    layout.navigation(_l("Ledger"), "ledger.current", "ledger.read", 47)


@bp.get("/staff/ledger")
@reads("ledger.read")
def current() -> Any:
    """The ledger of the current fair, or of the first fair one works for."""
    actor, fair = current_actor(), shown.current()
    mine = actor.fairs_where("ledger.read")
    if fair is None or fair.id not in mine:
        fair = next((other for other in fairs.everyone() if other.id in mine), None)
    if fair is None:
        raise NotFound()
    return redirect(url_for(".show", slug=fair.slug))
