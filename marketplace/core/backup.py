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

import click
from flask import Flask, current_app
from sqlalchemy import inspect
from sqlalchemy.engine import URL

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


def _dump(target: Path) -> str:
    """Write the database to ``target``; the kind of database."""
    url = db.engine.url
    if url.get_backend_name() == "postgresql":
        _postgresql("pg_dump", url, "--format=custom", f"--file={target}")
        return "postgresql"
    source, copy = sqlite3.connect(str(url.database)), sqlite3.connect(target)
    try:
        source.backup(copy)
        if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise BackupError("The copied database is damaged.")
    finally:
        source.close()
        copy.close()
    return "sqlite"


def backup(path: Path) -> dict[str, str]:
    """Write the archive, readable by its owner only; it appears whole or not at all. Raises BackupError."""
    if path.exists():
        raise BackupError(f"{path} exists already.")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        dumped = Path(folder) / DATABASE
        kind = _dump(dumped)
        manifest = {"made_at": now().isoformat(), "database": kind, "sha256": _digest(dumped)}
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


def restore(path: Path, *, replace: bool) -> dict[str, str]:
    """Put an archive back. Raises BackupError when it is damaged, of another kind of database, or would overwrite one unasked."""
    settings, url = current_app.config["SETTINGS"], db.engine.url
    if inspect(db.engine).has_table("people") and not replace:
        raise BackupError("There is a database here already. Give --replace to overwrite it.")
    with tempfile.TemporaryDirectory(dir=settings.upload_dir.parent, prefix=".restore-") as folder:
        try:
            with tarfile.open(path) as tar:
                tar.extractall(folder, filter="data")
            manifest: dict[str, str] = json.loads((Path(folder) / MANIFEST).read_text())
            whole = _digest(Path(folder) / DATABASE) == manifest["sha256"]
        except (tarfile.TarError, OSError, ValueError, KeyError) as error:
            raise BackupError(f"{path} is no backup, or a damaged one.") from error
        if not whole:
            raise BackupError(f"{path} is damaged: its database is not the one it says.")
        if manifest["database"] != url.get_backend_name():
            raise BackupError(f"This is a backup of {manifest['database']}, but DATABASE_URL names {url.get_backend_name()}.")
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
    return manifest


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
@click.option("--json", "as_json", is_flag=True)
def restore_command(path: Path, replace: bool, as_json: bool) -> None:
    """Put an archive back; stop the servers first. The text index is built anew when they start."""
    manifest = restore(path, replace=replace)
    click.echo(json.dumps(manifest) if as_json else f"Restored the state of {manifest['made_at']}.")


def register(app: Flask) -> None:
    app.cli.add_command(backup_command)
    app.cli.add_command(restore_command)
