"""Evidence: files put forward in a case. Hashed at the door, never changed, withdrawn rather than deleted.

`add_evidence` and `withdraw_evidence` are the doors in and out; `make_contact_sheet` and `make_clip` make copies of a video
for receivers; the rest hands out and lists.
"""

from core.cases.evidence.adding import add_evidence, withdraw_evidence
from core.cases.evidence.copies import make_clip, make_contact_sheet
from core.cases.evidence.names import clean_name
from core.cases.evidence.reads import (
    EvidenceItem,
    OpenedFile,
    hand_out_evidence,
    list_evidence,
    may_see,
    open_evidence,
    shared_evidence,
    small_picture,
    thumbnails,
)
from core.cases.evidence.receipts import check_receipt

__all__ = [
    "EvidenceItem",
    "OpenedFile",
    "add_evidence",
    "check_receipt",
    "clean_name",
    "hand_out_evidence",
    "list_evidence",
    "make_clip",
    "make_contact_sheet",
    "may_see",
    "open_evidence",
    "shared_evidence",
    "small_picture",
    "thumbnails",
    "withdraw_evidence",
]
