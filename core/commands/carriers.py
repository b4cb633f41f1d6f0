"""`carriers`: which channel loses, breaks or delays how much, how surely."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.commands import at_work, tell
from core.foundation import clock, database
from core.foundation.config import settings
from core.foundation.errors import Invalid, NotFound
from core.foundation.formats import day, number
from core.foundation.language import _
from core.foundation.permissions import SYSTEM
from core.insight.comparison import (
    VERDICT_LABELS,
    ChannelNames,
    Compared,
    Comparison,
    Outcome,
    Period,
    Scope,
    channel_names,
    compare_channels,
    mature_after,
    outcome_name,
    outcome_of,
)
from core.models import Shop


def register(cli: typer.Typer) -> None:
    cli.command("carriers")(show)


def show(
    outcome: Annotated[
        str, typer.Option(help="lost, damaged, missing_contents, failed, late, returned; several with commas.")
    ],
    first: Annotated[
        str, typer.Option("--from", help="The first ship date, like 2026-01-01; else a year before --to.")
    ] = "",
    last: Annotated[str, typer.Option("--to", help="The last ship date; else today.")] = "",
    shop: Annotated[str, typer.Option(help="Only this shop's parcels.")] = "",
    market: Annotated[str, typer.Option(help="Only these markets, like SG; several with commas.")] = "",
    product: Annotated[
        str, typer.Option(help="Only parcels with this product number (SKU); * at its end for all that begin so.")
    ] = "",
    origin: Annotated[str, typer.Option(help="Only parcels shipped from this place.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Compare channels (carrier × service × market) by what went wrong with their parcels."""
    with at_work():
        outcomes = list(dict.fromkeys(outcome_of(one) for one in outcome.split(",") if one.strip()))
        now = clock.now()
        with database.reading() as session:
            scope = Scope(
                _period(first, last),
                shops=_shops(session, shop),
                markets=tuple(one.upper() for one in _listed(market)),
                products=_listed(product),
                origins=_listed(origin),
            )
            found = compare_channels(
                session, outcomes, scope, actor=SYSTEM, base_currency=settings().base_currency, now=now
            )
            names = channel_names(session, [one.channel for one in found.channels], actor=SYSTEM)
        if as_json:
            tell(_plain(found, names, outcomes, scope))
        else:
            typer.echo("\n".join(_lines(found, names, outcomes, scope)))


def _period(first: str, last: str) -> Period:
    end = _date(last, "--to") if last else clock.local_day(clock.now(), SYSTEM.zone)
    return Period(_date(first, "--from"), end) if first else Period.year_to(end)


def _date(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(_("{option} wants a date like 2026-01-31.", option=option), option) from None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _shops(session: Session, name: str) -> tuple[int, ...]:
    if not name.strip():
        return ()
    found = session.scalar(select(Shop.id).where(Shop.name == name.strip()))
    if found is None:
        raise NotFound(_("There is no shop named {name}.", name=name.strip()))
    return (found,)


def _name(one: Compared, names: ChannelNames) -> str:
    carrier = names.get(one.channel.carrier_id or 0, _("Carrier not known"))
    return " · ".join(part for part in (carrier, one.channel.service, one.channel.market) if part)


def _lines(found: Comparison, names: ChannelNames, outcomes: list[Outcome], scope: Scope) -> list[str]:
    told = ", ".join(outcome_name(one) for one in outcomes)
    first, last = day(scope.period.first, year=True), day(scope.period.last, year=True)
    lines = [_("{outcome}, parcels shipped {first} to {last}", outcome=told, first=first, last=last)]
    if not found.channels:
        return [*lines, _("No parcel was shipped in this time.")]
    lines.append(
        _(
            "{n} parcels judged, {events} with harm; {young} are younger than {days} days and left out.",
            n=number(found.n),
            events=number(found.events),
            young=number(found.young),
            days=mature_after(outcomes),
        )
    )
    if found.unseen:
        lines.append(_("{n} of all parcels are known only as monthly volumes.", n=number(found.unseen)))
    width = max(len(_name(one, names)) for one in found.channels)
    lines.append("")
    lines.append(f"{'':{width}}  {_('parcels'):>9} {_('harmed'):>7} {_('per 1,000'):>10}  {_('95 % interval'):>17}  ")
    for one in found.channels:
        rate = "—" if one.rate is None else f"{one.rate * 1000:.2f}"
        span = "—" if one.interval is None else f"{one.interval.low * 1000:.2f}–{one.interval.high * 1000:.2f}"
        lines.append(
            f"{_name(one, names):{width}}  {one.n:>9,} {one.events:>7,} {rate:>10}  {span:>17}  {_(VERDICT_LABELS[one.verdict])}"
        )
    return lines


def _plain(found: Comparison, names: ChannelNames, outcomes: list[Outcome], scope: Scope) -> dict[str, Any]:
    return {
        "outcomes": [one.value for one in outcomes],
        "from": scope.period.first.isoformat(),
        "to": scope.period.last.isoformat(),
        "mature_after_days": mature_after(outcomes),
        "parcels": found.n,
        "events": found.events,
        "too_young": found.young,
        "known_as_volumes": found.unseen,
        "false_discovery_rate": found.rate_told_false,
        "channels": [_row(one, names) for one in found.channels],
    }


def _row(one: Compared, names: ChannelNames) -> dict[str, Any]:
    interval, shrunken, standard = one.interval, one.shrunken, one.standardised
    return {
        "carrier": names.get(one.channel.carrier_id or 0),
        "service": one.channel.service,
        "market": one.channel.market,
        "parcels": one.n,
        "events": one.events,
        "too_young": one.young,
        "per_1000": None if one.rate is None else one.rate * 1000,
        "interval": interval and {"low": interval.low, "high": interval.high, "method": interval.method.value},
        "shrunken": shrunken and {"rate": shrunken.rate, "low": shrunken.low, "high": shrunken.high},
        "standardised": standard
        and {"expected": standard.expected, "ratio": standard.ratio, "low": standard.low, "high": standard.high},
        "adjusted": one.adjusted,
        "verdict": one.verdict.value,
    }
