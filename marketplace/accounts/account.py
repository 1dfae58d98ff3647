"""Pages of one's own account: name and language, password, sessions, and the tokens of one's programs."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for

from marketplace.accounts import service, tokens
from marketplace.accounts.models import ApiToken
from marketplace.accounts.schemas import ChangeIn, ProfileIn, TokenIn
from marketplace.core.access import PERMISSIONS, Actor, current_actor, writes
from marketplace.core.clock import now
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.forms import Form
from marketplace.core.i18n import COOKIE, gettext
from marketplace.core.layout import say

SELF = "accounts.self"


@writes(SELF)
def account() -> Any:
    actor = current_actor()
    person = service.get(actor.person_id)
    form = Form(ProfileIn, name=person.name, language=person.language)
    if form.submitted():
        service.rename(**form.data, by=actor)
        say(gettext("Saved."))
        response = redirect(url_for("accounts.account"), 303)
        response.delete_cookie(COOKIE)
        response.set_cookie(COOKIE, form.data["language"], max_age=365 * 24 * 3600, samesite="Lax", httponly=True)
        return response
    shown = {"person": person, "sessions": service.open_sessions(by=actor), "here": actor.sign_in_id}
    return render_template("accounts/account.html", form=form, **shown), form.status


@writes(SELF, once=False)
def change_password() -> Any:
    form = Form(ChangeIn)
    if form.submitted():
        try:
            service.change_password(form.data["old"], form.data["new"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Your new password holds from now on; every other session has ended."))
            return redirect(url_for("accounts.account"), 303)
    return render_template("accounts/change_password.html", form=form), form.status


@writes(SELF)
def end_session(session_id: UUID) -> Any:
    service.end_session(session_id, by=current_actor())
    say(gettext("That session has ended."))
    return redirect(url_for("accounts.account"), 303)


def grantable(actor: Actor) -> dict[UUID | None, list[str]]:
    """What this person may hand to a token, by the organisation it acts for (None: for none)."""
    found = {}
    for acting in (None, *actor.memberships):
        there = replace(actor, acting=acting)
        found[acting.id if acting else None] = [code for code in sorted(PERMISSIONS) if there.may(code)]
    return found


def _state(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "usable" if tokens.usable(token, now()) else "expired"


@writes(SELF, once=False)
def list_tokens() -> Any:
    """The tokens, and a new one; its secret stands on the answer of the POST and nowhere else."""
    actor = current_actor()
    form = Form(TokenIn, days=30, organization=str(actor.organization_id or ""))
    secret = None
    if form.submitted():
        try:
            secret = _create(form, actor)
            form = Form(TokenIn, days=30, organization=str(actor.organization_id or ""))
        except DomainError as error:
            form.refused(error)
    codes = sorted({code for codes in grantable(actor).values() for code in codes} - tokens.EVERY_TOKEN)
    choices = [(code, f"{PERMISSIONS[code].title} ({code})") for code in codes]
    names = {m.id: m.name for m in actor.memberships}
    rows = [(token, _state(token)) for token in tokens.mine(by=actor)]
    page = render_template("accounts/tokens.html", form=form, secret=secret, choices=choices, names=names, rows=rows)
    return page, form.status


def _create(form: Form, actor: Actor) -> str:
    """Raises Invalid for an organisation or a permission that is not the person's."""
    data = form.data
    allowed = grantable(actor)
    if data["organization"] not in allowed:
        raise Invalid.field("organization", "reference", gettext("Choose one of your organisations."))
    beyond = sorted(set(data["permissions"]) - set(allowed[data["organization"]]))
    if beyond:
        raise Invalid.field(
            "permissions", "permission_beyond", gettext("You do not have this yourself there: %(codes)s.", codes=", ".join(beyond))
        )
    _, secret = tokens.create(
        data["name"], data["permissions"], days=data["days"], person_id=actor.person_id, organization_id=data["organization"], by=actor
    )
    return secret


@writes(SELF)
def revoke_token(token_id: UUID) -> Any:
    tokens.revoke(token_id, by=current_actor())
    say(gettext("The token has ended."))
    return redirect(url_for("accounts.list_tokens"), 303)


def attach(bp: Blueprint) -> None:
    """Hang the pages on the accounts blueprint."""
    bp.add_url_rule("/account", view_func=account, methods=["GET", "POST"])
    bp.add_url_rule("/account/password", view_func=change_password, methods=["GET", "POST"])
    bp.add_url_rule("/account/sessions/<uuid:session_id>/end", view_func=end_session, methods=["POST"])
    bp.add_url_rule("/account/tokens", view_func=list_tokens, methods=["GET", "POST"])
    bp.add_url_rule("/account/tokens/<uuid:token_id>/revoke", view_func=revoke_token, methods=["POST"])
