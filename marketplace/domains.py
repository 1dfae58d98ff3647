"""The domains in one list, lowest first: the table of contents of the product.

A domain may import those before it in this list, never those after it; import-linter holds it to that (`setup.cfg`).
Neighbours in one inner tuple may not import each other.
"""

import importlib
from types import ModuleType

LAYERS: tuple[tuple[str, ...], ...] = (
    ("taxonomy",),  # technology fields, IPC concordance, TRL, deal kinds, countries, currencies
    ("accounts",),  # people, sign-in, API tokens
    ("organizations",),  # agencies, companies, institutes; their members
    ("webhooks",),  # what happened, told to the addresses an organisation names
    ("fairs",),  # editions, days, segments, staff
    ("venue",),  # halls, rooms, tables; who has booked them when
    ("ledger",),  # rates, vouchers and postings, scopes, totals of two views
    ("search",),  # the text index: documents, terms, the catalogue's search; knows no listing model
    ("listings", "payments"),  # achievements and needs · fees by Stripe
    ("matching", "roadshow", "meetings", "reviews", "imports"),  # who fits whom and why · sessions, pitches · 1:1 meetings · moderation · files
    ("scheduling",),  # wishes to meet, and the plan that serves most of them
    ("agenda",),  # everybody's schedule: on pages, on paper, as a calendar
    ("alerts",),  # saved searches, notices of new matches
    ("negotiations",),  # interest and rounds: the thread of one deal
    ("disclosure",),  # who may read how much of a listing: files, agreements of secrecy, the log of reads
    ("coverage",),  # whom nobody is talking to; partners proposed by hand
    ("contracts",),  # what was agreed: parties, amounts, evidence, verification
    ("confirmations", "ceremonies", "followups", "credits"),  # both sides' word on a contract · the signing show · what became of intents · shares of agencies
    ("figures",),  # published totals, frozen; days closed by two people
    ("reports", "interchange"),  # fair total page, live board, record, exports · feeds for portals and search engines
    ("home",),  # front page, day page, health
    ("demo",),  # the sample fairs
)


def domains() -> list[ModuleType]:
    """The packages, lowest first."""
    return [importlib.import_module(f"marketplace.{name}") for layer in LAYERS for name in layer]
