"""What people do in any case: talk, remark, bring proof, close."""

from __future__ import annotations

import random
from datetime import timedelta

from core.demo import words
from core.demo.lives.script import Script
from core.demo.scripts import DAYS, Desk
from core.demo.shipments import Parcel
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentType, Result


class Everyday(Script):
    """A script with what people do in any case. `told` counts the talks."""

    def __init__(self, desk: Desk, parcel: Parcel, type: IncidentType, rng: random.Random, until: str) -> None:
        super().__init__(desk, parcel, type, rng, until)
        self.told = 0

    @property
    def language(self) -> str:
        """The language the owner writes in."""
        return "zh" if self.owner.language == "zh-CN" else "en"

    def talk(self, party: str = "") -> None:
        """A talk that fits, with a promise more often than not."""
        rng = self.rng
        fitting = [
            one for one in words.words()["talk"] if self.type.value in one["about"] and party in ("", one["party"])
        ]
        if not fitting:
            return
        talk = rng.choice(fitting)
        who = rng.choice(words.words()["staff"][self.parcel.market])
        buyer = talk["party"] == "buyer"
        number = self.parcel.tracking_number or self.parcel.order_number
        promise = talk[f"promise_{self.language}"] if rng.random() < 0.75 else ""
        at = self.at - timedelta(minutes=rng.randrange(3, 25))
        due = self.at + rng.uniform(0.8, 4.5) * DAYS if promise else None
        ours = buyer and "reship" in talk["promise_en"]
        self.do(
            "log_contact",
            party=Party(talk["party"]),
            channel=Channel(talk["channel"]),
            at=at,
            name="" if buyer else who,
            staff_number="" if buyer else f"{self.parcel.market}{rng.randrange(1000, 9999)}",
            summary=talk[self.language].format(who=who, number=number),
            promise=promise,
            promise_by=Party(talk["party"]) if promise and not ours else None,
            promise_due_at=due,
        )
        if due is not None:
            settled = due + rng.uniform(-0.6, 1.1) * DAYS
            self.promises.append((max(settled, self.at), self.told, rng.random() < 0.7))
        self.told += 1

    def comment(self) -> None:
        """The owner remarks something."""
        self.do("comment", text=self.rng.choice(words.words()["comments"][self.language]))

    def evidence(self, kind: str, *, variant: int = 0) -> None:
        """The owner adds a piece of this kind."""
        self.do("add_evidence", kind=kind, variant=variant or self.rng.randrange(1, 1_000))

    def close(self, cause: Cause, result: Result, note: int) -> None:
        """The case ends; promises that are still out are forgotten. `note` is the place of its words."""
        self.promises = [one for one in self.promises if one[0] <= self.at]
        self.do("close", cause=cause, result=result, note=words.words()["closing"][self.language][note])
        self.promises.clear()
        self.reach(f"closed:{result.value}")

    def cause(self) -> Cause:
        """A cause that fits what happened."""
        likely = {
            IncidentType.LOST: [Cause.LOST_IN_TRANSIT, Cause.SORTING_ERROR, Cause.STOLEN, Cause.UNKNOWN],
            IncidentType.DAMAGED: [Cause.MISHANDLED, Cause.WEAK_PACKAGING, Cause.WEATHER, Cause.MISHANDLED],
            IncidentType.MISSING_CONTENTS: [Cause.STOLEN, Cause.PACKING_ERROR, Cause.UNKNOWN, Cause.STOLEN],
            IncidentType.DELAYED: [Cause.SORTING_ERROR, Cause.WEATHER, Cause.WRONG_ADDRESS, Cause.CUSTOMS],
        }[self.type]
        if self.type is IncidentType.LOST and self.parcel.delivered_at is not None:
            return Cause.FALSE_DELIVERY_SCAN
        return self.rng.choice(likely)
