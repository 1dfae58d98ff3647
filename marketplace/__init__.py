"""A marketplace for trading technology, from need to verified value. `create_app` is the one way in."""

from flask import Flask

from config import Config
from marketplace.core import (
    access,
    answers,
    api,
    audit,
    audit_cli,
    backup,
    commands,
    db,
    forms,
    i18n,
    jobs,
    layout,
    limits,
    mail,
    migrate,
    problems,
    web,
    zones,
)
from marketplace.domains import domains

CORE = (answers, web, i18n, problems, access, audit, api, forms, jobs, mail, layout, zones, limits, migrate, commands, audit_cli, backup)


def create_app(config: Config) -> Flask:
    """Build the application; the domains attach themselves in layer order. Raises RuntimeError for an undeclared route."""
    app = Flask(__name__, template_folder="../templates", static_folder="static")
    app.config.update(config.flask())
    app.url_map.strict_slashes = False
    db.db.init_app(app)
    for part in CORE:
        part.register(app)
    for domain in domains():
        domain.register(app)
    access.check_every_route(app)
    return app
