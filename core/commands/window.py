"""`window`: when a claim under a rule card may be filed and until when, day by day. `cards`: which cards there are."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from core.commands import at_work, tell
from core.foundation import clock, database
from core.foundation.errors import NotFound
from core.foundation.formats import clauses
from core.foundation.language import _
from core.foundation.permissions import SYSTEM
from core.recovery import rule_cards
from core.recovery.rule_cards import LIMIT_LABELS, Card, Facts, Further, Unknown
from core.recovery.windows import End, Step, Window
from core.team.calendars import team_calendars


def register(cli: typer.Typer) -> None:
    cli.command("window")(show_window)
    cli.command("cards")(show_cards)


def show_window(
    card: Annotated[str, typer.Option(help="The card's code, like NINJA-VAN-MY-LOST. `cards` lists them.")],
    event: Annotated[
        str, typer.Option(help="When its clock started: 2026-01-30T10:00+08:00. Without an offset, in the card's zone.")
    ],
    market: Annotated[
        str, typer.Option(help="The parcel's market, like BR: where a card for every market counts from delivery.")
    ] = "",
    version: Annotated[int, typer.Option(help="An older version of the card.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say when a claim may be filed and until when, with the reasoning day by day."""
    with at_work():
        with database.reading() as session:
            found = _find(session, card.strip().upper(), version)
            place = market.strip().upper() or found.market
            zone = rule_cards.zone_for(found, place)
            moment = clock.parse_moment(event, zone)
            facts = _facts(found, place, moment)
            book = team_calendars(session)
            window = rule_cards.claim_window(found, facts, book)
            limits = rule_cards.further(found, facts, book)
        answer = _answer(found, window, limits, moment, zone)
        if as_json:
            tell(answer)
        else:
            typer.echo("\n".join(_lines(found, window, limits, answer)))


def show_cards(
    market: Annotated[str, typer.Option(help="Only the cards for this market and those for every market.")] = "",
    search: Annotated[str, typer.Option(help="Words in code, title, payer or note.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the rule cards: code, window in words, confidence, when checked."""
    with at_work():
        with database.transaction() as session:
            found = rule_cards.list_cards(session, actor=SYSTEM, search=search, market=market.strip().upper() or None)
        if as_json:
            tell([_row(one) for one in found])
        else:
            for one in found:
                typer.echo(f"{one.code}  {one.window_text()}  ({one.confidence.value}, {one.checked_on})")


def _facts(card: Card, market: str | None, moment: datetime) -> Facts:
    """The one fact that is given, as the fact it is: a further limit that counts from the same one has its date too."""
    known: dict[str, Any] = {f"{card.clock_event.value}_at": moment}
    return Facts(market=market, **known)


def _find(session: Session, code: str, version: int) -> Card:
    """The version that holds today or the one asked for; NotFound names codes that look alike."""
    try:
        versions = rule_cards.card_versions(session, code, actor=SYSTEM)
    except NotFound:
        codes = [one.code for one in rule_cards.list_cards(session, actor=SYSTEM)]
        near = [one for one in codes if one.startswith(code)] or get_close_matches(code, codes, n=5)
        if not near:
            raise NotFound(_("There is no rule card “{code}”. The command cards lists them.", code=code)) from None
        raise NotFound(
            _("There is no rule card “{code}”. Is it one of these: {near}?", code=code, near=", ".join(near[:8]))
        ) from None
    if not version:
        return rule_cards.valid_on(versions, clock.now().date()) or versions[0]
    wanted = [one for one in versions if one.version == version]
    if not wanted:
        raise NotFound(_("The card {code} has no version {version}.", code=code, version=version))
    return wanted[0]


def _answer(card: Card, window: Window | Unknown, limits: list[Further], event: datetime, zone: str) -> dict[str, Any]:
    """The answer for programs. Moments carry the rule's own offset; a window without a wait opens with its event."""

    def told(moment: datetime | None) -> str | None:
        return clock.local(moment, zone).isoformat() if moment else None

    known = window if isinstance(window, Window) else None
    return {
        "card": card.code,
        "version": card.version,
        "title": card.title,
        "window": card.window_text(),
        "zone": zone,
        "event": card.clock_event.value,
        "event_at": told(event),
        "opens_at": told(known.opens_at or known.event_at) if known else None,
        "due_at": told(known.due_at) if known else None,
        "unknown": window.reason if isinstance(window, Unknown) else None,
        "why": known.sentences() if known else [],
        "steps": [step.plain() for step in known.steps] if known else [],
        "unpublished_years": list(known.unpublished) if known else [],
        "limits": [_limit(one) for one in limits],
        "doubts": card.doubts(clock.now().date(), known),
        "confidence": card.confidence.value,
        "note": card.note,
        "source": card.source,
        "checked_on": card.checked_on,
    }


def _limit(one: Further) -> dict[str, Any]:
    """One further limit for programs, its moments in the zone it counts in."""
    found = one.window if isinstance(one.window, Window) else None

    def told(moment: datetime | None) -> str | None:
        return clock.local(moment, found.zone).isoformat() if found and moment else None

    return {
        "kind": one.kind.value,
        "event": one.event.value,
        "opens_at": told(found.opens_at) if found else None,
        "due_at": told(found.due_at) if found else None,
        "unknown": one.window.reason if isinstance(one.window, Unknown) else None,
        "why": found.sentences() if found else [],
        "note": one.note,
    }


def _limit_lines(limits: list[Further]) -> list[str]:
    lines = []
    for one, plain in zip(limits, map(_limit, limits), strict=True):
        ends = [
            _("opens {moment}", moment=plain["opens_at"]) if plain["opens_at"] else "",
            _("closes {moment}", moment=plain["due_at"]) if plain["due_at"] else "",
        ]
        said = clauses(ends) or plain["unknown"]
        lines.append(f"  {_(LIMIT_LABELS[one.kind])}: {said}")
        lines += [f"    {one.note}"] if one.note and one.note != said else []
    return ["", _("Further limits:"), *lines] if lines else []


def _lines(card: Card, window: Window | Unknown, limits: list[Further], answer: dict[str, Any]) -> list[str]:
    lines = [f"{card.code} v{card.version}  {card.title}", card.window_text(), ""]
    if isinstance(window, Unknown):
        return [*lines, window.reason, *_limit_lines(limits), *_footer(card, answer)]
    opens, due = answer["opens_at"], answer["due_at"] or _("not known")
    lines += [_("Opens:  {moment}", moment=opens), _("Closes: {moment}", moment=due), "", *answer["why"]]
    for end, heading in ((End.OPENS, _("Towards the opening:")), (End.DUE, _("Towards the closing:"))):
        steps = [step for step in window.steps if step.end is end]
        if steps:
            lines += ["", heading, *map(_line, steps)]
    return [*lines, *_limit_lines(limits), *_footer(card, answer)]


def _line(step: Step) -> str:
    mark = {End.OPENS: _("opens"), End.DUE: _("closes")}[step.end] if step.last else ""
    return f"  {step.day}  {step.sentence()}" + (f"  <- {mark}" if mark else "")


def _footer(card: Card, answer: dict[str, Any]) -> list[str]:
    said = _(
        "Source: {source} (confidence {confidence}, checked {day})",
        source=card.source,
        confidence=card.confidence.value,
        day=card.checked_on,
    )
    return ["", *([card.note] if card.note else []), *answer["doubts"], said]


def _row(card: Card) -> dict[str, Any]:
    return {name: getattr(card, name) for name in Card.__dataclass_fields__ if name != "documents"} | {
        "window": card.window_text(),
        "documents": [one.plain() for one in card.documents],
    }
