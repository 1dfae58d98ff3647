"""Every test has an index of its own, as those of the listings have."""

from tests.listings.conftest import own_index

__all__ = ["own_index"]
