"""The sandbox's webhooks to a real server: repeated, doubled, reordered, held, delayed, foreign and forged."""

import socket
import threading

import pytest
from werkzeug.serving import make_server

from marketplace.payments.sandbox import Sandbox
from tests.payments.sandbox_shop import SECRET, Shop, ask, order, read
from tests.payments.sandbox_shop import sandbox as sandbox
from tests.payments.sandbox_shop import shop as shop


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
