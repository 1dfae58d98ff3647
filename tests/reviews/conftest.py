"""What every test of the review begins with."""

from collections.abc import Iterator

import pytest

from marketplace.core.db import transaction
from tests.listings.conftest import own_index as own_index
from tests.listings.factories_listings import Market, make_market


@pytest.fixture
def market(app) -> Iterator[Market]:
    with transaction():
        yield make_market()
