"""The day page's tiles and the front page's pieces: what each domain shows there, registered from below."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from marketplace.core.access import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A number that is somebody's work, and the list it counts. ``kind`` colours it while it is not zero: due, late or plain.

    ``shy``: left out at zero, because few of those with the permission have such work."""

    label: Any
    permission: str
    counter: Callable[[Actor], int]
    endpoint: str
    kind: str
    hint: Any
    order: int
    shy: bool = False
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A tile with the number it has for one person now."""

    tile: Tile
    number: int

    @property
    def look(self) -> str:
        """The tile's class: nil at zero, else its kind."""
        if self.number == 0:
            return "nil"
        return "" if self.tile.kind == "plain" else self.tile.kind


KINDS = ("due", "late", "plain")
LOOKS = ("late", "due", "", "nil")
TILES: list[Tile] = []
FRONT: list[tuple[int, Callable[[], Markup | str]]] = []


def tile(
    label: Any,
    permission: str,
    counter: Callable[[Actor], int],
    endpoint: str,
    kind: str = "due",
    *,
    hint: Any = "",
    order: int = 50,
    shy: bool = False,
    **values: Any,
) -> None:
    """Show a tile to everyone with the permission. ``values`` fill the address of the list; one query a counter.

    Raises ValueError for an unknown kind."""
    if kind not in KINDS:
        raise ValueError(f"{kind} is none of {KINDS}")
    new = Tile(label=label, permission=permission, counter=counter, endpoint=endpoint, kind=kind, hint=hint, order=order, shy=shy, values=values)
    if (endpoint, permission, values) not in [(known.endpoint, known.permission, known.values) for known in TILES]:
        TILES.append(new)


def counted(actor: Actor) -> list[Counted]:
    """The tiles of this person, each with its number: what is late, what is due, the rest, and what has nothing; within each by
    their order. Tiles of other people's work are not even counted."""
    mine = sorted((t for t in TILES if actor.may(t.permission)), key=lambda t: t.order)
    found = [Counted(tile=each, number=each.counter(actor)) for each in mine]
    return sorted((each for each in found if each.number or not each.tile.shy), key=lambda each: LOOKS.index(each.look))


def on_front(render: Callable[[], Markup | str], *, order: int = 50) -> None:
    """Show a piece of markup on the strangers' front page; an empty one is left out."""
    if render not in [known for _, known in FRONT]:
        FRONT.append((order, render))


def front_pieces() -> list[Markup]:
    """What the domains have to say on the front page, in order, escaped unless it is markup."""
    pieces = [render() for _, render in sorted(FRONT, key=lambda entry: entry[0])]
    return [Markup.escape(piece) for piece in pieces if piece]
