"""The words of a row: what to do, verb first."""

from __future__ import annotations

from datetime import datetime

from core.desk.worklist.rows import Kind, Work
from core.foundation.language import N_, _
from core.models.claim import ClaimState
from core.models.contact import Party
from core.models.incident import IncidentType

_FILE = {
    IncidentType.LOST: N_("File the loss claim with {payer}"),
    IncidentType.DAMAGED: N_("File the damage claim with {payer}"),
    IncidentType.MISSING_CONTENTS: N_("File the missing-contents claim with {payer}"),
    IncidentType.DELAYED: N_("File the delay claim with {payer}"),
}
_PREPARE = {
    IncidentType.LOST: N_("Prepare the loss claim on {payer}"),
    IncidentType.DAMAGED: N_("Prepare the damage claim on {payer}"),
    IncidentType.MISSING_CONTENTS: N_("Prepare the missing-contents claim on {payer}"),
    IncidentType.DELAYED: N_("Prepare the delay claim on {payer}"),
}
_PROMISED = {
    Party.CARRIER: N_("Ask the carrier about its promise: {promise}"),
    Party.BUYER: N_("Ask the buyer about the promise: {promise}"),
    Party.PLATFORM: N_("Ask the platform about its promise: {promise}"),
    Party.INSURER: N_("Ask the insurer about its promise: {promise}"),
}


def sentence(work: Work, now: datetime) -> str:
    """What to do, verb first, in the reader's language. Holds what people wrote: show it as text."""
    match work.kind:
        case Kind.CLAIM:
            table = _PREPARE if work.opens or work.claim_state in (None, ClaimState.DRAFT) else _FILE
            return _(table[work.type], payer=work.words)
        case Kind.INFORMATION:
            return _("Send {payer} what it asked for", payer=work.words)
        case Kind.APPEAL:
            return _("Appeal the answer of {payer}", payer=work.words)
        case Kind.ANSWER if work.late(now):
            return _("Ask {payer} for the overdue answer", payer=work.words)
        case Kind.ANSWER:
            return _("Await the answer of {payer}", payer=work.words)
        case Kind.PAYMENT if work.late(now):
            return _("Ask {payer} for the overdue payment", payer=work.words)
        case Kind.PAYMENT:
            return _("Await the payment of {payer}", payer=work.words)
        case Kind.PROMISE if work.promise_by is not None:
            return _(_PROMISED[work.promise_by], promise=work.words)
        case Kind.PROMISE:
            return _("Keep the promise: {promise}", promise=work.words)
        case Kind.UNASSIGNED:
            return _("Give this case an owner")
        case Kind.SILENT:
            return _("Move this case on, or close it")
