"""Payouts: the money a claim brought, booked to the ledger against the loss; and payouts that went away again."""

from core.recovery.payouts.reads import PayoutLine, list_payouts, payout_lines
from core.recovery.payouts.recording import record_payout
from core.recovery.payouts.reversing import BACK_LABELS, reverse_payout

__all__ = ["BACK_LABELS", "PayoutLine", "list_payouts", "payout_lines", "record_payout", "reverse_payout"]
