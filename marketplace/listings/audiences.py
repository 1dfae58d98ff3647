"""To which audience of a listing a reader belongs, and who hears that something reserved was read (docs/rules/disclosure.md).

The domains above know the negotiations and agreements that open more: they add resolvers. Whoever cannot be placed reads what is
public; whoever is signed in, what is for registered visitors; the owner's own people everything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.core.access import Actor
from marketplace.listings.levels import GROUP_OF, Level

UPPER = frozenset({Level.AFTER_INTEREST, Level.AFTER_NDA})
"""What is read under these is written down for the owner."""
Resolver = Callable[[UUID, UUID, Actor], Level | None]
RESOLVERS: list[Resolver] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What of the upper two levels one request shows: groups of fields (``files``: that there are some), or one file."""

    listing_id: UUID
    number: int
    level: Level
    groups: tuple[str, ...] = ()
    file_id: UUID | None = None


READ: list[Callable[[Reading, Actor], None]] = []
"""Called before the answer is made; what raises here, lets nothing out."""


def resolver(resolve: Resolver) -> None:
    """Let a higher domain say what level ``(listing, owner, actor)`` has; None where it knows nothing."""
    if resolve not in RESOLVERS:
        RESOLVERS.append(resolve)


def on_read(write: Callable[[Reading, Actor], None]) -> None:
    """Hear of each reading of the upper two levels."""
    if write not in READ:
        READ.append(write)


def level_for(listing_id: UUID, *, owner_id: UUID, by: Actor | None) -> Level:
    """The highest level that the reader may read of a listing now; `Level.NEVER` is its owner's."""
    if by is None:
        return Level.PUBLIC
    if by.organization_id == owner_id and by.may("listings.read_own"):
        return Level.NEVER
    found = [level for resolve in RESOLVERS if (level := resolve(listing_id, owner_id, by)) is not None]
    return max([Level.REGISTERED, *found], key=lambda level: level.rank)


def upper_groups(content: Mapping[str, Any], level: Level) -> tuple[str, ...]:
    """The groups of the upper two levels that a reader of a level finds filled in: ``content`` as `levels.seen` gives it."""
    levels = content.get("levels") or {}
    allowed = {group for group, wanted in levels.items() if wanted in UPPER and Level(wanted).rank <= level.rank}
    filled = {GROUP_OF[column] for column, value in content.items() if column in GROUP_OF and value not in (None, [])}
    files = ("files",) if any(row["level"] in UPPER for row in content.get("files") or ()) else ()
    return (*sorted(allowed & filled), *files)


def reading(row: Mapping[str, Any]) -> Reading:
    """What a row of `queries.public_one` shows."""
    return Reading(listing_id=row["id"], number=row["number"], level=row["audience"], groups=row["upper"])


def note(reading: Reading, *, by: Actor | None) -> None:
    """Have a reading of the upper two levels written down; the owner's own is not one."""
    if by is None or reading.level not in UPPER or not (reading.groups or reading.file_id):
        return
    for write in READ:
        write(reading, by)
