"""What the mails say, in the language that is spoken when it is written: sections by search and by own listing, each with its way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.alerts import searching, stopping
from marketplace.alerts.models import Source
from marketplace.alerts.queries import Told
from marketplace.core.i18n import gettext, localized, ngettext
from marketplace.listings.models import Kind
from marketplace.matching.strength import Band, band

LINES, SECTIONS = 20, 20
"""Listings that a section names, and sections of a mail; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, and the headers by which a mail program leaves the list (RFC 2369, RFC 8058)."""

    subject: str
    body: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """One search, or one own listing: a headline, lines, and the secret of the link that stops it."""

    headline: str
    lines: list[str]
    stop: str


def letter(person_id: UUID, told: Sequence[Told], *, daily: bool, public_url: str) -> Letter:
    """One mail about these notices; they are worth telling and at least one."""
    groups = _grouped(told)
    sections = [_section(person_id, group, public_url) for group in groups[:SECTIONS]]
    everything = stopping.of_all(person_id)
    stops = {section.stop for section in sections}
    leave = f"{public_url}/alerts/stop/{stops.pop() if len(stops) == 1 else everything}"
    left = sum(each.notice.number for group in groups[SECTIONS:] for each in group)
    parts = []
    for section in sections:
        stop = gettext("Stop these mails: %(address)s", address=f"{public_url}/alerts/stop/{section.stop}")
        parts.append("\n".join([section.headline, "", *section.lines, "", stop]))
    if left:
        parts.append(ngettext("… and one more.", "… and %(num)s more.", left))
    parts.append("\n".join([
        gettext("Everything new, and how often you are told: %(address)s", address=f"{public_url}/alerts/notices"),
        gettext("Stop all mails of this kind with one click, without signing in: %(address)s", address=f"{public_url}/alerts/stop/{everything}"),
    ]))  # fmt: skip
    headers = {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Letter(_subject(told, daily=daily), "\n\n".join(parts) + "\n", headers)


def _subject(told: Sequence[Told], *, daily: bool) -> str:
    number = sum(each.notice.number for each in told)
    if daily:
        return str(ngettext("Today for you: one new listing", "Today for you: %(num)s new listings", number))
    if number == 1 and told[0].listing is not None:
        title = localized(told[0].listing, "title")[0]
        return gettext("New: %(title)s", title=title if len(title) <= 100 else f"{title[:99]}…")
    return str(ngettext("One new listing for you", "%(num)s new listings for you", number))


def _grouped(told: Sequence[Told]) -> list[list[Told]]:
    """By search, then by own listing, in the order of the first notice of each."""
    groups: dict[tuple[bool, UUID | None], list[Told]] = {}
    for each in told:
        is_match = each.notice.source is not Source.SEARCH
        groups.setdefault((is_match, each.notice.subject_id if is_match else each.notice.search_id), []).append(each)
    return sorted(groups.values(), key=lambda group: group[0].notice.source is not Source.SEARCH)


def _section(person_id: UUID, group: Sequence[Told], public_url: str) -> Section:
    first = group[0]
    if first.notice.source is Source.SEARCH and first.notice.search_id is not None:
        headline = gettext("New for your search “%(name)s”:", name=first.search or "")
        return Section(headline, _lines(group, public_url), stopping.of_search(first.notice.search_id))
    subject, organization_id = first.subject or {}, first.notice.organization_id or person_id
    own = f"{subject['reference']} · {localized(subject, 'title')[0]}"
    fits = first.kind is Kind.ACHIEVEMENT
    headline = gettext("New achievements that fit your need %(own)s:", own=own) if fits else gettext("New needs that your achievement %(own)s fits:", own=own)
    path = f"{searching.address(Kind.NEED if fits else Kind.ACHIEVEMENT, '', 'relevance')}/{subject['id']}/matches"
    matches = gettext("All its matches: %(address)s", address=public_url + path)
    return Section(headline, [*_lines(group, public_url), "", matches], stopping.of_matches(person_id, organization_id))


def _lines(group: Sequence[Told], public_url: str) -> list[str]:
    named = [each for each in group if each.listing is not None]
    lines = []
    for each in named[:LINES]:
        listing = each.listing or {}
        strength = f" ({strengths()[band(each.notice.strength)]})" if each.notice.strength is not None else ""
        lines += [f"- {localized(listing, 'title')[0]}{strength} · {listing['reference']}", f"  {public_url}/{each.kind.value}s/{listing['id']}"]
    number = len(named[LINES:]) + sum(each.notice.number for each in group if each.listing is None)
    if number:
        lines.append("- " + (str(ngettext("and one more", "and %(num)s more", number)) if named else in_number(group[0].kind, number)))
    return lines


def strengths() -> dict[Band, str]:
    """How strong a match is, in words."""
    return {Band.STRONG: gettext("strong match"), Band.FAIR: gettext("fair match"), Band.WEAK: gettext("weak match")}


def in_number(kind: Kind, number: int) -> str:
    """How many listings of a kind match, where none is named."""
    if kind is Kind.NEED:
        return str(ngettext("%(num)s need that it fits", "%(num)s needs that it fits", number))
    return str(ngettext("%(num)s achievement that fits it", "%(num)s achievements that fit it", number))
