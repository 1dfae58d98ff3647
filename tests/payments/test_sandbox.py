"""The sandbox by itself: its page, its webhooks to a real server, its rules, and what it keeps over a restart."""

import http.client
import json
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from marketplace.payments.gateway import BadSignature, Event, Gateway
from marketplace.payments.sandbox import Sandbox, StateUnreadable

SECRET = "whsec_of_the_tests"
KEY: dict[str, Any] = {"Authorization": "Bearer sk_test_1"}
ORDER = {
    "mode": "payment",
    "client_reference_id": "pitch-7",
    "success_url": "http://127.0.0.1:1/paid?checkout={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://127.0.0.1:1/back?a=1&b=2",
    "metadata[reference]": "pitch-7",
    "payment_intent_data[metadata][reference]": "pitch-7",
    "line_items[0][price_data][currency]": "eur",
    "line_items[0][price_data][unit_amount]": "990",
    "line_items[0][price_data][product_data][name]": "Slot <b>A</b>",
    "line_items[0][quantity]": "2",
}


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


def ask(url: str, form: dict[str, str] | None = None, **headers: Any) -> Answer:
    """GET, or POST a form; redirects are not followed."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if form is None:
        connection.request("GET", path, headers=sent)
    else:
        encoded = urllib.parse.urlencode(form)
        connection.request("POST", path, encoded, {"Content-Type": "application/x-www-form-urlencoded", **sent})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return Answer(response.status, body, dict(response.headers))


@dataclass
class Shop:
    """A webhook over real HTTP that verifies by the gateway; ``refusals`` is how often it answers 503 first."""

    refusals: int = 0
    events: queue.Queue[Event] = field(default_factory=queue.Queue)
    forged: int = 0
    url: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        gateway = Gateway("sk_test_1", None, SECRET)
        status = 204
        if self.refusals:
            self.refusals, status = self.refusals - 1, 503
        else:
            try:
                self.events.put(gateway.read_event(request.get_data(), request.headers.get("Stripe-Signature", "")))
            except BadSignature:
                self.forged, status = self.forged + 1, 400
        return Response(status=status)(environ, start_response)

    def types(self) -> list[str]:
        return [self.events.get_nowait().type for _ in range(self.events.qsize())]


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    server = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/webhooks/stripe?from=test"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sandbox(shop: Shop) -> Iterator[Sandbox]:
    with Sandbox(webhook_url=shop.url, webhook_secret=SECRET, retry_seconds=0.02) as running:
        yield running


def order(sandbox: Sandbox, **changes: str) -> dict[str, Any]:
    answer = ask(f"{sandbox.url}/v1/checkout/sessions", ORDER | changes, **KEY)
    assert answer.status == 200, answer.body
    return answer.json


def read(sandbox: Sandbox, path: str) -> dict[str, Any]:
    return ask(f"{sandbox.url}/v1/{path}", **KEY).json


# The page


def test_the_page_says_what_is_paid_and_that_no_money_is_real(sandbox: Sandbox) -> None:
    page = ask(order(sandbox)["url"])
    assert page.status == 200
    for shown in (
        "Stripe sandbox: no real money",
        "EUR 19.80",
        "Slot &lt;b&gt;A&lt;/b&gt;",
        '<html lang="en">',
        "<h1>Pay EUR 19.80</h1>",
        ">Pay</button>",
        ">Pay with a card that is declined</button>",
        '<a href="http://127.0.0.1:1/back?a=1&amp;b=2">Go back</a>',
    ):
        assert shown in page.body
    assert "<script" not in page.body and "style=" not in page.body
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_page_speaks_chinese_to_those_who_read_it(sandbox: Sandbox) -> None:
    for url, language in ((order(sandbox)["url"], "zh-CN,zh;q=0.9"), (order(sandbox, locale="zh")["url"], "en")):
        page = ask(url, Accept_Language=language)
        assert '<html lang="zh-CN">' in page.body
        assert "不涉及真实资金" in page.body and "Pay" not in page.body


@pytest.mark.parametrize(
    ("currency", "unit_amount", "shown"),
    [
        ("jpy", "2500", "JPY 5,000<"),
        ("kwd", "1250", "KWD 2.500<"),
        ("isk", "35000", "ISK 700<"),
        ("eur", "5", "EUR 0.10<"),
    ],
)
def test_the_page_writes_an_amount_with_the_decimals_of_its_currency(
    sandbox: Sandbox, currency: str, unit_amount: str, shown: str
) -> None:
    changes = {
        "line_items[0][price_data][currency]": currency,
        "line_items[0][price_data][unit_amount]": unit_amount,
    }
    assert shown in ask(order(sandbox, **changes)["url"]).body


def test_paying_returns_to_the_shop_and_tells_it_once(sandbox: Sandbox, shop: Shop) -> None:
    session = order(sandbox)
    for _ in range(2):
        back = ask(session["url"], {"card": "good"})
        assert (back.status, back.headers["Location"]) == (303, f"http://127.0.0.1:1/paid?checkout={session['id']}")
    assert sandbox.wait_until_quiet()
    assert sorted(shop.types()) == [
        "charge.succeeded",
        "checkout.session.completed",
        "payment_intent.created",
        "payment_intent.succeeded",
    ]
    paid = read(sandbox, f"checkout/sessions/{session['id']}")
    assert (paid["status"], paid["payment_status"], paid["url"]) == ("complete", "paid", None)
    intent = read(sandbox, f"payment_intents/{paid['payment_intent']}")
    assert (intent["amount_received"], intent["metadata"]) == (1980, {"reference": "pitch-7"})
    assert "This payment is complete." in ask(session["url"]).body


def test_a_declined_card_leaves_the_page_open_for_another(sandbox: Sandbox, shop: Shop) -> None:
    session = order(sandbox)
    declined = ask(session["url"], {"card": "declined"})
    assert declined.status == 402
    assert '<p role="alert">Your card was declined.' in declined.body and ">Pay</button>" in declined.body
    assert sandbox.wait_until_quiet()
    assert "payment_intent.payment_failed" in shop.types()
    assert read(sandbox, f"checkout/sessions/{session['id']}")["payment_status"] == "unpaid"
    assert ask(session["url"], {"card": "good"}).status == 303
    assert len(sandbox.account.store.objects["payment_intent"]) == 1


def test_the_switch_declines_every_card(sandbox: Sandbox) -> None:
    sandbox.switches.decline = True
    assert ask(order(sandbox)["url"], {"card": "good"}).status == 402


def test_two_clicks_at_once_charge_once(sandbox: Sandbox) -> None:
    session = order(sandbox)
    threads = [threading.Thread(target=ask, args=(session["url"], {"card": "good"})) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sandbox.account.store.objects["charge"]) == 1


def test_an_expired_page_takes_no_money(sandbox: Sandbox, shop: Shop) -> None:
    session = order(sandbox)
    assert ask(f"{sandbox.url}/v1/checkout/sessions/{session['id']}/expire", {}, **KEY).json["status"] == "expired"
    page = ask(session["url"], {"card": "good"})
    assert page.status == 410 and "expired" in page.body and "<button" not in page.body
    assert not sandbox.account.store.objects["charge"]
    assert sandbox.wait_until_quiet() and shop.types() == ["checkout.session.expired"]


def test_an_unknown_page_is_not_found(sandbox: Sandbox) -> None:
    assert ask(f"{sandbox.url}/c/pay/cs_test_none").status == 404


def test_a_session_expires_by_itself_at_its_time(shop: Shop) -> None:
    present = [time.time()]
    with Sandbox(webhook_url=shop.url, webhook_secret=SECRET, clock=lambda: present[0]) as sandbox:
        session = order(sandbox, expires_at=str(int(present[0]) + 3600))
        present[0] += 3599
        assert read(sandbox, f"checkout/sessions/{session['id']}")["status"] == "open"
        present[0] += 1
        assert ask(session["url"], {"card": "good"}).status == 410


def test_the_shop_hears_of_an_expiry_nobody_asked_about(shop: Shop) -> None:
    offset = [0.0]
    with Sandbox(webhook_url=shop.url, webhook_secret=SECRET, clock=lambda: time.time() + offset[0]) as sandbox:
        order(sandbox, expires_at=str(int(time.time()) + 1860))
        offset[0] = 1860.0
        deadline = time.monotonic() + 5
        while not sandbox.deliveries and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [delivery.event_type for delivery in sandbox.deliveries] == ["checkout.session.expired"]


# Webhooks


def test_a_refused_event_is_repeated_until_it_is_taken(sandbox: Sandbox, shop: Shop) -> None:
    shop.refusals = 3
    event = sandbox.emit("price.created", {"id": "price_1", "object": "price", "nickname": "会位"})
    assert sandbox.wait_until_quiet()
    assert [(one.attempt, one.status) for one in sandbox.deliveries] == [(1, 503), (2, 503), (3, 503), (4, 204)]
    taken = shop.events.get_nowait()
    assert (taken.id, taken.object["nickname"]) == (event["id"], "会位")
    assert read(sandbox, f"events/{event['id']}")["pending_webhooks"] == 0


def test_a_shop_that_is_away_gets_the_event_later() -> None:
    made = Shop()
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    with Sandbox(webhook_url=f"http://127.0.0.1:{port}/", webhook_secret=SECRET, retry_seconds=0.05) as sandbox:
        sandbox.emit("price.created", {"id": "price_1"})
        assert not sandbox.wait_until_quiet(0.2)
        assert {one.status for one in sandbox.deliveries} == {0}
        server = make_server("127.0.0.1", port, made, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        assert sandbox.wait_until_quiet() and made.types() == ["price.created"]
        server.shutdown()
        server.server_close()
        thread.join()


def test_duplicates_come_twice_with_the_same_id(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.switches.duplicate = True
    event = sandbox.emit("price.created", {"id": "price_1"})
    assert sandbox.wait_until_quiet()
    assert [shop.events.get_nowait().id for _ in range(2)] == [event["id"]] * 2


def test_neighbours_come_newest_first_when_reordered(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.switches.reorder = True
    for number in (1, 2, 3):
        sandbox.emit(f"price.number_{number}", {"id": "price_1"})
    assert sandbox.wait_until_quiet()
    assert shop.types() == ["price.number_3", "price.number_2", "price.number_1"]


def test_held_events_come_when_released_in_the_order_wanted(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.switches.hold = True
    ask(order(sandbox)["url"], {"card": "good"})
    assert sandbox.wait_until_quiet(0.2) and not shop.types()
    released = sandbox.release(newest_first=True)
    assert [one.event_type for one in released] == shop.types()
    assert released[0].event_type == "checkout.session.completed"


def test_delayed_events_come_late(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.switches.delay_seconds = 0.4
    sandbox.emit("price.created", {"id": "price_1"})
    assert not sandbox.wait_until_quiet(0.2) and not shop.types()
    assert sandbox.wait_until_quiet() and shop.types() == ["price.created"]


def test_events_of_other_accounts_modes_and_versions_can_be_sent(sandbox: Sandbox, shop: Shop) -> None:
    sandbox.emit("price.created", {"id": "price_1"}, livemode=True, account="acct_2", api_version="2020-08-27")
    assert sandbox.wait_until_quiet()
    event = shop.events.get_nowait()
    assert (event.livemode, event.account) == (True, "acct_2")


def test_another_secret_is_seen_as_a_forgery(shop: Shop) -> None:
    with Sandbox(webhook_url=shop.url, webhook_secret="whsec_other", retry_seconds=0.01) as sandbox:
        sandbox.emit("price.created", {"id": "price_1"})
        assert not sandbox.wait_until_quiet(0.2)
    assert shop.forged and not shop.types()


def test_a_webhook_needs_a_secret_and_a_web_address() -> None:
    for url, secret in (("http://127.0.0.1:1/", None), ("ftp://127.0.0.1/", SECRET), ("nowhere", SECRET)):
        with pytest.raises(ValueError, match=r"secret|web address"):
            Sandbox(webhook_url=url, webhook_secret=secret)


# The API


@pytest.mark.parametrize(
    ("changes", "status", "code", "param"),
    [
        ({"mode": "subscription"}, 400, None, "mode"),
        ({"colour": "red"}, 400, "parameter_unknown", "colour"),
        ({"success_url": ""}, 400, "parameter_invalid_empty", "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, 400, "url_invalid", "cancel_url"),
        ({"success_url": "http://[1"}, 400, "url_invalid", "success_url"),
        ({"expires_at": "1"}, 400, None, "expires_at"),
        ({"expires_at": "soon"}, 400, "parameter_invalid_integer", "expires_at"),
        ({"locale": "xx"}, 400, None, "locale"),
        ({"metadata": "flat"}, 400, None, "metadata"),
        ({"payment_method_types[0]": "cash"}, 400, None, "payment_method_types"),
        ({"line_items[0][price_data][currency]": "EUR"}, 400, None, "line_items[0][price_data][currency]"),
        ({"line_items[0][price_data][unit_amount]": "9.9"}, 400, "parameter_invalid_integer", "unit_amount"),
        ({"line_items[0][price_data][unit_amount]": "-9"}, 400, None, "unit_amount"),
        ({"line_items[0][price_data][unit_amount]": "9" * 40}, 400, "parameter_invalid_integer", "unit_amount"),
        ({"line_items[0][price_data][unit_amount]": "99999999"}, 400, "amount_too_large", None),
        ({"line_items[0][price_data][tax]": "1"}, 400, "parameter_unknown", "line_items[0][price_data][tax]"),
        ({"line_items[1][quantity]": "1"}, 400, "parameter_missing", "currency"),
        ({"metadata[a][b][c][d][e][f][g]": "deep"}, 400, None, "metadata[a][b][c][d][e][f][g]"),
        ({"metadata[a]": "x" * 5001}, 400, None, "metadata[a]"),
        ({"metadata[a]": "x" * 200_000}, 413, None, None),
    ],
)
def test_bad_parameters_are_refused_in_the_words_of_stripe(
    sandbox: Sandbox, changes: dict[str, str], status: int, code: str | None, param: str | None
) -> None:
    answer = ask(f"{sandbox.url}/v1/checkout/sessions", ORDER | changes, **KEY)
    error = answer.json["error"]
    assert (answer.status, error.get("code")) == (status, code)
    assert param is None or error["param"] == param
    assert not sandbox.account.store.objects["checkout.session"]


@pytest.mark.parametrize("name", ["mode", "success_url"])
def test_required_parameters_are_asked_for(sandbox: Sandbox, name: str) -> None:
    without = {key: value for key, value in ORDER.items() if key != name}
    error = ask(f"{sandbox.url}/v1/checkout/sessions", without, **KEY).json["error"]
    assert (error["code"], error["param"]) == ("parameter_missing", name)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk_live_1"}, {"Authorization": "Basic eA=="}])
def test_only_test_keys_are_let_in(sandbox: Sandbox, headers: dict[str, Any]) -> None:
    assert ask(f"{sandbox.url}/v1/events", **headers).status == 401


@pytest.mark.parametrize("path", ["/v1/payouts", "/v1/refunds/re_none", "/", "/v1/events/evt_none"])
def test_unknown_things_are_not_found(sandbox: Sandbox, path: str) -> None:
    assert ask(sandbox.url + path, **KEY).status == 404


def test_a_repeat_with_the_same_key_is_marked_as_one(sandbox: Sandbox) -> None:
    def send(**changes: str) -> Answer:
        return ask(f"{sandbox.url}/v1/checkout/sessions", ORDER | changes, Idempotency_Key="hold-7", **KEY)

    first, second, other = send(), send(), send(client_reference_id="pitch-8")
    assert first.json == second.json and second.headers["Idempotent-Replayed"] == "true"
    assert (other.status, other.json["error"]["type"]) == (400, "idempotency_error")


def test_refused_parameters_do_not_use_up_the_key(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/v1/checkout/sessions"
    assert ask(url, ORDER | {"mode": "setup"}, Idempotency_Key="k", **KEY).status == 400
    assert ask(url, ORDER, Idempotency_Key="k", **KEY).status == 200


def test_a_refund_names_its_charge_and_announces_what_is_left(sandbox: Sandbox, shop: Shop) -> None:
    session = order(sandbox)
    ask(session["url"], {"card": "good"})
    assert sandbox.wait_until_quiet() and shop.types()
    intent = read(sandbox, f"checkout/sessions/{session['id']}")["payment_intent"]
    made = ask(f"{sandbox.url}/v1/refunds", {"payment_intent": intent, "amount": "500"}, **KEY).json
    assert (made["amount"], made["status"], made["currency"]) == (500, "succeeded", "eur")
    assert sandbox.wait_until_quiet()
    events = {event.type: event.object for event in (shop.events.get_nowait(), shop.events.get_nowait())}
    assert events["charge.refunded"]["amount_refunded"] == 500 and not events["charge.refunded"]["refunded"]
    assert events["charge.refunded"]["metadata"] == {"reference": "pitch-7"}
    assert [row["id"] for row in read(sandbox, f"refunds?payment_intent={intent}")["data"]] == [made["id"]]
    rest = ask(f"{sandbox.url}/v1/refunds", {"charge": made["charge"]}, **KEY).json
    assert rest["amount"] == 1480 and read(sandbox, f"charges/{made['charge']}")["refunded"] is True


@pytest.mark.parametrize("form", [{}, {"payment_intent": "pi_none"}, {"charge": "ch_1", "payment_intent": "pi_1"}])
def test_a_refund_of_nothing_is_refused(sandbox: Sandbox, form: dict[str, str]) -> None:
    assert ask(f"{sandbox.url}/v1/refunds", form, **KEY).status in (400, 404)


def test_a_declined_payment_cannot_be_refunded(sandbox: Sandbox) -> None:
    ask(order(sandbox)["url"], {"card": "declined"})
    (intent,) = sandbox.account.store.objects["payment_intent"]
    assert ask(f"{sandbox.url}/v1/refunds", {"payment_intent": intent}, **KEY).status == 400


def test_events_are_listed_newest_first_by_pages(sandbox: Sandbox) -> None:
    ids = [sandbox.emit(f"price.number_{number}", {"id": "price_1"})["id"] for number in range(5)][::-1]
    first = read(sandbox, "events?limit=3")
    assert [row["id"] for row in first["data"]] == ids[:3] and first["has_more"] is True
    rest = read(sandbox, f"events?limit=3&starting_after={ids[2]}")
    assert [row["id"] for row in rest["data"]] == ids[3:] and rest["has_more"] is False
    assert [row["id"] for row in read(sandbox, "events?type=price.number_4")["data"]] == ids[:1]
    assert read(sandbox, f"events?created[gte]={int(time.time()) + 60}")["data"] == []
    assert ask(f"{sandbox.url}/v1/events?limit=101", **KEY).status == 400


# State


def test_a_restart_keeps_sessions_answers_and_undelivered_events(shop: Shop, tmp_path: Path) -> None:
    state = tmp_path / "stripe.json"
    with Sandbox(state=state) as before:
        session = ask(f"{before.url}/v1/checkout/sessions", ORDER, Idempotency_Key="hold-7", **KEY).json
        before.account.pay(session["id"])
    with Sandbox(state=state, webhook_url=shop.url, webhook_secret=SECRET) as after:
        assert after.wait_until_quiet()
        assert "checkout.session.completed" in shop.types()
        assert read(after, f"checkout/sessions/{session['id']}")["payment_status"] == "paid"
        again = ask(f"{after.url}/v1/checkout/sessions", ORDER, Idempotency_Key="hold-7", **KEY).json
        assert again["id"] == session["id"]
    with Sandbox(state=state, webhook_url=shop.url, webhook_secret=SECRET) as third:
        assert third.wait_until_quiet() and not third.deliveries


@pytest.mark.parametrize("text", ["", "{", "[]", '{"objects": {}}', '{"objects": 5, "answers": {}}'])
def test_a_damaged_state_file_is_named_and_left_alone(tmp_path: Path, text: str) -> None:
    state = tmp_path / "stripe.json"
    state.write_text(text)
    with pytest.raises(StateUnreadable, match=r"stripe\.json"):
        Sandbox(state=state)
    assert state.read_text() == text


def test_a_write_that_fails_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "stripe.json"
    with Sandbox(state=state) as sandbox:
        sandbox.emit("price.created", {"id": "price_1"})
        kept = state.read_text()
        with pytest.raises(TypeError):
            sandbox.emit("price.broken", {"id": object()})
        assert state.read_text() == kept
        sandbox.account.store.objects["event"].popitem()


# The command


def run(*options: str, stop: Callable[[str], None]) -> tuple[int, str]:
    command = [sys.executable, "-m", "marketplace.payments.sandbox", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        if line:
            stop(line)
            process.send_signal(signal.SIGTERM)
        error = process.stderr.read()
    return process.returncode, error


def test_the_command_serves_until_it_is_terminated(tmp_path: Path) -> None:
    def use(line: str) -> None:
        url = line.split()[-1]
        assert ask(f"{url}/v1/checkout/sessions", ORDER, **KEY).status == 200

    state = tmp_path / "stripe.json"
    assert run("--port", "0", "--state", str(state), stop=use) == (0, "")
    assert json.loads(state.read_text())["objects"]["checkout.session"]


def test_the_command_says_why_it_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    status, error = run("--port", "0", "--state", str(tmp_path / "bad.json"), stop=lambda line: None)
    assert status == 1 and "bad.json" in error
