"""What the leak check finds in a text, what it leaves alone, and how grave it is."""

import time

import pytest

from marketplace.listings.checks.findings import Severity
from marketplace.listings.checks.leaks import in_text, leaks
from marketplace.listings.checks.naming import Owner, domains, host_of

OWNER = Owner(("Northgate Transfer Office", "北京诺斯盖特技术转移中心"), ("northgate.example",), ("Anna Lindqvist", "李雪梅", "王伟"))
GIVEN_AWAY = [
    ("write to anna@northgate.example now", "email", "anna@northgate.example"),
    ("anna (at) northgate (dot) example", "email", "anna (at) northgate (dot) example"),
    ("ａｎｎａ＠ｘ．ｃｏｍ", "email", "ａｎｎａ＠ｘ．ｃｏｍ"),
    ("an\u200bna@x.com", "email", "an\u200bna@x.com"),
    ("call +49 30 1234567", "phone", "+49 30 1234567"),
    ("0049 30 1234 5678", "phone", "0049 30 1234 5678"),
    ("请拨打13800138000", "phone", None),
    ("138-0013-8000", "phone", "138-0013-8000"),
    ("电话：010-62345678", "phone", "电话：010-62345678"),
    ("tel. 030 12345678", "phone", "tel. 030 12345678"),
    ("WeChat: heatpump88", "messenger", "WeChat: heatpump88"),
    ("微信号 heatpump88", "messenger", "微信号 heatpump88"),
    ("QQ：12345678", "messenger", "QQ：12345678"),
    ("see https://a.example/x, then", "link", None),
    ("www.foo.cn", "link", "www.foo.cn"),
    ("on foo-bar.com.cn", "link", "foo-bar.com.cn"),
    ("the ThermoPlus® pump", "trade_mark", "ThermoPlus®"),
    ("ThermoPlus™", "trade_mark", "ThermoPlus™"),
    ("ZL 2017 1 0117081.7", "right_number", "ZL 2017 1 0117081.7"),
    ("by CN106844774A", "right_number", "CN106844774A"),
    ("专利CN106844774A号", "right_number", "CN106844774A"),
    ("网址www.foo.cn", "link", "www.foo.cn"),
    ("US 10,123,456 B2", "right_number", "US 10,123,456 B2"),
    ("EP3012345B1", "right_number", "EP3012345B1"),
    ("PCT/CN2017/075812", "right_number", "PCT/CN2017/075812"),
    ("WO2018/157342", "right_number", "WO2018/157342"),
    ("中关村大街27号", "address", "中关村大街27号"),
    ("12 Baker Street", "address", "12 Baker Street"),
    ("Hauptstraße 12", "address", "Hauptstraße 12"),
    ("NTO built it", "name", "NTO"),
    ("what NORTHGATE has", "name", "NORTHGATE"),
    ("the Northgate-Transfer  Office", "name", "Northgate-Transfer  Office"),
    ("由诺斯盖特研制", "name", "诺斯盖特"),
    ("Anna LINDQVIST", "person", "Anna LINDQVIST"),
    ("王伟教授团队", "person", "王伟"),
]
LEFT_ALONE = [
    "doi 10.1038/s41586-020-2649-2", "ISO 9001:2015", "CO2 at 150 to 200 °C", "CAS 1333-86-4", "between 2015-2020", "2020-09-17",
    "1,380,013,800 yuan", "13800138000.5 m", "15000000000 yuan", "IPC H01M 10/0525", "-20 to +60 degrees", "+12 000 000 units",
    "a WeChat mini programme", "e.g. this", "10.5 kW.The pump", "WiFi 802.11", "EN 13445-3", "GB/T 19001-2016", "version 2.0.1",
    "the (R)-enantiomer", "ratio 1:1000", "US 5 million", "用于道路3号线", "王伟大的", "Node.js", "0.25-0.75", "qq plot 12", "nto and northgates", "EP 2020",
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "place"), GIVEN_AWAY)
def test_a_leak_is_found_at_its_place(text, code, place):
    found = in_text("description_en", text, owner=OWNER, anonymous=True)
    assert [each.code for each in found] == [code]
    assert found[0].severity is Severity.BLOCKER
    assert text[found[0].start : found[0].end] == found[0].text == (place or found[0].text)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_numbers_and_names_of_things_are_no_leaks(text):
    assert in_text("description_en", text, owner=OWNER, anonymous=True) == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [("anna@x.example", "major"), ("www.x.example", "major"), ("ZL 2017 1 0117081.7", "minor"), ("Thermo®", "minor"), ("Northgate built it", None)],
)
def test_where_the_owner_is_named_contacts_weigh_less_and_names_nothing(text, severity):
    assert [each.severity.value for each in in_text("summary_en", text, owner=OWNER, anonymous=False)] == ([severity] if severity else [])


def test_rows_of_an_anonymous_listing_tell_too():
    content = {
        "title_en": "Heat pump", "ip_rights": [{"kind": "patent", "office": "CN", "number": "CN201710117081.7", "owner": None}],
        "source_organization": "Northgate", "source_url": None, "video_url": "https://video.example/1",
    }  # fmt: skip
    assert [(each.field, each.code) for each in leaks(content, owner=OWNER, anonymous=True)] == [
        ("ip_rights", "right_number"), ("source_organization", "source"), ("video_url", "video"),
    ]  # fmt: skip
    assert leaks(content, owner=OWNER, anonymous=False) == ()


def test_own_domains_are_those_of_website_and_mail_but_no_mail_house():
    assert domains("https://www.northgate.example/en", ["a@northgate.example", "b@gmail.com", "c@lab.example"]) == ("northgate.example", "lab.example")
    assert host_of("nowhere") is None


def test_the_longest_text_of_any_shape_takes_no_time():
    for piece in ("a", "a.", "a-", "1", "1 ", "1-", "+1", "(", "大", "a@", "T ", "http", "ZL2017", "®", "电话1"):
        started = time.process_time()
        in_text("description_en", piece * (10_000 // len(piece)), owner=OWNER, anonymous=True)
        assert time.process_time() - started < 0.5, piece
