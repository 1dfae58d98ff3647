"""What the public can learn: numbers, moments and bytes that stand still, batches that hide, contracts that are held."""

import pytest

from marketplace.core.db import db, transaction
from marketplace.ledger import publishing, queries, service
from marketplace.ledger.models import PublicEntry, View
from tests.contracts.factories_contracts import make_contract, make_desk
from tests.ledger.factories_ledger import amend, book_verified, make_deal, void


@pytest.fixture
def desk(app):
    return make_desk(app)


@pytest.fixture
def fair(desk):
    return desk.fair


def public(fair, seq=None):
    scope = queries.scope(fair.id, None)
    if seq is None:
        return queries.total(fair, scope, view=View.PUBLIC).headline.amounts
    return queries.total_as_of(fair, scope, view=View.PUBLIC, seq=seq).headline.amounts


def number(fair):
    return queries.head(fair.id, View.PUBLIC)[0]


def test_a_confidential_deal_that_waits_moves_no_byte_of_what_the_public_sees(client, desk):
    make_contract(desk)
    slug = desk.fair.slug
    paths = [f"/fairs/{slug}", f"/api/v1/fairs/{slug}/total", f"/fairs/{slug}/board", "/", f"/api/v1/fairs/{slug}/total?as_of_seq=3"]
    before = {path: (answer.data, answer.headers.get("ETag")) for path in paths if (answer := client.get(path)).status_code == 200}
    assert len(before) == len(paths)
    make_contract(desk, open=False)
    assert queries.head(desk.fair.id)[0] == 6
    for path, (body, etag) in before.items():
        answer = client.get(path)
        assert answer.data == body, path
        assert answer.headers.get("ETag") == etag, path
    assert client.get(f"/api/v1/fairs/{slug}/total?as_of_seq=4").status_code == 422  # not even that there is one more
    make_contract(desk)
    assert client.get(f"/fairs/{slug}").data != before[f"/fairs/{slug}"][0]


def test_the_public_view_counts_its_own_moments_without_a_gap_and_a_batch_is_one_of_them(fair):
    book_verified(fair, make_deal(open=True))
    for _ in range(3):
        book_verified(fair, make_deal())
    entries = db.session.query(PublicEntry).filter_by(fair_id=fair.id).order_by(PublicEntry.public_seq).all()
    assert [entry.public_seq for entry in entries] == [1, 2, 3, 4, 4, 4]
    assert (public(fair, 3).count, public(fair, 4).count, number(fair)) == (1, 4, 4)
    at = queries.head(fair.id, View.PUBLIC)[1]
    scope = queries.scope(fair.id, None)
    assert queries.total_as_of(fair, scope, view=View.PUBLIC, moment=at).as_of_seq == 4
    assert queries.total_as_of(fair, scope, view=View.PUBLIC, moment=entries[2].at).headline.amounts.count == 1


def test_two_batches_followed_by_voids_never_leave_a_single_deal(fair):
    """Batch of four; then three of them are voided: beside the beginning, the fourth would stand alone."""
    deals = [make_deal() for _ in range(3)]
    shared = deals[0].parties[0]
    deals[1] = make_deal(parties=(shared, "z1"))
    deals.append(make_deal())
    for deal in deals:
        book_verified(fair, deal)
    assert public(fair).count == 4  # the third did not hide the first two from the organisation they share
    for deal in deals[1:]:
        void(fair, deal)
    assert public(fair).count == 4
    book_verified(fair, make_deal())
    assert public(fair).count == 4
    book_verified(fair, make_deal())
    assert public(fair).count == 3  # three left, two came: beside the beginning three, beside the batch five


def test_a_whole_batch_may_leave_together(fair):
    deals = [book_verified(fair, make_deal()) for _ in range(3)]
    assert public(fair).count == 3
    for deal in deals:
        void(fair, deal)
    assert public(fair).count == 0


def test_an_amended_confidential_amount_enters_with_a_batch(fair):
    deals = [book_verified(fair, make_deal(total_minor=1000)) for _ in range(3)]
    amend(fair, deals[0], total_minor=9000)
    assert (public(fair).total_minor, queries.waiting_for_batch(fair.id)) == (3000, 2)
    for place in (1, 2):
        amend(fair, deals[place], total_minor=2000)
    assert public(fair).total_minor == 13000
    assert number(fair) == 2


def test_a_confidential_deal_that_was_counted_is_not_named_by_an_amendment(fair):
    deals = [book_verified(fair, make_deal()) for _ in range(3)]
    with pytest.raises(publishing.OpenAfterBatch):
        amend(fair, deals[0], open=True)
    waiting = book_verified(fair, make_deal())
    amend(fair, waiting, open=True)
    assert public(fair).count == 4


def test_what_was_open_once_hides_nobody(fair):
    known = book_verified(fair, make_deal(open=True))
    amend(fair, known, open=False)
    for _ in range(2):
        book_verified(fair, make_deal())
    assert public(fair).count == 0
    book_verified(fair, make_deal())
    assert public(fair).count == 4


def test_a_deal_in_and_out_before_its_batch_was_never_there(fair):
    void(fair, book_verified(fair, make_deal()))
    assert queries.waiting_for_batch(fair.id) == 0
    assert number(fair) == 0


def test_a_held_contract_is_left_out_and_comes_back(fair):
    deal = book_verified(fair, make_deal(open=True))
    other = book_verified(fair, make_deal(open=True))
    with transaction():
        service.hold(fair, deal.contract_id, by=None)
        service.hold(fair, deal.contract_id, by=None)
    assert public(fair).total_minor == other.total_minor
    assert queries.held(fair.id) == {deal.contract_id}
    deal = amend(fair, deal, total_minor=7)
    assert public(fair).total_minor == other.total_minor
    with transaction():
        service.release(fair, deal.contract_id, by=None)
        service.release(fair, deal.contract_id, by=None)
    assert public(fair).total_minor == other.total_minor + 7
    with transaction():
        service.hold(fair, deal.contract_id, by=None)
    assert public(fair).total_minor == other.total_minor
    assert [public(fair, seq).count for seq in range(5, number(fair) + 1)] == [1, 2, 1, 2, 1]


def test_a_held_confidential_deal_does_not_wait_with_the_others_and_a_shown_one_is_not_held(fair):
    held = make_deal()
    with transaction():
        service.hold(fair, held.contract_id, by=None)
    book_verified(fair, held)
    others = [book_verified(fair, make_deal()) for _ in range(2)]
    assert public(fair).count == 0
    with transaction():
        service.release(fair, held.contract_id, by=None)
    assert public(fair).count == 3
    with pytest.raises(publishing.HeldBatch), transaction():
        service.hold(fair, others[0].contract_id, by=None)


def test_an_older_deal_that_is_announced_again_is_in_no_total(fair):
    book_verified(fair, make_deal(open=True, place="reannounced"))
    assert public(fair).count == 0
    assert queries.total(fair, queries.scope(fair.id, None), view=View.STAFF).headline.amounts.count == 0
