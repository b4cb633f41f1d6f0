"""Advice as sentences: what was noticed, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.cases.photo_advice.checks import AdviceCode
from core.foundation.formats import listed, moment, number
from core.foundation.language import N_, _, _n

TITLES: dict[AdviceCode, str] = {
    AdviceCode.TOO_SMALL: N_("Too small"),
    AdviceCode.BLURRED: N_("Blurred"),
    AdviceCode.TOO_DARK: N_("Too dark"),
    AdviceCode.TOO_BRIGHT: N_("Too bright"),
    AdviceCode.TAKEN_EARLY: N_("Taken before shipping"),
    AdviceCode.TAKEN_LATE: N_("Taken after the report"),
    AdviceCode.TAKEN_AHEAD: N_("Date in the future"),
    AdviceCode.EDITED: N_("Edited later"),
    AdviceCode.REUSED: N_("Used in another case"),
    AdviceCode.NEARLY_REUSED: N_("Nearly the same in another case"),
    AdviceCode.TWICE: N_("Nearly the same twice"),
    AdviceCode.NO_LABEL: N_("No picture of the label"),
    AdviceCode.NO_OUTER_BOX: N_("No picture of the outer box"),
}
"""Each kind of advice in a word or two."""

_PLAIN: dict[AdviceCode, tuple[str, str]] = {
    AdviceCode.BLURRED: (
        N_("The picture is blurred."),
        N_("Take it again from 30 cm, with the label or the damage in focus, and hold still."),
    ),
    AdviceCode.TOO_DARK: (
        N_("The picture is too dark."),
        N_("Take it again by a window or with a lamp from the side."),
    ),
    AdviceCode.TOO_BRIGHT: (
        N_("More than half of the picture is plain white."),
        N_("Take it again without the flash, out of direct light."),
    ),
    AdviceCode.NO_LABEL: (
        N_("None of the pictures shows the label."),
        N_("Ask for one on which the tracking number can be read: without it they prove no parcel."),
    ),
    AdviceCode.NO_OUTER_BOX: (
        N_("None of the pictures shows the outer box."),
        N_("Ask for the box from all sides, before it is thrown away."),
    ),
}


def sentences(code: AdviceCode, params: Mapping[str, Any], references: Mapping[int, str], zone: str) -> tuple[str, str]:
    """What was noticed and what to do, in the reader's language. `references` are those of the cases the reader may see."""
    if code in _PLAIN:
        what, do = _PLAIN[code]
        return _(what), _(do)
    if code is AdviceCode.TOO_SMALL:
        return _small(params)
    if code is AdviceCode.EDITED:
        return _edited(params)
    if code in (AdviceCode.REUSED, AdviceCode.NEARLY_REUSED):
        return _reused(code, params, references)
    if code is AdviceCode.TWICE:
        return (
            _("The case has nearly the same picture already: “{name}”.", name=params.get("name")),
            _("Keep the better one, and withdraw the other if it shows nothing more."),
        )
    return _dated(code, params, zone)


def _small(params: Mapping[str, Any]) -> tuple[str, str]:
    return (
        _(
            "The picture is small: {width} × {height} pixels; {least} on the longer side can be read.",
            width=number(params.get("width")),
            height=number(params.get("height")),
            least=number(params.get("least")),
        ),
        _("Ask for the original from the phone: messengers shrink pictures unless they are sent as a file."),
    )


def _edited(params: Mapping[str, Any]) -> tuple[str, str]:
    program = params.get("with")
    said = {"edited": params.get("edited"), "taken": params.get("taken")}
    what = (
        _("Saved again by {program} on {edited}, after it was taken on {taken}.", program=program, **said)
        if program
        else _("Saved again on {edited}, after it was taken on {taken}.", **said)
    )
    return what, _("Add the original too if there is one: a payer may refuse an edited picture.")


def _reused(code: AdviceCode, params: Mapping[str, Any], references: Mapping[int, str]) -> tuple[str, str]:
    cases = params.get("incidents", [])
    named = [references[case] for case in cases if case in references]
    where = listed(named[:3])
    more = len(cases) - len(named[:3])
    if more:
        rest = _n("{n} other case", "{n} other cases", more)
        where = _("{cases} and {rest}", cases=where, rest=rest) if where else rest
    what = (
        _("The same file is used in {where}.", where=where)
        if code is AdviceCode.REUSED
        else _("Nearly the same picture is used in {where}.", where=where)
    )
    return what, _("Check that it shows this parcel. One picture for two parcels is refused, and looks like fraud.")


def _dated(code: AdviceCode, params: Mapping[str, Any], zone: str) -> tuple[str, str]:
    taken = params.get("taken")
    wrong = _("If the camera's clock is wrong, say so in the note.")
    if code is AdviceCode.TAKEN_EARLY:
        shipped = moment(datetime.fromisoformat(params["shipped"]), zone, year=True)
        what = _(
            "Taken on {taken} by the camera's clock, before the parcel was shipped ({moment}).",
            taken=taken,
            moment=shipped,
        )
        return what, _("Check that it shows this parcel's damage. {hint}", hint=wrong)
    if code is AdviceCode.TAKEN_LATE:
        noticed = moment(datetime.fromisoformat(params["noticed"]), zone, year=True)
        what = _(
            "Taken on {taken} by the camera's clock, after the incident was reported ({moment}).",
            taken=taken,
            moment=noticed,
        )
        return what, _("Ask for one from the day of delivery, or say in the note who took it and why later.")
    return (
        _("Taken on {taken} by the camera's clock, which is still to come.", taken=taken),
        _("The camera's clock is wrong: say in the note when it was really taken."),
    )
