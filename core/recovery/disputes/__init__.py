"""Buyers' requests for money or goods back, and what the platform asks of us in them.

    vocabulary   what the words of files mean (data), and the usual days where a request names none
    statements   what a source said; what stands by all of it
    dues         by when something is asked of us, and whether it still counts
    rows         rows of a return export → statements
    linking      which parcel a request is about
    offering     requests that point to a loss → offers of incidents
    clocks       the clocks of a case's requests
    states       where a dispute stands with us, as a table of moves
    standing     where it stands by our last move and the platform's word
    following    letting disputes stand there, and their clocks
    books        what a dispute comes to, in its case's books
    expiring     what the time alone does to disputes
    life         what people do and see: every move, kept with exactly what was sent
    recording    writing statements down, and everything that follows
    joining      requests and cases find each other
    sets         conditions over many values
    returns      the return export as a kind of file
    interface    a return as the platform's interface tells it
    details      JSON of the interface as a kind of file
    dropping     JSON of the interface dropped at one request
    hand         what people enter

A request is made of its statements, which are never changed; its own row is worked out of them. Where it stands with us is worked out
of them and of our own last move.
"""

from core.recovery.disputes.details import DETAILS
from core.recovery.disputes.dropping import Dropped, drop_json
from core.recovery.disputes.expiring import lapse
from core.recovery.disputes.hand import EDITED, add_to_case, change_dispute, enter_dispute, settle_due
from core.recovery.disputes.joining import find_parcels, follow_runs, join
from core.recovery.disputes.life import REFUNDS, Sent, dispute_offers, move_dispute, note_dispute
from core.recovery.disputes.returns import RETURNS
from core.recovery.disputes.states import DISPUTES, STATE_LABELS, DisputeAction, DisputeFacts

__all__ = [
    "DETAILS",
    "DISPUTES",
    "EDITED",
    "REFUNDS",
    "RETURNS",
    "STATE_LABELS",
    "DisputeAction",
    "DisputeFacts",
    "Dropped",
    "Sent",
    "add_to_case",
    "change_dispute",
    "dispute_offers",
    "drop_json",
    "enter_dispute",
    "find_parcels",
    "follow_runs",
    "join",
    "lapse",
    "move_dispute",
    "note_dispute",
    "settle_due",
]
