"""Every kind of page that each role reaches by links, wide and narrow: in order for axe and the browser, no wider than its window."""

import re
from urllib.parse import urlsplit

import pytest

from tests.browser.looking import HEIGHT, WIDTHS, axe, sideways

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
# Neither a page (files, descriptions for programs), nor one of its own for each address.
NO_PAGES = ("/language/", "/api/openapi.json", "/api/v1/", "/static/", "/feeds/", "/files/")
# Alike for everybody but for the header: looked at once, as a stranger sees them.
ALIKE = ("/rules", "/api/docs", "/problems", "/fairs", "/board", "/organizations/<slug>", "/figures/compare", "/verify", "/roadshow/sessions", "/door", "/roadshow/now", "/time-zone")
NOT_ALIKE = {("manager", "/roadshow/sessions/<id>/running")}
"""What one role sees otherwise all the same: a manager's way to what changes a session."""
ONE_READER = ("/alerts", "/meetings/open", "/meetings/standby", "/organization/webhooks")
"""Alike for everybody who has signed in: looked at once, as the first of them sees them."""
LOOKED_AT: set[str] = set()
"""Kinds that axe has read as another role saw them. The day page differs most from role to role: it is read for each."""
EXPECTED = {
    None: {"/roadshow/call", "/", "/achievements", "/achievements/<id>", "/needs", "/needs/<id>", "/organizations", "/roadshow", "/roadshow/now", "/roadshow/sessions/<id>/running", "/roadshow/sessions/<id>/room", "/door/<code>", "/sign-in", "/register", "/rules", "/api/docs", "/figures", "/time-zone"},
    "agency": {"/roadshow/call", "/roadshow/applications/<id>", "/", "/imports", "/alerts", "/alerts/new", "/alerts/notices", "/listings", "/listings/<id>", "/listings/<id>/access", "/listings/<id>/as/<level>", "/listings/<id>/files", "/listings/<id>/history", "/listings/contacts", "/listings/new", "/schedule", "/schedule/organization", "/schedule/calendars", "/matches", "/matches/shortlist", "/achievements/<id>/matches", "/negotiations", "/negotiations/<id>", "/negotiations/<id>/print", "/negotiations/<id>/points/<n>", "/negotiations/<id>/points/new", "/negotiations/<id>/documents/new", "/credits", "/credits/<id>", "/negotiations/questions/<id>", "/proposals", "/proposals/<id>", "/meetings", "/meetings/request", "/meetings/calendar", "/meetings/away", "/meetings/<id>", "/meetings/<id>/move", "/roadshow/mine", "/roadshow/pitches/<id>", "/organization/webhooks", "/organization/webhooks/new", "/account", "/wishes"},
    "company": {"/", "/listings", "/listings/<id>/close", "/needs/<id>/matches", "/needs/<id>/compare", "/matches/<id>/<id>/dismiss", "/negotiations", "/negotiations/new", "/negotiations/<id>/pause", "/agreements", "/agreements/<id>", "/organization", "/organization/mandates", "/contracts", "/contracts/report", "/contracts/reported"},
    "moderator": {
        "/", "/imports", "/staff/moderation", "/staff/moderation/<id>", "/staff/moderation/mine", "/staff/moderation/workload", "/staff/negotiations", "/staff/fairs/<slug>/coverage", "/staff/fairs/<slug>/coverage/needs/<id>",
        "/staff/fairs/<slug>/coverage/organizations/<id>", "/staff/fairs/<slug>/proposals", "/staff/fairs/<slug>/proposals/<id>", "/staff/fairs/<slug>/proposals/new",
    },
    "clerk": {"/", "/contracts", "/contracts/new", "/contracts/<id>", "/contracts/<id>/edit", "/staff/reports-of-deals", "/staff/ledger", "/staff/conversion", "/staff/ceremonies"},
    "verifier": {"/roadshow/calls/<id>/scoring", "/roadshow/applications/<id>/score", "/", "/contracts", "/contracts/<id>", "/staff/negotiations"},
    "manager": {"/staff/roadshow/call", "/staff/roadshow/reviewers", "/staff/roadshow/applications", "/staff/roadshow/applications/<id>", "/staff/roadshow/timetable", "/staff/roadshow/timetable/move", "/", "/staff/organizations", "/staff/organizations/<id>", "/staff/organizations/duplicates", "/staff/roadshow", "/staff/roadshow/sessions/new", "/staff/roadshow/sessions/<id>/move", "/staff/roadshow/sessions/<id>/late", "/staff/roadshow/sessions/<id>/call-off", "/staff/roadshow/sessions/<id>/signs", "/staff/rooms", "/staff/rooms/<id>", "/staff/rooms/cards", "/staff/places", "/staff/places/new", "/staff/places/<id>", "/staff/places/ways", "/staff/places/conflicts", "/staff/interpreters", "/staff/interpreters/new", "/staff/interpreters/<id>", "/staff/meetings/<id>/interpreter", "/staff/payments", "/staff/days", "/staff/negotiations/pace", "/figures/new", "/staff/planning", "/staff/fairs/<slug>/planning/changes/new"},
    "admin": {"/", "/staff/organizations/import", "/staff/organizations/<id>/merge/<id>", "/staff/fairs", "/staff/fairs/new", "/staff/fairs/today"},
}  # fmt: skip


def kind_of(address: str) -> str:
    """The address with ids and slugs made alike: one page of each kind is looked at."""
    path = UUID.sub("<id>", urlsplit(address).path)
    path = re.sub(r"/as/[a-z_]+$", "/as/<level>", path)
    path = re.sub(r"/(points|documents)/[0-9]+", r"/\1/<n>", path)
    path = re.sub(r"^/problems/[^/]+$", "/problems/<slug>", path)
    path = re.sub(r"^/door/[^/]+$", "/door/<code>", path)
    path = re.sub(r"^/figures/F-[^/]+", "/figures/<code>", path)
    path = re.sub(r"^/staff/fairs/[^/]+/(coverage|proposals|planning)", r"/staff/fairs/<slug>/\1", path)
    path = re.sub(r"^/staff/days/[^/]+/[^/]+$", "/staff/days/<slug>/<day>", path)
    return re.sub(r"^/organizations/(?!new$)[^/]+$", "/organizations/<slug>", path)


def links(page) -> list[str]:
    """Links of this page to pages of the product, in order."""
    found = page.eval_on_selector_all("a[href]", "all => all.filter(a => !a.hasAttribute('download')).map(a => a.href)")
    here = urlsplit(page.url).netloc
    return [each.split("#")[0] for each in found if urlsplit(each).netloc == here]


def is_left_out(kind: str, role: str | None) -> bool:
    """Whether this role need not look at pages of this kind: they are none, or another has looked at them."""
    alike = () if role is None or (role, kind) in NOT_ALIKE else ALIKE
    return kind.startswith(NO_PAGES + alike) or kind.endswith(("/evidence/<id>", "/checkout")) or (kind.startswith(ONE_READER) and kind in LOOKED_AT)


class Walk:
    """What one role sees: one page of each kind in full, and of the others of a kind only where they lead."""

    def __init__(self, person, role: str | None):
        self.person, self.role = person, role
        self.seen: set[str] = set()
        self.others: dict[str, list[str]] = {}
        self.faults: list[str] = []

    def follow(self, waiting: list[str]) -> None:
        while waiting:
            address = waiting.pop(0)
            kind = kind_of(address)
            if kind in self.seen:
                self.others.setdefault(kind, []).append(address)
            elif not is_left_out(kind, self.role):
                self.seen.add(kind)
                self._look(address, kind)
                waiting += links(self.person.page)

    def look_further(self) -> None:
        """Follow a second and third page of a kind while an expected kind is missing: not every page links to all."""
        for address in [each for alike in self.others.values() for each in list(dict.fromkeys(alike))[:3]]:
            if EXPECTED[self.role] <= self.seen:
                break
            self.person.page.goto(address)
            self.follow(links(self.person.page))

    def _look(self, address: str, kind: str) -> None:
        page = self.person.page
        if (status := page.goto(address).status) != 200:
            self.faults.append(f"{address}: {status}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            if (much := sideways(page)) > 0:
                self.faults.append(f"{address}: {much} px too wide at {width}")
            if kind == "/" or kind not in LOOKED_AT:
                self.faults += [f"at {width}: {line}" for line in axe(page)]
        if self.role is not None or not kind.startswith(ONE_READER):
            LOOKED_AT.add(kind)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", EXPECTED, ids=lambda role: role or "stranger")
def test_every_kind_of_page_is_in_order(visitor, role):
    person = visitor()
    person.open()
    if role:
        person.sign_in(role)
    walk = Walk(person, role)
    walk.follow(["/"])
    walk.look_further()
    assert not walk.faults + person.complaints.found, "\n".join(walk.faults + person.complaints.found)
    assert EXPECTED[role] - walk.seen == set()
