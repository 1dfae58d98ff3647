"""What the server and the command line import: `wsgi:app`."""

import sys

from config import BadSettings, Config
from marketplace import create_app

try:
    app = create_app(Config.from_env())
except BadSettings as error:
    sys.exit(f"The settings do not work:\n{error}")
