"""Atom (RFC 4287): new achievements and needs, as the catalogue would find them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from marketplace.interchange.contents import SHELVES
from marketplace.interchange.writing import DECLARATION, element, wrapped
from marketplace.listings.models import Kind
from marketplace.taxonomy import vocabularies as v

HTML_LANG = {"en": "en", "zh": "zh-Hans"}


def feed(kind: Kind, rows: Sequence[Mapping[str, Any]], *, changed: Mapping[UUID, datetime], base: str, language: str, title: str, here: str, page: str, begun: datetime) -> str:
    """The feed of these rows of the catalogue. ``here`` and ``page`` are its address and that of the same search as a page, without the host.

    ``begun`` dates a feed in which nothing is. Ids are tag URIs (RFC 4151): they stay while the host stays.
    """
    host = urlsplit(base).hostname or "localhost"
    entries = "".join(_entry(kind, row, changed=changed, base=base, host=host, language=language) for row in rows)
    updated = max((_updated(row, changed) for row in rows), default=begun)
    inside = "".join((
        element("id", f"tag:{host},2020:{here}"), element("title", title), element("updated", _moment(updated)),
        element("link", rel="self", type="application/atom+xml", href=base + here), element("link", rel="alternate", type="text/html", href=base + page),
        wrapped("author", element("name", "Technology Trading") + element("uri", base + "/")), entries,
    ))  # fmt: skip
    return DECLARATION + wrapped("feed", inside, xmlns="http://www.w3.org/2005/Atom", xml_lang=HTML_LANG[language])


def _entry(kind: Kind, row: Mapping[str, Any], *, changed: Mapping[UUID, datetime], base: str, host: str, language: str) -> str:
    path = f"/{SHELVES[kind]}/{row['id']}"
    owner, owner_lang = _said(row["organization"], "name", language)
    lines = [
        element("id", f"tag:{host},2020:{path}"), _text("title", *_said(row, "title", language), language=language),
        element("updated", _moment(_updated(row, changed))), element("published", _moment(row["published_at"])),
        element("link", rel="alternate", type="text/html", href=base + path),
        element("link", rel="alternate", type="application/ld+json", href=f"{base}{path}.jsonld"),
        wrapped("author", _text("name", owner, owner_lang, language=language)) if owner else "",
    ]
    summary, code = _said(row, "summary", language)
    if not summary:
        summary, code = _said(row, "description", language)
    lines.append(_text("summary", summary[:500], code, language=language) if summary else "")
    lines += [element("category", term=f"field-{each}", label=v.WIPO_FIELDS.label(each, language)) for each in row["technology_codes"]]
    return wrapped("entry", "".join(lines))


def _said(thing: Mapping[str, Any], name: str, language: str) -> tuple[str, str]:
    """A bilingual text in this language, else in the other one, with the language it is in."""
    for code in (language, "zh" if language == "en" else "en"):
        if text := thing.get(f"{name}_{code}"):
            return text, code
    return "", language


def _text(name: str, text: str, code: str, *, language: str) -> str:
    return element(name, text, xml_lang=HTML_LANG[code] if code != language else None)


def _updated(row: Mapping[str, Any], changed: Mapping[UUID, datetime]) -> datetime:
    return changed.get(row["id"], row["published_at"])  # type: ignore[no-any-return]


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
