"""Coming back after signing in: to a page of our own only, and with the text that was sent when the session had ended."""

import re
from typing import Any
from urllib.parse import quote, urlsplit

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

KEPT_SECONDS = 3600
MOST_KEPT = 64_000
SECRETS = re.compile(r"csrf_token|once|acting|kept|password|old|new")


def own_path(asked: str | None) -> str:
    """``next=`` parsed, looked up among our own pages and built anew; "/" for anything else."""
    if not asked or len(asked) > 2000 or not asked.isprintable() or "\\" in asked or not asked.startswith("/") or asked.startswith("//"):
        return "/"
    try:
        parts = urlsplit(asked)
        if parts.scheme or parts.netloc or parts.path.startswith("//"):
            return "/"
        endpoint, _ = current_app.url_map.bind("localhost").match(parts.path, method="GET")
    except (ValueError, HTTPException, RequestRedirect):
        return "/"
    if endpoint == "static" or parts.path.startswith(("/api/", "/webhooks/")):
        return "/"
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return f"{path}?{query}" if query else path


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="kept-text")


def keep() -> str:
    """The refused form, signed, to be carried through the sign-in page; "" when there is none or it is too long.

    Passwords and files are not kept.
    """
    if request.method != "POST" or not request.form:
        return ""
    fields = [(name, value) for name, value in request.form.items(multi=True) if not SECRETS.fullmatch(name)]
    if not fields or sum(len(name) + len(value) for name, value in fields) > MOST_KEPT:
        return ""
    return str(_signer().dumps([request.path, fields]))


def kept(text: str | None) -> tuple[str, list[tuple[str, str]]] | None:
    """(path, fields) of what `keep` signed within the last hour; None for anything else."""
    if not text:
        return None
    try:
        path, fields = _signer().loads(text, max_age=KEPT_SECONDS)
    except BadData:
        return None
    found: list[Any] = fields
    return path, [(name, value) for name, value in found]
