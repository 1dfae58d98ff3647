"""What may come in beside a listing's content (`listings.drafting_schemas`), and what goes out."""

from marshmallow import Schema, fields
from marshmallow.validate import Length

from marketplace.core.fields import Code, CodeList, FormSchema, Reference, Slug, Text, Whole
from marketplace.core.pages import PageIn
from marketplace.listings.drafting_schemas import UNKNOWN
from marketplace.listings.ip_rights import IpRightIn
from marketplace.listings.models import EntryStatus, Kind
from marketplace.listings.parameters import ParameterIn
from marketplace.search.bands import BANDS
from marketplace.search.catalogue import Sort
from marketplace.taxonomy import vocabularies as v


class SubmitIn(FormSchema):
    fair = Slug(required=True, metadata={"example": "today"})
    segment = Text(40, required=True, metadata={"description": "Code of one of the fair's segments.", "example": "universities"})


class WithdrawIn(FormSchema):
    fair = Slug(required=True, metadata={"example": "today"})


class CatalogueIn(PageIn):
    """Search and filters of the catalogue. Within one filter any value fits, all filters must."""

    q = Text(300, load_default=None, allow_none=True, metadata={
        "description": "Words that must all occur, in either language; a phrase in quotation marks. Other names of a technical term count too (`expanded`), "
        "and a word that no listing says stands for the nearest that some say (`corrected`).",
    })  # fmt: skip
    fair = Slug(load_default=None, allow_none=True, metadata={"description": "Only what this fair shows."})
    organization = fields.List(Slug(), load_default=list, metadata={"description": "Slugs of owners that are named.", "maxItems": 20}, validate=Length(max=20))
    sector = CodeList(v.SECTORS.codes, most=5, load_default=list, metadata={"description": "Every field of these of WIPO's sectors, beside those of `field`."})
    field = CodeList(v.WIPO_FIELDS.codes, most=35, load_default=list)
    trl = CodeList([*v.TRL.codes, UNKNOWN], most=10, load_default=list)
    deal_kind = CodeList([*v.DEAL_KINDS.codes, UNKNOWN], most=9, load_default=list)
    country = CodeList(lambda: (*v.COUNTRIES.codes, UNKNOWN), most=60, load_default=list)
    ip_status = CodeList([*v.IP_STATUS.codes, UNKNOWN], most=5, load_default=list)
    price = CodeList([*BANDS, UNKNOWN], most=7, load_default=list, metadata={
        "description": "Bands of the lowest price, or the highest budget, in CNY by the latest exchange rates: from the first number to below the second.",
    })  # fmt: skip
    segment = fields.List(Text(40), load_default=list, metadata={"description": "Codes of the fair's segments.", "maxItems": 20})
    sort = Code([sort.value for sort in Sort], load_default="relevance", metadata={"description": "`price`: lowest first; `closing`: what ends first."})
    facets = Whole(0, 1, load_default=0, metadata={"description": "1 counts all that is found and the values of each filter; where nothing is, what helps."})


class SuggestIn(FormSchema):
    q = Text(300, load_default=None, allow_none=True, metadata={"description": "The beginning of a search.", "example": "heat pu"})
    kind = Code([kind.value for kind in Kind], load_default=Kind.ACHIEVEMENT.value)
    limit = Whole(1, 20, load_default=8)


class SuggestionOut(Schema):
    text = fields.String()
    kind = fields.String(metadata={"enum": ["term", "word", "title"]})


class SuggestionsOut(Schema):
    rows = fields.List(fields.Nested(SuggestionOut))


class OwnerOut(Schema):
    """Nothing but nulls where the owner is not named."""

    slug = fields.String(allow_none=True)
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)
    country = fields.String(allow_none=True)


class RowOut(Schema):
    """A listing as lists show it."""

    id = Reference()
    reference = fields.String(metadata={"example": "A-2020-000123"})
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    summary_en = fields.String(allow_none=True)
    summary_zh = fields.String(allow_none=True)
    technology_codes = fields.List(fields.String())
    deal_kinds = fields.List(fields.String())
    trl = fields.Integer(allow_none=True, metadata={"description": "Of a need: the least one wanted."})
    ip_status = fields.String(allow_none=True)
    price_mode = fields.String(allow_none=True)
    amount_min = fields.String(allow_none=True)
    amount_max = fields.String(allow_none=True)
    currency = fields.String(allow_none=True)
    country = fields.String(allow_none=True)
    deadline = fields.Date(allow_none=True)
    source_organization = fields.String(allow_none=True)
    levels = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"description": "Parts that not everybody may read, and who may."})
    organization = fields.Nested(OwnerOut)
    published_at = fields.AwareDateTime(allow_none=True)


class InsteadOut(Schema):
    without = fields.String(metadata={"description": "A word or phrase of `q`, or the name of a parameter."})
    is_word = fields.Boolean()
    total = fields.Integer()


class ListOut(Schema):
    rows = fields.List(fields.Nested(RowOut))
    next = fields.String(allow_none=True, metadata={"description": "`cursor` of the next page, null on the last."})
    total = fields.Integer(metadata={"description": "Only with facets=1."})
    facets = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Integer()), metadata={"description": "Only with facets=1."})
    rates_of = fields.Date(allow_none=True, metadata={"description": "The day of the exchange rates behind `price`; only with facets=1."})
    expanded = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), metadata={"description": "Other names that count, by the term in `q`."})
    corrected = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), metadata={"description": "What was searched for in place of a word that no listing says."})
    did_you_mean = fields.String(allow_none=True, metadata={"description": "`q` in another spelling that finds more. Only with `q`, as the two above."})
    instead = fields.List(fields.Nested(InsteadOut), metadata={"description": "Only with facets=1, where nothing is found: what each part left out would give."})


class EntryOut(Schema):
    """A listing in a fair: `published_number` is what visitors see, `submitted_number` waits, `returned_number` was sent back."""

    id = Reference()
    listing_id = Reference()
    fair = fields.String()
    segment = fields.String(allow_none=True)
    status = fields.String(metadata={"enum": [status.value for status in EntryStatus]})
    submitted_number = fields.Integer(allow_none=True)
    published_number = fields.Integer(allow_none=True)
    returned_number = fields.Integer(allow_none=True)
    submitted_at = fields.AwareDateTime(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    published_at = fields.AwareDateTime(allow_none=True)
    reason = fields.String(allow_none=True)
    version = fields.Integer()


class ShownAtOut(Schema):
    fair = fields.String()
    segment = fields.String(allow_none=True)
    published_at = fields.AwareDateTime(allow_none=True)


class ShownFileOut(Schema):
    file = Reference()
    title = fields.String(allow_none=True)
    level = fields.String()


class DetailOut(RowOut):
    """The whole listing: for visitors the version that is public, for its owner the newest one with its entries."""

    kind = fields.String(metadata={"enum": [kind.value for kind in Kind]})
    number = fields.Integer(metadata={"description": "Of the version shown."})
    description_en = fields.String(allow_none=True)
    description_zh = fields.String(allow_none=True)
    advantages_en = fields.String(allow_none=True)
    advantages_zh = fields.String(allow_none=True)
    requirement_en = fields.String(allow_none=True)
    requirement_zh = fields.String(allow_none=True)
    min_trl = fields.Integer(allow_none=True)
    stage = fields.String(allow_none=True)
    exclusivity = fields.String(allow_none=True)
    target_countries = fields.List(fields.String())
    excluded_countries = fields.List(fields.String())
    territory = fields.List(fields.String())
    partner_kinds = fields.List(fields.String())
    partner_role_en = fields.String(allow_none=True)
    partner_role_zh = fields.String(allow_none=True)
    cost_comparison_en = fields.String(allow_none=True)
    cost_comparison_zh = fields.String(allow_none=True)
    ip_rights = fields.List(fields.Nested(IpRightIn))
    co_owner_consent = fields.String(allow_none=True)
    export_control = fields.String(allow_none=True)
    sdg = fields.List(fields.String())
    video_url = fields.String(allow_none=True)
    anonymous = fields.Boolean(metadata={"description": "Whether the owner is not named."})
    files = fields.List(fields.Nested(ShownFileOut), metadata={"description": "Those that you may open."})
    languages = fields.List(fields.String())
    parameters = fields.List(fields.Nested(ParameterIn))
    valid_until = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True, metadata={"description": "The last day on which open fairs show it: as stated, extended, or 365 days from its publication."})
    open_for_interest = fields.Boolean(metadata={"description": "Whether its owner takes interest now."})
    source_country = fields.String(allow_none=True)
    source_url = fields.String(allow_none=True)
    unknown = fields.List(fields.String())  # type: ignore[assignment]
    fairs = fields.List(fields.Nested(ShownAtOut))
    external_id = fields.String(allow_none=True, metadata={"description": "For its owner only."})
    public_number = fields.Integer(allow_none=True, metadata={"description": "For its owner only."})
    version = fields.Integer(metadata={"description": "For its owner only; the ETag."})
    entries = fields.List(fields.Nested(EntryOut), metadata={"description": "For its owner only."})
