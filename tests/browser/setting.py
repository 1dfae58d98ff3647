"""`python -m tests.browser.setting`: a database with the sample fairs, a small part of the closed one, where INSTANCE_DIR says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config import Config
from marketplace import create_app
from marketplace.core.commands import command
from marketplace.demo import loading
from marketplace.demo.cli import SEED
from marketplace.demo.plan import generate
from marketplace.listings import indexing
from marketplace.matching import rematching
from marketplace.serving.prepare import run_command

PART = loading.Part(achievements=30, needs=15, organizations=20)


def silent(_label: str, items: Sequence[Any]) -> Sequence[Any]:
    return items


def main() -> None:
    settings = Config.from_env()
    app = create_app(settings)
    run_command(app, "db", "upgrade")
    with app.app_context():
        plan = generate(SEED, loading.day_of_loading())
        with command():
            loading.load(plan, folder=Path(settings.upload_dir) / "evidence", progress=silent, part=PART)
        indexing.rebuild()
        rematching.drain()


if __name__ == "__main__":
    main()
