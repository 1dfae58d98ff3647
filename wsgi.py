"""What the server and the command line import: `wsgi:app`."""

import gc
import sys

from config import BadSettings, Config
from marketplace import create_app

gc.disable()  # what is imported and built here stays to the end: to look for garbage in it takes a third of the start
try:
    app = create_app(Config.from_env())
except BadSettings as error:
    sys.exit(f"The settings do not work:\n{error}")
gc.freeze()
gc.enable()
