"""What the import of a file costs beside what it cannot do without, how that grows, and how much memory it takes.

The floor reads the same file with Python's own reader, takes each row through the same schema, and inserts what that gives into
the same tables with the same indexes, 500 rows at a time in one transaction: no numbers, no audit, no likeness, no known rows.
Each measurement is a process of its own on an empty database; seconds are the processor's.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from benchmarks import market
from benchmarks.market import SEED, Market
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.demo.listings import Achievement, achievements
from marketplace.demo.organizations import organizations
from marketplace.imports import sniffing, translating
from marketplace.imports.importing import Import
from marketplace.listings import rules
from marketplace.listings.drafting_schemas import INPUTS
from marketplace.listings.models import Kind, Listing, ListingVersion
from marketplace.listings.rules import ASKED
from marketplace.organizations.models import Organization

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 60
BESIDE_FLOOR, KEEPS_RATE, MOST_MEMORY_MB = 1.5, 0.8, 300
FEW, MANY = 7_000, 100_000
CHUNK = 500
TEXTS = ("external_id", "title_en", "title_zh", "summary_en", "summary_zh", "description_en", "description_zh", "advantages_en", "advantages_zh")
PLAIN = (*TEXTS, "trl", "stage", "ip_status", "price_mode")
LISTS = ("technology_codes", "deal_kinds", "target_countries", "partner_kinds")


@dataclass(frozen=True, slots=True)
class Imported:
    """One file: how long it took, by the clock and by the processor, and how many rows are there."""

    name: str
    seconds: float
    processor_seconds: float
    rows: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One way for one file: seconds of the processor, and the most memory its process had."""

    way: str
    rows: int
    seconds: float
    memory_mb: float

    @property
    def rate(self) -> float:
        """Rows per second of the processor."""
        return self.rows / self.seconds


def run(file: Path, made: Market, *, organization: str) -> Imported:
    """Import the file into a market and publish it there. Raises RuntimeError when a row is refused."""
    command = [
        sys.executable, "-m", "flask", "--app", "wsgi", "listings", "import", str(file), "--kind", "achievement", "--organization", organization,
        "--publish", "--json",
    ]  # fmt: skip
    used, began = _children_seconds(), time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=os.environ | made.environ(), capture_output=True, text=True)
    seconds = time.monotonic() - began
    if done.returncode:
        raise RuntimeError(f"{file.name} was not imported:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return Imported(file.suffix[1:], seconds, _children_seconds() - used, json.loads(done.stdout)["published"])


def _children_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def organization() -> str:
    """Slug of the organisation that the rows will belong to."""
    return organizations(SEED)[1].slug


def files(folder: Path, *, rows: int) -> Iterator[Path]:
    """The same rows as JSON lines and as CSV."""
    found = [_row(item) for item in achievements(rows, SEED + 1, organizations(SEED))]
    yield _jsonl(folder / "achievements.jsonl", found)
    yield _csv(folder / "achievements.csv", found)


def many(folder: Path, *, rows: int, like: Path) -> Path:
    """A CSV of ``rows`` rows: those of ``like`` again and again, each time with ids and titles of their own."""
    path = folder / f"{rows}.csv"
    with like.open(encoding="utf-8", newline="") as source, path.open("w", encoding="utf-8", newline="") as out:
        found = list(csv.DictReader(source))
        writer = csv.DictWriter(out, list(found[0]))
        writer.writeheader()
        for number in range(rows):
            row, turn = found[number % len(found)], number // len(found)
            titles = {name: f"{row[name]} {turn}" for name in ("title_en", "title_zh") if row[name]}
            writer.writerow({**row, **titles, "external_id": f"{row['external_id']}-{turn}"})
    return path


def _row(item: Achievement) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(item, name) for name in PLAIN if getattr(item, name) is not None}
    return row | {name: list(getattr(item, name)) for name in LISTS} | {"unknown": list(ASKED[Kind.ACHIEVEMENT])}


def _jsonl(path: Path, rows: Iterable[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def _csv(path: Path, rows: Iterable[dict[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=[*PLAIN, *LISTS, "unknown"])
        writer.writeheader()
        writer.writerows({name: " ".join(value) if isinstance(value, list) else value for name, value in row.items()} for row in rows)
    return path


def compare(folder: Path, *, many_rows: int, say: Callable[[str], None]) -> bool:
    """Floor and product for few rows, the product for many; whether the goals are reached."""
    *_, few = files(folder, rows=FEW)
    large = many(folder, rows=many_rows, like=few)
    floor, ours, grown = (min((measure(way, path, folder) for _ in range(turns)), key=lambda each: each.seconds) for way, path, turns in (("floor", few, 3), ("import", few, 3), ("import", large, 1)))
    for each in (floor, ours, grown):
        say(f"  {each.way:8} {each.rows:>7,} rows   {each.seconds:7.2f} s   {each.rate:7,.0f} rows/s   {each.memory_mb:5.0f} MB")
    goals = (
        (f"{FEW:,} rows cost {ours.seconds / floor.seconds:.2f} × the floor", ours.seconds <= BESIDE_FLOOR * floor.seconds, f"{BESIDE_FLOOR} ×"),
        (f"{many_rows:,} rows at {grown.rate / ours.rate:.2f} of that rate", grown.rate >= KEEPS_RATE * ours.rate, f"{KEEPS_RATE}"),
        (f"at most {max(ours.memory_mb, grown.memory_mb):.0f} MB", max(ours.memory_mb, grown.memory_mb) <= MOST_MEMORY_MB, f"{MOST_MEMORY_MB} MB"),
    )  # fmt: skip
    for text, reached, goal in goals:
        say(f"  {text:44} goal {goal}: {'reached' if reached else 'missed'}")
    return all(reached for _, reached, _ in goals)


def measure(way: str, file: Path, folder: Path) -> Measured:
    """One way in a process of its own. Raises RuntimeError."""
    command = [sys.executable, "-m", "benchmarks.imports", way, str(file), str(folder / f"measured-{uuid7()}")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def _empty(folder: Path) -> Iterator[Organization]:
    """A database with nothing but an organisation."""
    folder.mkdir(parents=True)
    app = market.application(f"sqlite:///{folder / 'market.db'}", folder)
    with app.app_context():
        db.create_all()
        with transaction():
            market._organizations()
        yield db.session.scalars(select(Organization).where(Organization.slug == organization())).one()


def _floor(file: Path, owner: Organization) -> int:
    """The file by Python's own reader, the schema, and bare inserts."""
    schema = INPUTS[Kind.ACHIEVEMENT]()
    schema.context_is_form = True
    moment, done = now(), 0
    with file.open(encoding="utf-8", newline="") as source, transaction():
        waiting: list[dict[str, Any]] = []
        for row in csv.DictReader(source):
            waiting.append(schema.load(dict(row)))
            if len(waiting) == CHUNK:
                done += _insert(waiting, owner, moment, done)
                waiting = []
        done += _insert(waiting, owner, moment, done)
    return done


def _insert(found: list[dict[str, Any]], owner: Organization, moment: Any, done: int) -> int:
    listings, versions = [], []
    for number, content in enumerate(found, start=done + 1):
        listing_id = uuid7()
        listings.append({
            "id": listing_id, "kind": Kind.ACHIEVEMENT, "reference": f"A-{number}", "external_id": content["external_id"], "organization_id": owner.id,
            "shown_owner_id": owner.id, "draft_number": 1, "created_at": moment, "changed_at": moment, "version": 1,
        })  # fmt: skip
        columns = {name: value for name, value in content.items() if name in rules.BLANK}
        versions.append({"id": uuid7(), "listing_id": listing_id, "number": 1, "created_at": moment, **rules.BLANK, **columns})
    if found:
        db.session.execute(insert(Listing), listings)
        db.session.execute(insert(ListingVersion), versions)
    return len(found)


def _product(file: Path, owner: Organization) -> int:
    """As `flask listings import` does it."""
    work = Import(Kind.ACHIEVEMENT, owner, fair=None, publish=False, by=None)
    with translating.rows(file, Kind.ACHIEVEMENT, unknown=set(), source=sniffing.inspect(file)) as rows:
        work.take(rows)
    db.session.rollback()
    with transaction():
        return work.finish().created


def main(way: str, file: str, folder: str) -> None:
    with _empty(Path(folder)) as owner:
        began = time.process_time()
        rows = {"floor": _floor, "import": _product}[way](Path(file), owner)
        seconds = time.process_time() - began
    print(json.dumps({"way": way, "rows": rows, "seconds": seconds, "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
