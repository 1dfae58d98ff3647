"""What every page shares: the navigation that shows each role its work, and how money, days and codes are written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, current_app, flash, g, render_template, request, url_for
from flask_babel import format_date as babel_date
from flask_babel import get_locale
from flask_bootstrap import Bootstrap5
from markupsafe import Markup, escape

from marketplace.core import access, zones
from marketplace.core.i18n import gettext, html_lang, language, localized
from marketplace.core.money import format_money, short


def part(template: str, **values: Any) -> Markup:
    """A part of a page as HTML that another template takes over as it is."""
    return Markup(render_template(template, **values))  # nosec B704: the template escapes


@dataclass(frozen=True, slots=True)
class Item:
    """A link of the navigation. ``permission`` decides who sees it; ``order`` sorts: below 100 one's work, above it the fair's."""

    label: Any
    endpoint: str
    permission: str
    order: int
    when: Callable[[], bool] | None = None


ITEMS: list[Item] = []
SAMPLE: list[Callable[[], bool]] = []  # whether this page shows sample data; connected by the domain that knows fairs
FAIR_NAME: list[Callable[[], Any]] = []


def navigation(label: Any, endpoint: str, permission: str, order: int, *, when: Callable[[], bool] | None = None) -> None:
    item = Item(label, endpoint, permission, order, when)
    if item.endpoint not in {known.endpoint for known in ITEMS}:
        ITEMS.append(item)


def visible_items() -> list[Item]:
    """The items of this caller, in order; none on the page of an error of ours."""
    if g.get("bare_page"):
        return []
    actor = access.current_actor_or_none()
    shown = [
        item
        for item in ITEMS
        if (item.permission == access.PUBLIC or (actor is not None and actor.may(item.permission)))
        and (item.when is None or item.when())
    ]
    return sorted(shown, key=lambda item: item.order)


def say(text: Any, category: str = "info") -> None:
    """A message on the next page: what was done, and what happens now."""
    flash(str(text), category)


def both(thing: Any, name: str) -> Markup:
    """A bilingual attribute in the reader's language, marked when it is in the other one."""
    text, code = localized(thing, name)
    return Markup("{}").format(text) if code == language() else Markup('<span lang="{}">{}</span>').format(html_lang(code), text)


def acting_name(acting: access.Acting) -> str:
    """The organisation that is acted for, and under a mandate who acts: "X for Y"."""
    return gettext("%(agency)s for %(principal)s", agency=acting.agency, principal=acting.name) if acting.agency else acting.name


def day(value: date | datetime | None, zone: str | None = None) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone or zones.page_zone())).date()
    return str(babel_date(value, "medium"))


def moment(value: datetime | None, zone: str | None = None) -> Markup:
    """A moment as the fair's wall clock shows it, the exact one in the markup; the reader's own clock beside it where that differs.

    Without a ``zone`` it is the clock of the page's fair."""
    return Markup("–") if value is None else zones.at(value, zone or zones.page_zone())


def money(minor: int | None, currency: str | None) -> str:
    return format_money(minor, currency or "CNY", locale=language())


def short_money(minor: int | None, currency: str) -> str:
    return gettext("undisclosed") if minor is None else short(minor, currency, locale=language())


def paragraphs(text: str | None) -> Markup:
    """Plain text with its paragraphs kept; everything is escaped."""
    parts = [part.strip() for part in (text or "").split("\n\n") if part.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in part.split("\n"))) for part in parts)


def with_args(**changes: Any) -> str:
    """This page's address with some query parameters changed; None drops one.

    The parameters that came in stay parameters: `url_for` would take some of their names for instructions to itself.
    """
    args = {**request.args.to_dict(flat=False), **changes}
    kept = {k: v for k, v in args.items() if v not in (None, "", [])}
    path = url_for(request.endpoint or "home.front", **(request.view_args or {}))
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


def register(app: Flask) -> None:
    Bootstrap5(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        navigation=visible_items,
        both=both,
        acting_name=acting_name,
        with_args=with_args,
        is_sample=lambda: not g.get("bare_page") and any(check() for check in SAMPLE),
        fair_name=lambda: "" if g.get("bare_page") else next((name() for name in FAIR_NAME), ""),
        smtp_is_console=lambda: current_app.config["SETTINGS"].smtp_url is None,
    )
    app.jinja_env.filters.update(day=day, moment=moment, money=money, short_money=short_money, paragraphs=paragraphs)
    app.jinja_env.globals["locale_name"] = lambda: str(get_locale())
    for endpoint in ("static", "bootstrap.static"):
        if endpoint in app.view_functions:
            app.view_functions[endpoint] = access.reads(access.PUBLIC)(app.view_functions[endpoint])
