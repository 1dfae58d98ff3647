"""Pages to sign in and out, to register, to set a forgotten password, and to switch the language."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, redirect, render_template, request, url_for

from marketplace.accounts import account, clocks, returning, service, sessions
from marketplace.accounts.models import Person
from marketplace.accounts.schemas import FinishIn, ForgotIn, RegisterIn, ResetIn, SignInIn
from marketplace.core import zones
from marketplace.core.access import PUBLIC, current_actor_or_none, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import COOKIE, LANGUAGES, gettext
from marketplace.core.layout import say
from marketplace.core.limits import tries

bp = Blueprint("accounts", __name__)
account.attach(bp)
clocks.attach(bp)
SIGN_IN_HINTS: list[Callable[[], Sequence[tuple[Any, str, str]]]] = []
"""Filled by the domain that makes sample people: (who, mail, password) rows, or none when this instance has no such people."""

YEAR = 365 * 24 * 3600


@bp.route("/sign-in", methods=["GET", "POST"])
@tries(account="10 per 15 minutes", network="100 per 15 minutes", failed_only=True)
@writes(PUBLIC, once=False)
def sign_in() -> Any:
    form = Form(SignInIn, email=request.args.get("email", ""))
    target = returning.own_path(request.args.get("next"))
    if target.startswith("/sign-in"):
        target = "/"  # it would lead here again
    text = request.form.get("kept", "")
    if request.method == "GET" and current_actor_or_none():
        return redirect(target, 303)
    if "email" in request.form and form.submitted():
        try:
            session_row, secret = service.sign_in(**form.data, agent=request.user_agent.string)
        except DomainError as error:
            form.refused(error)
        else:
            person = service.get(session_row.person_id)
            sessions.begin(secret, session_row, person)
            return _greet(person, _continue(text) or redirect(target, 303))
    hints = [hint for hints in SIGN_IN_HINTS for hint in hints()]
    return render_template("accounts/sign_in.html", form=form, next=target, kept=text, hints=hints), form.status


def _continue(text: str) -> Response | None:
    """The page that offers to send again what was written when the session had ended."""
    found = returning.kept(text)
    if found is None:
        return None
    path, fields = found
    return make_response(render_template("accounts/continue.html", path=path, fields=fields))


def _greet(person: Person, response: Any) -> Response:
    """From here on in the person's language and beside their clock, unless this browser was switched to others."""
    answer = make_response(response)
    if person.time_zone and zones.COOKIE not in request.cookies:
        clocks.remember(answer, person.time_zone)
    if COOKIE not in request.cookies:
        _remember_language(answer, person.language)
    return answer


def _remember_language(response: Response, code: str) -> None:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(COOKIE, code, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)


@bp.post("/sign-out")
@writes(PUBLIC, once=False)
def sign_out() -> Any:
    actor = current_actor_or_none()
    if actor is not None:
        service.sign_out(by=actor)
    sessions.finish()
    say(gettext("You are signed out."))
    return redirect(url_for("home.front"), 303)


@bp.get("/language/<code>")
@reads(PUBLIC)
def switch_language(code: str) -> Any:
    """Raises NotFound for a language we do not have."""
    if code not in LANGUAGES:
        raise NotFound()
    response = make_response(redirect(returning.own_path(request.args.get("next")), 303))
    _remember_language(response, code)
    response.headers["Cache-Control"] = "no-store"
    return response


def _link(endpoint: str) -> str:
    """The address of a mailed link, with ``{secret}`` in it."""
    path = url_for(endpoint, secret="SECRET")
    return str(current_app.config["SETTINGS"].public_url) + path.replace("SECRET", "{secret}")


@bp.route("/register", methods=["GET", "POST"])
@tries(account="5 per hour", network="200 per hour", failed_only=False)
@writes(PUBLIC)
def register_person() -> Any:
    form = Form(RegisterIn)
    if form.submitted():
        service.send_link("register", form.data["email"], address=_link("accounts.finish_registration"), name=form.data["name"])
        return render_template("accounts/mail_sent.html", email=form.data["email"])
    return render_template("accounts/register.html", form=form), form.status


@bp.route("/register/<secret>", methods=["GET", "POST"])
@writes(PUBLIC, once=False)
def finish_registration(secret: str) -> Any:
    link = service.open_link("register", secret)
    form = Form(FinishIn, name=link.name)
    if form.submitted():
        try:
            person = service.finish_registration(secret, form.data["name"], form.data["password"])
        except DomainError as error:
            form.refused(error)
        else:
            sessions.begin(*_started(person))
            say(gettext("Welcome. The next step is your organisation."))
            return _greet(person, redirect(url_for(_after_registration()), 303))
    return render_template("accounts/finish_registration.html", form=form, email=link.email), form.status


def _started(person: Person) -> tuple[str, Any, Person]:
    session_row, secret = service.start_session(person, agent=request.user_agent.string)
    return secret, session_row, person


def _after_registration() -> str:
    return str(current_app.config.get("AFTER_REGISTRATION_ENDPOINT", "home.front"))


@bp.route("/password/forgot", methods=["GET", "POST"])
@tries(account="5 per hour", network="200 per hour", failed_only=False)
@writes(PUBLIC)
def forgot_password() -> Any:
    form = Form(ForgotIn, email=request.args.get("email", ""))
    if form.submitted():
        service.send_link("reset", form.data["email"], address=_link("accounts.reset_password"))
        return render_template("accounts/mail_sent.html", email=form.data["email"])
    return render_template("accounts/forgot_password.html", form=form), form.status


@bp.route("/password/reset/<secret>", methods=["GET", "POST"])
@writes(PUBLIC, once=False)
def reset_password(secret: str) -> Any:
    link = service.open_link("reset", secret)
    form = Form(ResetIn)
    if form.submitted():
        try:
            person = service.reset_password(secret, form.data["new"])
        except DomainError as error:
            form.refused(error)
        else:
            sessions.begin(*_started(person))
            say(gettext("Your new password holds from now on; every other session has ended."))
            return _greet(person, redirect(url_for("home.front"), 303))
    return render_template("accounts/reset_password.html", form=form, email=link.email), form.status


def register(app: Flask) -> None:
    app.jinja_env.globals["keep_text"] = returning.keep
    app.register_blueprint(bp)
