"""`python -m tests.browser.signing TITLE`: a signed contract of the open sample fair between the sample's agency and company."""

import io
import sys
from datetime import timedelta
from pathlib import Path

from config import Config
from marketplace import create_app
from marketplace.accounts import service as accounts
from marketplace.contracts import evidence, service
from marketplace.contracts.schemas import ContractIn
from marketplace.core.access import Actor, Identity, actor_of
from marketplace.core.clock import today
from marketplace.core.commands import command
from marketplace.fairs import queries as fairs
from tests.browser.story import PDF


def person(role: str) -> Actor:
    found = accounts.by_email(f"{role}@demo.example")
    assert found is not None
    return actor_of(Identity(person_id=found.id, name=found.name, email=found.email, admin=False))


def main(title: str) -> None:
    settings = Config.from_env()
    with create_app(settings).app_context(), command():
        clerk, fair = person("clerk"), fairs.by_slug("today")
        sides = {"provider": person("agency").acting, "recipient": person("company").acting}
        parties = [{"role": role, "name": one.name, "country": "CN", "organization_id": str(one.id)} for role, one in sides.items() if one]
        data = ContractIn().load({
            "title_en": title, "title_zh": title, "class": "contract", "kind": "licence", "field": "new_materials", "currency": "CNY", "total_amount": "1200000.00",
            "technology_amount": "480000.00", "signed_on": (today(fair.time_zone) - timedelta(days=1)).isoformat(), "parties": parties,
        })  # fmt: skip
        contract = service.declare(fair, data, by=clerk)
        evidence.attach(contract.id, io.BytesIO(PDF), name="signed-page.pdf", folder=Path(settings.upload_dir) / "evidence", by=clerk)
        service.sign(contract.id, contract.content_hash, by=clerk)


if __name__ == "__main__":
    main(sys.argv[1])
