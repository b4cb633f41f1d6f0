"""The receipt of something that was sent: a file among the evidence of its case."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.language import _
from core.models import Evidence


def check_receipt(session: Session, incident_id: int, receipt_id: int | None) -> None:
    """Raise `Invalid` naming `receipt_id`, unless it is evidence of this case that was not withdrawn; None is none (inner)."""
    if receipt_id is None:
        return
    receipt = session.get(Evidence, receipt_id)
    if receipt is None or receipt.incident_id != incident_id or receipt.withdrawn_at is not None:
        raise Invalid(_("The receipt is not among this case's evidence."), "receipt_id")
