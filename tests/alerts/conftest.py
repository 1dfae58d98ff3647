"""A fair with two sides whose listings the index and the stored matches follow; mails as they would be sent."""

import pytest

from tests.alerts.factories_alerts import House
from tests.matching.conftest import sides

__all__ = ["house", "sides"]


@pytest.fixture
def house(sides):
    return House(sides)
