"""The gap of a case: each payer's own list against the same files, side by side, before and after a claim is drafted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy.orm import Session

from core.cases.proof.meter import Need, Piece, count_up, percent
from core.cases.proof.perishing import Dates, Gone, gone_of
from core.cases.proof.pieces import pieces_of
from core.cases.proof.tasks import dates_of
from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models.rule import PayerKind


class Card(Protocol):
    """A payer's card as far as its list goes: the table's row, the card of the reads, or a claim's row on the screen."""

    @property
    def payer_kind(self) -> PayerKind: ...
    @property
    def payer_name(self) -> str: ...
    @property
    def documents(self) -> Any: ...


@dataclass(frozen=True)
class Item:
    """One line of a payer's list in a case, and until when it can still be had (None: it does not perish)."""

    need: Need
    gone: Gone | None


@dataclass(frozen=True)
class Gap:
    """What one payer asks for and what is still missing. `percent` is 100 only with every line met."""

    payer_kind: PayerKind
    payer: str
    items: tuple[Item, ...]
    percent: int

    @property
    def full(self) -> bool:
        """Whether nothing is missing."""
        return all(item.need.met for item in self.items)

    @property
    def missing(self) -> tuple[Item, ...]:
        """What is missing, soonest gone first, what does not perish last."""
        open_ones = [item for item in self.items if not item.need.met]
        return tuple(sorted(open_ones, key=lambda item: (item.gone is None, item.gone.on if item.gone else date.max)))


@read(Permission.EVIDENCE_READ)
def gap(session: Session, incident_id: int, cards: Sequence[Card], *, actor: Actor) -> list[Gap]:
    """Each card's list against the case, in the order of the cards; three statements however many cards. `NotFound`."""
    dates, by_hand = dates_of(session, incident_id)
    pieces = pieces_of(session, incident_id)
    return [gap_of(card.payer_kind, card.payer_name, card.documents, pieces, dates, by_hand) for card in cards]


def gap_of(
    payer_kind: PayerKind,
    payer: str,
    documents: Any,
    pieces: Sequence[Piece],
    dates: Dates,
    by_hand: Mapping[str, date],
) -> Gap:
    """One payer's gap from what was read already."""
    needs = count_up(documents, pieces)
    items = tuple(Item(need, gone_of(need.code, dates, by_hand)) for need in needs)
    return Gap(payer_kind, payer, items, percent(needs))
