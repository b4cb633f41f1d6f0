"""Fight, settle or accept, as it is told of one dispute; and how past disputes came out, with the look back at the odds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import streamlit as st

from core.foundation import database, formats
from core.foundation.formats import number
from core.foundation.language import N_, _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.insight.odds import (
    Advice,
    Calibration,
    Cell,
    Chance,
    Completeness,
    Known,
    Proof,
    TooFew,
    Way,
    Weighed,
    Worth,
    handling,
    least,
    weigh_dispute,
)
from core.recovery.disputes.words import REASON_LABELS
from pages.parts import badges, figures, tables
from pages.parts.act import attempt
from pages.parts.badges import Colour
from pages.parts.formats import figure, gray, plain
from pages.parts.who import actor

DIALOG = "disputes-odds"

WAYS: dict[Way, tuple[str, str]] = {
    Way.FIGHT: (N_("Fight"), "gavel"),
    Way.SETTLE: (N_("Settle for the offer"), "handshake"),
    Way.ACCEPT: (N_("Accept the refund"), "undo"),
}
PROOF: dict[Completeness, tuple[str, Colour]] = {
    Completeness.COMPLETE: (N_("all the proof"), "green"),
    Completeness.PARTLY: (N_("some of the proof"), "orange"),
    Completeness.BARE: (N_("no proof"), "gray"),
}
BEST: dict[Way, str] = {
    Way.FIGHT: N_("Fighting leaves more."),
    Way.SETTLE: N_("Taking the offer leaves more."),
    Way.ACCEPT: N_("Accepting costs less than fighting."),
}


def draw_one(dispute_id: int, me: Actor, now: datetime) -> None:
    """What the ways of one dispute leave, with n and interval; silent below the minimum, which it names."""
    st.markdown(f"**{plain(_('Fight, settle or accept'))}**")
    _ways(dispute_id, me, now)


def draw_folded(dispute_id: int, me: Actor, now: datetime) -> None:
    """The same where it is one thing among many: worked out when somebody opens it."""
    label, key = _("Fight, settle or accept"), f"dispute-ways-{dispute_id}"
    place = st.expander(label, icon=":material/balance:", key=key, on_change="rerun")
    if place.open:
        with place:
            _ways(dispute_id, me, now)


def _ways(dispute_id: int, me: Actor, now: datetime) -> None:
    odds = figures.odds(me).odds

    def weighed() -> Weighed:
        with database.reading() as session:
            return weigh_dispute(session, dispute_id, odds, actor=me, now=now)

    found = attempt(weighed)
    if found is None:
        return
    st.markdown(_proof(found.proof))
    chance = found.chance
    if isinstance(chance, TooFew):
        st.caption(plain(too_few(chance)))
    elif found.advice is not None:
        _advice(found.advice)
    else:
        st.caption(plain(f"{_('Upheld in')} {chance_words(chance)}"))
        st.caption(_("Without an amount the ways cannot be weighed."))
    _with_more(found)


def _proof(proof: Proof) -> str:
    """How much of what must be shown is there."""
    words, colour = PROOF[proof.completeness]
    badge = badges.badge(_(words), colour, "task_alt" if colour == "green" else "rule")
    if not proof.asked:
        return f"{badge} {gray(plain(_n('{n} thing shown', '{n} things shown', proof.shown)))}"
    said = _("{n} of {all} required", n=number(proof.matched), all=number(proof.asked))
    usual = _("by the usual list: the platform has not said what it wants") if proof.usual else ""
    return f"{badge} {gray(plain(said))}" + (f"  \n{gray(plain(usual))}" if usual else "")


def _advice(advice: Advice) -> None:
    """The verdict, the ways in their order, what an offer may cost."""
    colour, icon = ("green", "check_circle") if advice.best else ("gray", "drag_handle")
    verdict = _(BEST[advice.best]) if advice.best else _("No difference shown.")
    st.markdown(f":{colour}[:material/{icon}:] **{plain(verdict)}**")
    for worth in advice.ways:
        st.markdown(_worth(worth, advice))
    if advice.worth_offering is not None:
        most = formats.amount(advice.worth_offering)
        st.caption(plain(_("Giving the buyer up to {amount} leaves as much as fighting.", amount=most)))
    st.caption(
        plain(
            _(
                "What is left of {amount} after handling. Goods that come back, and what a carrier may pay, are not counted.",
                amount=formats.amount(advice.amount),
            )
        )
    )


def _worth(worth: Worth, advice: Advice) -> str:
    words, icon = WAYS[worth.way]
    head = f":material/{icon}: {plain(_(words))} {figure(worth.middle)}"
    cost = _("handling {amount}", amount=formats.amount(worth.handling))
    if worth.way is not Way.FIGHT:
        return f"{head}  \n{gray(plain(cost))}"
    reach = _("({low} to {high})", low=formats.figure(worth.low), high=formats.figure(worth.high))
    return f"{head} {gray(plain(reach))}  \n{gray(plain(f'{chance_words(advice.chance)}; {cost}'))}"


def chance_words(chance: Chance) -> str:
    """A chance with its interval and n: `72 % (60 to 82 %), n = 31`."""
    return _(
        "{rate} % ({low} to {high} %), n = {n}",
        rate=number(round(100 * chance.rate)),
        low=number(round(100 * chance.low)),
        high=number(round(100 * chance.high)),
        n=number(chance.n),
    )


def too_few(found: TooFew) -> str:
    """Why nothing is said."""
    if found.of_class < found.class_needed:
        return _(
            "Too few decided disputes to say: {n} of {needed} with proof as complete.",
            n=number(found.of_class),
            needed=number(found.class_needed),
        )
    return _(
        "Too few decided disputes to say: {n} of {needed} with this reason, market and proof.",
        n=number(found.n),
        needed=number(found.needed),
    )


def _with_more(found: Weighed) -> None:
    """What the chance would be with all the proof, where it is not there yet."""
    more = found.chances[Completeness.COMPLETE]
    if found.cell.completeness is not Completeness.COMPLETE and isinstance(more, Chance):
        st.caption(plain(_("With all the proof: {chance}.", chance=chance_words(more))))


# --- how past disputes came out -----------------------------------------------------------------------------------------


def draw_known() -> None:
    """The chances by reason, market and proof, and the look back."""
    known = figures.odds(actor())
    if not known.counted:
        st.info(
            _("The platform has not decided about an answer of ours yet. The odds come from your own disputes."),
            icon=":material/balance:",
        )
        _untold(known)
        return
    st.caption(
        plain(
            _(
                "How often an answer was upheld, wholly or in part, with its 95 % interval. Disputes with proof as complete lean on each "
                "other; a chance is told from {least} of the same kind on.",
                least=number(least().own),
            )
        )
    )
    _chances(known)
    _untold(known)
    st.markdown(f"**{plain(_('Did the odds hold?'))}**")
    _look_back(known.calibration)
    _costs()


def _untold(known: Known) -> None:
    if known.untold:
        said = _n(
            "{n} more decided dispute is left out: what was sent is not known here.",
            "{n} more decided disputes are left out: what was sent is not known here.",
            known.untold,
        )
        st.caption(plain(said))


def _chances(known: Known) -> None:
    cells = sorted(known.odds.tallies, key=lambda cell: (-known.odds.tallies[cell].n, _key(cell)))
    rows = [(cell, known.odds.tallies[cell], known.odds.of(cell)) for cell in cells]
    text, count = st.column_config.TextColumn, st.column_config.NumberColumn
    st.dataframe(
        pa.table(
            {
                "reason": [_(REASON_LABELS[cell.reason]) for cell, _tally, _chance in rows],
                "market": [cell.market for cell, _tally, _chance in rows],
                "proof": [tables.chip(_(PROOF[cell.completeness][0])) for cell, _tally, _chance in rows],
                "decided": [tally.n for _cell, tally, _chance in rows],
                "upheld": [tally.upheld for _cell, tally, _chance in rows],
                "chance": [_cell_words(chance) for _cell, _tally, chance in rows],
            }
        ),
        hide_index=True,
        height="content" if len(rows) <= 9 else 345,
        row_height=tables.ROW_HEIGHT,
        alt=_n("Chances, {n} row", "Chances, {n} rows", len(rows)),
        column_config={
            "reason": text(_("Reason"), width=170),
            "market": text(_("Market"), width=70),
            "proof": tables.chips(_("Shown"), [(_(words), colour) for words, colour in PROOF.values()], width=140),
            "decided": count(_("Decided (n)"), width=90),
            "upheld": count(_("Upheld"), width=70),
            "chance": text(_("Chance"), width=170),
        },
    )


def _key(cell: Cell) -> tuple[str, str, str]:
    return cell.reason.value, cell.market, cell.completeness.value


def _cell_words(chance: Chance | TooFew) -> str:
    if isinstance(chance, TooFew):
        return _("too few to tell")
    return _percent(chance.rate, chance.low, chance.high)


def _percent(rate: float, low: float, high: float) -> str:
    return _(
        "{rate} % ({low} to {high} %)",
        rate=number(round(100 * rate)),
        low=number(round(100 * low)),
        high=number(round(100 * high)),
    )


def _look_back(found: Calibration) -> None:
    """What was told before beside what came, with intervals; silent below its minimum."""
    if not found.rows:
        said = _(
            "Too few to say: {n} of {needed} past disputes would have been told a chance before they were decided.",
            n=number(found.n),
            needed=number(found.needed),
        )
        st.caption(plain(said))
        return
    st.caption(
        plain(
            _(
                "Each past dispute beside the chance it would have been told from what was decided before the month of its "
                "answer. {n} were told one, {silent} were not.",
                n=number(found.n),
                silent=number(found.silent),
            )
        )
    )
    _reliability(found)


def _reliability(found: Calibration) -> None:
    text, count = st.column_config.TextColumn, st.column_config.NumberColumn
    words = [_fits(row.fits) for row in found.rows]
    st.dataframe(
        pa.table(
            {
                "band": [_band(row.low, row.high) for row in found.rows],
                "n": [row.n for row in found.rows],
                "told": [_("{rate} %", rate=number(round(100 * row.told))) for row in found.rows],
                "came": [_percent(row.upheld / row.n, row.seen.low, row.seen.high) for row in found.rows],
                "fits": [tables.chip(word) for word, _colour in words],
            }
        ),
        hide_index=True,
        height="content",
        row_height=tables.ROW_HEIGHT,
        alt=_n("Look back, {n} row", "Look back, {n} rows", len(found.rows)),
        column_config={
            "band": text(_("Chance told"), width=130),
            "n": count(_("Disputes (n)"), width=100),
            "told": text(_("On average"), width=100, alignment="right"),
            "came": text(_("Upheld in truth"), width=190),
            "fits": tables.chips(_("Agreement"), words, width=150),
        },
    )


def _band(low: float, high: float) -> str:
    return _("{low} to {high} %", low=number(round(100 * low)), high=number(round(100 * high)))


def _fits(yes: bool) -> tuple[str, Colour]:
    return (_("within the interval"), "green") if yes else (_("outside the interval"), "orange")


def _costs() -> None:
    """What handling is taken to cost."""
    hour: Money = handling().hour
    minutes: Sequence[str] = [
        _("{way} {n} min", way=_(WAYS[way][0]).lower(), n=number(handling().minutes[way])) for way in Way
    ]
    said = _(
        "Handling is taken as {minutes} at {hour} an hour (core/data/odds.toml).",
        minutes=formats.listed(list(minutes)),
        hour=formats.amount(Money(Decimal(hour.amount), hour.currency)),
    )
    st.caption(plain(said))
