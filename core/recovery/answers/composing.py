"""Writing an answer from the case's facts, in any language: first what the buyer claims, then the facts in order with their
exhibits, what we did, the rule it rests on, what is asked. Objective, without the buyer's name; nothing is said that is not known (pure).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date

from core.cases.messages import languages
from core.cases.messages.rendering import fill, money_text
from core.foundation.clock import local
from core.foundation.money import Money
from core.models.answer import Plea
from core.models.dispute import DisputeState, DisputeStatus, DueBasis, ReturnReason, Solution
from core.recovery.answers.facts import Facts
from core.recovery.answers.modules import Exhibit, Place
from core.recovery.answers.plan import CHINESE, FALLBACK, FactLine, Wording, languages_of, plan, wordings
from core.recovery.answers.rules import advised


@dataclass(frozen=True)
class Choice:
    """What an answer is made of: what it asks for, with the amount where one is named; the languages of the text and of its
    reading; the platform's own reason answered under; codes of rules; the evidence by place.
    """

    plea: Plea
    amount: Money | None
    language: str
    reading_language: str
    reason: int | None
    rules: tuple[str, ...]
    places: tuple[Place, ...]


_PLAIN_MARKS = str.maketrans(dict.fromkeys("“”「」", '"'))
SIGNS = {"SGD": "S$", "TWD": "NT$", "MXN": "MX$", "USD": "US$"}

DECIDED = frozenset(
    {
        DisputeState.LOST,
        DisputeState.PARTLY_WON,
        DisputeState.SETTLED,
        DisputeState.CONCEDED,
        DisputeState.CLOSED,
        DisputeState.COMPENSATION_REJECTED,
    }
)
"""States in which the platform has decided, and only compensation can still be asked for."""
PAID_BACK = frozenset({DisputeStatus.ACCEPTED, DisputeStatus.REFUND_PAID})


def reason_of(facts: Facts) -> ReturnReason | None:
    """The reason the request is judged by: the platform's, where it looked again."""
    found = facts.dispute.reassessed
    return found if found not in (None, ReturnReason.UNKNOWN) else facts.dispute.reason


def advised_plea(facts: Facts) -> Plea:
    """What an answer asks for unless a person chooses otherwise."""
    dispute = facts.dispute
    if dispute.status in PAID_BACK or dispute.refunded_at is not None or dispute.state in DECIDED:
        return Plea.COMPENSATE
    if reason_of(facts) is ReturnReason.NOT_RECEIVED:
        return Plea.REJECT if facts.moment("delivered_at") else Plea.COMPENSATE
    return Plea.RETURN_FIRST if dispute.solution is Solution.RETURN_REFUND else Plea.REJECT


def advised_amount(facts: Facts, plea: Plea) -> Money | None:
    """The amount that belongs to what is asked; None where a person has to say."""
    if plea is Plea.COMPENSATE:
        return facts.money(facts.dispute.compensation) or facts.amount
    return None


def advised_rules(facts: Facts, plea: Plea, now: datetime) -> tuple[str, ...]:
    """The rules an answer begins with."""
    carrier = facts.carrier.code if facts.carrier is not None else None
    return advised(facts.library.fitting(facts.shop.market, reason_of(facts), plea, carrier, facts.day(now)))


def advised_languages(facts: Facts, reader: str) -> tuple[str, str]:
    """The language of the text, and another one to read it in: the reader's, else Chinese, else English."""
    language = languages_of(facts.shop.market)[0]
    other = next(one for one in (reader, CHINESE, FALLBACK) if one != language)
    return language, other


def compose(facts: Facts, choice: Choice, exhibits: Sequence[Exhibit], language: str, now: datetime) -> str:
    """The answer in that language. What it lacks (an amount to be asked for) stays as a gap to be seen."""
    return _Writer(facts, choice, tuple(exhibits), wordings()[language], now).text()


@dataclass(frozen=True)
class _Writer:
    facts: Facts
    choice: Choice
    exhibits: tuple[Exhibit, ...]
    words: Wording
    now: datetime

    def text(self) -> str:
        labels = self.words.labels
        library, today = self.facts.library, self.facts.day(self.now)
        held = [one for code in self.choice.rules if (one := library.holding(code, today)) is not None]
        parts = [
            [f"{labels['title']}", self._head()],
            [labels["claim"], *self._claim()],
            [labels["facts"], *self._lines()],
            [labels["duties"], *(f"- {one}" for one in self._duties())],
            [labels["rule"], *(one.text(self.words.code) for one in held)],
            [labels["plea"], self._plea()],
        ]
        return "\n\n".join("\n".join(part) for part in parts if len(part) > 1)

    def _head(self) -> str:
        labels, dispute, shipment = self.words.labels, self.facts.dispute, self.facts.shipment
        known = [
            (labels["return"], dispute.return_number),
            (labels["order"], dispute.order_number or shipment.order_number),
            (labels["tracking"], shipment.tracking_number or ""),
        ]
        return " · ".join(f"{name} {value}" for name, value in known if value)

    def _claim(self) -> list[str]:
        dispute, words = self.facts.dispute, self.words
        said = " ".join(dispute.buyer_said.split()) or " ".join(dispute.reason_text.split())
        values = {
            "solution": words.solutions[dispute.solution.value if dispute.solution else "none"],
            "amount": self._money(self.facts.amount),
            "day": self._day(dispute.requested_at),
            "reason": words.reasons[(dispute.reason or ReturnReason.UNKNOWN).value],
            "words": said.rstrip(".。 ").translate(_PLAIN_MARKS),
        }
        lines = [fill(words.claim["asked"], values).text]
        found = dispute.reassessed
        if found not in (None, ReturnReason.UNKNOWN, dispute.reason):
            lines.append(fill(words.claim["found"], {"reason": words.reasons[found.value]}).text)
        return lines

    def _lines(self) -> list[str]:
        """The facts in order: those with a day by their day, the others where the plan has them; each exhibit once."""
        told: list[tuple[FactLine, datetime | None, list[int]]] = []
        used: set[int] = set()
        for line in plan().facts:
            at = self.facts.moment(line.moment) if line.moment else None
            numbers = [one.number for one in self.exhibits if one.item.kind in line.kinds and one.number not in used]
            if (at is None and line.needs) or (at is None and not numbers) or (line.proof and not numbers):
                continue
            used.update(numbers)
            told.append((line, at, numbers))
        rest = [one.number for one in self.exhibits if one.number not in used]
        shown = [self._fact(*one) for one in _by_day(told)]
        if rest:
            shown.append(self._line("further", None, rest))
        return [f"{at}. {one}" for at, one in enumerate(shown, start=1)]

    def _fact(self, line: FactLine, at: datetime | None, numbers: list[int]) -> str:
        return self._line(line.words, at, numbers)

    def _line(self, name: str, at: datetime | None, numbers: list[int]) -> str:
        shipment, dispute = self.facts.shipment, self.facts.dispute
        values = {
            "carrier": self.facts.carrier_name,
            "tracking": shipment.tracking_number or "",
            "place": shipment.last_place or "",
            "back": dispute.return_tracking_number,
        }
        said = fill(self.words.facts[name], values).text
        day = f"{self._day(at)} – " if at is not None else ""
        refers, end = self.words.referring(numbers), ""
        if refers and said[-1:] in (".", "。"):
            said, end = said[:-1], said[-1]
        between = " " if refers and not refers.startswith("（") else ""
        return f"{day}{said}{between}{refers}{end}"

    def _duties(self) -> list[str]:
        """What we did, as far as it is proven."""
        kinds = {one.item.kind for one in self.exhibits}
        lines = {line.words: set(line.kinds) for line in plan().facts}
        due, dispute = "", self.facts.dispute
        if dispute.response_basis is DueBasis.GIVEN and dispute.response_due_at and self.now <= dispute.response_due_at:
            due = f"{self._day(dispute.response_due_at)} {local(dispute.response_due_at, self.facts.shop.zone):%H:%M}"
        values = {
            "packed": "yes" if kinds & lines["packed"] else "",
            "tracked": self.facts.shipment.tracking_number or "",
            "wrote": self._day(self.facts.moment("wrote_at")),
            "examined": "yes" if dispute.returned_at is not None and kinds & lines["examined"] else "",
            "in_time": due,
        }
        more = {"day": values["wrote"], "due": due}
        return [fill(self.words.duties[name], more).text for name, known in values.items() if known]

    def _plea(self) -> str:
        amount = self.choice.amount if self.choice.plea in (Plea.PARTIAL, Plea.COMPENSATE) else self.facts.amount
        return fill(self.words.pleas[self.choice.plea.value], {"amount": self._money(amount)}).text

    def _day(self, at: datetime | None) -> str:
        return "" if at is None else day_text(self.facts.day(at), self.words)

    def _money(self, money: Money | None) -> str:
        if money is None:
            return ""
        shown = money_text(money, languages()[self.words.code], self.facts.shop.market)
        # At home a bare sign is enough; whoever reads an answer may be elsewhere.
        return shown.replace("$", SIGNS.get(money.currency, "$"), 1) if shown.lstrip("-").startswith("$") else shown


def _by_day(
    told: list[tuple[FactLine, datetime | None, list[int]]],
) -> list[tuple[FactLine, datetime | None, list[int]]]:
    """In the order of their moments; what has none follows the one before it in the plan."""
    keyed, last = [], None
    for at, one in enumerate(told):
        last = max(filter(None, (last, one[1])), default=None) if one[1] is None else one[1]
        keyed.append(((last is not None, last.timestamp() if last else 0.0, at), one))
    return [one for _key, one in sorted(keyed, key=lambda pair: pair[0])]


def day_text(day: date, words: Wording) -> str:
    """A day with its year, as it is written in that language."""
    return format_date(day, words.day, locale=words.locale)
