"""What the pages of docs/ and the README name is there: files, modules and what is in them, commands with their options, settings, targets of make."""

import re
from functools import cache
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("marketplace", "templates", "tests", "migrations", "docs", "benchmarks", ".ci")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "benchmarks").glob("*.md"))]
MARKED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FILE = re.compile(r"[\w./-]+\.(?:py|md|html|css|cfg|toml|po|csv)|[\w.-]+/[\w./-]+\.js|(?:[a-z_]+/)+")
INSTANCE = "instance/"
"""Made at the first start, and in no checkout."""
DOTTED = re.compile(r"([a-z_]+(?:\.[a-z_]+)*)\.(\w+)(?:\(\))?")
SETTING = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
TARGET = re.compile(r"(?:^|`|\s{4})make ([a-z]+)", re.M)
COMMAND = re.compile(r"(?:`flask |flask --app wsgi )([a-z][^`\n|]*)")
OF_LIBRARIES = {"db", "openapi", "run", "shell", "routes"}
"""Commands of the libraries that the README need not list."""


@cache
def there() -> frozenset[str]:
    """Each file and folder by all ends of its path: what a page may call it."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")] + list(ROOT.iterdir())
    parts = [path.relative_to(ROOT).parts for path in paths]
    return frozenset("/".join(one[start:]) for one in parts for start in range(len(one)))


@cache
def settings() -> frozenset[str]:
    """What is written like a setting or a constant, in all of the code."""
    files = [*(ROOT / "marketplace").rglob("*.py"), *(ROOT / "benchmarks").glob("*.py"), *ROOT.glob("*.py"), ROOT / "Makefile"]
    return frozenset(name for path in files for name in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", path.read_text()))


def missing_names(text: str) -> list[str]:
    """What a page marks as a file, a name of a module or a setting, and is none."""
    return [one for one in MARKED.findall(text) if not _is_there(one.strip())]


def _is_there(one: str) -> bool:
    if FILE.fullmatch(one) and one != INSTANCE:
        return one.rstrip("/") in there()
    if SETTING.fullmatch(one):
        return one in settings()
    if (dotted := DOTTED.fullmatch(one)) and "." in dotted[1]:
        module = ROOT / "marketplace" / f"{dotted[1].replace('.', '/')}.py"
        return not module.parent.is_dir() or (module.with_suffix("") / f"{dotted[2]}.py").exists() or _names(module, dotted[2])
    return True


def _names(module: Path, name: str) -> bool:
    return module.exists() and re.search(rf"\b{name}\b", module.read_text()) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    assert missing_names(text) == []
    assert [to for to in LINK.findall(text) if not re.match(r"https?:|mailto:", to) and not (page.parent / to).exists()] == []
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M))
    assert set(TARGET.findall(text)) <= targets


def test_the_map_of_the_readme_has_every_folder_of_the_product_and_no_other():
    section = (ROOT / "README.md").read_text().split("\n## Find your way\n", 1)[1].split("\nA domain is", 1)[0]
    named = set(re.findall(r"(\w+)/", section))
    assert {path.parent.name for path in (ROOT / "marketplace").glob("[a-z]*/[a-z_]*.*")} - named == set()
    assert named - there() == set()


@pytest.mark.parametrize(
    "text", ["`marketplace/ledger/gone.py`", "`ledger.chain.gone`", "`ledger.gone.hash_of`", "`docs/gone/`", "`NO_SUCH_SETTING`", "`data/gone.csv`"]
)
def test_what_is_not_there_is_seen(text):
    assert missing_names(f"See {text} and `ledger.chain.hash_of`, `core/db.py`, `listing.published`.") == [text.strip("`")]


def commands(group: click.Group, *, before: str = "") -> dict[str, set[str]]:
    """{command: its options}, of all groups; what only the server itself starts is left out."""
    found: dict[str, set[str]] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, before=f"{before}{name} ")
        elif not command.hidden:
            found[before + name] = {option for parameter in command.params for option in parameter.opts if option.startswith("-")}
    return found


def listed() -> list[str]:
    """The commands of the README's table, as they stand there."""
    section = (ROOT / "README.md").read_text().split("\n## Commands\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [one for line in lines for one in MARKED.findall(re.split(r"(?<!\\)\|", line)[1])]


@pytest.mark.one_database
def test_every_command_that_is_named_exists_with_its_options_and_the_readme_lists_all_of_ours(app):
    known = commands(app.cli)
    named = listed() + [one for page in PAGES for one in COMMAND.findall(page.read_text(encoding="utf-8"))]
    assert len(named) > 60
    seen = {one: next((name for name in sorted(known, key=len, reverse=True) if one == name or one.startswith(f"{name} ")), None) for one in named}
    assert [one for one, name in seen.items() if name is None] == []
    assert [one for one, name in seen.items() if not set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", one)) <= known[str(name)] | {"--help", "--json"}] == []
    ours = {name for name in known if name.split()[0] not in OF_LIBRARIES}
    assert ours - {seen[one] for one in listed()} == set()
