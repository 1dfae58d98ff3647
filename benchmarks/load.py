"""The load: a process of its own that keeps a few connections open and asks again as soon as it is answered."""

import json
import multiprocessing
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from uuid import uuid4

CONNECTIONS = 4
ANSWER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Request:
    """One request of an operation. A POST with a token gets a fresh idempotency key each time it is sent."""

    path: str
    method: str = "GET"
    body: dict[str, object] | None = None
    token: str | None = None
    expected: int = 200

    def raw(self, host: str) -> bytes:
        head = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}", "Accept: */*"]
        content = b"" if self.body is None else json.dumps(self.body).encode()
        if self.token is not None:
            head.append(f"Authorization: Bearer {self.token}")
        if self.body is not None:
            head += ["Content-Type: application/json", f"Content-Length: {len(content)}", f"Idempotency-Key: {uuid4()}"]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + content


@dataclass(slots=True)
class Answers:
    """What came of one round."""

    count: int = 0
    seconds: list[float] = field(default_factory=list)


class Client:
    """The other process. `run` sends requests in turn for a time or until there were enough."""

    def __init__(self) -> None:
        here, there = multiprocessing.get_context("spawn").Pipe()
        self._pipe = here
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()

    def run(self, port: int, requests: Sequence[Request], *, seconds: float, most: int, connections: int = CONNECTIONS) -> Answers:
        """Raises RuntimeError for an answer with another status than expected."""
        self._pipe.send((port, list(requests), seconds, most, connections))
        found = self._pipe.recv()
        if isinstance(found, str):
            raise RuntimeError(found)
        return found  # type: ignore[no-any-return]

    def close(self) -> None:
        self._pipe.send(None)
        self._process.join(10)


def _serve(pipe) -> None:
    while (asked := pipe.recv()) is not None:
        try:
            pipe.send(_round(*asked))
        except (OSError, ValueError) as error:
            pipe.send(f"{type(error).__name__}: {error}")


class _Connection:
    """One keep-alive connection with one request in flight."""

    def __init__(self, port: int):
        self.host = f"127.0.0.1:{port}"
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0
        self.request: Request | None = None

    def send(self, request: Request) -> None:
        self.request, self.received, self.sent_at = request, b"", time.perf_counter()
        self.socket.sendall(request.raw(self.host))

    def read(self) -> bool:
        """Take what is there; True when the answer is whole. Raises ValueError for a wrong status or a lost connection."""
        part = self.socket.recv(262_144)
        if not part:
            raise ValueError(f"{self.request and self.request.path}: the connection was closed")
        self.received += part
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return False
        lines = head.lower().split(b"\r\n")
        if b"transfer-encoding: chunked" in lines:
            if not body.endswith(b"\r\n0\r\n\r\n"):
                return False
        else:
            length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
            if length is None:
                raise ValueError("an answer without a length")
            if len(body) < length:
                return False
        status = int(head[9:12])
        if self.request is not None and status != self.request.expected:
            raise ValueError(f"{self.request.method} {self.request.path}: {status} instead of {self.request.expected}\n{body[:500]!r}")
        return True


def _round(port: int, requests: list[Request], seconds: float, most: int, connections: int) -> Answers:
    answers, turn = Answers(), cycle(requests)
    open_ones = [_Connection(port) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        for connection in open_ones:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        _ask(selector, open_ones, turn, answers, until=time.perf_counter() + seconds, most=most)
    for connection in open_ones:
        connection.socket.close()
    return answers


def _ask(selector: selectors.BaseSelector, connections: list[_Connection], turn: Iterator[Request], answers: Answers, *, until: float, most: int) -> None:
    """Closed loop: every connection asks again when it is answered; the last answers are waited for, so that all work is counted."""
    sent = len(connections)
    for connection in connections:
        connection.send(next(turn))
    waiting = sent
    while waiting:
        ready = selector.select(ANSWER_SECONDS)
        if not ready:
            raise ValueError("no answer came")
        for key, _ in ready:
            connection = key.data
            if not connection.read():
                continue
            answers.count += 1
            answers.seconds.append(time.perf_counter() - connection.sent_at)
            if time.perf_counter() < until and sent < most:
                sent += 1
                connection.send(next(turn))
            else:
                waiting -= 1
