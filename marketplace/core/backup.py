"""`flask backup PATH` and `flask restore PATH`: the database and the evidence files in one archive, taken while people work.

SQLite is copied by its online backup, PostgreSQL by pg_dump in one snapshot; a copied file would be neither. Evidence
files are written before the row that names them, so an archive whose database was read first misses none.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy import Connection, create_engine, inspect, select
from sqlalchemy.engine import URL

from config import Config
from marketplace.core import audit_checkpoints, audit_signing
from marketplace.core.audit import HEAD
from marketplace.core.clock import now
from marketplace.core.db import db

DATABASE, UPLOADS, MANIFEST = "database", "uploads", "manifest.json"


class BackupError(click.ClickException):
    """The archive cannot be written, read or restored; nothing was changed."""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _program(name: str) -> str:
    """A PostgreSQL program on the PATH or where Debian keeps it. Raises BackupError."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    if found is None:
        raise BackupError(f"{name} is not installed (Debian: apt-get install postgresql-client).")
    return found


def _postgresql(name: str, url: URL, *arguments: str) -> None:
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    done = subprocess.run([_program(name), *arguments, f"--dbname={address}"], capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"{name} failed: {done.stderr.strip()[-500:]}")


def _dump(target: Path) -> dict[str, Any]:
    """Write the database to ``target``; its kind, and where its audit chain ends."""
    url = db.engine.url
    if url.get_backend_name() == "postgresql":
        with db.engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            seen = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
            connection.exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
            ends = _end_of_chain(connection)
            _postgresql("pg_dump", url, "--format=custom", f"--snapshot={seen}", f"--file={target}")
        return {"database": "postgresql", "audit": ends}
    source, copy = sqlite3.connect(str(url.database)), sqlite3.connect(target)
    try:
        source.backup(copy)
        if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise BackupError("The copied database is damaged.")
    finally:
        source.close()
        copy.close()
    engine = create_engine(f"sqlite:///{target}")
    with engine.connect() as connection:
        ends = _end_of_chain(connection)
    engine.dispose()
    return {"database": "sqlite", "audit": ends}


def _end_of_chain(connection: Connection) -> dict[str, Any] | None:
    """Number and hash of the last audit row; None in a database from before there was a chain."""
    if not inspect(connection).has_table("audit_head"):
        return None
    return dict(connection.execute(select(HEAD.c.seq, HEAD.c.hash)).mappings().one())


def backup(path: Path) -> dict[str, Any]:
    """Write the archive, readable by its owner only; it appears whole or not at all. Raises BackupError."""
    if path.exists():
        raise BackupError(f"{path} exists already.")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        dumped = Path(folder) / DATABASE
        manifest = {"made_at": now().isoformat(), **_dump(dumped), "sha256": _digest(dumped)}
        (Path(folder) / MANIFEST).write_text(json.dumps(manifest))
        archive = Path(folder) / "archive.tar"
        with tarfile.open(archive, "w") as tar:
            for name in (MANIFEST, DATABASE):
                tar.add(Path(folder) / name, name)
            tar.add(current_app.config["SETTINGS"].upload_dir, UPLOADS)
        archive.chmod(0o600)
        with archive.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(archive, path)
    return manifest


def restore(path: Path, *, replace: bool, accept_rollback: bool = False) -> dict[str, Any]:
    """Put an archive back. Raises BackupError when it is damaged, of another kind of database, or would overwrite one unasked;
    and when audit rows that were signed are not in it, unless that is accepted: then it is signed that they are given up.
    """
    settings, url = current_app.config["SETTINGS"], db.engine.url
    if inspect(db.engine).has_table("people") and not replace:
        raise BackupError("There is a database here already. Give --replace to overwrite it.")
    with tempfile.TemporaryDirectory(dir=settings.upload_dir.parent, prefix=".restore-") as folder:
        try:
            with tarfile.open(path) as tar:
                tar.extractall(folder, filter="data")
            manifest: dict[str, Any] = json.loads((Path(folder) / MANIFEST).read_text())
            whole = _digest(Path(folder) / DATABASE) == manifest["sha256"]
        except (tarfile.TarError, OSError, ValueError, KeyError) as error:
            raise BackupError(f"{path} is no backup, or a damaged one.") from error
        if not whole:
            raise BackupError(f"{path} is damaged: its database is not the one it says.")
        if manifest["database"] != url.get_backend_name():
            raise BackupError(f"This is a backup of {manifest['database']}, but DATABASE_URL names {url.get_backend_name()}.")
        if not accept_rollback:
            _refuse_rollback(manifest.get("audit"), settings)
        db.session.remove()
        db.engine.dispose()
        if manifest["database"] == "postgresql":
            _postgresql("pg_restore", url, "--clean", "--if-exists", "--no-owner", "--single-transaction", str(Path(folder) / DATABASE))
        else:
            source, target = sqlite3.connect(Path(folder) / DATABASE), sqlite3.connect(str(url.database))
            try:
                source.backup(target)
            finally:
                source.close()
                target.close()
        shutil.copytree(Path(folder) / UPLOADS, settings.upload_dir, dirs_exist_ok=True)
    shutil.rmtree(settings.index_dir, ignore_errors=True)  # it is of another state now, and is built anew from the database
    settings.index_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return manifest | _sign(accept_rollback) if manifest.get("audit") else manifest


def _sign(accept_rollback: bool) -> dict[str, Any]:
    """The first checkpoint of what was put back. Raises BackupError when it is not what was signed before."""
    try:
        accepted = audit_signing.accept_rollback() if accept_rollback else None
        audit_signing.write()
    except audit_signing.SetBack as error:
        raise BackupError(f"The backup is put back, but it is another database than the checkpoints are of. {error}") from error
    except audit_checkpoints.CheckpointError as error:
        return {"accepted_rollback": False, "no_checkpoint": str(error)}
    return {"accepted_rollback": accepted is not None}


def _refuse_rollback(ends: dict[str, Any] | None, settings: Config) -> None:
    newest, seq = audit_checkpoints.last(audit_checkpoints.file(settings)), ends["seq"] if ends else 0
    if newest is not None and (seq < newest.seq or (ends is not None and seq == newest.seq and ends["hash"] != newest.hash)):
        raise BackupError(
            f"This backup ends at audit row {seq}, but row {newest.seq} was signed on {newest.at}: what was done in between would be lost. "
            "Nothing was changed. Give --accept-rollback to put it back all the same; that is signed, and every later verification says so."
        )


@click.command("backup")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def backup_command(path: Path, as_json: bool) -> None:
    """Write database and evidence files to one archive, while people work."""
    manifest = backup(path)
    click.echo(json.dumps(manifest) if as_json else f"{path}: {manifest['database']}, {manifest['made_at']}.")


@click.command("restore")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Overwrite the database that is here.")
@click.option("--accept-rollback", is_flag=True, help="Put it back although audit rows that were signed are not in it.")
@click.option("--json", "as_json", is_flag=True)
def restore_command(*, path: Path, replace: bool, accept_rollback: bool, as_json: bool) -> None:
    """Put an archive back; stop the servers first. The text index is built anew when they start."""
    manifest = restore(path, replace=replace, accept_rollback=accept_rollback)
    if as_json:
        click.echo(json.dumps(manifest))
        return
    click.echo(f"Restored the state of {manifest['made_at']}.")
    if manifest.get("accepted_rollback"):
        click.echo("Signed rows were given up; that is signed too.")
    if manifest.get("no_checkpoint"):
        click.echo(f"No checkpoint was written: {manifest['no_checkpoint']}")
    if not manifest.get("audit"):
        click.echo("It is from before the audit chain: run `db upgrade`, then `audit checkpoint --accept-rollback`.")


def register(app: Flask) -> None:
    app.cli.add_command(backup_command)
    app.cli.add_command(restore_command)
