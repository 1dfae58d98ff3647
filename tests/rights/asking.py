"""Sends a call as somebody: pages with a session and the form's token, the API with a bearer token and a fresh key."""

import re
from itertools import count
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.rights.calls import Call
from tests.rights.world import World

keys = count(1)
FORM_SECRET = "f" * 40
VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=name=\"csrf_token\" value=\")[^\"]*|(?<=name=\"once\" value=\")[^\"]*")


def routes(world: World) -> dict[str, Rule]:
    """'GET /contracts' → its rule; every method of every route."""
    found = {}
    for rule in world.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found[f"{method} {rule.rule}"] = rule
    return found


def address(rule: str, path: dict[str, Any]) -> str:
    """'/contracts/<uuid:contract_id>' with its parameters in place."""
    found = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(path[match[1]]), rule)
    assert "<" not in found, rule
    return found


def foreign(path: dict[str, Any]) -> dict[str, Any]:
    """The same address with names of the same length that exist nowhere."""
    return {name: uuid4() if name.endswith("_id") else value if isinstance(value, int) else "x" * len(str(value)) for name, value in path.items()}


def client_of(world: World, role: str) -> FlaskClient:
    """A browser of this role: signed in, with the token that forms carry."""
    client = world.app.test_client()
    with client.session_transaction() as cookie:
        if role != "anonymous":
            cookie["_user_id"], cookie["_fresh"] = world.sessions[role], True
        cookie["csrf_token"] = FORM_SECRET
    return client


def form_fields(world: World, role: str) -> dict[str, str]:
    """What every form of a page carries hidden."""
    organization = world.acting.get(role)
    token = URLSafeTimedSerializer(world.app.secret_key, salt="wtf-csrf-token").dumps(FORM_SECRET)
    return {"csrf_token": token, "once": f"once-{next(keys)}", "acting": str(organization.id) if organization else ""}


def bearer(world: World, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.tokens[role]}"} if role in world.tokens else {}


def send(world: World, route: str, call: Call, *, role: str, path: dict[str, Any] | None = None) -> TestResponse:
    """The answer to this call by this role; ``path`` in place of the call's own."""
    method, rule = route.split(" ", 1)
    url = address(rule, call.path if path is None else path)
    more: dict[str, Any] = {"method": method, "query_string": call.query, "buffered": True}
    if call.raw is not None:
        return world.app.test_client().open(url, data=call.raw, headers=call.headers, **more)
    if not rule.startswith("/api/"):
        if method == "POST":
            more["data"] = call.form | form_fields(world, role)
        return client_of(world, role).open(url, **more)
    headers = bearer(world, role) | ({"Idempotency-Key": f"key-{next(keys)}"} if method == "POST" else {})
    if method in {"PUT", "PATCH"}:
        headers["If-Match"] = "*"
    headers |= call.headers
    if call.json is not None:
        more["json"] = call.json
    elif call.form:
        more["data"] = call.form
    return world.app.test_client().open(url, headers=headers, **more)


def seen(answer: TestResponse, *said: Any) -> tuple[int, dict[str, str], str]:
    """All of an answer that may tell one thing from another: without number, moment and tokens, and what the asker ``said``."""
    headers = {name: value for name, value in answer.headers if name not in {"X-Request-Id", "Date", "Set-Cookie"}}
    text = VARYING.sub("…", answer.text)
    for each in (str(each) for each in said):
        text = text.replace(each, "…") if len(each) > 3 else text
    return answer.status_code, headers, text
