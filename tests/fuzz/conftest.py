"""The same world as the rights table, attacked."""

from tests.rights.standing import rolled_back as rolled_back
from tests.rights.standing import world as world
