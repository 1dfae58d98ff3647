"""`flask audit …`: sign the chain, check it, and print the key with which an auditor checks it."""

import re
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from marketplace.core import appendonly
from marketplace.core import audit_checkpoints as checkpoints
from marketplace.core import audit_signing as signing
from marketplace.core.audit_verifying import verify
from marketplace.core.commands import answer

audit = AppGroup("audit", help="The chain of audit rows and its signed checkpoints.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@audit.command("checkpoint")
@click.option("--accept-rollback", is_flag=True, help="The database was put back to an older state on purpose: sign that too.")
@click.option("--new-file", is_flag=True, help="The file of checkpoints is lost for good: begin another.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def checkpoint(*, accept_rollback: bool, new_file: bool, as_json: bool) -> None:
    """Sign the end of the chain now, into the file of checkpoints."""
    try:
        if new_file:
            signing.begin_new_file()
        accepted = signing.accept_rollback() if accept_rollback else None
        line = signing.write()
    except checkpoints.CheckpointError as error:
        raise click.ClickException(str(error)) from error
    facts = {"line": line.line, "seq": line.seq, "hash": line.hash, "at": line.at} if line else {"line": 0, "seq": 0}
    if accepted is not None:
        facts |= {"accepted_from": accepted.start, "accepted_to": accepted.seq}
    answer(facts | {"file": str(checkpoints.file(current_app.config["SETTINGS"]))}, as_json=as_json)


@audit.command("key")
def key() -> None:
    """Print the public key, for an auditor to keep; the signing key is made when there is none."""
    settings = current_app.config["SETTINGS"]
    try:
        with checkpoints.locked(settings, wait=True):
            click.echo(checkpoints.public_text(checkpoints.signing_key(settings).public_key()), nl=False)
    except checkpoints.CheckpointError as error:
        raise click.ClickException(str(error)) from error


@audit.command("grants")
@click.argument("role")
def grants(*, role: str) -> None:
    """Print the SQL that lets a PostgreSQL role run the application, but not change what is only ever added to."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
        raise click.ClickException("A role's name is small letters, digits and underscores.")
    click.echo("\n".join(f"{statement};" for statement in appendonly.grants(role)))


@audit.command("verify")
@click.option("--checkpoint", "given", type=FILE, help="An auditor's own copy of the file; without it the file of CHECKPOINT_DIR.")
@click.option("--public-key", type=FILE, help="The auditor's copy of the public key; without it that of the signing key here.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify_command(*, given: Path | None, public_key: Path | None, as_json: bool) -> None:
    """Check every audit row, the head and the checkpoints; status 1 and the first bad row when something is wrong."""
    settings = current_app.config["SETTINGS"]
    path = given or checkpoints.file(settings)
    try:
        if not path.exists():
            trusted = None
        elif public_key is not None:
            trusted = checkpoints.public_key(public_key)
        elif checkpoints.key_file(settings).exists():
            trusted = checkpoints.signing_key(settings).public_key()
        else:
            raise checkpoints.CheckpointError("There is no signing key here: give --public-key.")
    except checkpoints.CheckpointError as error:
        raise click.ClickException(str(error)) from error
    report = verify(path, trusted, whole=given is None)
    if as_json:
        answer(report.facts(), as_json=True)
    else:
        line = report.checkpoint
        click.echo(f"{report.rows} rows are one chain, {line.seq if line else 0} of them signed." if report.ok else "The audit chain is broken.")
        for fault in report.faults:
            click.echo(f"First bad seq {fault.seq}: {fault.kind.value}. {fault.detail}")
        for note in report.notes:
            click.echo(note)
    if not report.ok:
        raise SystemExit(1)


def register(app: Flask) -> None:
    app.cli.add_command(audit)
