"""The world of the rights table."""

from tests.rights.standing import rolled_back as rolled_back
from tests.rights.standing import world as world
