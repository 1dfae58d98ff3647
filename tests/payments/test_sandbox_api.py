"""The sandbox's API: what it refuses, in the words of Stripe, its keys, refunds and lists of events."""

import time
from typing import Any

import pytest

from marketplace.payments.sandbox import Sandbox
from tests.payments.sandbox_shop import KEY, ORDER, Answer, Shop, ask, order, read
from tests.payments.sandbox_shop import sandbox as sandbox
from tests.payments.sandbox_shop import shop as shop


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
