"""The fair of this page: named in its address, else the current one; looked up once a request."""

from flask import g

from marketplace.core.errors import NotFound
from marketplace.core.i18n import localized
from marketplace.fairs import queries
from marketplace.fairs.models import Fair


def current() -> Fair | None:
    """The current fair, once a request."""
    if "current_fair" not in g:
        g.current_fair = queries.current()
    return g.current_fair  # type: ignore[no-any-return]


def shown(slug: str | None = None) -> Fair:
    """The fair of a page: by its slug, else the current one. Raises NotFound when there is none yet."""
    fair = queries.by_slug(slug) if slug else current()
    if fair is None:
        raise NotFound()
    g.shown_fair = fair
    return fair


def _page_fair() -> Fair | None:
    return g.get("shown_fair") or current()


def shows_sample() -> bool:
    fair = _page_fair()
    return bool(fair and fair.sample)


def shown_zone() -> str | None:
    fair = None if g.get("bare_page") else _page_fair()
    return fair.time_zone if fair else None


def shown_name() -> str:
    fair = _page_fair()
    return localized(fair, "name")[0] if fair else ""
