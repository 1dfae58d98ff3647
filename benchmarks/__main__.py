"""`python -m benchmarks`: measures, prints ratios, and ends with 1 when a goal is missed."""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import bare, imports, ledger, market, matching, operations, peers, scale, scheduling, speed
from benchmarks.load import Client
from benchmarks.market import Market
from benchmarks.servers import BARE, PRODUCT, Server

PARTS = ("speed", "peers", "scale", "ledger", "imports", "matching", "scheduling")
LISTINGS, CONTRACTS = 7_000, 42
SAMPLE = 40


def main() -> int:
    asked = _arguments()
    parts = [part for part in PARTS if getattr(asked, part)] or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _database(asked.postgresql) as (cluster, processes):
        place = Place(Path(folder), cluster, processes)
        reached = True
        if "speed" in parts:
            reached &= _speed(place, quick=asked.quick)
        if "peers" in parts:
            reached &= _peers(place, quick=asked.quick)
        if "scale" in parts:
            reached &= _scale(place, quick=asked.quick, listings=asked.listings, contracts=asked.contracts)
        if "ledger" in parts:
            reached &= _ledger(place, quick=asked.quick, contracts=asked.contracts)
        if "imports" in parts:
            reached &= _imports(place)
        if "matching" in parts:
            reached &= _matching(place, asked)
        if "scheduling" in parts:
            say("Scheduling")
            reached &= scheduling.compare(say)
    return 0 if reached else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--speed", action="store_true", help="only: beside the bare application")
    parser.add_argument("--peers", action="store_true", help="only: beside FastAPI and Datasette, on SQLite")
    parser.add_argument("--scale", action="store_true", help="only: 100,000 listings and 1,000,000 contracts beside 7,000 and 42")
    parser.add_argument("--ledger", action="store_true", help="only: totals, moves and writers of the ledger")
    parser.add_argument("--imports", action="store_true", help="only: files of 7,000 and 100,000 rows")
    parser.add_argument("--matching", action="store_true", help="only: one need against indexes of 7,000 achievements and more")
    parser.add_argument("--scheduling", action="store_true", help="only: the meetings of a fair of 1,000 people and 3,000 wishes")
    parser.add_argument("--achievements", type=int, default=100_000, help="of the largest index (default %(default)s)")
    parser.add_argument("--needs", type=Path, help="JSON lines of real needs (title, description); otherwise the sample's generator writes them")
    parser.add_argument("--offers", type=Path, help="JSON lines of real achievements (title, abstract)")
    parser.add_argument("--quick", action="store_true", help="short rounds, and a tenth of the scale: about a minute, and rougher")
    parser.add_argument("--postgresql", action="store_true", help="on a throw-away PostgreSQL, whose processor time counts too; SQLite otherwise")
    parser.add_argument("--listings", type=int, default=100_000, help="of the large market (default %(default)s)")
    parser.add_argument("--contracts", type=int, default=1_000_000, help="of the large market (default %(default)s)")
    return parser.parse_args()


class Place:
    """Where the databases of a run lie: files in a folder, or databases of a cluster."""

    def __init__(self, folder: Path, port: int | None, processes: tuple[int, ...]):
        self.folder, self.port, self.processes = folder, port, processes

    def database(self, name: str) -> str:
        """The address of a new, empty database."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        if self.port is None:
            return f"sqlite:///{folder / 'market.db'}"
        import psycopg

        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def market(self, name: str, *, listings: int, contracts: int) -> Market:
        say(f"Writing {listings:,} listings and {contracts:,} contracts …")
        database = self.database(name)
        return market.make(database, self.folder / name, listings=listings, contracts=contracts)


@contextlib.contextmanager
def _database(postgresql: bool) -> Iterator[tuple[int | None, tuple[int, ...]]]:
    """(port, process) of a throw-away cluster; (None, ()) for SQLite."""
    if not postgresql:
        yield None, ()
        return
    import psycopg

    from tests.postgresql import cluster

    with cluster(durable=True) as port:
        with psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres") as connection:
            row = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
        yield port, (int(row[0].split()[0]),) if row else ()


def say(text: str = "") -> None:
    print(text, flush=True)


def _speed(place: Place, *, quick: bool) -> bool:
    """The product beside the bare application."""
    made = place.market("speed", listings=LISTINGS, contracts=CONTRACTS)
    bare.prepare_search(bare.create_app(made.database))
    every = operations.operations(made, market.sample(market.application(made.database, Path(made.folder)), count=SAMPLE))
    with running(Server("product", PRODUCT, made, also=place.processes), Server("bare", BARE, made, also=place.processes)) as (ours, theirs, client):
        agreed = operations.check_alike((ours.port, theirs.port), every)
        say(f"Both answer with the same rows, fields and values; of a search's rows {agreed:.0%} are found by both engines.")
        say("\nRequests per second of server processor time, product over bare (median of the rounds, smallest, largest):\n")
        reached = True
        for operation in every:
            rounds, seconds = (3, 0.5) if quick else (7, 1.2)
            found = speed.compare(ours, theirs, [(operation, operation)], client, rounds=rounds, seconds=seconds)[0]
            missed = operation.goal and found.ratio < 1
            reached &= not missed
            goal = "" if not operation.goal else "   goal 1.00: " + ("missed" if missed else "reached")
            say(f"  {operation.name:16} {found.ratio:6.2f}   ({found.spread[0]:.2f} to {found.spread[1]:.2f}){goal}")
    say()
    return reached


def _peers(place: Place, *, quick: bool) -> bool:
    """The product beside what a user could take instead."""
    made = Place(place.folder / "peers", None, ()).market("market", listings=LISTINGS, contracts=CONTRACTS)
    bare.prepare_search(bare.create_app(made.database))
    found = market.sample(market.application(made.database, Path(made.folder)), count=SAMPLE)
    client = Client()
    say("\nRequests per second of server processor time, product over peer (median of the rounds, smallest, largest):\n")
    try:
        return peers.report(made, found, client, rounds=3 if quick else 7, seconds=0.5 if quick else 1.2, say=say)
    finally:
        client.close()


def _scale(place: Place, *, quick: bool, listings: int, contracts: int) -> bool:
    """The product on a large market beside the product on the fair of 2020."""
    if quick:
        listings, contracts = listings // 10, contracts // 10
    small = place.market("small", listings=LISTINGS, contracts=CONTRACTS)
    large = place.market("large", listings=listings, contracts=contracts)
    with running(Server("large", PRODUCT, large, also=place.processes), Server("small", PRODUCT, small, also=place.processes)) as (ours, theirs, client):
        say(f"\nTime of a request at {listings:,} listings and {contracts:,} contracts over that at {LISTINGS:,} and {CONTRACTS}:")
        say("(median of the rounds; of the server's processor, and until the answer is there)\n")
        reached = scale.report(ours, theirs, client, rounds=3 if quick else 7, seconds=0.5 if quick else 1.2, say=say)
    say()
    return reached


def _ledger(place: Place, *, quick: bool, contracts: int) -> bool:
    """The ledger beside itself and beside its bare rows."""
    large = contracts // 10 if quick else contracts
    say(f"\nWriting {CONTRACTS} and {large:,} verified contracts, and 40,000 that wait for it …\n")
    small, big, waiting = (
        ledger.make(place.database(name), place.folder / name, contracts=count, verified=verified)
        for name, count, verified in (("few", CONTRACTS, True), ("many", large, True), ("waiting", 40_000, False))
    )
    reached = ledger.totals(small, big, rounds=5 if quick else 11, say=say)
    reached &= ledger.moves(waiting, count=150 if quick else 500, say=say)
    reached &= ledger.writers(waiting, rounds=3 if quick else 7, seconds=2 if quick else 4, say=say)
    say()
    return reached


@contextlib.contextmanager
def running(first: Server, second: Server) -> Iterator[tuple[Server, Server, Client]]:
    """Both servers and the client, started and in the end stopped."""
    client = Client()
    try:
        first.start()
        second.start()
        yield first, second, client
    finally:
        client.close()
        first.stop()
        second.stop()


def _imports(place: Place) -> bool:
    """Files of real size into a market without listings."""
    say(f"\nImport of {LISTINGS:,} rows by `flask listings import --publish`, index included:\n")
    reached = True
    for number, file in enumerate(imports.files(place.folder, rows=LISTINGS)):
        made = market.make(place.database(f"import{number}"), place.folder / f"import{number}", listings=0, contracts=0)
        found = imports.run(file, made, organization=imports.organization())
        missed = found.seconds > imports.LIMIT_SECONDS or found.rows != LISTINGS
        reached &= not missed
        say(f"  {found.name:16} {found.rows:,} rows in {found.seconds:.0f} s ({found.processor_seconds:.0f} s of the processor)   goal {imports.LIMIT_SECONDS} s: {'missed' if missed else 'reached'}")
    say("\nImport as drafts beside Python's reader, the schema and bare inserts, on SQLite; seconds of the processor:\n")
    reached &= imports.compare(place.folder, many_rows=imports.MANY, say=say)
    say()
    return reached


def _matching(place: Place, asked: argparse.Namespace) -> bool:
    """One need against small and large indexes."""
    say("\nOne need against achievements, conditions and reasons included; milliseconds of the processor:\n")
    largest = matching.SIZES[0] if asked.quick else asked.achievements
    reached = matching.report(place.folder, largest=largest, offers=asked.offers, needs=asked.needs, say=say)
    say()
    return reached


if __name__ == "__main__":
    sys.exit(main())
