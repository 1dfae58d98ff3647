"""The gateway against the sandbox over real HTTP: money in and out, and what it says when Stripe misbehaves."""

import socket
import threading
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketplace.payments.gateway import (
    CONNECT_SECONDS,
    NETWORK_RETRIES,
    READ_SECONDS,
    Checkout,
    Gateway,
    GatewayDown,
    GatewayRefused,
)
from marketplace.payments.sandbox import ApiFault, Sandbox, refunds
from marketplace.payments.sandbox.parameters import chargeable
from tests.payments.sandbox_gateway import gateway as gateway
from tests.payments.sandbox_gateway import sandbox as sandbox
from tests.payments.sandbox_shop import SECRET


def soon() -> datetime:
    return (datetime.now(UTC) + timedelta(minutes=45)).replace(microsecond=0)


def opened(gateway: Gateway, **changes: Any) -> Checkout:
    values: dict[str, Any] = {
        "reference": "pitch-7",
        "amount_minor": 1980,
        "currency": "EUR",
        "description": "Pitch slot, 10 minutes",
        "success_url": "http://127.0.0.1:1/paid?checkout={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:1/back",
        "expires_at": soon(),
        "idempotency_key": "hold-7",
    }
    return gateway.open_checkout(**values | changes)


def paid(gateway: Gateway, sandbox: Sandbox, **changes: Any) -> str:
    checkout = opened(gateway, **changes)
    sandbox.account.pay(checkout.id)
    intent = gateway.read_checkout(checkout.id).payment_intent
    assert intent is not None
    return intent


# Checkout


def test_a_checkout_is_opened_for_our_amount_and_reference(gateway: Gateway, sandbox: Sandbox) -> None:
    until = soon()
    checkout = opened(gateway, expires_at=until)
    assert checkout.url.startswith(sandbox.url)
    assert checkout.expires_at == until
    state = gateway.read_checkout(checkout.id)
    assert (state.status, state.payment_status, state.payment_intent) == ("open", "unpaid", None)
    assert (state.amount_minor, state.currency, state.reference) == (1980, "EUR", "pitch-7")


def test_a_paid_checkout_names_its_payment(gateway: Gateway, sandbox: Sandbox) -> None:
    checkout = opened(gateway)
    sandbox.account.pay(checkout.id)
    state = gateway.read_checkout(checkout.id)
    assert (state.status, state.payment_status, state.amount_minor) == ("complete", "paid", 1980)
    assert state.payment_intent is not None and state.payment_intent.startswith("pi_")


@pytest.mark.parametrize(("currency", "amount_minor", "at_stripe"), [("JPY", 5000, 5000), ("ISK", 700, 70000), ("MGA", 1200, 12)])
def test_amounts_survive_the_way_there_and_back(
    gateway: Gateway, sandbox: Sandbox, currency: str, amount_minor: int, at_stripe: int
) -> None:
    checkout = opened(gateway, currency=currency, amount_minor=amount_minor)
    assert gateway.read_checkout(checkout.id).amount_minor == amount_minor
    assert sandbox.account.store.get("checkout.session", checkout.id)["amount_total"] == at_stripe


def test_the_same_key_opens_one_checkout(gateway: Gateway) -> None:
    until = soon()
    assert opened(gateway, expires_at=until) == opened(gateway, expires_at=until)


def test_the_same_key_with_another_amount_is_refused(gateway: Gateway) -> None:
    until = soon()
    opened(gateway, expires_at=until)
    with pytest.raises(GatewayRefused) as refusal:
        opened(gateway, expires_at=until, amount_minor=1)
    assert refusal.value.code == "idempotency_error"


def test_an_expired_checkout_cannot_be_paid_or_expired_again(gateway: Gateway, sandbox: Sandbox) -> None:
    checkout = opened(gateway)
    assert gateway.expire_checkout(checkout.id).status == "expired"
    assert sandbox.account.pay(checkout.id)["payment_status"] == "unpaid"
    with pytest.raises(GatewayRefused, match="status of `expired`"):
        gateway.expire_checkout(checkout.id)


def test_a_paid_checkout_cannot_be_expired(gateway: Gateway, sandbox: Sandbox) -> None:
    checkout = opened(gateway)
    sandbox.account.pay(checkout.id)
    with pytest.raises(GatewayRefused, match="status of `complete`"):
        gateway.expire_checkout(checkout.id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_minor": 0}, "amount_not_representable"),
        ({"amount_minor": -5}, "amount_not_representable"),
        ({"amount_minor": 100_000_000}, "amount_too_large"),
        ({"currency": "LYD", "amount_minor": 1000}, "currency_not_chargeable"),
        ({"currency": "KWD", "amount_minor": 1234}, "amount_not_representable"),
        ({"customer_email": "nobody"}, "email_invalid"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid"),
        ({"expires_at": datetime(2020, 9, 25, tzinfo=UTC)}, "invalid_request_error"),
    ],
)
def test_what_stripe_would_not_take_is_refused_with_a_code(gateway: Gateway, sandbox: Sandbox, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        opened(gateway, **changes)
    assert refusal.value.code == code
    assert refusal.value.message
    assert not sandbox.account.store.objects["checkout.session"]


def test_a_moment_without_time_zone_is_a_mistake_of_the_caller(gateway: Gateway) -> None:
    with pytest.raises(ValueError, match="time zone"):
        opened(gateway, expires_at=datetime(2030, 1, 1))


def test_an_unknown_checkout_is_refused(gateway: Gateway) -> None:
    with pytest.raises(GatewayRefused) as refusal:
        gateway.read_checkout("cs_test_none")
    assert refusal.value.code == "resource_missing"


def test_a_wrong_key_is_refused_not_retried(sandbox: Sandbox) -> None:
    with pytest.raises(GatewayRefused):
        opened(Gateway("sk_live_1", sandbox.url, SECRET))


# Refunds


def test_a_payment_is_refunded_in_parts_up_to_its_amount(gateway: Gateway, sandbox: Sandbox) -> None:
    intent = paid(gateway, sandbox)
    first = gateway.refund(payment_intent=intent, amount_minor=1000, idempotency_key="r-1")
    assert (first.status, first.amount_minor) == ("succeeded", 1000)
    with pytest.raises(GatewayRefused, match="greater than unrefunded"):
        gateway.refund(payment_intent=intent, amount_minor=981, idempotency_key="r-2")
    rest = gateway.refund(payment_intent=intent, amount_minor=980, idempotency_key="r-3", currency="EUR")
    assert gateway.read_refund(rest.id) == rest
    with pytest.raises(GatewayRefused) as refusal:
        gateway.refund(payment_intent=intent, amount_minor=1, idempotency_key="r-4")
    assert refusal.value.code == "charge_already_refunded"


def test_the_same_key_refunds_once(gateway: Gateway, sandbox: Sandbox) -> None:
    intent = paid(gateway, sandbox, currency="ISK", amount_minor=700)
    first = gateway.refund(payment_intent=intent, amount_minor=300, idempotency_key="r-1")
    assert gateway.refund(payment_intent=intent, amount_minor=300, idempotency_key="r-1") == first
    (charge,) = sandbox.account.store.objects["charge"].values()
    assert charge["amount_refunded"] == 30000


def refunded_by_twelve_at_once(gateway: Gateway, sandbox: Sandbox) -> tuple[int, list[str]]:
    """Twelve ask for the whole payment back, each under a key of its own: what went out, and the refusals."""
    intent = paid(gateway, sandbox)
    refused: list[str] = []

    def ask(number: int) -> None:
        try:
            gateway.refund(payment_intent=intent, amount_minor=1980, idempotency_key=f"r-{number}", currency="EUR")
        except GatewayRefused as refusal:
            refused.append(refusal.code)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(refund["amount"] for refund in sandbox.account.store.objects["refund"].values()), refused


@pytest.fixture
def hesitant(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox pauses between reading what is left of a payment and writing it."""

    def pause(amount: int, currency: str, *, param: str) -> None:
        time.sleep(0.02)
        chargeable(amount, currency, param=param)

    monkeypatch.setattr(refunds, "chargeable", pause)


@pytest.mark.usefixtures("hesitant")
def test_parallel_refunds_never_exceed_the_payment(gateway: Gateway, sandbox: Sandbox) -> None:
    assert refunded_by_twelve_at_once(gateway, sandbox) == (1980, ["charge_already_refunded"] * 11)


@pytest.mark.usefixtures("hesitant")
def test_parallel_refunds_would_exceed_it_without_the_lock(gateway: Gateway, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_lock", nullcontext())
    assert refunded_by_twelve_at_once(gateway, sandbox)[0] > 1980


# When Stripe misbehaves


def test_an_api_that_is_down_can_be_asked_again_with_the_same_key(gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.switches.api_fault = ApiFault.DOWN
    with pytest.raises(GatewayDown):
        opened(gateway)
    assert not sandbox.account.store.objects["checkout.session"]
    sandbox.switches.api_fault = ApiFault.NONE
    assert opened(gateway).id


def test_a_lost_answer_leads_to_no_second_refund(gateway: Gateway, sandbox: Sandbox) -> None:
    intent = paid(gateway, sandbox)
    sandbox.switches.api_fault = ApiFault.LOST
    with pytest.raises(GatewayDown):
        gateway.refund(payment_intent=intent, amount_minor=500, idempotency_key="r-1", currency="EUR")
    sandbox.switches.api_fault = ApiFault.NONE
    again = gateway.refund(payment_intent=intent, amount_minor=500, idempotency_key="r-1", currency="EUR")
    assert list(sandbox.account.store.objects["refund"]) == [again.id]


def test_an_internal_error_after_the_work_is_not_taken_for_a_refusal(gateway: Gateway, sandbox: Sandbox) -> None:
    intent = paid(gateway, sandbox)
    sandbox.switches.api_fault = ApiFault.ERROR
    for _ in range(2):
        with pytest.raises(GatewayDown):
            gateway.refund(payment_intent=intent, amount_minor=500, idempotency_key="r-1", currency="EUR")
    assert len(sandbox.account.store.objects["refund"]) == 1


def test_a_slow_api_is_given_up(gateway: Gateway, sandbox: Sandbox) -> None:
    sandbox.switches.api_delay_seconds = 30
    begun = time.monotonic()
    with pytest.raises(GatewayDown) as failure:
        gateway.read_checkout("cs_test_any")
    assert failure.value.status == 503 and "timed out" in str(failure.value)
    assert time.monotonic() - begun < 5


def test_a_call_ends_within_ten_seconds_by_its_limits() -> None:
    longest_pause = 0.5
    assert (1 + NETWORK_RETRIES) * (CONNECT_SECONDS + READ_SECONDS) + NETWORK_RETRIES * longest_pause <= 10


def test_nobody_listening_is_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(GatewayDown):
            opened(Gateway("sk_test_1", f"http://127.0.0.1:{free.getsockname()[1]}", SECRET))
