"""What the web server refuses by itself is a problem like any other."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from marketplace.serving.environment import free_port
from marketplace.serving.worker import answer, status_of

pytestmark = pytest.mark.server
APPLICATION = "def app(environ, start):\n    start('200 OK', [('Content-Length', '7')])\n    return [b'reached']\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("web")
    (folder / "tiny.py").write_text(APPLICATION)
    port = free_port(48123)
    server = subprocess.Popen([
        sys.executable, "-m", "gunicorn", "--worker-class", "marketplace.serving.worker.ProblemWorker", "--threads", "2",
        "--limit-request-line", "8190", "--bind", f"127.0.0.1:{port}", "--log-level", "critical",
        "--pythonpath", str(folder), "tiny:app",
    ])  # fmt: skip
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield port
    server.terminate()
    server.wait(20)


def ask(port, text: bytes) -> tuple[int, dict[str, str], bytes]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text)
        received = b""
        while data := connection.recv(65536):
            received += data
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize(
    ("sent", "status", "slug"),
    [
        (b"GET /" + b"a" * 16_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "uri-too-long"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 64_000 + b"\r\n\r\n", 431, "headers-too-large"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(200)) + b"\r\n", 431, "headers-too-large"),
        (b"what is this\r\n\r\n", 400, "malformed"),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400, "malformed"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbad header: 1\r\n\r\n", 400, "malformed"),
    ],
    ids=["long address", "long header", "many headers", "not HTTP", "unknown version", "bad name"],
)
def test_the_server_itself_answers_with_a_problem(port, sent, status, slug):
    found, headers, body = ask(port, sent)
    assert found == status
    assert headers["Content-Type"] == "application/problem+json"
    problem = json.loads(body)
    assert problem["type"] == f"/problems/{slug}"
    assert problem["status"] == status
    assert set(problem) == {"type", "title", "status", "detail", "instance"}
    assert "aaa" not in body.decode()


def test_a_good_request_reaches_the_application(port):
    status, _, body = ask(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (status, body) == (200, b"reached")


def test_a_fault_of_ours_is_500_and_says_nothing_of_itself():
    assert status_of(KeyError("secret name")) == 500
    assert b"secret" not in answer(500)
