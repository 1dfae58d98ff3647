"""How long files of real size take to come in: `flask listings import --publish`, index included, in a process of its own."""

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.market import SEED, Market
from marketplace.demo.listings import Achievement, achievements
from marketplace.demo.organizations import organizations
from marketplace.listings.models import Kind
from marketplace.listings.rules import ASKED

ROOT = Path(__file__).parents[1]
LIMIT_SECONDS = 60
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


def run(file: Path, made: Market, *, organization: str) -> Imported:
    """Import the file into a market. Raises RuntimeError when a row is refused."""
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
