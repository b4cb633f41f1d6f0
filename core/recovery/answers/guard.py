"""The guard: an answer held against its case before it is marked as sent.

Amounts, days, numbers and exhibits have to be the case's own; nothing is admitted, nobody blamed, nothing promised beyond the
authority of whoever sends it; and nothing contradicts the case, or what the buyer or the carrier was told. It reads words, not
meaning. What it stops for its figures, exhibits or promises stays stopped; a finding about words or days a person may answer with a reason.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.cases.messages import languages
from core.cases.messages.library import folded
from core.cases.messages.rendering import GAP
from core.foundation import formats
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.models.answer import Plea
from core.models.contact import Party
from core.recovery.answers import figures
from core.recovery.answers.figures import Amount, Day
from core.recovery.answers.knowing import CONTRARY, Known, Stance, Told
from core.recovery.answers.plan import FALLBACK, Wording, wordings


class Fault(StrEnum):
    """What is wrong with a place of an answer."""

    GAP = "gap"
    AMOUNT = "amount"
    DAY = "day"
    NUMBER = "number"
    EXHIBIT = "exhibit"
    MISSING = "missing"
    ADMISSION = "admission"
    BLAME = "blame"
    PROMISE = "promise"
    CASE = "case"
    TOLD = "told"
    RULE = "rule"


FAULT_LABELS: dict[Fault, str] = {
    Fault.GAP: N_("no gap"),
    Fault.AMOUNT: N_("amounts are the case's"),
    Fault.DAY: N_("days are the case's"),
    Fault.NUMBER: N_("numbers are the case's"),
    Fault.EXHIBIT: N_("every exhibit it refers to is there"),
    Fault.MISSING: N_("what the platform demands as proof is there"),
    Fault.ADMISSION: N_("nothing is admitted"),
    Fault.BLAME: N_("nobody is blamed"),
    Fault.PROMISE: N_("no promise beyond authority"),
    Fault.CASE: N_("nothing against the case's facts"),
    Fault.TOLD: N_("nothing against what buyer or carrier were told"),
    Fault.RULE: N_("its rules hold today, as they read today"),
}
"""The checklist as people read it, in its order."""

ARGUABLE = frozenset({Fault.DAY, Fault.ADMISSION, Fault.BLAME, Fault.CASE, Fault.TOLD})
"""What a person may answer with a reason: words can be read in two ways."""

_ENDS = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；])|;\s+")
_QUOTED = re.compile(r"“[^”]*”|「[^」]*」|\"[^\"]*\"|«[^»]*»")
_COUNTED = re.compile(r"^\s*\d{1,2}[.)]\s")
_LEAST_NAME = 4


@dataclass(frozen=True)
class Finding:
    """One thing the guard stops: what, the words it stands on, its sentence in the reader's language. `key` stays the same
    while fault and words do.
    """

    fault: Fault
    words: str
    said: str

    @property
    def key(self) -> str:
        """What it is known by when a person answers it."""
        return hashlib.sha256(f"{self.fault}\n{self.words}".encode()).hexdigest()[:16]

    @property
    def arguable(self) -> bool:
        """Whether a person may answer it with a reason."""
        return self.fault in ARGUABLE


def check(text: str, language: str, known: Known) -> tuple[Finding, ...]:
    """Everything that is wrong with an answer in that language, in the order of the checklist; nothing for a clean one."""
    found = list(_Guard(wordings()[language], known).findings(text))
    found += [
        Finding(Fault.RULE, one, _("It rests on a rule that is not in use. Choose its rules again: “{rule}”", rule=one))
        for one in known.gone
    ]
    found += [
        Finding(Fault.MISSING, one, _("Proof is missing: {what}", what=" ".join(one.split()))) for one in known.missing
    ]
    if known.plea is Plea.PARTIAL and known.plea_amount is not None and _over(known.plea_amount, known.left):
        found.append(_too_much(known.plea_amount, known.left, formats.amount(known.plea_amount)))
    order = list(Fault)
    unique = {(one.fault, one.words): one for one in found}
    return tuple(sorted(unique.values(), key=lambda one: order.index(one.fault)))


@dataclass(frozen=True)
class _Guard:
    words: Wording
    known: Known

    def findings(self, text: str) -> Iterator[Finding]:
        lines = [figures.level(_COUNTED.sub("", line)) for line in text.splitlines() if line.strip()]
        for line in lines:
            if GAP in line:
                yield Finding(Fault.GAP, line.strip(), _("A gap is still open: {words}", words=_short(line)))
            own = _without(line, self._others(line))
            yield from self._rules(line)
            yield from self._figures(_without(own, self._named(own)))
            yield from self._exhibits(own)
        ours = [folded(_without(line, self._others(line))) for line in lines]
        says: set[Stance] = set()
        for line in ours:
            for sentence in _ENDS.split(line):
                yield from self._tone(sentence)
                yield from self._promises(sentence)
                yield from self._days_of(sentence)
                says |= self._says(sentence)
        yield from self._against_case(says)
        yield from self._against_told(says)

    # --- whose words ----------------------------------------------------------------------------------------------------

    def _others(self, line: str) -> Iterator[tuple[int, int]]:
        """Where the words of others stand: the buyer's own in quotation marks, a rule of the library."""
        quotes = [folded(figures.level(one)) for one in self.known.quotes]
        for hit in _QUOTED.finditer(line):
            inner = folded(hit[0][1:-1]).rstrip("…").strip()
            if len(inner) >= _LEAST_NAME and any(inner in one.replace("“", '"').replace("”", '"') for one in quotes):
                yield hit.span()
        yield from _places(line, self.known.rules)
        # Stopped as a whole already: its figures are not stopped one by one.
        yield from _places(line, (one.text for one in self.known.outdated))

    def _named(self, line: str) -> Iterator[tuple[int, int]]:
        return _places(line, self.known.names)

    def _rules(self, line: str) -> Iterator[Finding]:
        """A text of the library that does not hold any more: another one does, or the rule is out of use."""
        rest = _without(line, _places(line, self.known.rules))
        for one in self.known.outdated:
            if any(_places(rest, (one.text,))):
                words = _short(one.text)
                said = (
                    _(
                        "“{words}” is an older version of a rule. Today it reads: “{today}”",
                        words=words,
                        today=one.today,
                    )
                    if one.today
                    else _("“{words}” is a rule that does not hold today.", words=words)
                )
                yield Finding(Fault.RULE, one.text, said)

    # --- figures --------------------------------------------------------------------------------------------------------

    def _figures(self, line: str) -> Iterator[Finding]:
        days = figures.days(line, self.words.locale)
        amounts = figures.amounts(line, days)
        for one in amounts:
            if not self._is_known(one):
                yield Finding(Fault.AMOUNT, one.words, _("The case knows no amount {words}.", words=one.words))
        for day in days:
            if not day.may_be(self.known.days):
                yield Finding(Fault.DAY, day.words, _("The case knows of nothing on {words}.", words=day.words))
        for code in figures.codes(line, [*days, *amounts]):
            if code.plain not in self.known.numbers:
                yield Finding(Fault.NUMBER, code.words, _("The number {words} is not of this case.", words=code.words))

    def _is_known(self, amount: Amount) -> bool:
        return any(
            value in amount.values and (not amount.currencies or currency in amount.currencies)
            for value, currency in self.known.amounts
        )

    def _exhibits(self, line: str) -> Iterator[Finding]:
        for pattern in {self.words.refers, wordings()[FALLBACK].refers}:
            for hit in pattern.finditer(folded(line)):
                for number in sorted(_listed(hit[1]) - self.known.exhibits):
                    yield Finding(Fault.EXHIBIT, f"{hit[0]} #{number}", _("There is no exhibit {n}.", n=number))

    # --- words ----------------------------------------------------------------------------------------------------------

    def _lists(self, name: str) -> set[re.Pattern[str]]:
        """The list of that name in the answer's own language, and in English: answers are often written half in it."""
        return {self.words.guard[name], wordings()[FALLBACK].guard[name]}

    def _hit(self, name: str, said: str) -> re.Match[str] | None:
        return next((hit for one in self._lists(name) if (hit := one.search(said))), None)

    def _tone(self, said: str) -> Iterator[Finding]:
        if hit := self._hit("admission", said):
            yield Finding(Fault.ADMISSION, hit[0], _("“{words}” admits a fault.", words=hit[0]))
        if hit := self._hit("blame", said) or languages()[self.words.code].blame.first(said):
            yield Finding(Fault.BLAME, hit[0], _("“{words}” blames somebody.", words=hit[0]))

    def _promises(self, said: str) -> Iterator[Finding]:
        hit = self._hit("promise", said)
        if not hit:
            return
        named = [Money(max(one.values), self._currency(one)) for one in figures.amounts(said) if one.values]
        whole = [self.known.stake] if not named or self._hit("whole", said) else []
        for money in (*named, *whole):
            if _over(money, self.known.left):
                yield _too_much(money, self.known.left, hit[0])

    def _currency(self, amount: Amount) -> str:
        if not amount.currencies or self.known.currency in amount.currencies:
            return self.known.currency
        return min(amount.currencies)

    def _days_of(self, said: str) -> Iterator[Finding]:
        """A day beside a word of delivery or of shipping is that day, where the case knows it."""
        days = figures.days(said, self.words.locale)
        if len(days) != 1:
            return
        delivered, shipped = self._hit("delivered", said), self._hit("shipped", said)
        if delivered and not shipped and self.known.delivered:
            yield from self._other_day(days[0], {self.known.delivered}, delivered[0])
        if shipped and not delivered and self.known.shipped:
            yield from self._other_day(days[0], self.known.shipped, shipped[0])

    def _other_day(self, day: Day, right: Iterable[object], word: str) -> Iterator[Finding]:
        known = [one for one in self.known.days if one in set(right)]
        if known and not day.may_be(known):
            said = _("“{word}”: the case says {day}.", word=word, day=formats.day(min(known), year=True))
            yield Finding(Fault.CASE, f"{word} {day.words}", said)

    def _says(self, said: str) -> set[Stance]:
        return {one for one in CONTRARY if self._hit(one.value, said)}

    def _against_case(self, says: set[Stance]) -> Iterator[Finding]:
        if Stance.DELIVERED in says and self.known.delivered is None:
            yield Finding(
                Fault.CASE, "delivered", _("It says that the parcel was delivered; the case knows of no delivery.")
            )
        if Stance.LOST in says and self.known.delivered is not None:
            day = formats.day(self.known.delivered, year=True)
            yield Finding(Fault.CASE, "lost", _("It says that the parcel is lost; it was delivered on {day}.", day=day))

    def _against_told(self, says: set[Stance]) -> Iterator[Finding]:
        for one in self.known.told:
            for stance in sorted(says):
                if CONTRARY[stance] in one.says:
                    yield _contradiction(stance, one)
            if Stance.REFUND in one.says and (said := self._less_than_told(one)):
                yield Finding(Fault.TOLD, f"refund {one.day}", said)

    def _less_than_told(self, told: Told) -> str:
        """What the buyer was told of a refund, where the answer asks for less."""
        day, plea = formats.day(told.day, year=True), self.known.plea
        if plea in (Plea.REJECT, Plea.RETURN_FIRST):
            return _("The buyer was told of a refund on {day}; the answer asks for none.", day=day)
        asked, promised = self.known.plea_amount, told.amount
        if plea is not Plea.PARTIAL or not asked or not promised or asked.currency != promised.currency:
            return ""
        if asked.amount >= promised.amount:
            return ""
        said = formats.amount(promised)
        return _("The buyer was told of {amount} on {day}; the answer asks for less.", amount=said, day=day)


def _contradiction(stance: Stance, told: Told) -> Finding:
    whom = _("the carrier") if told.to is Party.CARRIER else _("the buyer")
    day = formats.day(told.day, year=True)
    sentences = {
        Stance.DELIVERED: _(
            "It says “delivered”; on {day} {whom} was told that the parcel is lost.", day=day, whom=whom
        ),
        Stance.LOST: _("It says “lost”; on {day} {whom} was told that the parcel was delivered.", day=day, whom=whom),
        Stance.INTACT: _("It says “undamaged”; on {day} {whom} was told of damage.", day=day, whom=whom),
        Stance.COMPLETE: _(
            "It says “complete”; on {day} {whom} was told that something is missing.", day=day, whom=whom
        ),
    }
    return Finding(Fault.TOLD, f"{stance.value} {told.to.value} {told.day}", sentences[stance])


def _over(money: Money, left: Money) -> bool:
    # An amount in another currency than the case's is none of the case's amounts anyway.
    return money.currency == left.currency and money.amount > left.amount


def _too_much(money: Money, left: Money, words: str) -> Finding:
    said = _(
        "This promises {amount}; you may promise {left} here. Ask for approval first, under “For the buyer”.",
        amount=formats.amount(money),
        left=formats.amount(left),
    )
    return Finding(Fault.PROMISE, f"{words} {money.amount}", said)


def _listed(numbers: str) -> set[int]:
    """The numbers of `1, 2 and 5–7`."""
    found: set[int] = set()
    parts = re.findall(r"\d+|[-–—]|to|hingga|sampai|hanggang|đến|ถึง|至|到", numbers)
    for at, part in enumerate(parts):
        if part.isdigit():
            found.add(int(part))
        elif 0 < at < len(parts) - 1 and parts[at - 1].isdigit() and parts[at + 1].isdigit():
            found.update(range(int(parts[at - 1]), min(int(parts[at + 1]), 200)))
    return found


def _places(line: str, texts: Iterable[str]) -> Iterator[tuple[int, int]]:
    low = line.casefold()
    for text in texts:
        wanted = figures.level(text).casefold().strip()
        if len(wanted) >= _LEAST_NAME and len(low) == len(line):
            yield from ((hit.start(), hit.end()) for hit in re.finditer(re.escape(wanted), low))


def _without(line: str, spans: Iterable[tuple[int, int]]) -> str:
    """The line with those places empty, as long as before."""
    for start, end in sorted(spans):
        line = line[:start] + " " * (end - start) + line[end:]
    return line


def _short(line: str) -> str:
    return line if len(line) <= 80 else line[:79].rstrip() + "…"
