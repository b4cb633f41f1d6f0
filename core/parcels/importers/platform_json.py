"""What the platform's interface says, as it is: the envelope of an answer, and returns as a table, so that they go the way of every file.

Of a return only what a dispute is made of is kept. Who the buyer is (name, e-mail, address, phone) never becomes a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import N_, _
from core.parcels.importers.sheets import HEAD, Notice, Sheet, TextSheet
from core.parcels.json_text import documents, looks_like_json

HEADINGS = ("return_sn", "return.order_sn", "return.status", "return.update_time", "return.detail", "return.buyer")
"""English headings of the field table `return_details`."""

LARGEST = 20 * 1024**2
MOST = 20_000
"""Answers and returns in one file: a page of the interface holds a hundred."""

KEPT = frozenset(
    {
        "reason", "reassessed_request_reason", "return_sn", "refund_amount", "currency",
        "create_time", "update_time", "status", "due_date", "tracking_number", "dispute_reason", "dispute_text_reason",
        "needs_logistics", "amount_before_discount", "item", "order_sn", "return_ship_due_date", "return_seller_due_date",
        "seller_proof", "seller_compensation", "negotiation", "negotiation_status", "seller_proof_status",
        "seller_compensation_status", "logistics_status", "reverse_logistic_status", "reverse_logistic_channel_name",
        "return_refund_type", "return_solution", "return_refund_request_type", "validation_type", "is_arrived_at_warehouse",
        "follow_up_action_list",
    }
)  # fmt: skip
"""What of a return is kept. `user`, `return_pickup_address`, `virtual_contact_number` and the like are left out."""

BUYERS = frozenset({"image", "buyer_videos", "text_reason"})
"""What the buyer wrote and showed: read, and blanked in the rows that are kept."""

_FINE = frozenset({"", "-", "none", "null", "success"})


@dataclass(frozen=True)
class Answer:
    """One answer of the interface. `error` is "" where it succeeded; `response` what it holds, {} where nothing."""

    error: str
    message: str
    response: Mapping[str, Any]


@dataclass
class Said:
    """The answers of a file: `returns` as the interface tells them, `refusals` the errors it gave instead, `others` the rest."""

    returns: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[Answer] = field(default_factory=list)
    others: list[Mapping[str, Any]] = field(default_factory=list)


def looks_like_returns(data: bytes) -> bool:
    """Whether a file may be answers of the platform's interface."""
    return looks_like_json(data) and (
        b'"return_sn"' in data or b'"dispute_reason_list"' in data or (b'"request_id"' in data and b'"error"' in data)
    )


def read_answers(data: bytes | str) -> list[Answer]:
    """Every answer of a file: one, a list of them, or one to a line. Raises `Invalid`, `TooLarge` with a sentence.

    An `error` that is empty or "-" is success, as the platform's own samples have it.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if len(raw) > LARGEST:
        raise TooLarge(_("The file has more than {n} MB. Export a shorter period.", n=LARGEST // 1024**2))
    found: list[Answer] = []
    for document in documents(raw):
        for one in document if isinstance(document, list) else [document]:
            if not isinstance(one, dict):
                raise Invalid(_("This JSON is no answer of the platform's interface."))
            found.append(_answer(one))
            if len(found) > MOST:
                raise TooLarge(_("This file holds more than {n} returns. Save fewer of them into one.", n=MOST))
    return found


def _answer(one: Mapping[str, Any]) -> Answer:
    error, message = (_word(one.get(name)) for name in ("error", "message"))
    response = one.get("response")
    if isinstance(response, dict):
        inside = response
    elif isinstance(response, list):
        inside = {"return": response}
    else:
        # What was inside alone, as a log keeps it.
        inside = {
            name: value for name, value in one.items() if name not in ("error", "message", "request_id", "warning")
        }
        inside = inside if "return_sn" in inside or "return" in inside or "dispute_reason_list" in inside else {}
    failed = error.lower() not in _FINE
    return Answer(error if failed else "", message if message.lower() not in _FINE else "", {} if failed else inside)


def _word(value: Any) -> str:
    return " ".join(str(value).split())[:300] if value is not None else ""


def sort_out(answers: list[Answer]) -> Said:
    """Which of them are returns."""
    said = Said()
    for one in answers:
        if one.error:
            said.refusals.append(one)
            continue
        several = one.response.get("return")
        several = several if isinstance(several, list) else [one.response]
        for each in several:
            if isinstance(each, dict) and each.get("return_sn") and ("status" in each or "reason" in each):
                said.returns.append(each)
            elif isinstance(each, dict) and each:
                said.others.append(each)
        if len(said.returns) > MOST:
            raise TooLarge(_("This file holds more than {n} returns. Save fewer of them into one.", n=MOST))
    return said


def refused(answer: Answer) -> str:
    """What the interface said instead of an answer, in a sentence."""
    return _("The platform's interface answered with an error: {error}", error=_fault(answer))


def _fault(answer: Answer) -> str:
    return f"{answer.error}: {answer.message}" if answer.message else answer.error


def return_sheets(data: bytes, notices: list[Notice]) -> Iterator[Sheet]:
    """The one sheet of returns. Adds to `notices` what else is in the file. Raises `Invalid` where there is no return in it."""
    said = sort_out(read_answers(data))
    if not said.returns:
        if said.refusals:
            raise Invalid(refused(said.refusals[0]))
        raise Invalid(
            _(
                "There is no return in this JSON. Recoup takes get_return_detail and get_return_list here;"
                " the reasons and solutions of one return are dropped at that return in its case."
            )
        )
    if said.refusals:
        sentence = N_("The platform's interface answered with an error: {error}")
        notices += [(sentence, {"error": _fault(one)}) for one in said.refusals[:20]]
    rows = map(_row, said.returns)
    head: list[list[Any]] = [list(HEADINGS)]
    head += [row for _n, row in zip(range(HEAD - 1), rows, strict=False)]
    yield TextSheet(head, rows)


def _row(told: Mapping[str, Any]) -> list[Any]:
    kept, buyers = ({name: value for name, value in told.items() if name in some} for some in (KEPT, BUYERS))
    return [
        _word(told.get("return_sn")),
        _word(told.get("order_sn")),
        _word(told.get("status")),
        _word(told.get("update_time")),
        orjson.dumps(kept).decode(),
        orjson.dumps(buyers).decode(),
    ]


__all__ = [
    "HEADINGS",
    "Answer",
    "Said",
    "looks_like_returns",
    "read_answers",
    "refused",
    "return_sheets",
    "sort_out",
]
