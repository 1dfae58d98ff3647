"""HTML forms on marshmallow: one schema validates the JSON body, the page and the spreadsheet row alike."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, g, request
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup
from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from marketplace.core.errors import DomainError, FieldError
from marketplace.core.problems import messages_to_errors

OFFER = "instead"
"""What a button sends that takes up an offer of a refusal: values of some fields, written like the query of an address."""
OURS = {"csrf_token", "once", "acting", "kept", OFFER}


def from_form(schema: Schema, posted: "MultiDict[str, str]") -> dict[str, Any]:
    """A posted form as the plain mapping that the schema loads: lists where it wants lists, `lines-0-name` nested."""
    data: dict[str, Any] = {}
    for name in posted:
        if name in OURS:
            continue
        if "-" in name and (head := name.split("-", 1)[0]) in schema.fields and isinstance(schema.fields[head], fields.List):
            _nest(data, name, posted[name])
        elif isinstance(schema.fields.get(name), fields.List):
            data[name] = [value for value in posted.getlist(name) if value != ""]
        else:
            data[name] = posted[name]
    data |= {name: value for name, value in parse_qsl(posted.get(OFFER, "")) if name in schema.fields}
    for name, value in data.items():
        if isinstance(value, dict):
            data[name] = [value[key] for key in sorted(value) if any(value[key].values())]
    return data


def _nest(data: dict[str, Any], name: str, value: str) -> None:
    head, number, field = (name.split("-", 2) + ["", ""])[:3]
    if not (number.isascii() and number.isdigit() and len(number) <= 3):
        return
    rows = data.setdefault(head, {})
    if isinstance(rows, dict):
        rows.setdefault(int(number), {})[field] = value


class Form:
    """What a page posted: `data` once it is valid, `errors` and `values` to show it again.

    ``values`` are what the inputs show: the initial ones, or what was posted, never lost. ``offers``: what a refusal offers instead.
    """

    def __init__(self, schema: type[Schema] | Schema, **initial: Any):
        self.schema = schema() if isinstance(schema, type) else schema
        self.schema.context_is_form = True  # type: ignore[attr-defined]
        self.values: Mapping[str, Any] = initial
        self.data: dict[str, Any] = {}
        self.found: tuple[FieldError, ...] = ()
        self.refusal: str = ""
        self.offers: tuple[Any, ...] = ()
        self.labels: dict[str, str] = {}

    def named(self, name: str, label: Any) -> str:
        """A template says what it calls a field, beside its input, so that the summary can name it; shows nothing."""
        self.labels[name] = str(label)
        return ""

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """(name of the input, what the page calls it, sentence) of each wrong field; the second is empty where the page has no such field."""
        told = [(error.pointer.strip("/").replace("/", "-"), error.detail) for error in self.found if error.code != "free"]
        return [(name, self.labels.get(name, ""), detail) for name, detail in told]

    def submitted(self) -> bool:
        """True when this is a POST and every field is right."""
        if request.method != "POST":
            return False
        self.values = from_form(self.schema, request.form)
        try:
            self.data = self.schema.load(self.values)
        except ValidationError as error:
            self.found = messages_to_errors(error.messages)
        return not self.found

    def refused(self, error: DomainError) -> None:
        """Show a service's refusal on the form: beside the fields it names, or above all."""
        self.found += error.errors
        self.refusal = "" if error.errors else str(error.detail)
        self.offers = error.offers
        self._status = error.status
        g.refused_with = error

    _status = 422

    @property
    def errors(self) -> dict[str, list[FieldError]]:
        """By field name ('title', 'parties-0-name')."""
        grouped: dict[str, list[FieldError]] = {}
        for error in self.found:
            grouped.setdefault(error.pointer.strip("/").replace("/", "-"), []).append(error)
        return grouped

    @property
    def status(self) -> int:
        """200 for a fresh page, the refusal's status for one that came back."""
        return self._status if self.found or self.refusal else 200

    def value(self, name: str) -> Any:
        """What an input shows; ``parties-0-name`` reaches into lists."""
        current: Any = self.values
        for part in name.split("-"):
            if isinstance(current, Mapping):
                current = current.get(part)
            elif isinstance(current, list) and part.isascii() and part.isdigit() and int(part) < len(current):
                current = current[int(part)]
            else:
                return None
        return current


def at_end(macro: Callable[..., Markup], *args: Any) -> Markup:
    """A mark where a macro is to stand that knows its words only when the rest of the page is written; `with_ends` puts it there."""
    mark = Markup("<!--{}-->").format(secrets.token_hex(16))
    g.setdefault("at_end", []).append((mark, macro, args))
    return mark


def with_ends(page: str) -> Markup:
    """The page with each mark of `at_end` replaced by what its macro says now."""
    written = Markup(page)  # nosec B704: the template that wrote it escaped
    for mark, macro, args in g.pop("at_end", []):
        written = written.replace(mark, macro(*args))
    return written


def register(app: Flask) -> None:
    CSRFProtect(app)
    app.jinja_env.globals.update(csrf_token=generate_csrf, once_key=lambda: secrets.token_urlsafe(16), at_end=at_end)
    app.jinja_env.filters.update(with_ends=with_ends)
