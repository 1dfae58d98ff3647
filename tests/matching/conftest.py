"""Small listings and a throwaway index of them, as in the tests of the index."""

from tests.search.conftest import achievement, indexed, need, root

__all__ = ["achievement", "indexed", "need", "root"]
