"""The web server's worker: what the server itself refuses leaves as problem+json, like every refusal of the product."""

import json
import socket
import time
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from gunicorn.http import errors
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from marketplace.core.problems import HTTP_SLUGS

STATUS = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.ExpectationFailed: 417,
    errors.UnsupportedTransferCoding: 501,
    errors.ForbiddenProxyRequest: 403,
    errors.ConfigurationProblem: 500,
    errors.InvalidResponseHeader: 500,
    errors.InvalidResponseHeaderName: 500,
    errors.InvalidChunkSize: 400,
    errors.ChunkMissingTerminator: 400,
    errors.InvalidChunkExtension: 400,
}
LINGER_SECONDS = 1.0
LINGER_BYTES = 1024 * 1024


def status_of(error: BaseException) -> int:
    """400 for whatever cannot be read as HTTP, a closer status where there is one, 500 for a fault of ours."""
    return STATUS.get(type(error), 400 if isinstance(error, errors.ParseException) else 500)


def answer(status: int) -> bytes:
    """A whole response: nothing of the request or of the fault is repeated in it."""
    title = HTTPStatus(status).phrase
    body = json.dumps(
        {
            "type": f"/problems/{HTTP_SLUGS[status]}",
            "title": title,
            "status": status,
            "detail": HTTPStatus(status).description or title,
            "instance": f"urn:uuid:{uuid4()}",
        }
    ).encode()
    head = (
        f"HTTP/1.1 {status} {title}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def linger(client: socket.socket) -> None:
    """Read away what the client is still sending, within limits: to close on unread data would destroy our answer."""
    client.shutdown(socket.SHUT_WR)
    client.settimeout(0.2)
    deadline, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
    while left > 0 and time.monotonic() < deadline and (data := client.recv(65536)):
        left -= len(data)


class ProblemWorker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's threaded worker with our form of refusals."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Called for a request that could not be read, and for one that failed outside the application."""
        status = status_of(exc)
        if status == 500:
            self.log.exception("a request failed outside the application")
        else:
            self.log.warning("refused a request of %s: %s", (addr or ("socket",))[0], type(exc).__name__)
        try:
            write_nonblock(client, answer(status))
            linger(client)
        except OSError:
            self.log.debug("the client was gone before it could be told")
