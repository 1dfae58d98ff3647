"""What a competent developer writes with FastAPI and SQLAlchemy's asynchronous session, to compare with: list, search and detail.

The mapped classes, the fields and the search in FTS5 are those of `bare`; answers are written by orjson. It runs in an environment
of its own (`peers.environment`).
"""

import os
from uuid import UUID

import orjson
from fastapi import FastAPI, HTTPException, Query, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import contains_eager

from benchmarks import bare
from benchmarks.bare import FOUND, IN_A_ROW, LIMIT, Entry, Fair, Listing, Version

app = FastAPI()
engine = create_async_engine(os.environ["DATABASE_URL"].replace("sqlite://", "sqlite+aiosqlite://"))
sessions = async_sessionmaker(engine, expire_on_commit=False)


def answer(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/api/v1/achievements")
async def listed(q: str | None = None, cursor: int | None = None, field: list[str] = Query([]), trl: list[int] = Query([])) -> Response:
    query = bare.public()
    if field:
        query = query.where(bare.holds(Version.technology_codes, field, sqlite=True))
    if trl:
        query = query.where(Version.trl.in_(trl))
    if q:
        words = " ".join(f'"{word}"' for word in q.replace('"', " ").split())
        query = query.join(FOUND, FOUND.c.listing_id == Listing.id).where(FOUND.c.bench_fts.match(words)).order_by(FOUND.c.rank)
    else:
        query = query.where(Listing.num < cursor) if cursor else query
        query = query.order_by(Listing.num.desc())
    async with sessions() as session:
        found = list(await session.scalars(query.options(IN_A_ROW).limit(LIMIT + 1)))
    following = found[LIMIT - 1].listing.num if len(found) > LIMIT else None
    return answer({"rows": [bare.row_of(version) for version in found[:LIMIT]], "next": str(following) if following else None})


@app.get("/api/v1/achievements/{listing_id}")
async def detail(listing_id: UUID) -> Response:
    places = (
        select(Entry)
        .join(Entry.fair)
        .outerjoin(Entry.segment)
        .where(Entry.listing_id == listing_id, Entry.published_number.is_not(None))
        .options(contains_eager(Entry.fair), contains_eager(Entry.segment))
        .order_by(Fair.opens_on, Fair.slug)
    )
    async with sessions() as session:
        version = await session.scalar(bare.public().where(Listing.id == listing_id))
        if version is None:
            raise HTTPException(404)
        entries = list(await session.scalars(places))
    return answer(bare.whole_of(version, entries))
