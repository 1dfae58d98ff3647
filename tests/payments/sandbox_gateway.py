"""A sandbox that tells nobody, and the gateway that talks to it."""

from collections.abc import Iterator

import pytest

from marketplace.payments.gateway import Gateway
from marketplace.payments.sandbox import Sandbox
from tests.payments.sandbox_shop import SECRET


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def gateway(sandbox: Sandbox) -> Gateway:
    return Gateway("sk_test_1", sandbox.url, SECRET, timeout_seconds=(1.0, 1.0))
