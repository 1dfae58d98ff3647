"""The spellings of one mail address are one mailbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts import mailboxes


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("li.na@example.org", "LI.NA@EXAMPLE.ORG", True), ("li.na@example.org", "li.na+fair@example.org", True),
        ("li.na@example.org", "ｌｉ.ｎａ@example.org", True), ("li.na@gmail.com", "lina@googlemail.com", True),
        ("li.na@gmail.com", "l.i.n.a+x@gmail.com", True), ("li@bücher.example", "li@xn--bcher-kva.example", True),
        ("li.na@example.org", "lina@example.org", False), ("li.na@example.org", "li.na@example.com", False), ("+a@example.org", "+b@example.org", False),
    ],
)  # fmt: skip
def test_the_spellings_of_one_mailbox(one, other, same):
    assert (mailboxes.mailbox(one) == mailboxes.mailbox(other)) is same


@given(st.emails())
def test_a_mailbox_is_its_own_spelling(address):
    assert mailboxes.mailbox(mailboxes.mailbox(address)) == mailboxes.mailbox(address)
