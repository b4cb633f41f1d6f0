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
from core.foundation.language import _
from core.foundation.permissions import SYSTEM
from core.recovery import rule_cards
from core.recovery.rule_cards import Card, Facts, Unknown
from core.recovery.windows import End, Step, Window


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
        with database.transaction() as session:
            found = _find(session, card.strip().upper(), version)
        place = market.strip().upper() or found.market
        moment = clock.parse_moment(event, rule_cards.zone_for(found, place))
        window = rule_cards.claim_window(found, Facts(market=place, event_at=moment))
        answer = _answer(found, window, moment, rule_cards.zone_for(found, place))
        if as_json:
            tell(answer)
        else:
            typer.echo("\n".join(_lines(found, window, answer)))


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


def _find(session: Session, code: str, version: int) -> Card:
    """The card's current version or the one asked for; NotFound names codes that look alike."""
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
    wanted = [one for one in versions if version in (0, one.version)]
    if not wanted:
        raise NotFound(_("The card {code} has no version {version}.", code=code, version=version))
    return wanted[0]


def _answer(card: Card, window: Window | Unknown, event: datetime, zone: str) -> dict[str, Any]:
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
        "doubts": card.doubts(clock.now().date()),
        "confidence": card.confidence.value,
        "note": card.note,
        "source": card.source,
        "checked_on": card.checked_on,
    }


def _lines(card: Card, window: Window | Unknown, answer: dict[str, Any]) -> list[str]:
    lines = [f"{card.code} v{card.version}  {card.title}", card.window_text(), ""]
    if isinstance(window, Unknown):
        return [*lines, window.reason, *_footer(card, answer)]
    opens, due = answer["opens_at"], answer["due_at"] or _("not known")
    lines += [_("Opens:  {moment}", moment=opens), _("Closes: {moment}", moment=due), "", *answer["why"]]
    for end, heading in ((End.OPENS, _("Towards the opening:")), (End.DUE, _("Towards the closing:"))):
        steps = [step for step in window.steps if step.end is end]
        if steps:
            lines += ["", heading, *map(_line, steps)]
    return [*lines, *_footer(card, answer)]


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
        "documents": [{"code": one.code, "count": one.count, "note": one.note} for one in card.documents],
    }
