"""The pages: the link's, the day page's, the desk's, the manager's; what each shows and hides."""

import re

import pytest

from marketplace.confirmations import queries, rules, settling
from marketplace.confirmations.models import Side
from marketplace.core import limits
from marketplace.core.db import db, transaction
from marketplace.ledger.models import Status
from tests.confirmations.factories_confirmations import ask, both_confirm, correcting, make_deal, reply, said
from tests.contracts.factories_contracts import verify
from tests.counting import counted
from tests.factories import actor, form_token, make_fair, make_member, make_staff, sign_in


@pytest.fixture
def deal(app):
    return make_deal(app)


def page_of(client, secret):
    return form_token(client, f"/confirm/{secret}")


def test_the_link_shows_seven_facts_and_nothing_else(deal, client):
    parties = deal.facts()["parties"]
    parties[1]["signatory"] = "CANARY-SIGNATORY"
    contract = deal.contract(Status.SIGNED, title_en="Licence of a kiln", number="CANARY-NUMBER", parties=parties)
    page = client.get(f"/confirm/{ask(deal, contract)[Side.PROVIDER]}")
    assert page.status_code == 200
    for shown in ("Licence of a kiln", "Anode Institute", "Bohai Works", "1,000,000.00", "600,000.00", "CNY", contract.reference):
        assert shown in page.text
    assert "CANARY" not in page.text
    assert "signed.pdf" not in page.text
    assert str(contract.id) not in page.text
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")


def test_an_answer_by_the_link_without_signing_in(deal, client):
    contract = deal.contract(Status.SIGNED)
    secret = ask(deal, contract)[Side.PROVIDER]
    fields = page_of(client, secret) | said(contract.content_hash, total="correct", total_to="90万")
    answer = client.post(f"/confirm/{secret}", data=fields)
    assert answer.status_code == 200
    assert "should be: ¥900,000.00" in answer.text
    again = client.post(f"/confirm/{secret}", data=fields)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")  # the second click of the same page
    late = client.get(f"/confirm/{secret}")
    assert late.status_code == 410
    assert "has been used" in late.text
    assert late.headers["Referrer-Policy"] == "no-referrer"
    fresh = client.post(f"/confirm/{secret}", data=fields | {"once": "another page"})
    assert fresh.status_code == 410


def test_a_link_that_nobody_made_is_gone(client, app):
    answer = client.get("/confirm/unknown")
    assert answer.status_code == 410
    assert "ask the fair" in answer.text


def test_every_fact_wants_a_word_and_every_correction_its_value(deal, client):
    contract = deal.contract(Status.SIGNED)
    secret = ask(deal, contract)[Side.PROVIDER]
    fields = page_of(client, secret)
    empty = client.post(f"/confirm/{secret}", data=fields | {"content_hash": contract.content_hash})
    assert empty.status_code == 422
    for name in (*rules.FACTS, "name", "position"):
        assert f'href="#f-{name}"' in empty.text
    unsaid = client.post(f"/confirm/{secret}", data=fields | {"once": "x"} | said(contract.content_hash, title="correct"))
    assert unsaid.status_code == 422
    assert "Say what it should be." in unsaid.text
    assert queries.state(contract.id, contract.content_hash).sides[Side.PROVIDER].stands == "asked"


def test_a_form_of_another_site_does_not_answer(deal, client):
    contract = deal.contract(Status.SIGNED)
    secret = ask(deal, contract)[Side.PROVIDER]
    fields = page_of(client, secret) | said(contract.content_hash)
    assert client.post(f"/confirm/{secret}", data=fields, headers={"Origin": "null", "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(f"/confirm/{secret}", data=fields | {"csrf_token": "x"}).status_code == 403
    own = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}  # what a browser sends from a page with Referrer-Policy: no-referrer
    assert client.post(f"/confirm/{secret}", data=fields, headers=own).status_code == 200


def test_refused_answers_are_counted_per_network(deal, client, app):
    contract = deal.contract(Status.SIGNED)
    secret = ask(deal, contract)[Side.PROVIDER]
    fields = page_of(client, secret)
    app.config["COUNT_TRIES"] = True
    limits.limiter.reset()
    try:
        codes = {client.post(f"/confirm/{secret}", data=fields).status_code for _ in range(60)}
        blocked = client.post(f"/confirm/{secret}", data=fields)
    finally:
        app.config["COUNT_TRIES"] = False
        limits.limiter.reset()
    assert codes == {422}
    assert (blocked.status_code, "Retry-After" in blocked.headers) == (429, True)


def test_from_the_day_page_to_the_answer(deal, client):
    contract = deal.contract(Status.SIGNED)
    ask(deal, contract)
    sign_in(client, deal.bo)
    assert "Contracts to confirm" in client.get("/").text
    listed = client.get("/confirmations").text
    path = re.search(rf"/contracts/{contract.id}/confirmations/[0-9a-f-]+", listed)[0]
    fields = form_token(client, path) | said(contract.content_hash, show_names="on")
    answer = client.post(path, data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/contracts/{contract.id}")
    assert "confirmed all seven" in client.get(f"/contracts/{contract.id}").text
    assert "Nothing to confirm" in client.get("/confirmations").text
    assert client.get(path).status_code == 410


def test_a_party_sees_its_own_answer_and_never_the_other_sides(deal, client):
    contract = deal.contract(Status.SIGNED)
    secrets = ask(deal, contract)
    reply(secrets[Side.PROVIDER], correcting(contract.content_hash, "title", "CANARY-A", name="Anna A"))
    reply(secrets[Side.RECIPIENT], correcting(contract.content_hash, "title", "CANARY-B", name="Bo B"))
    sign_in(client, deal.anna)
    mine = client.get(f"/contracts/{contract.id}").text
    assert "CANARY-A" in mine
    assert "CANARY-B" not in mine
    assert "Bo B" not in mine
    assert "Party B" not in mine


def test_a_party_is_not_told_whether_the_other_side_has_answered(deal, client):
    contract = deal.contract(Status.SIGNED)
    secrets = ask(deal, contract)
    verify(deal.desk, contract)

    def seen():
        sign_in(client, deal.anna)
        return re.sub(r'value="[^"]*"', "", client.get(f"/contracts/{contract.id}").text)

    before = seen()
    reply(secrets[Side.RECIPIENT], said(contract.content_hash))
    assert seen() == before


def test_the_verifier_sees_three_columns_with_every_difference_in_words(deal, client):
    contract = deal.contract(Status.SIGNED)
    secrets = ask(deal, contract)
    reply(secrets[Side.PROVIDER], said(contract.content_hash))
    reply(secrets[Side.RECIPIENT], correcting(contract.content_hash, "technology", "540000.00", signed_on="correct", signed_on_to="2020-09-20"))
    sign_in(client, deal.desk.verifier)
    page = client.get(f"/contracts/{contract.id}").text
    assert "2 facts differ. Settle them, then verify." in page
    assert 'data-note="≠ ¥60,000.00 less than the clerk"' in page
    assert "(¥60,000.00 less than the clerk)" in page  # for who does not see the mark
    assert "days earlier than the clerk" in page
    assert "signed.pdf" in page
    assert contract.content_hash[:8] in page


def test_the_desk_asks_and_reads_the_links_once(deal, client):
    contract = deal.contract(Status.SIGNED)
    sign_in(client, deal.desk.clerk)
    path = f"/contracts/{contract.id}/confirmations/ask"
    asked = client.post(path, data=form_token(client, path) | {"sides": ["provider", "recipient"], "provider_email": "a@example.org", "language": "zh"})
    secrets = re.findall(r'value="[^"]*/confirm/([^"]+)"', asked.text)
    assert len(set(secrets)) == 2
    shown_later = client.get(path).text + client.get(f"/contracts/{contract.id}").text
    assert not any(secret in shown_later for secret in secrets)
    assert client.get(f"/confirm/{secrets[0]}").status_code == 200


def test_the_queue_shows_clerk_a_and_b_and_settles_by_a_note(deal, client):
    contract = deal.contract(Status.SIGNED)
    secrets = ask(deal, contract)
    reply(secrets[Side.PROVIDER], said(contract.content_hash))
    reply(secrets[Side.RECIPIENT], correcting(contract.content_hash, "total", "900000.00"))
    sign_in(client, deal.desk.verifier)
    page = client.get("/staff/mismatches").text
    assert page.count(contract.reference) >= 1
    for text in ("Party A, provider", "Party B, recipient", "¥1,000,000.00", "¥900,000.00", "¥100,000.00 less than the clerk"):
        assert text in page
    mismatch = queries.state(contract.id, contract.content_hash).open_mismatches[0]
    path = f"/staff/mismatches/{mismatch.id}/settle"
    fields = form_token(client, "/staff/mismatches")
    short = client.post(path, data=fields | {"note": "no"})
    assert short.status_code == 422
    assert "At least 5 characters" in short.text
    done = client.post(path, data=fields | {"once": "again", "note": "The equipment is not part of it; both sides agreed by phone."})
    assert done.status_code == 303
    assert "No open mismatch" in client.get("/staff/mismatches").text
    assert "both sides agreed by phone" in client.get(f"/contracts/{contract.id}").text


def test_the_queue_of_another_fair_is_not_found(deal, client):
    elsewhere = make_fair()
    sign_in(client, deal.desk.clerk)
    assert client.get(f"/staff/mismatches?fair={deal.desk.fair.slug}").status_code == 200
    assert client.get(f"/staff/mismatches?fair={elsewhere.slug}").status_code == 404
    assert client.get("/staff/mismatches?fair=no-such").status_code == 404


def test_the_queue_makes_a_constant_number_of_queries(deal, client):
    def count():
        with counted() as seen:
            assert client.get("/staff/mismatches").status_code == 200
        return sum(statement.startswith("SELECT") for statement in seen)

    sign_in(client, deal.desk.clerk)

    def one_more():
        contract = deal.contract(Status.SIGNED)
        reply(ask(deal, contract)[Side.RECIPIENT], correcting(contract.content_hash, "total", "900000.00"))

    one_more()
    client.get("/staff/mismatches")
    first = count()
    for _ in range(4):
        one_more()
    assert count() == first


def test_a_manager_decides_whether_both_have_to_confirm(deal, client):
    path = f"/staff/fairs/{deal.desk.fair.slug}/confirmations"
    sign_in(client, make_staff(deal.desk.fair, "manager"))
    fields = form_token(client, path)
    assert client.post(path, data=fields | {"both_confirm": "on", "version": "1"}).status_code == 303
    assert queries.both_confirm(deal.desk.fair.id)
    stale = client.post(path, data=fields | {"once": "x", "version": "1"})
    assert stale.status_code == 412
    sign_in(client, make_staff(make_fair(), "manager"))
    assert client.get(path).status_code == 404


def test_an_amendment_from_the_form_to_the_decision(deal, client):
    contract = deal.contract(Status.SIGNED)
    both_confirm(deal, contract)
    verify(deal.desk, contract)
    sign_in(client, deal.desk.clerk)
    path = f"/contracts/{contract.id}/amendments/new"
    shown = client.get(path)
    assert shown.status_code == 200
    fields = form_token(client, path) | entry_fields(contract, deal, total_amount="800000.00", reason="The annex lowers the price.")
    back = client.post(path, data=fields)
    assert "Eight hundred thousand" in back.text
    code = re.search(r'name="confirmed" value="([^"]+)"', back.text)[1]
    made = client.post(path, data=fields | {"confirmed": code, "once": "x"})
    assert made.status_code == 303, re.findall(r'class="err[^>]*>([^<]+)', made.text)
    sign_in(client, deal.desk.verifier)
    page = client.get(made.headers["Location"]).text
    assert "¥1,000,000.00" in page
    assert "¥800,000.00" in page
    assert "The annex lowers the price." in page
    sign_in(client, deal.anna)
    assert "An amendment is proposed" in client.get(f"/contracts/{contract.id}").text
    sign_in(client, deal.desk.verifier)
    seen = re.search(r'name="content_hash" value="([0-9a-f]{64})"', page)[1]
    done = client.post(f"{made.headers['Location']}/approve", data=form_token(client, made.headers["Location"]) | {"content_hash": seen})
    assert done.status_code == 303
    db.session.expire_all()
    assert contract.total_minor == 80000000


def entry_fields(contract, deal, **changes):
    fields = {
        "title_en": contract.title_en, "class": "contract", "kind": contract.kind, "field": contract.field, "currency": "CNY", "place": "at_fair",
        "total_amount": "1000000.00", "total_unit": "one", "technology_amount": "600000.00", "technology_unit": "one", "open": "on",
        "signed_on": contract.signed_on.isoformat(), "version": str(contract.version),
    }  # fmt: skip
    for at, (role, party, country) in enumerate((("provider", deal.a, "DE"), ("recipient", deal.b, "CN"))):
        fields |= {f"parties-{at}-role": role, f"parties-{at}-name": party.name, f"parties-{at}-country": country, f"parties-{at}-organization_id": str(party.id)}
    return fields | changes


def test_a_stranger_and_another_party_find_nothing(deal, client):
    contract = deal.contract(Status.SIGNED)
    secrets = ask(deal, contract)
    assert secrets
    request = queries.state(contract.id, contract.content_hash).sides[Side.PROVIDER].open
    for person, status in ((make_member(), 404), (deal.bo, 404), (deal.anna, 200)):
        sign_in(client, person)
        assert client.get(f"/contracts/{contract.id}/confirmations/{request.id}").status_code == status
    assert actor(deal.anna).organization_id == deal.a.id


def test_the_button_gives_way_to_what_keeps_it_from_being_verified(deal, client):
    """While a mismatch is open, or a word is missing where the fair asks for both, the page says so and leads there."""
    contract = deal.contract(Status.SIGNED)
    address, button = f"/contracts/{contract.id}", f'action="/contracts/{contract.id}/verify"'
    secrets = ask(deal, contract)
    sign_in(client, deal.desk.verifier)
    assert button in client.get(address).text
    reply(secrets[Side.PROVIDER], correcting(contract.content_hash, "total", "900000.00"))
    page, [mismatch] = client.get(address).text, queries.state(contract.id, contract.content_hash).open_mismatches
    assert button not in page
    link = f"/staff/mismatches?fair={deal.desk.fair.slug}#mismatch-{mismatch.id}"
    assert link in page
    assert f'id="mismatch-{mismatch.id}"' in client.get(link).text
    with transaction():
        settling.settle(mismatch.id, "a slip of the pen", by=actor(deal.desk.clerk))
    assert button in client.get(address).text
    with transaction():
        settling.set_rule(deal.desk.fair, both_confirm=True, by=actor(make_staff(deal.desk.fair, "manager")))
    page = client.get(address).text
    assert button not in page
    assert "waits for both sides" in page
    reply(secrets[Side.RECIPIENT], said(contract.content_hash))
    assert button in client.get(address).text
