"""The moderator's desk by clicks, and what owners see of it."""

import re

import pytest

from marketplace.core.db import transaction
from marketplace.listings import drafting
from marketplace.listings.checks.findings import Severity
from marketplace.reviews import claiming, deciding, notes
from tests.counting import asked_by
from tests.factories import form_token, make_staff, sign_in
from tests.listings.factories_listings import draft, submit, submitted

QUEUE = "/staff/moderation"


def post(client, path, *, page, **fields):
    return client.post(path, data=form_token(client, page) | fields)


def put_forward(market, make=submitted, **content):
    with transaction():
        return make(market, **content)


def case_of(entry):
    return f"{QUEUE}/{entry.id}"


def marks(text: str) -> list[str]:
    return re.findall(r"<mark>(.*?)</mark>", text)


def test_a_reviewer_goes_from_one_to_the_next(client, market):
    first, second = put_forward(market, summary_en="Write to anna@x.example!"), put_forward(market)
    sign_in(client, market.moderator)
    assert "listings wait" in client.get(QUEUE).text
    answer = post(client, f"{QUEUE}/next", page=QUEUE)
    assert answer.location == case_of(first)
    page = client.get(case_of(first)).text
    assert marks(page) == ["anna@x.example", "!"]
    key = re.search(r'value="(summary_en\.email\.\d+)"', page)[1]
    fields = {"number": "1", "findings": key, "notes-0-field": "advantages_en", "notes-0-severity": "major", "notes-0-text": "Compare it.", "notes-1-canned": "maturity"}
    answer = post(client, f"{case_of(first)}/send-back", page=case_of(first), **fields)
    assert (answer.status_code, answer.location) == (303, case_of(second)), answer.text[:2000]
    page = client.get(case_of(second)).text
    undo = re.search(r"/staff/moderation/decisions/[0-9a-f-]+/undo", page)[0]
    assert post(client, undo, page=case_of(second)).location == case_of(first)
    answer = post(client, f"{case_of(first)}/send-back", page=case_of(first), **fields)
    client = client.application.test_client()
    sign_in(client, market.owner)
    mine = client.get(f"/listings/{first.listing_id}").text
    assert mine.count("Compare it.") >= 1 and "anna@x.example" in mine
    form = client.get(f"/listings/{first.listing_id}/edit").text
    assert "Compare it." in form and "earlier stage" in form
    assert "Leak check" in form and form.count("anna@x.example") > 1, "the saved text is checked anew"
    tick = re.search(rf"/listings/{first.listing_id}/notes/[0-9a-f-]+", mine)[0]
    assert post(client, tick, page=f"/listings/{first.listing_id}").status_code == 303
    assert "3 open" in mine and "2 open" in client.get(f"/listings/{first.listing_id}").text


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("step", "fields", "status", "says"),
    [
        ("send-back", {}, 422, "at least one note"),
        ("send-back", {"notes-0-field": "title_en"}, 422, "Write the note"),
        ("publish", {"notes-0-field": "title_en", "notes-0-severity": "major", "notes-0-text": "No."}, 422, "minor notes only"),
        ("publish", {"number": "7"}, 412, "changed this"),
        ("publish", {"findings": "title_en.email.0"}, 422, "do not say this"),
    ],
)
def test_a_refused_decision_keeps_what_was_written(client, market, step, fields, status, says):
    entry = put_forward(market)
    sign_in(client, market.moderator)
    answer = post(client, f"{case_of(entry)}/{step}", page=case_of(entry), reason="", **fields)
    assert answer.status_code == status
    assert says in answer.text
    if "notes-0-text" in fields:
        assert ">No.</textarea>" in answer.text


def test_a_colleague_sees_who_reads_and_can_take_over(client, market):
    entry = put_forward(market)
    with transaction():
        other = make_staff(market.fair, "moderator")
        claiming.take(entry.id, by=market.judge)
    sign_in(client, other)
    name = market.moderator.name
    assert f"{name} reads it" in client.get(QUEUE).text
    case = case_of(entry)
    assert f"{name} reads it" in client.get(case).text
    assert post(client, f"{case}/publish", page=case).status_code == 409
    assert post(client, f"{case}/claim", page=case).status_code == 409
    assert post(client, f"{case}/claim", page=case, over="yes").status_code == 303
    assert post(client, f"{case}/release", page=case).location == QUEUE
    assert f"{name} reads" not in client.get(QUEUE).text


@pytest.mark.one_database
@pytest.mark.parametrize("filters", ["kind=need", "round=update", "show=blockers", "show=free", "segment=universities", "reader=x", "kind=x&round=y&show=z"])
def test_filters_are_carried_on_and_nonsense_is_left_out(client, market, filters):
    put_forward(market)
    sign_in(client, market.moderator)
    path = f"{QUEUE}?{filters}"
    assert client.get(path).status_code == 200
    answer = post(client, f"{QUEUE}/next?{filters}", page=QUEUE)
    assert answer.status_code == 303
    assert filters.partition("&")[0] in answer.location


@pytest.mark.one_database
def test_an_owner_reads_what_a_reviewer_would_say_before_submitting(client, market):
    with transaction():
        listing = draft(market, summary_en="Northgate Transfer: the best steam!")
        drafting.edit(listing.id, {"anonymous": True}, by=market.by)
    sign_in(client, market.owner)
    page = client.get(f"/listings/{listing.id}/submit").text
    assert "What a reviewer would say" in page
    assert "names the organisation" in page and "praises instead" in page
    assert 'sev-blocker' in page
    assert post(client, f"/listings/{listing.id}/submit", page=f"/listings/{listing.id}/submit", fair=market.fair.slug, segment="universities").status_code == 303


@pytest.mark.one_database
def test_lists_cost_the_same_queries_whatever_their_length(client, market):
    counts: dict[str, list[int]] = {}
    sign_in(client, market.moderator)
    for _ in range(2):
        with transaction():
            for _ in range(3):
                entry = submitted(market, levels={"advantages": "registered"}, advantages_en="50 % less.")
                deciding.publish(entry.id, by=market.judge, notes=(notes.written("title_en", Severity.MINOR, "Shorter."),))
                listing = draft(market)
                drafting.edit(listing.id, {"anonymous": True}, by=market.by)
                submit(market, listing)
        for path in (QUEUE, f"{QUEUE}/mine", f"{QUEUE}/workload"):
            client.get(path)
            counts.setdefault(path, []).append(asked_by(client, path))
    assert all(first == last for first, last in counts.values()), counts
