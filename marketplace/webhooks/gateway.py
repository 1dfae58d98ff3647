"""The only file that calls an address somebody else named: looked up once, checked, and called at the checked address.

The standard library does it. The socket is ours, opened to the number that was checked, so that no second look-up can lead
elsewhere; TLS asks for the certificate of the name all the same. No client is in between that would follow redirects, read
proxies from the environment, keep connections or unpack answers.
"""

import contextlib
import http.client
import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

from flask import current_app

from marketplace.webhooks.rules import Address, may_call

SECONDS = 10.0
"""For everything: the name, the connection, the answer."""
MOST_READ = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a call: ``status`` and the beginning of the ``body``, or the ``fault`` (a code) that kept it from us."""

    status: int | None = None
    body: bytes = b""
    fault: str | None = None
    milliseconds: int = 0
    slow: bool = False


class Refused(Exception):
    """The name leads nowhere, or to where no delivery goes; the message is a code."""


def local() -> bool:
    """Whether deliveries may go to this machine: not in production."""
    return not current_app.config["SETTINGS"].production


def post(url: str, body: bytes, *, headers: Mapping[str, str], local: bool = False, seconds: float = SECONDS) -> Answer:
    """POST to an endpoint; raises nothing whatever the other side does. Redirects are not followed."""
    began = monotonic()
    status, read, fault = None, b"", None
    try:
        status, read = _asked(url, body, headers=headers, local=local, until=began + seconds)
    except Refused as error:
        fault = str(error)
    except ssl.SSLCertVerificationError:
        fault = "certificate"
    except TimeoutError:
        fault = "timeout"
    except ssl.SSLError:
        fault = "tls"
    except http.client.HTTPException:
        fault = "no_http"
    except (OSError, ValueError):
        fault = "no_connection"
    took = monotonic() - began
    slow = took >= 0.9 * seconds
    if fault is not None and slow:
        fault = "timeout"
    return Answer(status=status, body=read, fault=fault, milliseconds=round(took * 1000), slow=slow)


def _asked(url: str, body: bytes, *, headers: Mapping[str, str], local: bool, until: float) -> tuple[int, bytes]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    address = look_up(host, port, local=local, seconds=max(0.1, until - monotonic()))
    if not secure and not address.is_loopback:
        raise Refused("address_refused")
    plain = socket.create_connection((str(address), port), timeout=max(0.1, until - monotonic()))
    with plain, plain.dup() as held:
        end = threading.Timer(max(0.1, until - monotonic()), _cut, [held])  # a peer that drips byte by byte passes every other limit
        end.daemon = True
        end.start()
        try:
            with _secured(plain, host) if secure else plain as line:
                return _spoken(line, parts.netloc, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body=body, headers=headers, until=until)
        finally:
            end.cancel()


def _secured(plain: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _cut(held: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended
        held.shutdown(socket.SHUT_RDWR)


def _spoken(line: socket.socket, netloc: str, target: str, *, body: bytes, headers: Mapping[str, str], until: float) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("unused")
    connection.sock = line
    connection.request("POST", target, body=body, headers={"Host": netloc, "Connection": "close", **headers})
    answer = connection.getresponse()
    read = b""
    try:
        while len(read) < MOST_READ and monotonic() < until and (some := answer.read1(min(8192, MOST_READ - len(read)))):
            read += some
    except (OSError, http.client.HTTPException, ValueError):
        pass  # the status has come: that is the answer
    return answer.status, read


def look_up(host: str, port: int, *, local: bool, seconds: float) -> Address:
    """The one address to call. Raises Refused when the name has none, is slow to tell, or has any that may not be called."""
    told: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            told.put([str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError):
            told.put(None)

    threading.Thread(target=ask, daemon=True, name="look-up").start()
    try:
        found = told.get(timeout=seconds)
    except queue.Empty:
        raise Refused("name_slow") from None
    addresses = [ipaddress.ip_address(each.partition("%")[0]) for each in found or ()]
    if not addresses:
        raise Refused("name_unknown")
    if not all(may_call(address, local=local) for address in addresses):
        raise Refused("address_refused")
    return min(addresses, key=lambda address: address.version)
