"""OAI-PMH 2.0 (openarchives.org): what each verb answers, and each of its refusals; no HTTP.

A resumption token is signed and says where to go on: nothing is kept for a harvester, and a token stays good through restarts
until it expires. Deleted records are kept for ever (``persistent``).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from marketplace.core.clock import now
from marketplace.interchange import dublin, harvesting
from marketplace.interchange.contents import contents
from marketplace.interchange.harvesting import Wanted
from marketplace.interchange.writing import DECLARATION, element, wrapped

AT_ONCE = 100
"""Records of one answer."""
TOKEN_LIVES = timedelta(hours=24)
REQUIRED = {
    "Identify": set(), "ListMetadataFormats": set(), "ListSets": set(), "GetRecord": {"identifier", "metadataPrefix"},
    "ListIdentifiers": {"metadataPrefix"}, "ListRecords": {"metadataPrefix"},
}  # fmt: skip
OPTIONAL: dict[str, set[str]] = {
    "Identify": set(), "ListMetadataFormats": {"identifier"}, "ListSets": {"resumptionToken"}, "GetRecord": set(),
    "ListIdentifiers": {"from", "until", "set", "resumptionToken"}, "ListRecords": {"from", "until", "set", "resumptionToken"},
}  # fmt: skip
ROOT = {
    "xmlns": "http://www.openarchives.org/OAI/2.0/", "xmlns_xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi_schemaLocation": "http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd",
}  # fmt: skip
DAY, SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


class Fault(Exception):
    """A refusal in the words of the protocol."""

    def __init__(self, code: str, text: str):
        super().__init__(text)
        self.code = code


class Repository:
    """The public listings as a harvester sees them."""

    def __init__(self, *, name: str, base: str, admin: str, key: str):
        self.name, self.base, self.admin = name, base, admin
        self.namespace = urlsplit(base).hostname or "localhost"
        self._tokens = URLSafeTimedSerializer(key, salt="oai")

    def answer(self, arguments: Sequence[tuple[str, str]]) -> str:
        """The whole XML answer to these arguments, as often as each was given."""
        asked = dict(arguments)
        try:
            verb = _checked(arguments)
            inside = wrapped(verb, getattr(self, f"_{verb.lower()}")(asked))
        except Fault as fault:
            asked = {} if fault.code in {"badVerb", "badArgument"} else asked
            inside = element("error", fault, code=fault.code)
        request = element("request", f"{self.base}/oai", **asked)
        return DECLARATION + wrapped("OAI-PMH", element("responseDate", stamp(now())) + request + inside, **ROOT)

    def _identify(self, _asked: Mapping[str, str]) -> str:
        return "".join((
            element("repositoryName", self.name), element("baseURL", f"{self.base}/oai"), element("protocolVersion", "2.0"), element("adminEmail", self.admin),
            element("earliestDatestamp", stamp(min(harvesting.earliest() or now(), now()))), element("deletedRecord", "persistent"),
            element("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ))  # fmt: skip

    def _listmetadataformats(self, asked: Mapping[str, str]) -> str:
        if "identifier" in asked:
            self._found(asked["identifier"])
        names = element("metadataPrefix", dublin.PREFIX) + element("schema", dublin.SCHEMA) + element("metadataNamespace", dublin.NAMESPACE)
        return wrapped("metadataFormat", names)

    def _listsets(self, asked: Mapping[str, str]) -> str:
        if "resumptionToken" in asked:
            raise Fault("badResumptionToken", "The list of sets is always answered whole.")
        return "".join(wrapped("set", element("setSpec", name) + element("setName", title)) for name, title in harvesting.sets())

    def _getrecord(self, asked: Mapping[str, str]) -> str:
        row = self._found(asked["identifier"])
        _check_prefix(asked["metadataPrefix"])
        return self._records([row], whole=True)

    def _listidentifiers(self, asked: Mapping[str, str]) -> str:
        return self._listed("ListIdentifiers", asked)

    def _listrecords(self, asked: Mapping[str, str]) -> str:
        return self._listed("ListRecords", asked)

    def _found(self, identifier: str) -> Any:
        head, _, last = identifier.rpartition(":")
        row = harvesting.one(UUID(last)) if head == f"oai:{self.namespace}" and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", last) else None
        if row is None:
            raise Fault("idDoesNotExist", "There is no such item.")
        return row

    def _listed(self, verb: str, asked: Mapping[str, str]) -> str:
        if "resumptionToken" in asked:
            chosen, after, done, total = self._resumed(verb, asked["resumptionToken"])
            wanted = wanted_of(chosen)
        else:
            chosen = {name: asked[name] for name in ("from", "until", "set") if name in asked}
            _check_prefix(asked["metadataPrefix"])
            wanted, after, done, total = wanted_of(chosen), 0, 0, None
            if wanted.of_set is not None and wanted.of_set not in dict(harvesting.sets()):
                raise Fault("noRecordsMatch", "There is no such set.")
        rows = harvesting.records(wanted, after=after, limit=AT_ONCE + 1)
        if not rows:
            raise Fault("noRecordsMatch", "Nothing fits.") if total is None else Fault("badResumptionToken", "The list has changed: begin it anew.")
        more, rows = len(rows) > AT_ONCE, rows[:AT_ONCE]
        inside = self._records(rows, whole=verb == "ListRecords")
        if not more and total is None:
            return inside
        total = max(total or harvesting.count(wanted), done + len(rows))
        text, expires = "", None
        if more:
            text = str(self._tokens.dumps([verb, chosen, rows[-1].seq, done + len(rows), total]))
            expires = stamp(now() + TOKEN_LIVES)
        return inside + element("resumptionToken", text, expirationDate=expires, completeListSize=total, cursor=done)

    def _resumed(self, verb: str, token: str) -> tuple[dict[str, str], int, int, int]:
        try:
            of_verb, chosen, after, done, total = self._tokens.loads(token, max_age=int(TOKEN_LIVES.total_seconds()))
        except (BadData, ValueError, TypeError) as error:
            raise Fault("badResumptionToken", "The token is not of this list, or has expired: begin it anew.") from error
        if of_verb != verb:
            raise Fault("badResumptionToken", "The token belongs to another verb.")
        return chosen, after, done, total

    def _records(self, rows: Sequence[Any], *, whole: bool) -> str:
        """Headers, or whole records. What was withdrawn a moment ago is gone at once, though its record tells it later."""
        ids = [row.listing_id for row in rows]
        sets, found = harvesting.sets_of(ids), contents(ids)
        lines = []
        for row in rows:
            content = found.get(row.listing_id) if row.shown else None
            head = element("identifier", f"oai:{self.namespace}:{row.listing_id}") + element("datestamp", stamp(row.changed_at))
            head += "".join(element("setSpec", name) for name in sets.get(row.listing_id, ()))
            header = wrapped("header", head, status=None if content else "deleted")
            if not whole:
                lines.append(header)
            else:
                lines.append(wrapped("record", header + (wrapped("metadata", dublin.record(content, base=self.base)) if content else "")))
        return "".join(lines)


def _checked(arguments: Sequence[tuple[str, str]]) -> str:
    """The verb, when its arguments are those that it takes, each once. Raises Fault."""
    verbs = [value for name, value in arguments if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in REQUIRED:
        raise Fault("badVerb", "Exactly one verb of the protocol is expected.")
    verb, given = verbs[0], [name for name, _ in arguments if name != "verb"]
    if len(set(given)) != len(given):
        raise Fault("badArgument", "An argument stands there twice.")
    if strange := set(given) - REQUIRED[verb] - OPTIONAL[verb]:
        raise Fault("badArgument", f"{verb} does not take: {', '.join(sorted(strange))[:200]}")
    if "resumptionToken" in given:
        if len(given) > 1:
            raise Fault("badArgument", "A resumptionToken stands alone.")
        return verb
    if absent := REQUIRED[verb] - set(given):
        raise Fault("badArgument", f"{verb} needs: {', '.join(sorted(absent))}")
    return verb


def _check_prefix(prefix: str) -> None:
    if prefix != dublin.PREFIX:
        raise Fault("cannotDisseminateFormat", "Only oai_dc is given out.")


def wanted_of(chosen: Mapping[str, str]) -> Wanted:
    """``from``, ``until`` (both inclusive, days or seconds, alike) and ``set``. Raises Fault."""
    first, last = chosen.get("from"), chosen.get("until")
    if first is not None and last is not None and len(first) != len(last):
        raise Fault("badArgument", "from and until have the same granularity.")
    since, _ = _span(first) if first is not None else (None, None)
    start, before = _span(last) if last is not None else (None, None)
    if since is not None and start is not None and since > start:
        raise Fault("badArgument", "from is later than until.")
    return Wanted(since=since, before=before, of_set=chosen.get("set"))


def _span(text: str) -> tuple[datetime, datetime]:
    """The day or second that a datestamp names: its first moment, and the one after its last."""
    try:
        if DAY.fullmatch(text):
            day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
            return day, day + timedelta(days=1)
        if SECOND.fullmatch(text):
            second = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            return second, second + timedelta(seconds=1)
    except (ValueError, OverflowError):
        pass
    raise Fault("badArgument", "A datestamp is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.")


def stamp(moment: datetime) -> str:
    """UTC in seconds, as the protocol writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
