"""Small listings and a throwaway index of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from marketplace.search.documents import Kind, ListingDocument
from marketplace.search.index import rebuild
from marketplace.search.reader import Reader

Listing = Callable[..., ListingDocument]
Indexed = Callable[..., Reader]


def make(
    number: int, text: str = "", *, kind: Kind = Kind.ACHIEVEMENT, title: str = "", **more: Any
) -> ListingDocument:
    return ListingDocument(id=UUID(int=number), num=number, kind=kind, titles=(title,), texts=(text,), **more)


@pytest.fixture
def achievement() -> Listing:
    return make


@pytest.fixture
def need() -> Listing:
    def make_need(number: int, text: str = "", **more: Any) -> ListingDocument:
        return make(number, text, kind=Kind.NEED, **more)

    return make_need


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def indexed(root: Path) -> Indexed:
    def build(*listings: ListingDocument, seq: int = 1) -> Reader:
        rebuild(root, listings, seq=seq)
        return Reader(root)

    return build
