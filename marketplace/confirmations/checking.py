"""The public check of a verified contract: typing its code, what stands under it, and the certificate that its parties print."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from markupsafe import Markup

from marketplace.confirmations import publishing, queries, rules, wording
from marketplace.confirmations.models import Code
from marketplace.contracts import service
from marketplace.core import layout, qr
from marketplace.core.access import PUBLIC, Actor, current_actor, reads
from marketplace.core.caching import shared
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext as _
from marketplace.fairs.models import Fair

bp = Blueprint("checking", __name__)


@bp.get("/verify")
@reads(PUBLIC)
def form() -> Any:
    """Type a code; a mistyped one is noticed before anything is looked up."""
    typed = request.args.get("code", "")[:60]
    code = rules.typed_code(typed)
    if rules.is_code(code):
        return redirect(url_for(".show", code=code), 303)
    wrong = _("This is not a verification code: a sign is wrong, missing or too many. Compare it with the paper.") if typed else ""
    return shared(make_response(render_template("confirmations/check.html", typed=typed, wrong=wrong), 422 if wrong else 200))


@bp.get("/verify/<code>")
@reads(PUBLIC)
def show(code: str) -> Any:
    """What everybody may read under a code: the status now, and of the facts what both sides allowed."""
    try:
        sheet = publishing.look_up(code)
    except NotFound as unknown:
        page = render_template("confirmations/check.html", typed=code[:60], wrong=str(unknown.detail))
        return Response(page, status=404, headers={"Cache-Control": "no-store"})
    page = render_template("confirmations/sheet.html", sheet=sheet, grouped=rules.grouped(sheet.code), roles=roles())
    return shared(make_response(page))


def roles() -> dict[str, str]:
    return {"provider": _("Provider"), "recipient": _("Recipient"), "broker": _("Broker")}


def address(code: Code) -> str:
    """Where everybody checks it: what the QR code holds."""
    return f"{current_app.config['SETTINGS'].public_url}{url_for('checking.show', code=code.code)}"


@bp.get("/contracts/<uuid:contract_id>/certificate")
@reads("contracts.read")
def certificate(contract_id: UUID) -> Any:
    """A page to print, for the parties and the desk. 404 before the contract is verified."""
    shown = service.show(contract_id, by=current_actor())
    code = publishing.of(contract_id)
    if code is None:
        raise NotFound()
    sheet = publishing.sheet_of(shown.contract, code)
    facts = wording.lines(rules.seven(shown.contract, shown.parties))
    return render_template(
        "confirmations/certificate.html", contract=shown.contract, sheet=sheet, grouped=rules.grouped(code.code), picture=qr.picture(address(code)),
        address=address(code), lines=facts, evidence=shown.evidence,
    )  # fmt: skip


def panel(shown: service.Shown, fair: Fair, actor: Actor) -> Markup | str:
    """For the contract's page: its public code and QR, and what everybody sees under it; staff also read who has confirmed."""
    code = publishing.of(shown.contract.id)
    if code is None:
        return ""
    staff = fair.id in actor.fairs_where("contracts.read")
    confirmed = queries.state(shown.contract.id, shown.contract.content_hash).confirmed_by if staff else None
    return layout.part(
        "confirmations/_code.html", contract=shown.contract, code=code, grouped=rules.grouped(code.code), picture=qr.picture(address(code)), address=address(code),
        sheet=publishing.look_up(code.code), confirmed=wording.confirmed_by()[confirmed] if confirmed else None,
    )  # fmt: skip


def register(app: Flask) -> None:
    app.register_blueprint(bp)
