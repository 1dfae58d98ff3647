"""Requests per second of server processor time: the product and the bare application in alternating rounds of one run."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import Client
from benchmarks.operations import Operation
from benchmarks.servers import Server

MOST = 100_000


@dataclass(frozen=True, slots=True)
class Compared:
    """One operation: rounds of (first server's, second server's) processor seconds per request, and median answer times."""

    operation: Operation
    cost: tuple[tuple[float, float], ...]
    latency: tuple[tuple[float, float], ...]

    @property
    def ratio(self) -> float:
        """Requests per processor second of the first server, times those of the second: the median of the rounds."""
        return statistics.median(theirs / ours for ours, theirs in self.cost)

    @property
    def spread(self) -> tuple[float, float]:
        found = [theirs / ours for ours, theirs in self.cost]
        return min(found), max(found)


def compare(
    first: Server, second: Server, every: Sequence[tuple[Operation, Operation]], client: Client, *, rounds: int, seconds: float,
    connections: int = 4,
) -> list[Compared]:  # fmt: skip
    """Measure pairs of operations, the first of a pair on the first server. Which server begins changes with every round."""
    found = []
    for ours, theirs in every:
        pair = ((first, ours), (second, theirs))
        for server, operation in pair:
            client.run(server.port, operation.requests, seconds=seconds / 3, most=MOST, connections=connections)
        cost, latency = [], []
        for number in range(rounds):
            measured: dict[str, tuple[float, float]] = {}
            for server, operation in pair if number % 2 == 0 else pair[::-1]:
                measured[server.name] = _measure(server, operation, client, seconds=seconds, connections=connections)
            cost.append((measured[first.name][0], measured[second.name][0]))
            latency.append((measured[first.name][1], measured[second.name][1]))
        found.append(Compared(ours, tuple(cost), tuple(latency)))
    return found


def _measure(server: Server, operation: Operation, client: Client, *, seconds: float, connections: int) -> tuple[float, float]:
    """(processor seconds per request, median seconds to an answer)."""
    before = server.cpu_seconds()
    answers = client.run(server.port, operation.requests, seconds=seconds, most=MOST, connections=connections)
    return (server.cpu_seconds() - before) / answers.count, statistics.median(answers.seconds)
