"""A backup taken from a database with deals in it comes back with the same total."""

import tarfile

import pytest
from click import ClickException

from config import Config
from marketplace import create_app
from marketplace.contracts import checking
from marketplace.core import backup
from marketplace.core.db import db
from marketplace.fairs import queries as fairs
from tests.conftest import DATABASES
from tests.contracts.factories_contracts import make_contract, make_desk


@pytest.fixture(params=DATABASES)
def own_app(request, tmp_path):
    """An application on a database of its own, really committed to."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/own.db"
    else:
        url = f"postgresql://postgres@127.0.0.1:{request.getfixturevalue('durable_postgresql_port')}/postgres"
    settings = Config(testing=True, secret_key="x" * 40, database_url=url, index_dir=tmp_path / "index", upload_dir=tmp_path / "uploads", password_cost="low")
    app = create_app(settings)
    with app.app_context():
        db.drop_all()
        db.create_all()
        yield app
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


def test_a_restored_backup_has_the_same_total_and_files(own_app, tmp_path):
    desk = make_desk(own_app, slug="kept")
    make_contract(desk, total_amount="123.45", technology_amount=None)
    archive = tmp_path / "kept.tar"
    backup.backup(archive)
    assert oct(archive.stat().st_mode)[-3:] == "600"
    make_contract(desk, total_amount="7.00", technology_amount=None)
    files = sorted(path.name for path in desk.folder.rglob("*") if path.is_file())
    for path in desk.folder.rglob("*"):
        if path.is_file():
            path.unlink()
    db.session.remove()
    with pytest.raises(ClickException, match="already"):
        backup.restore(archive, replace=False)
    backup.restore(archive, replace=True)
    desk.fair = fairs.by_slug("kept")
    assert desk.headline().base_total_minor == 12345
    assert list(checking.differences(desk.fair)) == []
    kept = {path.name for path in desk.folder.rglob("*") if path.is_file()}
    assert kept
    assert kept <= set(files)


def test_a_damaged_archive_changes_nothing(own_app, tmp_path):
    make_desk(own_app, slug="kept")
    archive, broken = tmp_path / "kept.tar", tmp_path / "broken.tar"
    backup.backup(archive)
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "parts", filter="data")
    with (tmp_path / "parts" / "database").open("ab") as file:
        file.write(b"x")
    with tarfile.open(broken, "w") as tar:
        for name in ("manifest.json", "database", "uploads"):
            tar.add(tmp_path / "parts" / name, name)
    for path in (broken, tmp_path / "parts" / "database"):
        with pytest.raises(ClickException, match="damaged"):
            backup.restore(path, replace=True)
    assert fairs.by_slug("kept")


def test_a_backup_never_overwrites_a_file(own_app, tmp_path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(ClickException, match="exists"):
        backup.backup(tmp_path / "there")


def test_the_commands_say_what_they_did(own_app, tmp_path):
    runner = own_app.test_cli_runner()
    assert db.engine.dialect.name in runner.invoke(args=["backup", str(tmp_path / "a.tar")]).output
    assert "Restored" in runner.invoke(args=["restore", str(tmp_path / "a.tar"), "--replace"]).output
    refused = runner.invoke(args=["restore", str(tmp_path / "a.tar")])
    assert (refused.exit_code, "already" in refused.output) == (1, True)
