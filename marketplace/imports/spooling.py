"""What the check of a file leaves on the disk for the step that stores it: one line for each good row, so that no memory holds them all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

DAYS = ("deadline", "valid_until")


@dataclass(slots=True)
class Item:
    """A good row: its content by column (blank ones left out), and ``changes`` when it is known or may be a duplicate.

    ``listing_id`` is the listing it is known as; ``changed`` whether that differs. ``alike_row`` and ``alike_id`` say what it may
    be a duplicate of: an earlier row of the file, or a listing of the organisation.
    """

    row: int
    content: dict[str, Any]
    segment: str | None = None
    columns: dict[str, str] | None = None
    listing_id: UUID | None = None
    changes: dict[str, Any] | None = None
    changed: bool = False
    alike_row: int | None = None
    alike_id: UUID | None = None
    entered: bool = False


class Spool:
    """A file of items that is written once from beginning to end, and then read any number of times."""

    def __init__(self, path: Path):
        self.path = path
        self._out = path.open("wb")
        self.size = 0

    def add(self, item: Item) -> int:
        """Where it stands, for `at`."""
        line = orjson.dumps(_packed(item)) + b"\n"
        place, self.size = self.size, self.size + len(line)
        self._out.write(line)
        return place

    def at(self, place: int) -> Item:
        self._out.flush()
        with self.path.open("rb") as file:
            file.seek(place)
            return _unpacked(orjson.loads(file.readline()))

    def close(self) -> None:
        self._out.close()


def items(path: Path) -> Iterator[Item]:
    with path.open("rb") as file:
        for line in file:
            yield _unpacked(orjson.loads(line))


_SHORT = {"row": "r", "content": "c", "segment": "s", "columns": "n", "listing_id": "l", "changes": "h", "changed": "d", "alike_row": "a", "alike_id": "i"}


def _packed(item: Item) -> dict[str, Any]:
    found = {short: getattr(item, name) for name, short in _SHORT.items()}
    return {short: value for short, value in found.items() if value is not None and value is not False}


def _unpacked(found: dict[str, Any]) -> Item:
    item = Item(**{name: found[short] for name, short in _SHORT.items() if short in found})
    for holder in (item.content, item.changes or {}):
        for name in DAYS:
            if isinstance(holder.get(name), str):
                holder[name] = date.fromisoformat(holder[name])
    for name in ("listing_id", "alike_id"):
        if (value := getattr(item, name)) is not None:
            setattr(item, name, UUID(value))
    return item
