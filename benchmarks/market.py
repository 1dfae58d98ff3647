"""The databases that are measured: a current fair with listings written by the sample's generator, and its contracts."""

import multiprocessing
import shutil
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import Connection, delete, select, text
from uuid_utils.compat import uuid7

from benchmarks.bulk import book_contracts, copy_listings, unlogged
from config import Config
from marketplace import create_app
from marketplace.accounts import tokens
from marketplace.accounts.models import Person
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.demo.catalogue import achievement_content
from marketplace.demo.listings import achievements
from marketplace.demo.organizations import organizations
from marketplace.fairs.models import Fair, Segment
from marketplace.ledger import scopes
from marketplace.listings import indexing
from marketplace.listings.drafting import create_many
from marketplace.listings.entering import publish_many
from marketplace.listings.models import Kind, Listing, ListingChange, ListingVersion
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.models import Membership, Organization, Role, Status
from marketplace.organizations.rules import fold_names

SLUG = "bench"
SECRET = "for-benchmarks-only-0123456789abcdef"
SEED = 2020


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Where a database and its index lie, and what the load needs to know of them."""

    database: str
    folder: str
    token: str
    slug: str
    listings: int
    contracts: int

    def environ(self) -> dict[str, str]:
        """The settings of a server that serves it."""
        return {"DATABASE_URL": self.database, "INSTANCE_DIR": self.folder, "SECRET_KEY": SECRET, "PASSWORD_COST": "low"}

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def application(database: str, folder: Path) -> Flask:
    """The product on this database."""
    return create_app(
        Config(
            secret_key=SECRET, database_url=database, index_dir=folder / "index", upload_dir=folder / "uploads", password_cost="low"
        )
    )  # fmt: skip


def make(database: str, folder: Path, *, listings: int, contracts: int, written: int = 7_000) -> Market:
    """An empty database filled: ``written`` listings with texts of their own, the rest copies of them in bulk."""
    folder.mkdir(parents=True, exist_ok=True)
    app = application(database, folder)
    with app.app_context():
        db.create_all()
        with transaction():
            fair, people = _fair(), _organizations()
            token = _token(people)
        _write_listings(fair, min(listings, written), people)
        fair_id, person_id = fair.id, people[0][1].id
        with transaction():
            db.session.execute(delete(ListingChange))  # the index is built from all listings
        _let_go()  # nobody else reads now: the bulk needs no log
        with db.engine.connect() as connection, unlogged(connection):
            copy_listings(connection, total=listings, step=written)
        _let_go()
        index = _start_indexing(database, folder)
        with db.engine.connect() as connection, unlogged(connection):
            book_contracts(connection, fair_id=fair_id, person_id=person_id, count=contracts)
        with transaction():
            scopes.rebuild_balances(db.session.get_one(Fair, fair_id))
        with db.engine.connect() as connection:
            settle(connection)
        _let_go()
    index.join()
    if index.exitcode:
        raise RuntimeError("the index was not built")
    return Market(database=database, folder=str(folder), token=token, slug=SLUG, listings=listings, contracts=contracts)


def _let_go() -> None:
    db.session.remove()
    db.engine.dispose()


def _start_indexing(database: str, folder: Path) -> multiprocessing.process.BaseProcess:
    """Build the index in a process of its own while contracts are booked; on SQLite from a copy, which nobody writes."""
    source = database
    if database.startswith("sqlite:///"):
        copy = folder / "listings.db"
        shutil.copyfile(database.removeprefix("sqlite:///"), copy)
        source = f"sqlite:///{copy}"
    process = multiprocessing.get_context("spawn").Process(target=_index, args=(source, folder))
    process.start()
    return process


def _index(database: str, folder: Path) -> None:
    with application(database, folder).app_context():
        indexing.rebuild()
        _let_go()
    (folder / "listings.db").unlink(missing_ok=True)


def _fair() -> Fair:
    moment = now()
    fair = Fair(
        id=uuid7(), slug=SLUG, name_en="Measured fair", name_zh="测速交易会", base_currency="CNY", time_zone="Asia/Shanghai", current=True,
        opens_on=moment.date() - timedelta(days=1), closes_on=moment.date() + timedelta(days=30), created_at=moment, sample=True,
    )  # fmt: skip
    db.session.add(fair)
    db.session.flush()
    names = sorted({item.segment for item in achievements(200, SEED, organizations(SEED))})
    db.session.add_all(
        Segment(fair_id=fair.id, code=code, name_en=code.title(), name_zh=code, position=place) for place, code in enumerate(names, 1)
    )
    scopes.on_fair_created(None, fair=fair, by=None)
    return fair


def _organizations() -> list[tuple[Organization, Person]]:
    moment, made = now(), []
    for plan in organizations(SEED):
        key, other = fold_names(plan.name_en, plan.name_zh)
        organization = Organization(
            id=uuid7(), slug=plan.slug, kind=OrganizationKind(plan.kind), name_en=plan.name_en, name_zh=plan.name_zh, name_key=key,
            other_name_key=other, country=plan.country, status=Status.APPROVED, created_at=moment,
        )  # fmt: skip
        person = Person(id=uuid7(), name=plan.contact.name_en, email=plan.contact.email, created_at=moment)
        db.session.add_all([organization, person])
        made.append((organization, person))
    db.session.flush()
    db.session.add_all(
        Membership(organization_id=organization.id, person_id=person.id, role=Role.OWNER, created_at=moment) for organization, person in made
    )
    return made


def _token(people: list[tuple[Organization, Person]]) -> str:
    organization, person = people[0]
    _, secret = tokens.create(
        "load", ["listings.write", "listings.read_own"], days=30, person_id=person.id, organization_id=organization.id, by=None
    )
    return secret


def _write_listings(fair: Fair, count: int, people: list[tuple[Organization, Person]]) -> None:
    """Through the services of the product, as an import with --publish does it."""
    ids = [organization.id for organization, _ in people]
    fair_id: UUID = fair.id
    planned = sorted(achievements(count, SEED, organizations(SEED)), key=lambda item: item.organization)
    with transaction():
        fair = db.session.get_one(Fair, fair_id)
        segments = {row.code: row.id for row in db.session.scalars(select(Segment).where(Segment.fair_id == fair_id))}
        for number, items in groupby(planned, key=lambda item: item.organization):
            mine = list(items)
            made = create_many(Kind.ACHIEVEMENT, [achievement_content(item) for item in mine], organization_id=ids[number], by=None)
            places = {listing_id: segments[item.segment] for listing_id, item in zip(made, mine, strict=True)}
            publish_many(Kind.ACHIEVEMENT, dict.fromkeys(made, 1), fair=fair, segments=places, by=None)


def settle(connection: Connection) -> None:
    """What a database does by itself in time: fresh statistics, nothing left in the log."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    else:
        connection.execute(text("ANALYZE"))
    connection.commit()


def sample(app: Flask, *, count: int) -> list[dict[str, str]]:
    """Ids, titles, codes and owners of public listings spread over the catalogue, to ask for."""
    with app.app_context():
        query = (
            select(Listing.id, ListingVersion.title_en, ListingVersion.technology_codes, ListingVersion.trl)
            .join(ListingVersion, ListingVersion.listing_id == Listing.id)
            .where(Listing.public_number.is_not(None))
        )
        last = db.session.scalar(select(Listing.num).order_by(Listing.num.desc()).limit(1)) or 0
        wanted = [1 + last * place // count for place in range(count)]
        rows = db.session.execute(query.where(Listing.num.in_(wanted)).order_by(Listing.num)).all()
        found = [{"id": str(row.id), "title": row.title_en, "field": row.technology_codes[0], "trl": str(row.trl or 5)} for row in rows]
        db.session.remove()
        db.engine.dispose()
    return found
