"""The sandbox's payment page: what it says, paying, declining, expiring; and that the shop hears of it."""

import threading
import time

import pytest

from marketplace.payments.sandbox import Sandbox
from tests.payments.sandbox_shop import KEY, SECRET, Shop, ask, order, read
from tests.payments.sandbox_shop import sandbox as sandbox
from tests.payments.sandbox_shop import shop as shop


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
