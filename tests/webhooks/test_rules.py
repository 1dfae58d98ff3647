"""Which addresses are called, how a message is signed, and when it is tried again."""

import ipaddress
from datetime import timedelta

import pytest

from marketplace.webhooks import rules

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # nosec: the example of the Standard Webhooks specification


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
    "100.127.255.254", "168.63.129.16", "192.0.0.1", "192.0.2.7", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::1", "::",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "fe80::1", "fec0::1",
    "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2001:0:7f00:1::",
])  # fmt: skip
def test_an_address_out_of_the_open_internet_is_never_called(address):
    found = ipaddress.ip_address(address)
    assert not rules.is_public(found)
    assert rules.may_call(found, local=True) is (address in {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "::ffff:1.1.1.1", "64:ff9b::101:101", "2606:4700::1111"])
def test_an_address_of_the_open_internet_is_called(address):
    assert rules.may_call(ipaddress.ip_address(address), local=False)


@pytest.mark.parametrize(("url", "fault", "in_development"), [
    ("https://crm.example.org/hooks?a=1", None, None),
    ("https://crm.example.org:8443/", None, None),
    ("http://crm.example.org/", "url_https", "url_https"),
    ("http://127.0.0.1:9000/x", "url_https", None),
    ("http://localhost:9000/x", "url_https", None),
    ("https://127.0.0.1/", "url_private", None),
    ("https://[::1]/", "url_private", None),
    ("https://localhost/", "url_private", None),
    ("https://10.0.0.1/", "url_private", "url_private"),
    ("https://[::ffff:169.254.169.254]/", "url_private", "url_private"),
    ("https://0x7f.1/", "url_private", "url_private"),
    ("https://2130706433/", "url_private", "url_private"),
    ("https://0177.0.0.01/", "url_private", "url_private"),
    ("https://intranet/", "url_private", "url_private"),
    ("https://db.internal/", "url_private", "url_private"),
    ("https://user:pw@example.org/", "url_parts", "url_parts"),
    ("https://example.org/#x", "url_parts", "url_parts"),
    ("https://example.org:0/", "url", "url"),
    ("https://example.org:99999/", "url", "url"),
    ("https:///x", "url", "url"),
    ("https://exa mple.org/", "url", "url"),
    ("https://例子.cn/", "url", "url"),
    ("https://-a.example.org/", "url", "url"),
    ("ftp://example.org/", "url", "url"),
    ("javascript:alert(1)", "url", "url"),
    ("https://[::1/", "url", "url"),
    ("//example.org/", "url", "url"),
])  # fmt: skip
def test_an_endpoint_is_a_whole_https_address(url, fault, in_development):
    assert rules.url_fault(url, local=False) == fault
    assert rules.url_fault(url, local=True) == in_development


def test_the_signature_is_the_one_of_the_specification():
    body = '{"test": 2432232314}'
    signed = rules.signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    found = rules.headers([SECRET, rules.secret_text(b"x" * 32)], "a", timestamp=5, body="{}")
    assert set(found) == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert [each[:3] for each in found["webhook-signature"].split(" ")] == ["v1,", "v1,"]


def test_nine_tries_take_a_day():
    waits = [rules.wait_after(tries) for tries in range(1, 10)]
    assert waits[-1] is None and None not in waits[:-1]
    assert timedelta(hours=24) < sum(waits[:-1], timedelta()) < timedelta(hours=26)
    assert waits[:-1] == sorted(waits[:-1])


def test_an_endpoint_that_lets_us_wait_rests_longer_each_time():
    rests = [rules.rest_after(slow).total_seconds() for slow in range(1, 12)]
    assert rests[:4] == [60, 120, 240, 480] and rests[-1] == rules.LONGEST_REST


def test_the_beginning_of_an_answer_can_be_kept_and_shown():
    assert rules.beginning(b"ok\nyes\x00\x1b[31m" + b"\xff" + "泵".encode()) == "ok\nyes��[31m�泵"
    assert len(rules.beginning(b"x" * 5000)) == 1000
