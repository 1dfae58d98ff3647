"""A valid call of a route, and the list of all of them."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from tests.rights.world import World


@dataclass
class Call:
    """``path`` fills the address; ``json`` is an API body, ``form`` a page's fields, ``raw`` bytes as they are."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    json: Any = None
    form: dict[str, Any] = field(default_factory=dict)
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


Maker = Callable[[World], Call]
CALLS: dict[str, Maker] = {}


def call(*routes: str) -> Callable[[Maker], Maker]:
    def mark(make: Maker) -> Maker:
        for route in routes:
            assert route not in CALLS, route
            CALLS[route] = make
        return make

    return mark


def of(world: World, **names: str) -> dict[str, Any]:
    return {name: getattr(world, thing) for name, thing in names.items()}


def on(route: str, *, json: Any = None, form: Any = None, query: Any = None, slug: str | None = None, **names: str) -> None:
    """A call that is said in a line; ``names`` are parameter=object of the world, ``slug`` the object whose slug stands there."""

    def make(world: World) -> Call:
        def built(what: Any) -> Any:
            return what(world) if callable(what) else copy(what)  # a test may write into it

        path = of(world, **names) | ({"slug": getattr(world, slug).slug} if slug else {})
        return Call(path=path, json=built(json), form=built(form) or {}, query=built(query) or {})

    call(route)(make)
