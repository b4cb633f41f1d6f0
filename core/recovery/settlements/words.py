"""What lists, kinds of lines and ways of matching are called. English marked for translation: show with `_()`."""

from __future__ import annotations

from core.foundation.language import N_
from core.models.settlement import MatchWay, SettlementKind, SettlementSource

SOURCE_LABELS: dict[SettlementSource, str] = {
    SettlementSource.INCOME: N_("Income"),
    SettlementSource.ADJUSTMENT: N_("Income adjustment"),
    SettlementSource.WALLET: N_("Wallet"),
}
KIND_LABELS: dict[SettlementKind, str] = {
    SettlementKind.RELEASE: N_("Order's own money"),
    SettlementKind.COMPENSATION: N_("Compensation"),
    SettlementKind.TAKEN_BACK: N_("Compensation taken back"),
    SettlementKind.OTHER: N_("Other money"),
}
WAY_LABELS: dict[MatchWay, str] = {
    MatchWay.ONE: N_("Fits exactly"),
    MatchWay.SEVERAL_LINES: N_("Together they fit"),
    MatchWay.SEVERAL_CLAIMS: N_("Pays several claims"),
    MatchWay.PART: N_("A part of what is owed"),
    MatchWay.MORE: N_("More than is owed"),
    MatchWay.BOOKED: N_("Booked already"),
    MatchWay.HAND: N_("Matched by hand"),
}
