"""The gateway and the events that Stripe signs: taken, too old, forged, malformed."""

import hmac
import json
import time
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from marketplace.payments.gateway import (
    BadSignature,
    Gateway,
)
from marketplace.payments.sandbox import signature
from tests.payments.sandbox_gateway import gateway as gateway
from tests.payments.sandbox_gateway import sandbox as sandbox
from tests.payments.sandbox_shop import SECRET

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "created": 1_600_992_000,
    "livemode": False,
    "data": {"object": {"id": "cs_1", "metadata": {"reference": "会位-7"}}},
}


def signed(event: object, *, at: float = 0, secret: str = SECRET) -> tuple[bytes, str]:
    payload = json.dumps(event, ensure_ascii=False).encode()
    return payload, signature(payload, secret, at=int(time.time() + at))


def test_a_signed_event_is_read(gateway: Gateway) -> None:
    event = gateway.read_event(*signed(EVENT))
    assert (event.id, event.type, event.livemode, event.account) == ("evt_1", EVENT["type"], False, None)
    assert event.created == datetime(2020, 9, 25, tzinfo=UTC)
    assert event.object == {"id": "cs_1", "metadata": {"reference": "会位-7"}}
    assert gateway.read_event(*signed(EVENT | {"livemode": True, "account": "acct_2"})).account == "acct_2"


@pytest.mark.parametrize("at", [-299, 299])
def test_a_timestamp_within_five_minutes_is_taken(gateway: Gateway, at: int) -> None:
    assert gateway.read_event(*signed(EVENT, at=at)).id == "evt_1"


@pytest.mark.parametrize("at", [-302, 302, -3 * 86400])
def test_a_timestamp_outside_five_minutes_is_refused(gateway: Gateway, at: int) -> None:
    with pytest.raises(BadSignature):
        gateway.read_event(*signed(EVENT, at=at))


def test_a_changed_body_or_another_secret_is_refused(gateway: Gateway) -> None:
    payload, header = signed(EVENT)
    with pytest.raises(BadSignature) as forgery:
        gateway.read_event(payload.replace(b"evt_1", b"evt_2"), header)
    assert forgery.value.status == 400
    with pytest.raises(BadSignature):
        gateway.read_event(*signed(EVENT, secret="whsec_other"))


@pytest.mark.parametrize(
    "header",
    ["", "t=,v1=", "t=now,v1={mac}", "v1={mac}", "t={t}", "t={t},v0={mac}", "t={t},v1=", "t={t},v1=é", "t", "{mac}"],
)
def test_a_malformed_signature_is_refused(gateway: Gateway, header: str) -> None:
    payload, now = json.dumps(EVENT).encode(), int(time.time())
    mac = hmac.new(SECRET.encode(), b"%d." % now + payload, sha256).hexdigest()
    assert gateway.read_event(payload, f"t={now},v1=00,v1={mac}").id == "evt_1"
    with pytest.raises(BadSignature):
        gateway.read_event(payload, header.format(t=now, mac=mac))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"nonsense",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        json.dumps(EVENT | {"id": None}).encode(),
        json.dumps(EVENT | {"created": "yesterday"}).encode(),
        json.dumps(EVENT | {"created": 10**30}).encode(),
        json.dumps(EVENT | {"data": {"object": "cs_1"}}).encode(),
        json.dumps(EVENT | {"account": 5}).encode(),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(gateway: Gateway, payload: bytes) -> None:
    with pytest.raises(BadSignature):
        gateway.read_event(payload, signature(payload, SECRET, at=int(time.time())))
