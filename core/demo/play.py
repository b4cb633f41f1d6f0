"""Plays a script through the real verbs, each step at its own moment and by its own person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import contacts, evidence, incidents
from core.demo.proofs import Proofs
from core.demo.scripts import Life, Step
from core.models import Clock
from core.models.incident import IncidentType
from core.money import ledger
from core.recovery import claims, intake, payouts


class Player:
    """One case at a time. Keeps the ids of what the steps made, for the steps that follow.

    With `watched` a case is taken in as a person takes it in: its tracking state kept, every payer watched. The mass does
    without, so its rows are held against a player that does without too.
    """

    def __init__(self, session: Session, proofs: Proofs, *, watched: bool = False) -> None:
        self.watched = watched
        self.session = session
        self.proofs = proofs

    def play(self, life: Life) -> int:
        """Play every step; the id of the case."""
        self.life = life
        self.contacts: list[int] = []
        self.incident = self.claim = 0
        for step in life.steps:
            getattr(self, f"_{step.verb}")(step, step.args)
        return self.incident

    def _common(self, step: Step) -> dict[str, Any]:
        return {"actor": step.by, "now": step.at}

    def _register(self, step: Step, args: dict[str, Any]) -> None:
        owner = args["owner"]
        kind: IncidentType = args["type"]
        more = {name: args[name] for name in ("stage", "noticed_by", "noticed_at", "buyer_said")}
        register = intake.take_in if self.watched else incidents.register
        made = register(
            self.session,
            shipment_id=self.life.parcel.id,
            type=kind,
            owner_id=owner.person_id if owner else None,
            **more,
            **self._common(step),
        )
        self.incident = made.id

    def _assign(self, step: Step, args: dict[str, Any]) -> None:
        incidents.assign(self.session, self.incident, owner_id=args["owner"].person_id, **self._common(step))

    def _edit(self, step: Step, args: dict[str, Any]) -> None:
        incidents.edit(self.session, self.incident, **args, **self._common(step))

    def _comment(self, step: Step, args: dict[str, Any]) -> None:
        incidents.comment(self.session, self.incident, **args, **self._common(step))

    def _log_contact(self, step: Step, args: dict[str, Any]) -> None:
        made = contacts.log_contact(self.session, self.incident, **args, **self._common(step))
        self.contacts.append(made.id)

    def _settle_promise(self, step: Step, args: dict[str, Any]) -> None:
        contact = self.contacts[args["promise"]]
        clock = self.session.scalars(select(Clock.id).where(Clock.contact_id == contact)).one()
        contacts.settle_promise(self.session, clock, kept=args["kept"], **self._common(step))

    def _add_evidence(self, step: Step, args: dict[str, Any]) -> None:
        file = self.proofs.file(self.life, args["kind"], args["variant"], step.at)
        evidence.add_evidence(
            self.session, self.incident, name=file.name, data=file.data, kind=args["kind"], **self._common(step)
        )

    def _post_loss(self, step: Step, args: dict[str, Any]) -> None:
        ledger.post_loss(self.session, self.incident, **args, **self._common(step))

    def _draft_claim(self, step: Step, args: dict[str, Any]) -> None:
        made = claims.draft_claim(
            self.session,
            self.incident,
            rule_card_id=args["card"].id,
            event_at=args["event_at"],
            **self._common(step),
        )
        self.claim = made.id

    def _mark_ready(self, step: Step, args: dict[str, Any]) -> None:
        claims.mark_ready(self.session, self.claim, **args, **self._common(step))

    def _expire(self, step: Step, args: dict[str, Any]) -> None:
        claims.expire(self.session, self.claim, **args, **self._common(step))

    def _withdraw(self, step: Step, args: dict[str, Any]) -> None:
        claims.withdraw(self.session, self.claim, **args, **self._common(step))

    def _submit(self, step: Step, args: dict[str, Any]) -> None:
        claims.submit(self.session, self.claim, **args, **self._common(step))

    def _record_answer(self, step: Step, args: dict[str, Any]) -> None:
        claims.record_answer(self.session, self.claim, **args, **self._common(step))

    def _appeal(self, step: Step, args: dict[str, Any]) -> None:
        claims.appeal(self.session, self.claim, **args, **self._common(step))

    def _record_payout(self, step: Step, args: dict[str, Any]) -> None:
        payouts.record_payout(self.session, self.claim, **args, **self._common(step))

    def _close(self, step: Step, args: dict[str, Any]) -> None:
        incidents.close(self.session, self.incident, **args, **self._common(step))

    def _reopen(self, step: Step, args: dict[str, Any]) -> None:
        incidents.reopen(self.session, self.incident, **args, **self._common(step))
