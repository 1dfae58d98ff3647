"""Contracts: what was agreed, by whom, for how much, on what evidence, and who checked it.

Words: a contract is *declared* (reported), *signed* (evidence is there), *verified* (a second person compared it) or
*void*. Its *class* (intent, framework, contract) is for ever. A *party* has a role, a name and a country.
Always true: each move books exactly one voucher in the same transaction; who verifies has neither logged, signed nor
edited it and belongs to none of its parties; sign and verify name the hash of the content that was shown.
"""

from flask import Flask

from marketplace.core import access, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.contracts import api, cli, merging, queries, registering_api, reporting_api, telling, threads, views
    from marketplace.contracts import tasks as tasks  # declares the jobs
    from marketplace.negotiations import timeline

    merging.register()
    threads.register()
    timeline.source(telling.contract_events)
    access.declare("contracts.read", _l("Read contracts"), members=("owner", "editor", "reader"), staff=("manager", "clerk", "verifier"))
    access.declare("contracts.log", _l("Log and edit contracts"), staff=("clerk",))
    access.declare("contracts.sign", _l("Mark contracts as signed"), staff=("clerk",))
    access.declare("contracts.verify", _l("Verify contracts"), staff=("verifier",))
    access.declare("contracts.void", _l("Void contracts"), staff=("clerk", "verifier", "manager"))
    access.declare("contracts.report", _l("Report deals to the contract desk"), members=("owner", "editor"))
    access.declare("contracts.mark", _l("Mark contracts as in force, registered or performed"), staff=("clerk", "manager"))
    views.register(app)
    api.register(app)
    registering_api.register(app)
    reporting_api.register(app)
    cli.register(app)
    layout.navigation(_l("Contracts"), "contracts.index", "contracts.read", 46)
    queries.register_tiles()
