"""The life of a total, from the first declared deal to the adjustment of the day after, against figures worked out by hand.

Through what the outside has: JSON, and pages where there is no JSON (a confirmation's link, the closing of a day).
"""

import io
import re
from datetime import timedelta

import pytest

from marketplace.accounts.service import by_email
from marketplace.core import jobs
from marketplace.core.clock import today
from marketplace.core.mail import OUTBOX_SEEN
from tests.factories import api, form_token, sign_in
from tests.figures.factories_figures import moving_clock
from tests.flows.test_deal import PEOPLE, Story, register

ZONE, SLUG = "Asia/Shanghai", "spring"
CONFIRMED = dict.fromkeys(("title", "parties", "kind", "total", "technology", "currency", "signed_on"), "confirm")
BY_HAND = [
    ("nothing is verified", 0, "0.00"),
    ("6.6 million, corrected from 6.8", 1, "6600000.00"),
    ("and EUR 100,000.00 at 7.80", 2, "7380000.00"),
    ("the first amended to 6.0 million", 2, "6780000.00"),
    ("a third under embargo is not seen", 2, "6780000.00"),
    ("it is signed on the stage: 1 million", 3, "7780000.00"),
    ("that was a mistake", 2, "6780000.00"),
    ("signed again", 3, "7780000.00"),
    ("the first is registered: nothing is added", 3, "7780000.00"),
    ("the day after, the second is void", 2, "7000000.00"),
]  # fmt: skip
"""Every moment of the public headline: what happened, contracts, yuan."""


class Fair(Story):
    """Its people, their calls, and each moment of the total as it was read."""

    def __init__(self, client, app):
        super().__init__(client)
        self.app, self.moments = app, []

    def moment(self) -> None:
        """The next line of the table is true now."""
        told, expected = self.get(None, f"/fairs/{SLUG}/total"), BY_HAND[len(self.moments)]
        assert (expected[0], told["headline"]["count"], told["headline"]["total"]) == expected
        self.moments.append(told)

    def facts(self, **changes):
        return {
            "title_en": "Licence of a heat pump", "class": "contract", "kind": "licence", "field": "new_energy", "currency": "CNY",
            "total_amount": "6800000.00", "technology_amount": "4200000.00", "signed_on": today(ZONE).isoformat(), "open": True,
            "parties": [
                {"role": "provider", "name": "Northgate Transfer", "country": "DE", "organization_id": self.agency},
                {"role": "recipient", "name": "Hengyuan Foods", "country": "CN", "organization_id": self.company},
            ],
        } | changes  # fmt: skip

    def declare(self, **changes) -> str:
        made = self.post("clerk", "/contracts", {"fair": SLUG, **self.facts(**changes)})
        path = f"/contracts/{made['id']}"
        page = {"file": (io.BytesIO(b"%PDF-1.4 signed " + made["id"].encode()), "page.pdf")}
        assert self.client.post(f"/api/v1{path}/evidence", data=page, headers=api(self.tokens["clerk"])).status_code == 201
        return path

    def seen(self, path) -> dict[str, str]:
        return {"content_hash": self.get("clerk", path)["content_hash"]}

    def updated(self, who, path, body, *, method="PUT", of=None, **options):
        """A change that names the version it was made on: of ``of``, or of the address itself."""
        etag = self.client.get(f"/api/v1{of or path}", headers=api(self.tokens[who])).headers["ETag"]
        return self.call(method, who, path, body, headers={"If-Match": etag}, **options)

    def verified(self, path) -> None:
        self.post("clerk", f"{path}/sign", self.seen(path))
        self.post("verifier", f"{path}/verify", self.seen(path))

    def page(self, who):
        client = self.app.test_client()
        sign_in(client, by_email(f"{who}@example.org"))
        return client

    def links(self, path) -> list[str]:
        """Both sides are asked; the addresses that their mails name."""
        before = len(OUTBOX_SEEN)
        self.post("clerk", f"{path}/confirmations", {"provider_email": "a@example.org", "recipient_email": "b@example.org"})
        while jobs.sweep():
            pass
        sent = {mail["To"]: link[0] for mail in OUTBOX_SEEN[before:] if (link := re.search(r"/confirm/[\w-]+", mail.get_content()))}
        return [sent["a@example.org"], sent["b@example.org"]]

    def said(self, path, link, **changes) -> None:
        """The answer of whoever holds the link, without signing in."""
        stranger = self.app.test_client()
        fields = form_token(stranger, link) | self.seen(path) | CONFIRMED | {"name": "Anna Roth", "position": "Licensing"} | changes
        answer = stranger.post(link, data=fields)
        assert answer.status_code == 200, answer.text

    def frozen(self) -> dict:
        return self.post("verifier", "/figures", {"fair": SLUG})

    def close_day(self, first, second) -> str:
        """Signed by two on the same report; the day's page afterwards."""
        page = self.page(first).get("/staff/days", follow_redirects=True)
        day = page.request.path
        assert f"/staff/days/{SLUG}" in day
        day = re.search(rf'/staff/days/{SLUG}/\d{{4}}-\d\d-\d\d', page.text)[0]
        for who, status in ((first, 303), (first, 403), (second, 303)):
            browser = self.page(who)
            text, token = browser.get(day).text, form_token(browser, day)
            digest = re.search(r'name="sha256" value="([0-9a-f]{64})"', text)
            fields = token | {"sha256": digest[1] if digest else self.digest}
            self.digest = fields["sha256"]
            assert browser.post(f"{day}/sign", data=fields).status_code == status, (who, text[-3000:])
        return self.page(first).get(day).text


@pytest.fixture
def fair(client, app, tmp_path):
    story = Fair(client, app)
    story.person("admin", admin=True)
    for name in PEOPLE:
        story.person(name)
    for name in ("admin", *PEOPLE):
        story.token(name)
    opens = today(ZONE)
    story.post("admin", "/fairs", {
        "slug": SLUG, "name_en": "Spring fair", "name_zh": "春季交易会", "base_currency": "CNY", "time_zone": ZONE,
        "opens_on": opens.isoformat(), "closes_on": (opens + timedelta(days=3)).isoformat(),
        "segments": [{"code": "frontier", "name_en": "Frontier projects", "name_zh": "前沿项目"}],
    })  # fmt: skip
    story.post("admin", f"/fairs/{SLUG}/make-current")
    for role in ("manager", "moderator", "clerk", "verifier"):
        story.post("admin", f"/fairs/{SLUG}/staff", {"email": f"{role}@example.org", "role": role})
    (tmp_path / "rates.csv").write_text(f"date,EUR_CNY\n{(opens - timedelta(days=1)).isoformat()},7.80\n")
    told = app.test_cli_runner().invoke(args=["fx", "load", str(tmp_path / "rates.csv")])
    assert told.exit_code == 0, told.output
    story.agency = register(story, "agency", "agency", "Northgate Transfer")["id"]
    story.company = register(story, "company", "company", "Hengyuan Foods")["id"]
    return story


def confirmed_after_a_mismatch(fair) -> str:
    """Declared at 6.8 million; the buyer says 6.6; corrected, asked again, confirmed by both, verified."""
    path = fair.declare()
    provider, recipient = fair.links(path)
    fair.said(path, provider)
    fair.said(path, recipient, total="correct", total_to="6600000.00")
    fair.post("clerk", f"{path}/sign", fair.seen(path))
    refused = fair.post("verifier", f"{path}/verify", fair.seen(path), expect=(409,))
    assert refused["type"] == "/problems/mismatch-open"
    [row] = fair.get("verifier", f"/mismatches?fair={SLUG}")["rows"]
    assert row["answer"]["corrections"] == {"total": 660_000_000}
    fair.moment()
    assert fair.updated("clerk", path, fair.facts(total_amount="6600000.00"))["status"] == "declared"
    assert fair.get("verifier", f"/mismatches?fair={SLUG}")["rows"] == []
    for link in fair.links(path):
        fair.said(path, link, show_names="on", show_amount="on")
    assert fair.get("clerk", f"{path}/confirmations")["confirmed_by"] == "both"
    fair.verified(path)
    fair.moment()
    return path


def amended(fair, path) -> None:
    """To 6.0 million, by two people; nothing changes before the second agrees."""
    body = {"reason": "The annex lowers the price.", "facts": fair.facts(total_amount="6000000.00", technology_amount="4000000.00")}
    proposal = fair.updated("clerk", f"{path}/amendments", body, method="POST", of=path)
    assert fair.total()["total"] == BY_HAND[2][2]
    one = f"{path}/amendments/{proposal['id']}"
    fair.updated("verifier", f"{one}/approve", {"content_hash": proposal["content_hash"]}, method="POST", of=one)
    fair.moment()


def signed_on_stage(fair) -> str:
    """Verified behind the stage and seen by staff alone, until somebody presses; a press is taken back within a minute."""
    show = fair.post("clerk", f"/fairs/{SLUG}/ceremonies", {"title_en": "Signing", "starts_at": f"{today(ZONE)}T10:00:00+08:00"})
    path = fair.declare(title_en="Licence of a valve", total_amount="1000000.00", technology_amount="1000000.00", distinct_from=[], parties=[
        {"role": "provider", "name": "Institute of Seals", "country": "DE"}, {"role": "recipient", "name": "Valve Works", "country": "CN"},
    ])  # fmt: skip
    item = fair.post("clerk", f"/ceremonies/{show['id']}/items", {"contract_id": path.rpartition("/")[2]})
    fair.verified(path)
    fair.moment()
    staff = fair.get("clerk", f"/fairs/{SLUG}/total")["headline"]
    assert (staff["count"], staff["total"]) == (3, "7780000.00")
    fair.post("clerk", f"/ceremonies/{show['id']}/state", {"state": "running"})
    for press in ("call", "sign", "undo", "sign"):
        fair.post("clerk", f"/ceremonies/{show['id']}/items/{item['id']}/press", {"press": press})
        if press != "call":
            fair.moment()
    return path


def registered(fair, path) -> None:
    body = {"on": today(ZONE).isoformat(), "number": "2020110101000001", "technology_amount": "3900000.00"}
    fair.updated("clerk", f"{path}/marks/registered", body, of=path)
    fair.moment()
    marks = {row["mark"]: (row["count"], row["technology"]) for row in fair.get(None, f"/fairs/{SLUG}/total")["marks"]}
    assert marks["registered"] == (1, "3900000.00")


def code_of(fair, path) -> str:
    return re.search(r'href="/verify/(\w+)"', fair.page("clerk").get(path).text)[1]


def test_the_life_of_a_total(fair, app):
    first = confirmed_after_a_mismatch(fair)
    second = fair.declare(title_en="Know-how of a kiln", currency="EUR", total_amount="100000.00", technology_amount="60000.00", parties=[
        {"role": "provider", "name": "Kiln Institute", "country": "DE"}, {"role": "recipient", "name": "Ceramics Works", "country": "CN"},
    ])  # fmt: skip
    fair.verified(second)
    fair.moment()
    before = fair.frozen()
    assert (before["contracts"], before["total"], before["earlier"]) == (2, "7380000.00", None)
    amended(fair, first)
    later = fair.frozen()
    assert (later["total"], later["earlier"]) == ("6780000.00", before["code"])
    reference = fair.get("clerk", first)["reference"]
    assert reference in fair.client.get(f"/figures/{later['code']}").text
    signed_on_stage(fair)
    registered(fair, first)
    assert "7,780,000.00" in fair.close_day("manager", "verifier")

    codes = code_of(fair, first), code_of(fair, second)
    with moving_clock() as turn:
        turn(1)
        for name in ("admin", *PEOPLE):
            fair.token(name)
        fair.post("manager", f"{second}/void", {"reason": "The buyer called it off."})
        fair.moment()
        closed = fair.close_day("verifier", "manager")
        assert "The buyer called it off." in closed
        assert fair.get("clerk", second)["reference"] in closed
        every_moment_is_told_again(fair)
        for figure in (before, later):
            assert fair.get(None, f"/figures/{figure['code']}") == figure
        sheets = [fair.get(None, f"/verify/{code}") for code in codes]
        assert [sheet["status"] for sheet in sheets] == ["verified", "void"]
        assert sheets[0]["amended_on"] != []
        assert (sheets[1]["amount_shown"], sheets[1]["names"]) == (False, None)
        for words in (["ledger", "verify"], ["figures", "verify"], ["audit", "verify"]):
            told = app.test_cli_runner().invoke(args=words)
            assert told.exit_code == 0, told.output


def every_moment_is_told_again(fair) -> None:
    """By number and by time, each line of the table as it was read when it was true."""
    assert len(fair.moments) == len(BY_HAND)
    for (what, count, total), told in zip(BY_HAND, fair.moments, strict=True):
        if told["as_of_seq"]:
            again = fair.get(None, f"/fairs/{SLUG}/total?as_of_seq={told['as_of_seq']}")
            assert (what, again["headline"]["count"], again["headline"]["total"]) == (what, count, total)
            by_time = fair.get(None, f"/fairs/{SLUG}/total", query_string={"as_of": told["as_of"]})
            assert (what, by_time["headline"]) == (what, again["headline"])
