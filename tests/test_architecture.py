"""Rules about the code itself, so that nobody needs to remember them; imports are held by import-linter (`make check`)."""

import ast
import configparser
import inspect
import re
import typing
from enum import StrEnum
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import meta
from sqlalchemy import BigInteger, CheckConstraint, Enum, Float, Numeric

from config import Config
from marketplace import create_app
from marketplace.core import access
from marketplace.core.db import db
from marketplace.domains import LAYERS

ROOT = Path(__file__).parents[1]
PRODUCT = sorted((ROOT / "marketplace").rglob("*.py"))
OURS = [*PRODUCT, ROOT / "config.py", ROOT / "wsgi.py", ROOT / "migrations" / "env.py", *sorted((ROOT / "tests").rglob("*.py"))]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN_NAMES = {"util", "utils", "helper", "helpers", "common", "base", "misc"}
OWN_TRANSACTIONS = {
    "marketplace/accounts/sessions.py": "when a sign-in was last used is noted whatever comes of the request",
    "marketplace/agenda/fetching.py": "when an address of a calendar was last fetched is noted whatever comes of the request",
    "marketplace/disclosure/reading.py": "what a partner reads is written down before the page that shows it is made",
    "marketplace/imports/working.py": "a file is checked between transactions that tell its progress, and stored in one",
    "marketplace/listings/indexing.py": "the index is fed in batches, each forgotten when it is searchable",
    "marketplace/matching/rematching.py": "needs are matched in slices, so that no other writer waits for all of them",
    "marketplace/negotiations/documents/serving.py": "that the other side opens a document is written down before any byte of it is handed out",
    "marketplace/scheduling/computing.py": "a plan is computed between transactions that tell its progress, and stored in one",
    "marketplace/scheduling/repairing.py": "repairs are computed between the transaction that claims them and the one that stores them",
    "marketplace/payments/views.py": "Stripe is asked between two transactions, so that a slow answer holds no lock",
}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """The whole product, without a database: its routes, tables and templates are looked at only."""
    folder: Path = tmp_path_factory.mktemp("house")
    return create_app(
        Config(testing=True, secret_key="x" * 40, database_url="sqlite://", index_dir=folder / "index", upload_dir=folder / "uploads")
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calls(path: Path) -> list[tuple[str, int]]:
    """Every call of a module, as its dotted source and its line: ('db.session.commit', 12)."""
    tree = ast.parse(path.read_text())
    return [(ast.unparse(node.func), node.lineno) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def found(paths, wanted) -> list[str]:
    """'path:line call' for each call that ``wanted(path, call)`` picks out."""
    return [f"{name_of(path)}:{line} {call}" for path in paths for call, line in calls(path) if wanted(path, call)]


def test_only_core_db_ends_a_transaction():
    """Elsewhere a commit would tear the one transaction of a request in two. A tantivy writer is no database."""

    def ends(path, call):
        receiver, _, verb = call.rpartition(".")
        return verb in {"commit", "rollback"} and receiver != "writer" and name_of(path) != "marketplace/core/db.py"

    assert found(PRODUCT, ends) == []


def test_services_and_pages_open_no_transaction():
    """`access.writes` opens it for routes; commands, tasks and the house itself open their own."""

    def opens(path, call):
        its_own = "core" in path.parts or path.parent.name == "demo" or path.stem in {"cli", "tasks"}
        return call.split(".")[-1] == "transaction" and not its_own and name_of(path) not in OWN_TRANSACTIONS

    assert found(PRODUCT, opens) == []


def test_only_the_clock_asks_for_the_time():
    """A test moves one clock. The Stripe sandbox is another company's machine and has its own."""

    def asks(path, call):
        own = name_of(path) == "marketplace/core/clock.py" or "sandbox" in path.parts
        return not own and re.fullmatch(r"(datetime\.)?(datetime|date)\.(now|utcnow|today)|time\.time", call) is not None

    assert found(PRODUCT, asks) == []


def test_only_the_gateway_imports_stripe():
    importing = [
        name_of(path)
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and any(one.name.split(".")[0] == "stripe" for one in node.names))
        or (isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "stripe")
    ]
    assert importing == ["marketplace/payments/gateway.py"]


def test_every_module_says_what_it_is_for():
    assert [name_of(path) for path in OURS if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_no_module_is_a_drawer_for_everything():
    assert [name_of(path) for path in PRODUCT if path.stem in FORBIDDEN_NAMES] == []


def test_the_layers_of_the_imports_are_the_list_of_domains():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    lines = settings["importlinter:contract:layers"]["layers"].split("\n")
    stacked = [tuple(sorted(part.strip() for part in line.split("|"))) for line in lines if line.strip()]
    assert stacked[0] == ("serving",)
    assert stacked[-1] == ("core",)
    assert stacked[-2:0:-1] == [tuple(sorted(layer)) for layer in LAYERS]


def test_every_route_says_who_may_call_it_and_writes_only_when_declared(product):
    for rule in product.url_map.iter_rules():
        declared = product.view_functions[rule.endpoint].access
        assert declared.permission == access.PUBLIC or declared.permission in access.PERMISSIONS, rule
        assert declared.writes or not (rule.methods & CHANGING - ({"POST"} if declared.posted else set())), rule


@pytest.mark.parametrize("method", sorted(CHANGING | {"GET"}))
def test_a_route_that_does_not_say_who_may_call_it_stops_the_start(method):
    silent = Flask("silent", static_folder=None)
    silent.add_url_rule("/quiet", "quiet", lambda: "", methods=[method])
    with pytest.raises(RuntimeError, match="/quiet"):
        access.check_every_route(silent)


@pytest.mark.parametrize("method", sorted(CHANGING))
def test_a_writing_route_declared_as_reading_stops_the_start(method):
    mixed = Flask("mixed", static_folder=None)
    mixed.add_url_rule("/mixed", "mixed", access.reads(access.PUBLIC)(lambda: ""), methods=[method])
    with pytest.raises(RuntimeError, match="/mixed"):
        access.check_every_route(mixed)


def columns():
    return [(f"{table.name}.{column.name}", column) for table in db.metadata.tables.values() for column in table.columns]


def test_no_column_is_a_float_or_a_numeric(product):
    """SQLite keeps both as binary floating point, which loses money."""
    assert [name for name, column in columns() if isinstance(column.type, Float | Numeric)] == []


def test_every_amount_has_64_bits(product):
    amounts = [(name, column) for name, column in columns() if name.endswith("_minor")]
    assert amounts
    assert [name for name, column in amounts if not isinstance(column.type, BigInteger)] == []


def test_every_state_is_checked_by_the_database(product):
    """A CHECK repeats the members of each StrEnum, and the attribute is typed as that StrEnum."""
    unchecked = []
    for mapper in db.Model.registry.mappers:
        ours = [one for one in mapper.class_.__mro__ if one.__module__.startswith("marketplace.")]
        hints = {name: hint for one in ours for name, hint in inspect.get_annotations(one, eval_str=True).items()}
        for name, column in ((p.key, p.columns[0]) for p in mapper.column_attrs):
            kinds = [kind for kind in _flat(hints.get(name)) if isinstance(kind, type) and issubclass(kind, StrEnum)]
            checked = isinstance(column.type, Enum) and column.type.create_constraint and not column.type.native_enum
            if kinds and not (checked and set(column.type.enums) == {member.value for member in kinds[0]}):
                unchecked.append(f"{mapper.class_.__name__}.{name}")
    assert unchecked == []


def _flat(hint) -> list[object]:
    inner = [part for argument in typing.get_args(hint) for part in _flat(argument)]
    return [hint, *inner]


def test_every_check_has_a_name_of_its_own(product):
    """A migration can only change what it can name, and PostgreSQL refuses two of one name on a table."""
    for table in db.metadata.tables.values():
        names = [constraint.name for constraint in table.constraints if isinstance(constraint, CheckConstraint)]
        assert None not in names, table.name
        assert len(names) == len(set(names)), f"{table.name}: {names}"


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles_and_what_it_names_exists(product, path):
    source = path.read_text()
    product.jinja_env.get_template(path.relative_to(ROOT / "templates").as_posix())
    for named in meta.find_referenced_templates(product.jinja_env.parse(source)):
        assert named is not None, "a template is named by an expression"
        product.jinja_env.get_template(named)


INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "a script without a file": re.compile(r"<script\b(?![^>]*\ssrc=)", re.I),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a script as an address": re.compile(r"javascript:", re.I),
    "a text passed by unescaped": re.compile(r"\|\s*safe\b|autoescape\s+false", re.I),
}


def inline(source: str) -> list[str]:
    return [what for what, pattern in INLINE.items() if pattern.search(source)]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_holds_no_style_and_no_script(path):
    """The content security policy would refuse them, silently for the author."""
    assert inline(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        '<p class="a" style="color:red">', "<style>p{}</style>", "<script>x()</script>", '<a href="#" onclick="x()">',
        '<a href="javascript:x()">', "{{ text|safe }}",
    ],
)  # fmt: skip
def test_what_a_template_must_not_hold_is_seen(source):
    assert len(inline(source)) == 1


def settings_read() -> set[str]:
    """The names that config.py and the web server's configuration take from the environment."""
    sources = (ROOT / "config.py").read_text() + (ROOT / "marketplace" / "serving" / "gunicorn.py").read_text()
    return set(re.findall(r"""environ(?:\.get\(|\.setdefault\(|\[)["']([A-Z][A-Z_]+)["']""", sources))


def settings_documented() -> set[str]:
    text = (ROOT / "README.md").read_text()
    section = text.split("\n## Settings\n", 1)[1].split("\n## ", 1)[0]
    return {name for line in section.splitlines() if line.startswith("|") for name in re.findall(r"`([A-Z][A-Z_]+)`", line.split("|")[1])}


def test_every_setting_is_in_the_readme_and_no_other():
    assert settings_documented() == settings_read()
    assert "SECRET_KEY" in settings_read()
    assert "BIND" in settings_read()
