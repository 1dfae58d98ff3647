"""The page of invariants names every one, and only tests that exist; those of a started server are where servers are started."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "invariants.md"
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
ALL = [*range(1, 25), *range(33, 42)]
AT_ONCE = {"I1", "I4", "I9", "I13", "I18", "I20", "I22", "I23", "I24"}
"""What several hands at once could break: each has a control."""
APART = {"I33", "I39", "I40", "I41"}
"""What needs no web server to be shown."""


def lines() -> dict[str, list[str]]:
    """invariant → the cells of its line: rule, started server, besides, control."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| I")]
    return {row[0]: row[1:] for row in rows}


@cache
def written_in(path: str) -> set[str]:
    tree = ast.parse((HERE / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_invariant_has_its_line():
    assert list(lines()) == [f"I{number}" for number in ALL]


@pytest.mark.parametrize("name", [f"I{number}" for number in ALL])
def test_the_named_tests_exist(name):
    _, served, besides, control = lines()[name]
    missing = [f"{path}::{test}" for cell in (served, besides, control) for path, test in TEST.findall(cell) if test not in written_in(path)]
    assert missing == []
    where = {path.partition("/")[0] for path, _ in TEST.findall(served)}
    assert where
    assert where <= {"crash", "payments"} | ({"flows", "matching", "search", "alerts"} if name in APART else set())
    assert TEST.findall(control) or name not in AT_ONCE
