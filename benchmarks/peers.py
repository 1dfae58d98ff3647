"""The product beside what a user could take instead: FastAPI for lists and details, Datasette for search and facets.

Both run in an environment of their own, made from `benchmarks/requirements.txt` in the folder `.venv-peers` when it is missing.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

from benchmarks import speed
from benchmarks.load import Client, Request
from benchmarks.market import Market
from benchmarks.operations import API, Operation, differing, fetch
from benchmarks.servers import PRODUCT, ROOT, WORKERS, Server

ENVIRONMENT = ROOT / ".venv-peers"
TEXTS = ("title_en", "title_zh", "summary_en", "summary_zh", "description_en", "description_zh", "advantages_en", "advantages_zh")
LISTS = ("technology_codes", "deal_kinds")
CODES = ("trl", "ip_status", "country")
GOALS = {"list": 2.0, "detail": 2.0, "search": 1.5, "facets": 10.0}
FACETS = urlencode([*(("_facet", name) for name in CODES), *(("_facet_array", name) for name in LISTS)])


def environment() -> Path:
    """The Python of the peers; made on the first call, which takes a minute."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        required = str(Path(__file__).with_name("requirements.txt"))
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", required], check=True)
    return python


def fast(market: Market) -> Server:
    """FastAPI under uvicorn with as many processes as the product has."""
    arguments = ("-m", "uvicorn", "benchmarks.fast:app", "--host", "127.0.0.1", "--workers", str(WORKERS), "--log-level", "warning", "--no-access-log")
    return Server("fastapi", arguments, market, python=environment(), port_option="--port")


def datasette(market: Market) -> Server:
    """Datasette over a table of the same listings with its full-text index; it has one process. The file may change, as a catalogue does."""
    path = Path(market.folder) / "listings.db"
    flat(Path(market.database.removeprefix("sqlite:///")), path)
    settings = [word for name in ("sql_time_limit_ms", "facet_time_limit_ms") for word in ("--setting", name, "20000")]
    arguments = ("-m", "datasette", "serve", str(path), "--host", "127.0.0.1", *settings)
    return Server("datasette", arguments, market, python=environment(), port_option="--port", answers="/-/versions.json")


def flat(source: Path, target: Path) -> None:
    """One row for each public achievement, searched by FTS5 with Porter's stemmer, as Datasette expects it."""
    columns = ", ".join(f"v.{name}" for name in (*TEXTS, *CODES, *LISTS))
    with sqlite3.connect(target) as there:
        there.execute("ATTACH ? AS market", (str(source),))
        there.execute(
            f"CREATE TABLE listings AS SELECT l.num AS id, l.reference, {columns} FROM market.listings AS l JOIN market.listing_versions AS v "
            "ON v.listing_id = l.id AND v.number = l.public_number WHERE l.kind = 'achievement'"
        )
        names = ", ".join(("reference", *TEXTS))
        there.execute(f"CREATE VIRTUAL TABLE listings_fts USING fts5({names}, content='listings', tokenize='porter unicode61')")
        there.execute(f"INSERT INTO listings_fts (rowid, {names}) SELECT rowid, {names} FROM listings")
        for name in CODES:
            there.execute(f"CREATE INDEX listings_{name} ON listings ({name})")


def report(market: Market, found: Sequence[dict[str, str]], client: Client, *, rounds: int, seconds: float, say: Callable[[str], None]) -> bool:
    """Print the ratios; whether the goals are reached. List and detail as strangers get them, with and without kept answers."""
    kept, made = Server("product", PRODUCT, market, more={"KEEP_ANSWERS": "1"}), Server("product, nothing kept", PRODUCT, market, more={"KEEP_ANSWERS": "0"})
    others = fast(market), datasette(market)
    words = [quote(" ".join(row["title"].split()[:2])) for row in found]
    listing = Operation("list", (Request(API),))
    detail = Operation("detail", tuple(Request(f"{API}/{row['id']}") for row in found))
    search = Operation("search", tuple(Request(f"{API}?q={text}") for text in words))
    facets = Operation("facets", tuple(Request(f"{API}?q={text}&facets=1") for text in words))
    theirs = Operation("search", tuple(Request(f"/listings/listings.json?_search={text}&_size=20&_nofacet=1") for text in words))
    counted = Operation("facets", tuple(Request(f"/listings/listings.json?_search={text}&_size=20&{FACETS}") for text in words))
    reached = True
    try:
        for server in (kept, made, *others):
            server.start()
        _agree(made, others, listing, detail, search, theirs)
        for ours, other, pairs in (
            (kept, others[0], [(listing, listing), (detail, detail)]),
            (kept, others[1], [(search, theirs)]),
            (made, others[0], [(listing, listing), (detail, detail)]),
            (made, others[1], [(search, theirs), (facets, counted)]),
        ):
            for one in speed.compare(ours, other, pairs, client, rounds=rounds, seconds=seconds):
                goal = GOALS[one.operation.name] if ours is kept or one.operation.name == "facets" else None
                missed = goal is not None and one.ratio < goal
                reached &= not missed
                said = "" if goal is None else f"   goal {goal:.2f}: " + ("missed" if missed else "reached")
                say(f"  {one.operation.name:8} {ours.name + ' / ' + other.name:36} {one.ratio:6.2f}   ({one.spread[0]:.2f} to {one.spread[1]:.2f}){said}")
    finally:
        for server in (kept, made, *others):
            server.stop()
    return reached


def _agree(ours: Server, others: tuple[Server, Server], listing: Operation, detail: Operation, search: Operation, theirs: Operation) -> None:
    """FastAPI gives the same rows with the same values, Datasette finds something for each search. Raises RuntimeError."""
    for request in (*listing.requests, *detail.requests):
        one, other = fetch(ours.port, request.path), fetch(others[0].port, request.path)
        one.pop("next", None), other.pop("next", None)
        if one != other:
            raise RuntimeError(f"{request.path} is answered differently: {differing(one, other)}")
    for request, same in zip(search.requests, theirs.requests, strict=True):
        if bool(fetch(ours.port, request.path)["rows"]) != bool(fetch(others[1].port, same.path)["rows"]):
            raise RuntimeError(f"{request.path} finds something on one side only")
