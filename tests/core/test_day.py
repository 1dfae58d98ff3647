"""The day page: what is late stands first, what has nothing last."""

from uuid import uuid4

import pytest

from marketplace.core import day
from marketplace.core.access import Actor


@pytest.mark.one_database
def test_what_is_late_stands_first_and_what_has_nothing_last(app, monkeypatch):
    monkeypatch.setattr(day, "TILES", [])
    for order, (name, kind, number) in enumerate((("nothing", "late", 0), ("some", "plain", 2), ("due", "due", 1), ("late", "late", 3), ("overdue", "late", 1))):
        day.tile(name, "accounts.self", lambda _, number=number: number, f"page.{name}", kind, order=order)
    assert [each.tile.label for each in day.counted(Actor(person_id=uuid4(), name="One", admin=True))] == ["late", "overdue", "due", "some", "nothing"]
