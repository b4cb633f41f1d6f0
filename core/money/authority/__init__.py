"""Authority: who may give buyers how much without asking, so that splitting it up does not get around the limits.

A limit adds up over the order, the person's last 24 hours, the buyer and the carrier's batch, in the base currency. Whoever
grants something takes the queue first: one at a time over the whole database, so that a sum just read is still true at the
commit. Remedies are in `core.cases.remedies`, what is given in disputes in `core.recovery.disputes.promises`.
"""

from core.money.authority.keys import Keys, keys_of
from core.money.authority.limits import (
    Check,
    Measured,
    authority_left,
    headroom,
    measure,
    near_scope,
    promise,
    queue,
    weigh,
)
from core.money.authority.policy import Limits, Policy, current, edit_authority, see_authority
from core.money.authority.powers import Power, Stand, end_stand_in, list_stand_ins, powers_of, set_stand_in
from core.money.authority.promised import given_in_disputes, given_twice, standing_gift
from core.money.authority.shipped import Near, delay_share, near

__all__ = [
    "Check",
    "Keys",
    "Limits",
    "Measured",
    "Near",
    "Policy",
    "Power",
    "Stand",
    "authority_left",
    "current",
    "delay_share",
    "edit_authority",
    "end_stand_in",
    "given_in_disputes",
    "given_twice",
    "headroom",
    "keys_of",
    "list_stand_ins",
    "measure",
    "near",
    "near_scope",
    "powers_of",
    "promise",
    "queue",
    "see_authority",
    "set_stand_in",
    "standing_gift",
    "weigh",
]
