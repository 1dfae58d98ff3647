"""One valid call of every route: what the address names, the query and the body, so that whoever may call it succeeds.

Ids are those of A's objects (and of the fair) unless the name says otherwise; each call begins from the same world. Every file of this
folder adds the calls of its domain.
"""

from importlib import import_module
from pkgutil import iter_modules

from tests.rights.calls.calling import CALLS, Call, Maker, call, of, on

for _module in sorted(module.name for module in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["CALLS", "Call", "Maker", "call", "of", "on"]
