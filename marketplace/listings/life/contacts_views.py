"""The page on which owners see who looks after which listing, and hand listings over."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.accounts.models import Person
from marketplace.core import pages
from marketplace.core.access import current_actor, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import ngettext
from marketplace.core.layout import say
from marketplace.core.pages import paged
from marketplace.listings.life import contacts, handing_over
from marketplace.listings.life.life_schemas import HandOverForm


def _contact(text: str | None) -> str | None:
    """A filter of the page: ``gone``, ``none``, a person's id; anything else is none."""
    if text in (handing_over.GONE, handing_over.NOBODY):
        return text
    try:
        return str(UUID(text or ""))
    except ValueError:
        return None


@writes("listings.hand_over")
def hand_over() -> Any:
    """Own listings by contact (``?contact=``), and a form that gives chosen ones, or all that are listed, to a colleague."""
    actor = current_actor()
    contact = _contact(request.form.get("contact") if request.method == "POST" else request.args.get("contact"))
    form = Form(HandOverForm)
    if form.submitted():
        try:
            if form.data["what"] == "all":
                changed = handing_over.hand_over_all(contact, form.data["to"], by=actor)
            else:
                changed = handing_over.hand_over(form.data["listings"], form.data["to"], by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(ngettext("One listing changed hands.", "%(num)s listings changed hands.", changed))
            return redirect(url_for("listings.hand_over", contact=contact), 303)
    page = paged(
        handing_over.theirs(contact, by=actor), handing_over.KEYS, limit=100, cursor=request.args.get("cursor") or None, descending=False,
        bound_to=pages.bound(actor.organization_id, contact), scalars=False,
    )  # fmt: skip
    colleagues = contacts.candidates(actor.organization_id) if actor.organization_id else []
    return render_template(
        "listings/contacts.html", form=form, page=page, contact=contact, groups=contacts.by_contact(by=actor), colleagues=colleagues,
        able={person.id for person in colleagues},
    ), form.status  # fmt: skip


def as_choices(people: Sequence[Person]) -> list[tuple[str, str]]:
    """Colleagues as the choices of a form's field."""
    return [(str(person.id), person.name) for person in people]


def attach(bp: Blueprint) -> None:
    """Put the page onto the blueprint of listings."""
    bp.route("/listings/contacts", methods=["GET", "POST"])(hand_over)
