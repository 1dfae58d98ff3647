"""The application with a few small routes of its own, on which the house's rules for all routes are tried."""

import pytest
from flask import Blueprint, render_template_string
from marshmallow import fields

from marketplace.core import access, audit
from marketplace.core.api import Blueprint as ApiBlueprint
from marketplace.core.db import db
from marketplace.core.errors import IllegalMove, Invalid
from marketplace.core.fields import FormSchema, Text, Whole
from marketplace.core.forms import Form
from marketplace.core.web import check_version, expected_version
from tests.conftest import application


class LineIn(FormSchema):
    name = Text(20, required=True)


class ThingIn(FormSchema):
    title = Text(30, required=True)
    number = Whole(1, 10, load_default=None, allow_none=True)
    tags = fields.List(Text(10), load_default=list)
    lines = fields.List(fields.Nested(LineIn), load_default=list)


TINY: dict[str, access.Permission] = {}
FORM = """{% extends "base.html" %}{% import "_macros.html" as m with context %}{% block main %}{{ m.summary(form) }}{{ m.form_start("/tiny/things") }}
{{ m.text(form, "title", "Title") }}{{ m.text(form, "number", "Number <n>") }}</form>{% endblock %}"""


def make(title):
    """Leave a trace, or refuse as a service would."""
    if title == "move":
        raise IllegalMove(start="declared", end="verified")
    if title == "taken":
        raise Invalid.field("title", "taken", "This title is taken.")
    audit.record("tiny.made", f"tiny:{title}", by=access.current_actor_or_none())


def attach(app):
    """Register the small routes and check them as the start-up checks all."""
    access.declare("tiny.person", "Try", person=True)
    access.declare("tiny.admin", "Try as administrator", admin=True)
    access.declare("tiny.manager", "Try as manager", staff=("manager",))
    access.declare("tiny.owner", "Try as owner", members=("owner",))
    access.declare("tiny.pending", "Try before approval", members=("owner",), pending=True)
    pages = Blueprint("tiny", __name__, url_prefix="/tiny")

    @pages.route("/things", methods=["GET", "POST"])
    @access.writes("tiny.person")
    def things():
        form = Form(ThingIn, title="first", number=3)
        if form.submitted():
            try:
                make(form.data["title"])
            except (IllegalMove, Invalid) as error:
                form.refused(error)
            else:
                return "made", 201
        return render_template_string(FORM, form=form), form.status

    for code in ("person", "admin", "manager", "owner", "pending"):
        pages.add_url_rule(f"/{code}", code, access.reads(f"tiny.{code}")(lambda: "seen"))
    pages.add_url_rule("/open", "open", access.reads(access.PUBLIC)(lambda: "seen"))
    pages.add_url_rule("/crash", "crash", access.reads(access.PUBLIC)(lambda: 1 / 0))
    app.register_blueprint(pages)

    blp = ApiBlueprint("tiny", description="Small routes.", url_prefix="/tiny")

    @blp.post("/things")
    @access.writes("tiny.person")
    @blp.arguments(ThingIn)
    @blp.response(201)
    def create_thing(data):
        make(data["title"])
        return {"title": data["title"], "number": data["number"]}

    @blp.put("/things/<uuid:thing_id>")
    @access.writes("tiny.person")
    @blp.arguments(ThingIn)
    @blp.response(200)
    def update_thing(data, thing_id):
        check_version(3, expected_version())
        make(data["title"])
        return {"title": data["title"]}

    @blp.get("/things")
    @access.reads(access.PUBLIC)
    @blp.response(200)
    def list_things():
        return {"rows": []}

    app.extensions["api"].register_blueprint(blp)
    access.check_every_route(app)
    for code in [code for code in access.PERMISSIONS if code.startswith("tiny.")]:
        TINY[code] = access.PERMISSIONS.pop(code)


@pytest.fixture(scope="session")
def app(database, once, tmp_path_factory):
    """Like the suite's application, on the same database, with the small routes."""
    return once.get(("tiny", database), lambda: application(database, tmp_path_factory.mktemp("tiny"), prepare=attach))


@pytest.fixture(autouse=True)
def tiny_permissions(request, monkeypatch):
    """The small routes' permissions are there for the tests of this folder only: they are not among the product's."""
    if {"app", "client"} & set(request.fixturenames):
        request.getfixturevalue("app")
        for code, permission in TINY.items():
            monkeypatch.setitem(access.PERMISSIONS, code, permission)


@pytest.fixture
def made(app):
    """How many things were made so far, as the database sees it."""
    from sqlalchemy import func, select

    def count():
        return db.session.scalar(select(func.count()).select_from(audit.AuditRow).where(audit.AuditRow.action == "tiny.made"))

    return count
