"""What a large market costs: the same requests to the product on two databases, side by side."""

import statistics
from collections.abc import Callable
from pathlib import Path

from benchmarks import market, operations, speed
from benchmarks.load import Client
from benchmarks.operations import Operation
from benchmarks.servers import Server

LIMIT = 1.3
MEASURED = ("list", "list, filtered", "detail", "total")
GOALS = {"list", "detail", "total"}
SAMPLE = 40


def report(large: Server, small: Server, client: Client, *, rounds: int, seconds: float, say: Callable[[str], None]) -> bool:
    """Print the ratios; whether list, detail and total stay within `LIMIT`."""
    reached = True
    for ours, theirs in zip(_operations(large), _operations(small), strict=True):
        found = speed.compare(large, small, [(ours, theirs)], client, rounds=rounds, seconds=seconds, connections=1)[0]
        cost, latency = 1 / found.ratio, statistics.median(a / b for a, b in found.latency)
        missed = ours.name in GOALS and cost > LIMIT
        reached &= not missed
        goal = "" if ours.name not in GOALS else f"   goal {LIMIT:.2f}: " + ("missed" if missed else "reached")
        say(f"  {ours.name:16} {cost:6.2f}  {latency:6.2f}{goal}")
    return reached


def _operations(server: Server) -> list[Operation]:
    made = server.market
    found = market.sample(market.application(made.database, Path(made.folder)), count=SAMPLE)
    return [operation for operation in operations.operations(made, found) if operation.name in MEASURED]
