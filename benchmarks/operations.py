"""What is asked of both servers, and whether both answer alike."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode
from urllib.request import Request as Call
from urllib.request import urlopen

from benchmarks.load import Request
from benchmarks.market import Market

API = "/api/v1/achievements"
TEXT = (
    "The compressor lifts waste heat of 90 °C to steam of 180 °C with a coefficient of performance of 2.4, measured over 4,000 hours in a "
    "dairy. It needs no refrigerant with a global warming potential above 5 and fits into a container of six metres. "
)


@dataclass(frozen=True, slots=True)
class Operation:
    """A kind of request, several of which are sent in turn. ``goal``: at least as fast as the bare application."""

    name: str
    requests: tuple[Request, ...]
    goal: bool = False


def operations(market: Market, found: Sequence[dict[str, str]]) -> list[Operation]:
    """The operations on ``found`` (`market.sample`): as JSON, and as page."""
    words = [quote(" ".join(row["title"].split()[:2])) for row in found]
    filters = [urlencode({"field": row["field"], "trl": row["trl"]}) for row in found]
    draft = {
        "title_en": "Heat pump for process steam", "summary_en": "Steam of 180 °C from waste heat.", "description_en": TEXT * 10,
        "technology_codes": ["30"], "deal_kinds": ["licence"], "trl": 7, "ip_status": "granted",
    }  # fmt: skip
    total = f"/api/v1/fairs/{market.slug}/total"
    return [
        Operation("list", (Request(API),), goal=True),
        Operation("list, filtered", tuple(Request(f"{API}?{filter_}") for filter_ in filters), goal=True),
        Operation("search", tuple(Request(f"{API}?q={text}") for text in words), goal=True),
        Operation("detail", tuple(Request(f"{API}/{row['id']}") for row in found)),
        Operation("create", (Request(API, "POST", draft, market.token, 201),)),
        Operation("total", (Request(total),)),
        Operation("list, page", (Request("/achievements"),)),
        Operation("search, page", tuple(Request(f"/achievements?q={text}") for text in words)),
        Operation("detail, page", tuple(Request(f"/achievements/{row['id']}") for row in found)),
        Operation("total, page", (Request(f"/fairs/{market.slug}"),)),
    ]


def fetch(port: int, path: str) -> dict[str, object]:
    with urlopen(Call(f"http://127.0.0.1:{port}{path}"), timeout=60) as answer:
        return json.loads(answer.read())  # type: ignore[no-any-return]


def differing(ours: dict[str, object], theirs: dict[str, object]) -> str:
    """The fields in which two answers differ, with both values."""
    missing = object()
    pairs = {name: (ours.get(name, missing), theirs.get(name, missing)) for name in sorted({*ours, *theirs})}
    return "; ".join(f"{name}: {str(one)[:200]} and {str(other)[:200]}" for name, (one, other) in pairs.items() if one != other)


def check_alike(ports: tuple[int, int], every: Sequence[Operation]) -> float:
    """Both servers give the same rows with the same fields and values; returns the share of a search's rows that both find.

    Two engines rank differently, so a search compares the fields and the rows that both have. Cursors and the moment of
    reading are left out. Raises RuntimeError naming the first difference.
    """
    shared: list[float] = []
    for operation in every:
        for request in operation.requests if operation.requests[0].method == "GET" else ():
            if not request.path.startswith("/api/"):
                continue
            ours, theirs = (fetch(port, request.path) for port in ports)
            for answer in (ours, theirs):
                answer.pop("next", None)
                answer.pop("as_of", None)
            if operation.name == "search":
                shared.append(_search_alike(request.path, _by_id(ours), _by_id(theirs)))
            elif ours != theirs:
                raise RuntimeError(f"{request.path} is answered differently: {differing(ours, theirs)}")
    return sum(shared) / len(shared) if shared else 1.0


def _by_id(answer: dict[str, object]) -> dict[str, object]:
    rows: list[dict[str, object]] = answer["rows"]  # type: ignore[assignment]
    return {str(row["id"]): row for row in rows}


def _search_alike(path: str, ours: dict[str, object], theirs: dict[str, object]) -> float:
    both = ours.keys() & theirs.keys()
    if len(ours) != len(theirs) or any(ours[id] != theirs[id] for id in both):
        raise RuntimeError(f"{path}: {len(ours)} and {len(theirs)} rows, or a listing with other fields")
    return len(both) / len(ours) if ours else 1.0
