"""What higher domains add to a listing's page (links to go on with, panels beside the facts), and how they hear of index commits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup

from marketplace.core.access import Actor

Action = tuple[Any, str]  # label and address


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a fair's moderator decided on a version: when, in which fair, in words, and the reason if there is one."""

    number: int
    at: datetime
    fair_en: str | None
    fair_zh: str | None
    label: str
    reason: str | None = None


ACTIONS: list[Callable[[dict[str, Any], Actor | None], Action | None]] = []
PANELS: list[Callable[[dict[str, Any], Actor | None], Markup | None]] = []
HEADS: list[Callable[[dict[str, Any], Actor | None], Markup | None]] = []
FILE_ADDRESSES: list[Callable[[UUID, bool], str]] = []
DECISIONS: list[Callable[[UUID], Sequence["Decision"]]] = []
OWN_PANELS: list[Callable[[dict[str, Any], Actor], Markup | None]] = []
ADVICE: list[Callable[[dict[str, Any], Actor], Markup | None]] = []
BESIDE: list[Callable[[UUID], Mapping[str, Sequence[Markup]]]] = []
indexed: list[Callable[[list[UUID], str, int], None]] = []
"""Called with listings, the generation and the seq of the index that holds their change, in the transaction that notes them as done:
what a listener writes there is written exactly when the change counts as taken in. After a crash in between it is called again."""


def action(make: Callable[[dict[str, Any], Actor | None], Action | None]) -> None:
    """Offer a step on the page of each public listing (``id``, ``kind``, ``reference``, ``organization_id`` …), or None."""
    if make not in ACTIONS:
        ACTIONS.append(make)


def panel(make: Callable[[dict[str, Any], Actor | None], Markup | None]) -> None:
    """Show a panel beside each public listing's facts, or None. A constant number of queries."""
    if make not in PANELS:
        PANELS.append(make)


def head(make: Callable[[dict[str, Any], Actor | None], Markup | None]) -> None:
    """Put links and data for programs into the head of each public listing's page, or None. No queries: the page may be kept."""
    if make not in HEADS:
        HEADS.append(make)


def actions(listing: dict[str, Any], actor: Actor | None) -> list[Action]:
    return [found for make in ACTIONS if (found := make(listing, actor)) is not None]


def panels(listing: dict[str, Any], actor: Actor | None) -> list[Markup]:
    return [found for make in PANELS if (found := make(listing, actor)) is not None]


def heads(listing: dict[str, Any], actor: Actor | None) -> list[Markup]:
    return [found for make in HEADS if (found := make(listing, actor)) is not None]


def served_at(make: Callable[[UUID, bool], str]) -> None:
    """Say at which address a file of a listing is served, whole or small."""
    if make not in FILE_ADDRESSES:
        FILE_ADDRESSES.append(make)


def file_address(file_id: UUID, *, small: bool = False) -> str | None:
    """The address of a file; None where nothing serves files."""
    return next((make(file_id, small) for make in FILE_ADDRESSES), None)


def decided(make: Callable[[UUID], Sequence[Decision]]) -> None:
    """Tell a listing's owner what moderators decided on its versions. A constant number of queries."""
    if make not in DECISIONS:
        DECISIONS.append(make)


def decisions(listing_id: UUID) -> list[Decision]:
    """All decisions on a listing, the newest first."""
    return sorted((each for make in DECISIONS for each in make(listing_id)), key=lambda each: each.at, reverse=True)


def own_panel(make: Callable[[dict[str, Any], Actor], Markup | None]) -> None:
    """Show a panel at the top of an own listing's page, or None. A constant number of queries."""
    if make not in OWN_PANELS:
        OWN_PANELS.append(make)


def own_panels(listing: dict[str, Any], actor: Actor) -> list[Markup]:
    return [found for make in OWN_PANELS if (found := make(listing, actor)) is not None]


def advise(make: Callable[[dict[str, Any], Actor], Markup | None]) -> None:
    """Say something about an own listing before it is handed in, or None."""
    if make not in ADVICE:
        ADVICE.append(make)


def advice(listing: dict[str, Any], actor: Actor) -> list[Markup]:
    return [found for make in ADVICE if (found := make(listing, actor)) is not None]


def note_beside(make: Callable[[UUID], Mapping[str, Sequence[Markup]]]) -> None:
    """Show sentences beside the fields of an own listing's form, by field."""
    if make not in BESIDE:
        BESIDE.append(make)


def beside(listing_id: UUID) -> dict[str, list[Any]]:
    """What stands beside the fields of a listing's form."""
    found: dict[str, list[Any]] = {}
    for make in BESIDE:
        for field, sentences in make(listing_id).items():
            found.setdefault(field, []).extend(sentences)
    return found
