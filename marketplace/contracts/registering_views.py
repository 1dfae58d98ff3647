"""The marks of a verified contract, as a page of its desk and over JSON."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for

from marketplace.contracts import registering, registering_api, service
from marketplace.contracts.models import MARKS
from marketplace.contracts.schemas import ClearMarkIn, MarkIn
from marketplace.contracts.views import bp, choices, words
from marketplace.core import layout
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, Forbidden
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.fairs import queries as fairs


@bp.get("/contracts/<uuid:contract_id>/marks")
@reads("contracts.mark")
def marks(contract_id: UUID) -> Any:
    return marks_page(contract_id, Form(MarkIn), None)


def marks_page(contract_id: UUID, form: Form, which: str | None) -> Any:
    actor = current_actor()
    contract = service.show(contract_id, by=actor).contract
    if contract.fair_id not in actor.fairs_where("contracts.mark"):
        raise Forbidden()
    page = render_template(
        "contracts/marks.html", contract=contract, fair=fairs.get(contract.fair_id), form=form, which=which, words=words(), choices=choices(),
        columns=MARKS, blank=Form(MarkIn),
    )  # fmt: skip
    return page, form.status


@bp.post("/contracts/<uuid:contract_id>/marks/<code>")
@writes("contracts.mark")
def set_mark(contract_id: UUID, code: str) -> Any:
    which, form = registering_api.mark_of(code), Form(MarkIn)
    contract = service.show(contract_id, by=current_actor()).contract
    return _done(contract_id, form, code, lambda: registering.mark(contract_id, which, registering_api.with_amount(form.data, contract, typed=True), by=current_actor()),
                 _("Noted. It stands beside the total and adds nothing to it."))  # fmt: skip


@bp.post("/contracts/<uuid:contract_id>/marks/<code>/clear")
@writes("contracts.mark")
def clear_mark(contract_id: UUID, code: str) -> Any:
    which, form = registering_api.mark_of(code), Form(ClearMarkIn)
    return _done(contract_id, form, code, lambda: registering.clear(contract_id, which, form.data["reason"], by=current_actor()), _("Taken back."))


def _done(contract_id: UUID, form: Form, code: str, do: Any, said: str) -> Any:
    if form.submitted():
        try:
            do()
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            layout.say(said)
            return redirect(url_for(".marks", contract_id=contract_id), 303)
    return marks_page(contract_id, form, code)
