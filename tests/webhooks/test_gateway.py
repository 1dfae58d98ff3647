"""Calling an address that somebody else named: only where it may go, once, and never for long."""

import socket
import ssl
from time import monotonic

import pytest

from marketplace.webhooks import gateway
from tests.webhooks.receiving import drip, drip_a_body, receiving


@pytest.fixture(scope="module")
def server():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def receiver(server):
    server.came.clear()
    server.status, server.answer = 200, None
    return server


def post(url, **more):
    return gateway.post(url, b'{"a": 1}', headers={"webhook-id": "x", "Content-Type": "application/json"}, **{"local": True, "seconds": 0.4} | more)


def named(monkeypatch, *addresses):
    """Let every name lead there; who asks is counted."""
    asked = []

    def answer(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(gateway.socket, "getaddrinfo", answer)
    return asked


def test_a_message_arrives_as_it_was_signed(receiver):
    answer = post(receiver.url + "?a=1")
    assert (answer.status, answer.body, answer.fault, answer.slow) == (200, b"thanks", None, False)
    [(headers, body)] = receiver.came
    assert body == b'{"a": 1}' and headers["webhook-id"] == "x"
    assert headers["host"] == receiver.url.split("/")[2]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "100.64.0.1", "::1", "::ffff:10.0.0.1", "fd00:ec2::254"])
def test_a_name_that_leads_inside_is_not_called(monkeypatch, address):
    named(monkeypatch, address)
    assert post("https://hooks.example.org/", local=False).fault == "address_refused"
    named(monkeypatch, "1.1.1.1", address)
    assert post("https://hooks.example.org/", local=False).fault == "address_refused", "one of several is enough to refuse all"


def test_a_name_is_looked_up_once_and_called_where_it_was_checked(monkeypatch):
    asked, called = named(monkeypatch, "93.184.216.34"), []

    def connect(address, timeout):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(gateway.socket, "create_connection", connect)
    assert post("https://hooks.example.org:8443/x", local=False).fault == "no_connection"
    assert (asked, called) == (["hooks.example.org"], [("93.184.216.34", 8443)])


def test_what_is_not_safe_goes_to_this_machine_only(monkeypatch):
    named(monkeypatch, "93.184.216.34")
    assert post("http://hooks.example.org/").fault == "address_refused"
    assert post("http://127.0.0.1:9/", local=False).fault == "address_refused"


def test_tls_asks_for_the_name_and_not_for_the_number(monkeypatch):
    wanted = []

    class Context:
        def wrap_socket(self, _line, *, server_hostname):
            wanted.append(server_hostname)
            raise ssl.SSLCertVerificationError("another name")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        named(monkeypatch, "127.0.0.1")
        monkeypatch.setattr(gateway.socket, "create_connection", lambda _address, timeout: _plain(listening.getsockname(), timeout))
        monkeypatch.setattr(gateway.ssl, "create_default_context", Context)
        assert post("https://hooks.example.org/").fault == "certificate"
    assert wanted == ["hooks.example.org"]
    monkeypatch.undo()
    context = gateway.ssl.create_default_context()
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED


def _plain(address, timeout):
    line = socket.socket()
    line.settimeout(timeout)
    line.connect(address)
    return line


def test_a_redirect_is_not_followed(receiver):
    receiver.status = 302
    assert post(receiver.url).status == 302
    assert len(receiver.came) == 1


@pytest.mark.parametrize(("answer", "status", "fault"), [(drip, None, "timeout"), (drip_a_body, 200, None), (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), None, "no_http")])
def test_a_receiver_cannot_hold_us(receiver, answer, status, fault):
    receiver.answer = answer
    began = monotonic()
    found = post(receiver.url)
    assert (found.status, found.fault) == (status, fault)
    assert monotonic() - began < 1.5
    assert found.slow is (answer is not None and fault != "no_http")


def test_no_more_than_a_little_of_an_answer_is_read(receiver):
    def much(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 200_000)

    receiver.answer = much
    assert len(post(receiver.url).body) == gateway.MOST_READ


def test_a_name_that_nobody_knows_is_a_fault(monkeypatch):
    def nobody(*_args, **_more):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(gateway.socket, "getaddrinfo", nobody)
    assert post("https://nowhere.example.org/").fault == "name_unknown"
