"""What a line of a schedule is called, for pages and calendars alike."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from marketplace.agenda.rules import Kind, Line, Side, State, Trouble
from marketplace.core.clock import now
from marketplace.core.i18n import gettext, language, localized
from marketplace.meetings.rules import link_open
from marketplace.taxonomy.vocabularies import LANGUAGES
from marketplace.venue.models import PlaceKind


def name(thing: Any, attribute: str = "name") -> str:
    """The text in the reader's language, else in the other one."""
    return localized(thing, attribute)[0]


def partner(line: Line, own: Collection[UUID]) -> Side | None:
    """The other side, for who is of one of the two."""
    others = [side for side in line.sides if side.id not in own]
    return others[0] if len(others) == 1 and len(line.sides) == 2 else None


def title(line: Line, own: Collection[UUID] = ()) -> str:
    """One line of text: with whom one meets, what one presents, what a session or closure is called."""
    if line.kind is Kind.MEETING:
        other = partner(line, own)
        return gettext("Meeting with %(name)s", name=name(other)) if other else " – ".join(name(side) for side in line.sides)
    if line.kind is Kind.PITCH:
        return gettext("Pitch: %(title)s", title=name(line, "title"))
    if line.kind is Kind.CLOSURE:
        return gettext("Closed: %(reason)s", reason=name(line, "title"))
    if line.kind is Kind.ABSENCE:
        who = line.interpreter or next((person for *_, person in line.people), "")
        return gettext("%(name)s is away", name=who) if who else gettext("The organisation is away")
    return name(line, "title")


def where(line: Line) -> str:
    """The place, and the hall it stands in: 'Table 12, Hall East'."""
    if line.place is None:
        return ""
    parts = [name(line.place), name(line.hall) if line.hall is not None else ""]
    return ", ".join(part for part in parts if part)


def link(line: Line) -> str | None:
    """The address of an online room, for who takes part; of a meeting only shortly before and during it (docs/rules/standby.md)."""
    if line.place is None or line.place.kind is not PlaceKind.ONLINE:
        return None
    if line.kind is Kind.MEETING and not (line.state is State.CONFIRMED and link_open(line.starts_at, line.ends_at, now())):
        return None
    return line.place.link


def languages(line: Line) -> str:
    """'English – Chinese' where the sides speak different languages, one where they share it, '' where they did not say."""
    codes = dict.fromkeys(code for code in line.languages if code in LANGUAGES)
    return " – ".join(LANGUAGES[code].label(language()) for code in codes if code is not None)


def trouble_labels() -> dict[Trouble, str]:
    """Why two lines stand in each other's way, in words."""
    return {
        Trouble.PLACE: gettext("The place is wanted twice"), Trouble.PERSON: gettext("Somebody is wanted twice"),
        Trouble.INTERPRETER: gettext("The interpreter is wanted twice"), Trouble.WALKING: gettext("Too little time for the way"),
    }  # fmt: skip
