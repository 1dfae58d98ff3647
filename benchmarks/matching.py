"""What matching costs: one need against small and large indexes, conditions and reasons included, and what an index takes."""

import gzip
import json
import multiprocessing
import os
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from marketplace.demo.catalogue import achievement_content, need_content
from marketplace.demo.listings import achievements as sample_achievements
from marketplace.demo.listings import needs as sample_needs
from marketplace.demo.organizations import organizations
from marketplace.matching.gates import constraints
from marketplace.matching.ranking import match
from marketplace.matching.reasons import reasons
from marketplace.search import index
from marketplace.search.documents import Kind, ListingDocument
from marketplace.search.reader import Reader

SEED = 2020
SIZES = (7_000, 100_000, 1_000_000)
GOALS_MS = {7_000: 10.0, 100_000: 30.0, 1_000_000: 200.0}  # p95 of the processor
DISK_GOAL, MEMORY_GOAL = 2_000_000_000, 600_000_000  # bytes, at a million
SHOWN, TERMS = 10, 5  # a page: its matches, and the terms told of each
DEALS = ("licence", "transfer", "joint_development", "equity", "service")
COUNTRIES = ("CN", "DE", "US", "GB", "FR", "JP", "IT", "ES", "KR", "SG")
SPLICED = 6  # sentences of as many offers
SAMPLED = 2_000  # of each kind, when no files are named


@dataclass(frozen=True, slots=True)
class Texts:
    """(title, text) of offers and of needs."""

    offers: list[tuple[str, str]]
    needs: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one need: median and 95th percentile of the processor's milliseconds, the search alone and with conditions and reasons.

    `disk` and `memory` (resident, mapped files of the index included) in bytes, `built_seconds` of the processor."""

    needs: int
    search_p50: float
    search_p95: float
    p50: float
    p95: float
    disk: int
    memory: int
    built_seconds: float = 0.0


def texts(offers: Path | None, needs: Path | None) -> Texts:
    """The texts of two files of JSON lines (`title` and `abstract` or `description`), or of the sample's generator."""
    people = organizations(SEED)
    return Texts(
        _read(offers) if offers else [_english(achievement_content(item)) for item in sample_achievements(SAMPLED, SEED, people)],
        _read(needs) if needs else [_english(need_content(item)) for item in sample_needs(SAMPLED, SEED, people, opens_on=date(2020, 9, 1))],
    )


def offer(texts: Texts, number: int) -> ListingDocument:
    """Offer `number`: the first ones as they are, further ones spliced from the sentences of several; always the same."""
    rng = random.Random(number)
    if number < len(texts.offers):
        title, text = texts.offers[number]
    else:
        picked = [rng.choice(texts.offers) for _ in range(SPLICED)]
        title, text = picked[0][0], " ".join(rng.choice(_sentences(text)) for _, text in picked)
    return ListingDocument(
        id=UUID(int=number + 1), num=number + 1, kind=Kind.ACHIEVEMENT, titles=(title,), texts=(text,), trl=rng.randrange(10),
        deal_kinds=tuple(sorted(rng.sample(DEALS, rng.randrange(4)))), country=rng.choice(COUNTRIES),
        countries_excluded=tuple(rng.sample(COUNTRIES, 1)) if rng.random() < 0.1 else (),
        amount_minor=rng.randrange(10**6, 10**9) if rng.random() < 0.5 else None, fields=(str(rng.randrange(1, 36)),),
    )  # fmt: skip


def need(texts: Texts, number: int) -> ListingDocument:
    """Need `number`, with conditions of every kind; always the same."""
    rng = random.Random(-number - 1)
    title, text = texts.needs[number]
    return ListingDocument(
        id=UUID(int=number + 1), num=number + 1, kind=Kind.NEED, titles=(title,), texts=(text,), trl=rng.randrange(8),
        deal_kinds=tuple(sorted(rng.sample(DEALS, rng.randrange(1, 4)))), country=rng.choice(COUNTRIES),
        countries_wanted=tuple(rng.sample(COUNTRIES, 5)) if rng.random() < 0.3 else (),
        amount_minor=rng.randrange(10**7, 10**9) if rng.random() < 0.5 else None, fields=(str(rng.randrange(1, 36)),),
    )  # fmt: skip


def build(root: Path, texts: Texts, size: int) -> float:
    """Index `size` offers and all needs; returns the seconds of the processor."""
    began = time.process_time()

    def listings() -> Iterator[ListingDocument]:
        yield from (need(texts, number) for number in range(len(texts.needs)))
        yield from (offer(texts, number) for number in range(size))

    index.rebuild(root, listings(), seq=1)
    return time.process_time() - began


def measure(root: Path, texts: Texts, *, most: int = 700, warm: int = 50) -> Cost:
    """Match the first `most` needs of the files, as a page or a call of the API does; the database is not asked."""
    reader, found, whole = Reader(root), [], []
    last = len(texts.needs) - 1
    for number in [*(last - place for place in range(min(warm, last))), *range(min(most, last + 1))]:
        asked = need(texts, number)
        began = time.process_time()
        matches = match(reader, asked, limit=SHOWN)
        searched = time.process_time() - began
        hits = [offer(texts, hit.id.int - 1) for hit in matches.hits]  # what the database would give
        began = time.process_time()
        for hit in hits:
            constraints(asked, hit)
            reasons(matches, hit, limit=TERMS)
        found.append(searched * 1000)
        whole.append((searched + time.process_time() - began) * 1000)
    measured = min(most, last + 1)
    found, whole = found[-measured:], whole[-measured:]
    disk = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
    return Cost(len(whole), statistics.median(found), _p95(found), statistics.median(whole), _p95(whole), disk, _resident())


def run(root: Path, texts: Texts, size: int) -> Cost:
    """Build an index and measure it in a process of its own, which reads nothing else."""
    alone = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=alone) as builder:
        seconds = builder.submit(build, root, texts, size).result()
    with ProcessPoolExecutor(1, mp_context=alone) as measurer:
        return replace(measurer.submit(measure, root, texts).result(), built_seconds=seconds)


def report(folder: Path, *, largest: int, offers: Path | None, needs: Path | None, say: Callable[[str], None]) -> bool:
    """Print the costs at each size up to `largest`; whether all goals are reached."""
    made, reached = texts(offers, needs), True
    if not needs:
        say("Texts of the sample's generator; name files of real ones with --offers FILE --needs FILE (benchmarks/README.md).\n")
    for size in sorted({size for size in SIZES if size <= largest} | {largest}):
        root = folder / f"index-{size}"
        cost = run(root, made, size)
        goal = GOALS_MS.get(size)
        missed = goal is not None and cost.p95 > goal or size >= 1_000_000 and (cost.disk > DISK_GOAL or cost.memory > MEMORY_GOAL)
        reached &= not missed
        said = "" if goal is None else f"   goal {goal:g} ms: " + ("missed" if missed else "reached")
        say(f"  {size:>9,} offers  p50 {cost.p50:7.1f}  p95 {cost.p95:7.1f} ms{said}")
        say(f"  {'':9}         of it the search p50 {cost.search_p50:.1f}, p95 {cost.search_p95:.1f}; {cost.needs} needs")
        say(f"  {'':9}         {cost.disk / 1e6:,.0f} MB on disk, {cost.memory / 1e6:,.0f} MB resident, built in {cost.built_seconds:,.0f} s of the processor")
    return reached


def _read(path: Path) -> list[tuple[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    return [(row["title"], row.get("abstract") or row.get("description") or "") for row in rows]


def _english(content: dict[str, Any]) -> tuple[str, str]:
    parts = (content.get(name) for name in ("summary_en", "description_en", "advantages_en", "requirement_en"))
    return content["title_en"] or "", " ".join(part for part in parts if part)


@cache
def _sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+", text) if sentence] or [""]


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def _resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
