"""What every test of the review begins with: an index of its own, and a fair with its people."""

import pytest

from marketplace.core.db import transaction
from tests.listings.conftest import own_index as own_index
from tests.listings.factories_listings import Market, make_market


@pytest.fixture
def market(app) -> Market:
    with transaction():
        return make_market()
