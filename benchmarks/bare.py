"""The application to compare with: what a competent developer writes with Flask, Flask-SQLAlchemy and nothing else.

It serves the same database file, the same rows and fields and the same filters, without rights, languages, validation,
request numbers, security headers, caching headers, idempotency keys, audit rows and cursors that cannot be forged.
Full-text search is the database's own: FTS5 (porter, ranked by bm25) on SQLite, a stored `tsvector` with a GIN index
(ranked by ts_rank) on PostgreSQL; `prepare_search` builds it beside.
"""

import hashlib
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from flask import Flask, abort, jsonify, render_template, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, ForeignKey, String, Uuid, column, func, select, table, text
from sqlalchemy.orm import DeclarativeBase, Mapped, contains_eager, load_only, mapped_column, registry, relationship


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={list[str]: JSON, UUID: Uuid})


db = SQLAlchemy(model_class=Base)


class Organization(db.Model):
    __tablename__ = "organizations"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name_en: Mapped[str | None]
    name_zh: Mapped[str | None]
    country: Mapped[str]


class Listing(db.Model):
    __tablename__ = "listings"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    num: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str]
    reference: Mapped[str]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    draft_number: Mapped[int] = mapped_column(default=1)
    public_number: Mapped[int | None]
    published_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    anonymous: Mapped[bool] = mapped_column(default=False)
    open_for_interest: Mapped[bool] = mapped_column(default=True)
    ends_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    organization: Mapped[Organization] = relationship()
    versions: Mapped[list["Version"]] = relationship(back_populates="listing")


class Version(db.Model):
    __tablename__ = "listing_versions"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    number: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    title_en: Mapped[str | None]
    title_zh: Mapped[str | None]
    summary_en: Mapped[str | None]
    summary_zh: Mapped[str | None]
    description_en: Mapped[str | None]
    description_zh: Mapped[str | None]
    advantages_en: Mapped[str | None]
    advantages_zh: Mapped[str | None]
    requirement_en: Mapped[str | None]
    requirement_zh: Mapped[str | None]
    technology_codes: Mapped[list[str]]
    unknowns: Mapped[list[str]]
    trl: Mapped[int | None]
    min_trl: Mapped[int | None]
    stage: Mapped[str | None]
    ip_status: Mapped[str | None]
    deal_kinds: Mapped[list[str]]
    exclusivity: Mapped[str | None]
    price_mode: Mapped[str | None]
    amount_min_minor: Mapped[int | None] = mapped_column(BigInteger)
    amount_max_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    country: Mapped[str | None]
    target_countries: Mapped[list[str]]
    excluded_countries: Mapped[list[str]]
    partner_kinds: Mapped[list[str]]
    deadline: Mapped[date | None]
    valid_until: Mapped[date | None]
    levels: Mapped[dict] = mapped_column(JSON)
    territory: Mapped[list[str]]
    sdg: Mapped[list[str]]
    partner_role_en: Mapped[str | None]
    partner_role_zh: Mapped[str | None]
    cost_comparison_en: Mapped[str | None]
    cost_comparison_zh: Mapped[str | None]
    ip_rights: Mapped[list] = mapped_column(JSON)
    co_owner_consent: Mapped[str | None]
    export_control: Mapped[str | None]
    video_url: Mapped[str | None]
    files: Mapped[list] = mapped_column(JSON)
    languages: Mapped[list[str]]
    parameters: Mapped[list] = mapped_column(JSON)
    source_organization: Mapped[str | None]
    source_country: Mapped[str | None]
    source_url: Mapped[str | None]
    listing: Mapped[Listing] = relationship(back_populates="versions")


class Fair(db.Model):
    __tablename__ = "fairs"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    base_currency: Mapped[str]
    opens_on: Mapped[date]


class Segment(db.Model):
    __tablename__ = "segments"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]


class Entry(db.Model):
    __tablename__ = "fair_entries"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    segment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Segment.id))
    published_number: Mapped[int | None]
    published_at: Mapped[datetime | None]
    fair: Mapped[Fair] = relationship()
    segment: Mapped[Segment | None] = relationship()


class Token(db.Model):
    __tablename__ = "api_tokens"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[UUID]
    organization_id: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Scope(db.Model):
    __tablename__ = "scopes"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    fair_id: Mapped[UUID]
    code: Mapped[str]
    number: Mapped[int]
    name_en: Mapped[str]
    name_zh: Mapped[str]
    rule: Mapped[dict] = mapped_column(JSON)
    headline: Mapped[bool]
    retired_at: Mapped[datetime | None]


class Voucher(db.Model):
    __tablename__ = "vouchers"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    fair_id: Mapped[UUID]
    seq: Mapped[int]
    kind: Mapped[str]
    field: Mapped[str]
    country: Mapped[str]
    signed_on: Mapped[date | None]


class PublicEntry(db.Model):
    __tablename__ = "public_entries"
    voucher_id: Mapped[UUID] = mapped_column(primary_key=True)
    fair_id: Mapped[UUID]
    public_seq: Mapped[int]


class Posting(db.Model):
    __tablename__ = "postings"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey(Voucher.id))
    contract_class: Mapped[str]
    status: Mapped[str | None]
    currency: Mapped[str]
    count: Mapped[int]
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    technology_minor: Mapped[int | None] = mapped_column(BigInteger)
    base_total_minor: Mapped[int | None] = mapped_column(BigInteger)
    base_technology_minor: Mapped[int | None] = mapped_column(BigInteger)


# The full-text index: on SQLite the column named like the table stands for the whole row in a MATCH.
FOUND = table("bench_fts", column("bench_fts"), column("listing_id", Uuid), column("words"), column("rank"))
PLAIN = (
    "title_en", "title_zh", "summary_en", "summary_zh", "technology_codes", "deal_kinds", "ip_status", "price_mode", "currency", "country",
    "source_organization", "levels",
)  # fmt: skip
LONG = (
    "number", "description_en", "description_zh", "advantages_en", "advantages_zh", "requirement_en", "requirement_zh", "min_trl", "stage",
    "exclusivity", "target_countries", "excluded_countries", "partner_kinds", "source_country", "source_url", "languages", "parameters", "territory",
    "sdg", "partner_role_en", "partner_role_zh", "cost_comparison_en", "cost_comparison_zh", "ip_rights", "co_owner_consent", "export_control",
    "video_url", "files",
)  # fmt: skip
IN_A_ROW = load_only(
    *(getattr(Version, name) for name in (*PLAIN, "trl", "min_trl", "amount_min_minor", "amount_max_minor", "deadline", "listing_id"))
)
LIMIT = 20
DECIMALS = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0, "ISK": 0, "KWD": 3, "BHD": 3, "JOD": 3, "OMR": 3, "TND": 3}
STATUSES, CLASSES, AXES = ("declared", "signed", "verified", "void"), ("contract", "framework", "intent"), ("kind", "field", "country", "month")


def moment(value):
    return None if value is None else (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()


def amount(minor, currency):
    if minor is None or currency is None:
        return None
    decimals = DECIMALS.get(currency, 2)
    return f"{Decimal(minor).scaleb(-decimals):.{decimals}f}"


def owner(organization):
    return {"slug": organization.slug, "name_en": organization.name_en, "name_zh": organization.name_zh, "country": organization.country}


def row_of(version):
    listing = version.listing
    found = {name: getattr(version, name) for name in PLAIN}
    return found | {
        "id": listing.id, "reference": listing.reference, "published_at": moment(listing.published_at), "organization": owner(listing.organization),
        "trl": version.min_trl if listing.kind == "need" else version.trl, "deadline": version.deadline and version.deadline.isoformat(),
        "amount_min": amount(version.amount_min_minor, version.currency), "amount_max": amount(version.amount_max_minor, version.currency),
    }  # fmt: skip


def whole_of(version, entries):
    found = row_of(version) | {name: getattr(version, name) for name in LONG}
    return found | {
        "kind": version.listing.kind, "anonymous": version.listing.anonymous,
        "open_for_interest": version.listing.open_for_interest, "ends_on": version.listing.ends_on and version.listing.ends_on.isoformat(), "unknown": version.unknowns, "valid_until": version.valid_until and version.valid_until.isoformat(),
        "fairs": [
            {"fair": entry.fair.slug, "segment": entry.segment and entry.segment.code, "published_at": moment(entry.published_at)}
            for entry in entries
        ],
    }  # fmt: skip


def public():
    return (
        select(Version)
        .join(Version.listing)
        .join(Listing.organization)
        .where(Listing.kind == "achievement", Listing.public_number.is_not(None), Version.number == Listing.public_number)
        .options(contains_eager(Version.listing).contains_eager(Listing.organization))
    )


def on_sqlite():
    return db.engine.dialect.name == "sqlite"


def holds(column, codes, *, sqlite=None):
    """Whether the JSON list holds one of the codes."""
    if on_sqlite() if sqlite is None else sqlite:
        each = func.json_each(column).table_valued("value")
        return select(1).select_from(each).where(each.c.value.in_(codes)).exists()
    each = func.json_array_elements_text(column).table_valued("value")
    return select(1).select_from(each).where(each.c.value.in_(codes)).exists()


def filtered(query):
    if codes := request.args.getlist("field"):
        query = query.where(holds(Version.technology_codes, codes))
    if codes := request.args.getlist("deal_kind"):
        query = query.where(holds(Version.deal_kinds, codes))
    if levels := request.args.getlist("trl"):
        query = query.where(Version.trl.in_([int(level) for level in levels]))
    if countries := request.args.getlist("country"):
        query = query.where(Version.country.in_(countries))
    return query


def searched(words):
    """Versions that hold all words, best first."""
    query = filtered(public()).join(FOUND, FOUND.c.listing_id == Listing.id)
    if on_sqlite():
        return query.where(FOUND.c.bench_fts.match(" ".join(f'"{word}"' for word in words.replace('"', " ").split()))).order_by(FOUND.c.rank)
    asked = func.plainto_tsquery("english", words)
    return query.where(FOUND.c.words.op("@@")(asked)).order_by(func.ts_rank(FOUND.c.words, asked).desc())


def page_of_rows():
    after = request.args.get("cursor", type=int)
    if words := request.args.get("q"):
        offset = after or 0
        found = list(db.session.scalars(searched(words).options(IN_A_ROW).limit(LIMIT + 1).offset(offset)))
        following = offset + LIMIT
    else:
        query = filtered(public())
        if after:
            query = query.where(Listing.num < after)
        found = list(db.session.scalars(query.options(IN_A_ROW).order_by(Listing.num.desc()).limit(LIMIT + 1)))
        following = found[LIMIT - 1].listing.num if len(found) > LIMIT else None
    return {"rows": [row_of(version) for version in found[:LIMIT]], "next": str(following) if len(found) > LIMIT else None}


def one(listing_id):
    version = db.session.scalar(public().where(Listing.id == listing_id))
    if version is None:
        abort(404)
    return whole_of(version, shown_at(listing_id))


def shown_at(listing_id):
    query = (
        select(Entry)
        .join(Entry.fair)
        .outerjoin(Entry.segment)
        .where(Entry.listing_id == listing_id, Entry.published_number.is_not(None))
        .options(contains_eager(Entry.fair), contains_eager(Entry.segment))
        .order_by(Fair.opens_on, Fair.slug)
    )
    return list(db.session.scalars(query))


def money(currency, count, disclosed, sums):
    total, technology = (int(value or 0) for value in sums)
    return {
        "currency": currency, "count": count, "disclosed": disclosed, "total_minor": total, "total": f"{total / 100:.2f}",
        "technology_minor": technology, "technology": f"{technology / 100:.2f}",
    }  # fmt: skip


def total_of(slug):
    """Summed when it is asked for: by class, status and currency, and four breakdowns of what is verified."""
    fair = db.session.scalar(select(Fair).where(Fair.slug == slug)) or abort(404)
    scope = db.session.scalar(select(Scope).where(Scope.fair_id == fair.id, Scope.headline, Scope.retired_at.is_(None)))
    last = db.session.scalar(select(func.max(PublicEntry.public_seq)).where(PublicEntry.fair_id == fair.id))
    public = select(PublicEntry.voucher_id).where(PublicEntry.public_seq <= last)
    counted = (Voucher.fair_id == fair.id, Voucher.id.in_(public), Posting.status.is_not(None))
    disclosed = func.sum(Posting.count).filter(Posting.total_minor.is_not(None))
    query = select(
        Posting.contract_class, Posting.status, Posting.currency, func.sum(Posting.count), disclosed, func.sum(Posting.total_minor),
        func.sum(Posting.technology_minor), func.sum(Posting.base_total_minor), func.sum(Posting.base_technology_minor),
    ).join(Voucher, Voucher.id == Posting.voucher_id).where(*counted)  # fmt: skip
    sums = {}
    for row in db.session.execute(query.group_by(Posting.contract_class, Posting.status, Posting.currency)):
        if row[3]:
            sums.setdefault((row[0], row[1]), []).append(row)
    figures = {key: figure(*key, fair.base_currency, sums.get(key, [])) for key in ((c, s) for c in CLASSES for s in STATUSES)}
    headline = figures.pop(("contract", "verified"))
    zero = {"total_minor": 0, "total": "0.00", "technology_minor": 0, "technology": "0.00"}
    return {
        "fair": fair.slug, "view": "public", "currency": fair.base_currency, "as_of": datetime.now(UTC).isoformat(), "as_of_seq": last,
        "scope": {name: getattr(scope, name) for name in ("code", "number", "name_en", "name_zh", "headline", "rule")},
        "headline": headline, "beside": list(figures.values()),
        "marks": [{"mark": mark, "count": 0} | zero for mark in ("in_force", "registered", "performed")], "breakdowns": {axis: breakdown(axis, counted) for axis in AXES},
    }  # fmt: skip


def figure(contract_class, status, currency, rows):
    whole = money(currency, sum(row[3] for row in rows), sum(row[4] or 0 for row in rows), (sum(row[7] or 0 for row in rows), sum(row[8] or 0 for row in rows)))
    by_currency = [money(row[2], row[3], row[4] or 0, (row[5], row[6])) for row in rows]
    return {"class": contract_class, "status": status, **whole, "by_currency": by_currency}


def breakdown(axis, counted):
    if axis == "month":
        key = func.strftime("%Y-%m", Voucher.signed_on) if on_sqlite() else func.to_char(Voucher.signed_on, "YYYY-MM")
    else:
        key = getattr(Voucher, axis)
    query = (
        select(key.label("key"), func.sum(Posting.count).label("deals"), func.sum(Posting.base_total_minor).label("total"))
        .join(Voucher, Voucher.id == Posting.voucher_id)
        .where(*counted, Posting.contract_class == "contract", Posting.status == "verified")
        .group_by(text("key"))
        .order_by(text("total DESC"), text("key"))
    )
    rows = db.session.execute(query)
    return [{"key": row.key, "count": row.deals, "total_minor": int(row.total or 0), "total": f"{int(row.total or 0) / 100:.2f}"} for row in rows if row.deals]


def caller():
    """The token's row; 401 for none."""
    secret = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = db.session.scalar(select(Token).where(Token.secret_hash == hashlib.sha256(secret.encode()).hexdigest()))
    if token is None or token.revoked_at is not None or token.expires_at.replace(tzinfo=UTC) < datetime.now(UTC):
        abort(401)
    return token


def created():
    token, content, now = caller(), request.get_json(), datetime.now(UTC)
    listing = Listing(
        kind="achievement", reference=f"A-{uuid4().hex[:12]}", organization_id=token.organization_id, created_by=token.person_id, created_at=now,
        changed_at=now,
    )  # fmt: skip
    lists = {name: content.get(name, []) for name in ("technology_codes", "deal_kinds", "target_countries", "excluded_countries", "partner_kinds")}
    texts = {name: content.get(name) for name in ("title_en", "title_zh", "summary_en", "summary_zh", "description_en", "description_zh", "trl", "ip_status")}
    version = Version(listing=listing, created_by=token.person_id, created_at=now, unknowns=content.get("unknown", []), **lists, **texts)
    db.session.add(version)
    db.session.commit()
    return whole_of(version, [])


def create_app(database=None):
    app = Flask(__name__, template_folder="templates")
    app.config["SQLALCHEMY_DATABASE_URI"] = (database or os.environ["DATABASE_URL"]).replace("postgresql://", "postgresql+psycopg://")
    db.init_app(app)
    app.add_url_rule("/healthz", "healthz", lambda: "ok")
    app.add_url_rule("/api/v1/achievements", "list", lambda: jsonify(page_of_rows()))
    app.add_url_rule("/api/v1/achievements", "create", lambda: (jsonify(created()), 201), methods=["POST"])
    app.add_url_rule("/api/v1/achievements/<uuid:listing_id>", "detail", lambda listing_id: jsonify(one(listing_id)))
    app.add_url_rule("/api/v1/fairs/<slug>/total", "total", lambda slug: jsonify(total_of(slug)))
    app.add_url_rule("/achievements", "list_page", lambda: render_template("list.html", page=page_of_rows(), words=request.args.get("q", "")))
    app.add_url_rule("/achievements/<uuid:listing_id>", "detail_page", lambda listing_id: render_template("detail.html", listing=one(listing_id)))
    app.add_url_rule("/fairs/<slug>", "total_page", lambda slug: render_template("total.html", total=total_of(slug)))
    return app


def prepare_search(app):
    """Build the database's own full-text index of public listings; what it held before is dropped."""
    texts = ("title_en", "title_zh", "summary_en", "summary_zh", "description_en", "description_zh", "advantages_en", "advantages_zh")
    joined = " || ' ' || ".join(f"coalesce(v.{name}, '')" for name in texts)
    source = (
        "FROM listings AS l JOIN listing_versions AS v ON v.listing_id = l.id AND v.number = l.public_number "
        "JOIN organizations AS o ON o.id = l.organization_id"
    )
    names = "l.reference || ' ' || coalesce(o.name_en, '') || ' ' || coalesce(o.name_zh, '')"
    with app.app_context():
        db.session.execute(text("DROP TABLE IF EXISTS bench_fts"))
        if on_sqlite():
            db.session.execute(text("CREATE VIRTUAL TABLE bench_fts USING fts5(listing_id UNINDEXED, words, tokenize = 'porter unicode61')"))
            db.session.execute(text(f"INSERT INTO bench_fts (listing_id, words) SELECT l.id, {joined} || ' ' || {names} {source}"))
        else:
            db.session.execute(text(f"CREATE TABLE bench_fts AS SELECT l.id AS listing_id, to_tsvector('english', {joined} || ' ' || {names}) AS words {source}"))
            db.session.execute(text("CREATE UNIQUE INDEX bench_fts_listing ON bench_fts (listing_id)"))
            db.session.execute(text("CREATE INDEX bench_fts_words ON bench_fts USING gin (words)"))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


if "DATABASE_URL" in os.environ:
    app = create_app()
