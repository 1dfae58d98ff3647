"""The sample fairs of an installation: invented organisations, listings and contracts, made from a fixed seed.

Words live in ``lexicon/``, one block per topic of a WIPO field, each word in English and Chinese. ``plan.generate``
combines them; nothing in the generator knows a database, a request or a clock, and one seed always gives one plan.
``loading.load`` carries a plan through the services of the domains, in one transaction: it is there as a whole or not at
all. Its people have known passwords, so nothing of it is loaded in production.
"""

from flask import Flask


def register(app: Flask) -> None:
    from marketplace.accounts import views
    from marketplace.demo import cli, people

    if people.hints not in views.SIGN_IN_HINTS:
        views.SIGN_IN_HINTS.append(people.hints)
    cli.register(app)
