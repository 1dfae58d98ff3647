"""What a plan is compared with: the heaviest wish first, each at the earliest option that is left."""

from .instance import Instance, Plan
from .occupancy import Occupancy


def greedy(instance: Instance) -> Plan:
    """A plan that is valid, quick and not fair."""
    plan: Plan = {}
    occupancy = Occupancy(instance)
    for wish in sorted(instance.possible, key=lambda one: (-instance.wishes[one].weight, one)):
        option = next(occupancy.options(wish), None)
        if option is not None:
            plan[wish] = option
            occupancy.put(wish, option)
    return plan
