"""Who comes second reads that it is done: the one answer of all pages and JSON of a thread to a step that is not possible any more.

Of two who press the same button one is late, and a page may be old. On a page both are led back to the thread, with what happened
there last; JSON keeps its 409, with the same sentence.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for

from marketplace.core import problems, zones
from marketplace.core.access import current_actor
from marketplace.core.errors import DomainError, OtherOrganization
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.negotiations import queries, telling
from marketplace.negotiations.points.asking import PointsOpen
from marketplace.negotiations.rounds import TermsAgreed

CAN_BE_SENT_AGAIN = (PointsOpen, TermsAgreed)
"""Refusals that are no matter of time: the same form answers them."""
NO_MATTER_OF_TIME = (*CAN_BE_SENT_AGAIN, OtherOrganization)


def leads_back(error: DomainError) -> bool:
    """Whether a refusal says that the thread stands elsewhere by now, so that its form is of no use any more."""
    return error.status == 409 and not isinstance(error, NO_MATTER_OF_TIME)


def on_form(form: Form, error: DomainError) -> None:
    """Show a refusal on the form of a step; one that leads back is raised again. For forms of which nothing is worth keeping then."""
    if leads_back(error):
        raise error
    as_question(form, error)


def as_question(form: Form, error: DomainError) -> None:
    """Show a refusal on its form; one that asks is headed by what it asks about, for no field is wrong."""
    form.refused(error)
    if isinstance(error, CAN_BE_SENT_AGAIN):
        form.refusal = str(error.title)


def answer(error: DomainError) -> Response:
    """A refusal of a page or an address of a thread."""
    negotiation_id = (request.view_args or {}).get("negotiation_id")
    if negotiation_id is None or not leads_back(error):
        return problems.on_domain_error(error)
    problems.note(error)
    sentence = _sentence(negotiation_id, error)
    if problems.wants_json():
        return problems.problem(error.status, error.slug, error.title, sentence, found=error.errors, members=error.members)
    say(sentence)
    return redirect(url_for("negotiations.show", negotiation_id=negotiation_id), 303)  # type: ignore[return-value]


def _sentence(negotiation_id: UUID, error: DomainError) -> str:
    """What happened last, instead of or beside the refusal."""
    actor = current_actor()
    thread = queries.thread(negotiation_id, by=actor)
    last = telling.last_step(thread, actor)
    if last is None:
        return str(error.detail)
    who = f"{last.who} ({last.person})" if last.person else last.who
    said = {"who": who, "did": last.said.text, "moment": zones.plain(last.at, thread.fair.time_zone)}
    if last.said.act == _wanted():
        return gettext("That is done already: %(who)s %(did)s, %(moment)s.", **said)
    return gettext("%(refusal)s Last: %(who)s %(did)s, %(moment)s.", refusal=error.detail, **said)


def _wanted() -> str:
    """The step that was asked for, as `rules.ACTS` calls it."""
    name = (request.endpoint or "").rpartition(".")[2]
    if name in ("take", "take_step"):
        body: Any = request.get_json(silent=True) if problems.wants_json() else request.form
        name = str(body.get("step")) if isinstance(body, Mapping) else ""
    return name


def on(*blueprints: Blueprint) -> None:
    """Answer so on all addresses of these blueprints that name a thread."""
    for blueprint in blueprints:
        blueprint.register_error_handler(DomainError, answer)
