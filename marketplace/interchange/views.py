"""The addresses of interchange: OAI-PMH, Atom, JSON-LD, sitemaps and robots.txt. Everybody gets the same: what is public."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, request
from marshmallow import ValidationError

from marketplace.core.access import PUBLIC, reads
from marketplace.core.caching import shared
from marketplace.core.clock import now
from marketplace.core.errors import Malformed, NotFound
from marketplace.core.forms import from_form
from marketplace.core.i18n import gettext, language, localized, speaking
from marketplace.core.problems import messages_to_errors
from marketplace.core.web import UNSTORABLE
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.fairs.shown import shown
from marketplace.interchange import feeds, harvesting, linked, oai, sitemaps
from marketplace.interchange.contents import contents
from marketplace.interchange.schemas import FeedIn
from marketplace.listings import browsing, searches
from marketplace.listings.models import Kind
from marketplace.organizations import queries as organizations

bp = Blueprint("interchange", __name__)
KINDS = {"achievements": Kind.ACHIEVEMENT, "needs": Kind.NEED}
PRIVATE = (
    "/account", "/alerts", "/api/", "/calendar/", "/invitations/", "/language/", "/listings", "/matches", "/meetings", "/negotiations", "/organization/", "/organization$",
    "/password/", "/proposals", "/register", "/schedule", "/sign-in", "/staff/", "/time-zone", "/*?*cursor=",
)  # fmt: skip
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def base() -> str:
    """The address of this site, as the outside knows it."""
    return str(current_app.config["SETTINGS"].public_url)


def _answer(text: str, mimetype: str, *, seconds: int = 300) -> Response:
    return shared(Response(text, mimetype=mimetype), seconds=seconds)


@bp.route("/oai", methods=["GET", "POST"])
@reads(PUBLIC, posted=True)
def oai_pmh() -> Response:
    """OAI-PMH 2.0; a question that is too long for an address comes as a form."""
    asked = request.form if request.method == "POST" else request.args
    if any(UNSTORABLE.search(text) for pair in asked.items(multi=True) for text in pair):
        raise Malformed()
    settings = current_app.config["SETTINGS"]
    repository = oai.Repository(name="Technology Trading", base=base(), admin=settings.mail_from, key=str(current_app.secret_key))
    response = Response(repository.answer(list(asked.items(multi=True))), mimetype="text/xml")
    response.headers["Cache-Control"] = "no-store"  # a harvester counts on the time of the answer
    return response


@bp.get("/feeds/achievements.atom", defaults={"shelf": "achievements"})
@bp.get("/feeds/needs.atom", defaults={"shelf": "needs"})
@reads(PUBLIC)
def feed(shelf: str) -> Response:
    """The newest that the catalogue shows for the same search."""
    kind, query = KINDS[shelf], _query()
    lang = query.pop("lang")
    query |= {"sort": "newest", "cursor": None}
    fair = _fair(query["fair"])
    rows = browsing.browse(kind, query, fair=fair, bound_to="", texts=True).rows
    asked = searches.canonical(query)
    with speaking(lang):
        title = gettext("New achievements") if kind is Kind.ACHIEVEMENT else gettext("New needs")
        title = f"{title} · {localized(fair, 'name')[0]}" if fair else title
    changed = {id: min(moment, now()) for id, moment in harvesting.changed_at([row["id"] for row in rows]).items()}
    here = f"/feeds/{shelf}.atom?" + "&".join(part for part in (asked, f"lang={lang}") if part)
    text = feeds.feed(
        kind, rows, changed=changed, base=base(), language=lang, title=title, here=here, page=searches.address(kind, query),
        begun=fair.created_at if fair else BEGINNING,
    )  # fmt: skip
    return _answer(text, "application/atom+xml", seconds=60)


def _query() -> dict[str, Any]:
    """The address's parameters as the catalogue's page takes them; others are somebody else's. Raises Malformed."""
    schema = FeedIn()
    known = {name: value for name, value in from_form(schema, request.args).items() if name in schema.fields and value not in ("", [])}
    try:
        return schema.load(known)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise Malformed(errors=messages_to_errors(error.messages)) from error


def _fair(slug: str | None) -> Fair | None:
    """As the catalogue: the fair that is shown now unless another is named; ``any`` for all. Raises NotFound."""
    if slug == "any":
        return None
    return shown(slug) if slug else fairs.current()


@bp.get("/achievements/<uuid:listing_id>.jsonld", defaults={"shelf": "achievements"})
@bp.get("/needs/<uuid:listing_id>.jsonld", defaults={"shelf": "needs"})
@reads(PUBLIC)
def listing(shelf: str, listing_id: UUID) -> Response:
    """A listing as an `Offer` or a `Demand`."""
    content = contents([listing_id]).get(listing_id)
    if content is None or content["kind"] is not KINDS[shelf]:
        raise NotFound()
    return _answer(linked.text_of(linked.listing(content, base=base())), "application/ld+json", seconds=60)


@bp.get("/organizations/<slug>.jsonld")
@reads(PUBLIC)
def organization(slug: str) -> Response:
    row = organizations.shown(slug, by=None)
    return _answer(linked.text_of(linked.organization(row, harvesting.numbers_of(row.id), base=base())), "application/ld+json")


@bp.get("/fairs/<slug>.jsonld")
@reads(PUBLIC)
def fair(slug: str) -> Response:
    return _answer(linked.text_of(linked.fair(fairs.by_slug(slug), base=base())), "application/ld+json")


@bp.get("/robots.txt")
@reads(PUBLIC)
def robots() -> Response:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), "", f"Sitemap: {base()}/sitemap.xml", ""]
    return _answer("\n".join(lines), "text/plain", seconds=3600)


@bp.get("/sitemap.xml")
@reads(PUBLIC)
def sitemap_index() -> Response:
    return _answer(sitemaps.index(base=base()), "application/xml", seconds=3600)


@bp.get("/sitemaps/site.xml")
@reads(PUBLIC)
def sitemap_site() -> Response:
    return _answer(sitemaps.site(base=base()), "application/xml", seconds=3600)


@bp.get("/sitemaps/organizations-0.xml")
@reads(PUBLIC)
def sitemap_organizations() -> Response:
    return _answer(sitemaps.organizations(base=base()), "application/xml", seconds=3600)


@bp.get("/sitemaps/achievements-<int:part>.xml", defaults={"shelf": "achievements"})
@bp.get("/sitemaps/needs-<int:part>.xml", defaults={"shelf": "needs"})
@reads(PUBLIC)
def sitemap_listings(shelf: str, part: int) -> Response:
    text = sitemaps.listings(KINDS[shelf], part, base=base()) if part < 2**31 else None
    if text is None:
        raise NotFound()
    return _answer(text, "application/xml", seconds=3600)


def feed_address(kind: Kind, query: dict[str, Any]) -> str:
    """The feed of a search of the catalogue in the reader's language; ``query`` is what `CatalogueIn` loaded."""
    asked = searches.canonical(query)
    return f"/feeds/{kind.value}s.atom?" + "&".join(part for part in (asked, f"lang={language()}") if part)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals["feed_address"] = feed_address
