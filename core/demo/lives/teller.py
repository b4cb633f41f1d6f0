"""The whole life of a case: noticed, talked about, then waited for, absorbed, or claimed."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, timedelta

from core.demo import words
from core.demo.lives.claiming import Claiming
from core.demo.lives.script import EndOfLife
from core.demo.scripts import DAYS, HOURS, Desk, Life
from core.demo.shipments import Parcel
from core.foundation.money import Money
from core.models.incident import Cause, IncidentType, NoticedBy, Result, Stage, Tier
from core.models.ledger import Account


class Teller(Claiming):
    """Tells one life. `until` stops it behind a turning point; `arc` decides how the claim ends."""

    def __init__(
        self, desk: Desk, parcel: Parcel, type: IncidentType, rng: random.Random, *, arc: str = "", until: str = ""
    ) -> None:
        super().__init__(desk, parcel, type, rng, until)
        self.arc = arc

    def tell(self) -> Life:
        """The whole life, as far as it has come."""
        try:
            self._from_notice_to_close()
            self.flush(self.desk.now)
        except EndOfLife:
            self._keep_in_touch()
        return self.life

    def _keep_in_touch(self) -> None:
        """Somebody asked again lately, so that an open case is not silent; a few are."""
        rng, last = self.rng, self.life.steps[-1].at if self.life.steps else self.desk.now
        if self.life.reached.startswith("closed") or self.desk.now - last < 2.5 * DAYS or rng.random() < 0.1:
            return
        self.at = self.office(self.desk.now - rng.uniform(0.15, 2.4) * DAYS)
        if self.at >= self.desk.now:
            self.at = self.desk.now - timedelta(minutes=rng.randrange(30, 180))
        with suppress(EndOfLife):
            self.talk("carrier")
            self.flush(self.desk.now)

    def _from_notice_to_close(self) -> None:
        rng = self.rng
        self._notice()
        if rng.random() < 0.85:
            self.wait(0.01, 0.6)
            self.talk()
        if rng.random() < 0.12:
            self.wait(0.01, 0.3)
            self.comment()
        if rng.random() < 0.06 and self.stage is Stage.UNKNOWN:
            self.wait(0.05, 1.0)
            found = rng.choice([Stage.LINE_HAUL, Stage.LAST_MILE])
            self.do("edit", seen={"stage": Stage.UNKNOWN}, typed={"stage": found})
        tier = self.desk.tier(Money(self.parcel.value, self.parcel.currency))
        if self.type is IncidentType.DELAYED:
            self._wait_for_it()
        elif (tier is Tier.ABSORB and not self.arc) or not self.claim(self.arc):
            self._absorb()

    def _notice(self) -> None:
        rng, parcel = self.rng, self.parcel
        noticed = self._noticed()
        by = rng.choices(
            [NoticedBy.BUYER, NoticedBy.CARRIER, NoticedBy.PLATFORM, NoticedBy.SILENCE, NoticedBy.WAREHOUSE],
            [62, 10, 16, 10 if self.type is IncidentType.LOST else 0, 2 if self.type is IncidentType.DAMAGED else 0],
        )[0]
        said = ""
        if by is NoticedBy.BUYER or rng.random() < 0.3:
            spoken = words.words()["buyer"][self.type.value]
            languages = [one for one in words.spoken(parcel.market) if one in spoken] or ["en"]
            said = rng.choice(spoken[rng.choice(languages)])
        stages = [Stage.LAST_MILE, Stage.LINE_HAUL, Stage.FIRST_MILE, Stage.UNKNOWN]
        weights = [45, 20, 10, 25]
        if parcel.channel.cross_border:
            stages, weights = [*stages, Stage.CUSTOMS], [*weights, 20]
        self.stage = rng.choices(stages, weights)[0]
        self.at = self.office(noticed + rng.uniform(0.02, 0.9) * DAYS)
        if self.at >= self.desk.now:
            self.at = noticed + timedelta(minutes=rng.randrange(20, 110))
        assigned = rng.random() < 0.9 or self.desk.now - self.at > 6 * DAYS
        self.do(
            "register",
            type=self.type,
            stage=self.stage,
            noticed_by=by,
            noticed_at=noticed,
            buyer_said=said,
            owner=self.owner if assigned and rng.random() < 0.7 else None,
        )
        self.reach("registered")
        if self.life.steps[0].args["owner"] is None and assigned:
            self.wait(0.02, 0.5)
            self.do("assign", by=self.desk.team.lead, owner=self.owner)

    def _noticed(self) -> datetime:
        rng, parcel = self.rng, self.parcel
        if self.type is IncidentType.DELAYED:
            moment = (parcel.expected_at or parcel.ordered_at) + rng.uniform(1.0, 4.0) * DAYS
        elif parcel.delivered_at is not None:
            moment = parcel.delivered_at + rng.uniform(0.05, 3.0) * DAYS
        else:
            moment = (parcel.last_scan_at or parcel.ordered_at) + rng.uniform(5.0, 11.0) * DAYS
        latest = self.desk.now - 2 * HOURS
        return min(moment, latest).replace(microsecond=0)

    def _wait_for_it(self) -> None:
        """A delay costs nothing yet: it arrives, or the case goes on as a loss of its own."""
        self.wait(1.0, 4.0)
        self.talk("carrier")
        arrived = self.parcel.delivered_at
        self.wait(0.5, 3.0)
        if arrived is not None and arrived > self.at:
            self.at = self.office(arrived + self.rng.uniform(0.2, 2.0) * DAYS)
        self.wait(0.5, 4.0)
        self.close(self.cause(), Result.ARRIVED if arrived else Result.NO_LOSS, 3 if arrived else 0)

    def _absorb(self) -> None:
        """Small losses: the buyer is helped and the case closed."""
        rng = self.rng
        if rng.random() < 0.5:
            self.wait(0.1, 1.0)
            self.evidence(rng.choice(["chat_with_buyer", "tracking_snapshot", "item_photo"]))
        if rng.random() < 0.25:
            self.wait(0.1, 0.6)
            cost = words.rounded(self.parcel.freight, self.parcel.currency)
            if cost > 0:
                self.do("post_loss", account=Account.LOSS_RESHIP, amount=Money(cost, self.parcel.currency), note="")
        if self.type is IncidentType.LOST and rng.random() < 0.12:
            self.wait(2.0, 6.0)
            self.close(Cause.SORTING_ERROR, Result.ARRIVED, 3)
            return
        self.wait(0.5, 4.0)
        self.close(self.cause(), Result.ABSORBED, 1)
        if rng.random() < 0.03:
            self.wait(1.0, 6.0)
            self.do(
                "reopen",
                by=self.desk.team.lead,
                reason="Buyer wrote again." if rng.random() < 0.5 else "买家再次来信。",
            )
            self.reach("reopened")
            self.wait(0.5, 3.0)
            self.close(self.cause(), Result.ABSORBED, 0)
