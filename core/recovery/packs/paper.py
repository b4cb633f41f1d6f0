"""The pack as a PDF: cover with the payer's checklist, claim, event, parcel, timeline, contacts, evidence, pictures.

The archive's paper is ours: as a draft it begins with what we doubt about the rule. The payer's paper never says that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.cases.kinds import kind_name
from core.cases.words import payer_said
from core.foundation import documents, formats, previews
from core.foundation.files import Store
from core.foundation.language import _, _n, current
from core.recovery.claims.denials import denial_name
from core.recovery.packs import told, words
from core.recovery.packs.facts import PackFacts
from core.recovery.packs.words import CLAIM_TYPES, Row

Section = dict[str, Any]
_TONGUES = {"en": ("en", "gb"), "zh-CN": ("zh", "cn")}


@dataclass(frozen=True)
class Shown:
    """A picture for the gallery: the exhibit's number and kind, JPEG bytes, and whether it takes a whole page's width;
    `page` of `pages` where one exhibit has several.
    """

    number: int
    kind: str
    data: bytes
    wide: bool = False
    page: int | None = None
    pages: int = 1


def paper(facts: PackFacts, evidence_digest: str, store: Store) -> bytes:
    """The archive's PDF in the reader's language. A picture that cannot be shown stays in the index, where its hash is."""
    wanted = [exhibit for exhibit in facts.exhibits if exhibit.is_picture]
    copies = previews.printed_many(store, [exhibit.item.sha256 for exhibit in wanted])
    both = zip(wanted, copies, strict=True)
    shown = [Shown(exhibit.number, exhibit.item.kind, copy) for exhibit, copy in both if copy is not None]
    return _render(facts, evidence_digest, shown, own=facts.draft)


def for_payer(facts: PackFacts, evidence_digest: str, shown: Sequence[Shown]) -> bytes:
    """The payer's PDF: nothing of our rule, our limit or our doubts; with these pictures, none where they go as files."""
    return _render(facts, evidence_digest, shown, own=False, payer=True)


def _render(facts: PackFacts, evidence_digest: str, shown: Sequence[Shown], *, own: bool, payer: bool = False) -> bytes:
    sections = [
        _facts(_("The claim"), words.claim_rows(facts)),
        _facts(_("What happened"), words.event_rows(facts)),
        _facts(_("The parcel"), words.parcel_rows(facts)),
        _contents(facts),
        _timeline(facts),
        _talks(facts),
        _index(facts),
        _gallery(facts, [one for one in shown if not one.wide], _("Pictures"), "pictures"),
        _gallery(facts, [one for one in shown if one.wide], _("Papers and stills"), "pages"),
    ]
    data = {
        **_frame(facts, evidence_digest, payer),
        "sections": [one for one in sections if one is not None],
        "own": _own(facts) if own else None,
        "payer": payer,
    }
    return documents.render("pack", data, {_file(one): one.data for one in shown}, at=facts.built_at)


def _own(facts: PackFacts) -> dict[str, Any]:
    """The page for the team alone, in drafts of the archive."""
    return {
        "heading": _("For the team only"),
        "note": _("This page is in the draft of the archive alone; nothing of it goes to the payer."),
        "rows": _filled(words.own_rows(facts)),
    }


def _file(one: Shown) -> str:
    return f"{one.number}-{one.page}.jpg" if one.page else f"{one.number}.jpg"


def _frame(facts: PackFacts, evidence_digest: str, payer: bool) -> dict[str, Any]:
    """Cover, running heads and what the PDF says of itself."""
    claim, lang = facts.claim, _TONGUES[current()]
    kind = _(CLAIM_TYPES[facts.incident.type])
    built = formats.moment(facts.built_at, facts.zone, year=True)
    return {
        "title": f"{claim.reference} – {payer_said(claim.payer_name)}",
        "author": "Recoup",
        "keywords": [claim.reference, facts.incident.reference, f"evidence-sha256:{evidence_digest}"],
        "lang": lang[0],
        "region": lang[1],
        "draft": _("DRAFT") if facts.draft else None,
        "header-left": f"{claim.reference} · {claim.payer_name}",
        "header-right": facts.shipment.tracking_number or facts.shipment.order_number,
        "footer": _("Built {moment}. Times in {zone}.", moment=built, zone=facts.zone),
        "cover": {
            "kicker": _("Claim pack") if facts.since is None else _("Further proof"),
            "heading": _("{kind}: claim on {payer}", kind=kind, payer=claim.payer_name),
            "amount-label": _("Amount claimed"),
            "amount": words.money(claim.demand, claim.currency),
            "rows": _filled(
                [
                    Row(_("Our reference"), f"{claim.reference} / {facts.incident.reference}"),
                    Row(_("Tracking number"), facts.shipment.tracking_number or ""),
                    Row(_("Order number"), facts.shipment.order_number),
                    Row(_("Carrier"), facts.carrier or ""),
                    Row(_("Payer's case number"), claim.case_number or ""),
                    Row(_("Evidence"), _n("{n} file", "{n} files", len(facts.exhibits))),
                    Row(_("Built"), _("{moment} ({zone}) by {who}", moment=built, zone=facts.zone, who=facts.built_by)),
                ]
            ),
            "documents": _documents(facts) if facts.since is None else None,
            "delta": _delta(facts),
            "draft-note": _("Draft, not for filing.") if facts.draft else None,
            "digest-label": _("Digest of the evidence (SHA-256)"),
            "digest": evidence_digest,
            "chain-label": _("Case record: {n} entries; the hash of the last", n=formats.number(facts.chain_length)),
            "chain": facts.chain_head,
            "note": _(
                "These are copies made to fit. The untouched originals are kept; each one's SHA-256 stands in the "
                "evidence index, and they are sent on request."
            )
            if payer
            else _(
                "Every file of this pack is listed with its SHA-256 in manifest.json. A file that was changed "
                "afterwards has another one."
            ),
        },
    }


def _filled(rows: list[Row]) -> list[dict[str, str]]:
    return [{"label": row.label, "value": row.value} for row in rows if row.value.strip()]


def _facts(heading: str, rows: list[Row]) -> Section:
    return {"kind": "facts", "heading": heading, "rows": _filled(rows)}


def _table(heading: str, headings: list[str], rows: list[Any], shares: list[float], **more: Any) -> Section | None:
    if not rows:
        return None
    return {"kind": "table", "heading": heading, "headings": headings, "rows": rows, "shares": shares, **more}


def _contents(facts: PackFacts) -> Section | None:
    headings = [_("SKU"), _("Item"), _("Quantity"), _("Unit price"), _("Subtotal")]
    return _table(_("Contents"), headings, words.contents(facts), [2, 5, 1.3, 2.2, 2.2], right=[2, 3, 4])


def _timeline(facts: PackFacts) -> Section | None:
    return _table(_("Timeline"), [_("When"), _("What")], told.timeline(facts), [1.4, 5])


def _talks(facts: PackFacts) -> Section | None:
    headings = [_("When"), _("With"), _("Name, staff no."), _("What was said and promised")]
    return _table(_("Contact log"), headings, told.talks(facts), [1.5, 1.4, 1.5, 4])


def _documents(facts: PackFacts) -> Section | None:
    headings = [_("Document"), _("Here"), _("Evidence no.")]
    return _table(_("What the payer asks for"), headings, told.documents(facts), [4, 1, 1.5])


def _index(facts: PackFacts) -> Section | None:
    headings = [_("No."), _("What it shows"), _("File"), _("Size"), _("SHA-256")]
    rows = []
    for exhibit in facts.exhibits:
        item, taken = exhibit.item, told.taken(exhibit)
        shows = [kind_name(item.kind), item.note, _("taken {when}", when=taken) if taken else ""]
        shown = "\n".join(filter(None, shows))
        rows.append((str(exhibit.number), shown, item.name, words.size(item.size), item.sha256))
    return _table(_("Evidence index"), headings, rows, [0.6, 2.4, 2.4, 1, 3.6], codes=[4], right=[3])


def _gallery(facts: PackFacts, shown: Sequence[Shown], heading: str, kind: str) -> Section | None:
    by_number = {exhibit.number: exhibit for exhibit in facts.exhibits}
    items = []
    for one in shown:
        exhibit = by_number[one.number]
        taken = told.taken(exhibit)
        caption = f"{one.number} · {kind_name(one.kind)}"
        if one.page:
            caption += ", " + _("page {n} of {all}", n=one.page, all=one.pages)
        about = [exhibit.item.note, _("taken {when}", when=taken) if taken else "", exhibit.item.name]
        items.append({"file": _file(one), "caption": caption, "about": " · ".join(filter(None, about))})
    return {"kind": kind, "heading": heading, "items": items} if items else None


def _delta(facts: PackFacts) -> dict[str, Any] | None:
    """What the payer refused, and what is enclosed now."""
    if facts.since is None:
        return None
    code = getattr(facts.claim, "denial_code", None)
    rows = [
        Row(_("You wrote"), facts.claim.answer_text),
        Row(_("We read it as"), denial_name(code) if code else ""),
        Row(_("Answered on"), words.when(facts, facts.claim.answered_at)),
        Row(_("Sent before"), words.when(facts, facts.since)),
        Row(_("Enclosed now"), "\n".join(f"{one.number} · {kind_name(one.item.kind)}" for one in facts.exhibits)),
    ]
    return {"heading": _("What is new"), "rows": _filled(rows)}
