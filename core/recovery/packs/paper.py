"""The pack as a PDF: cover with the payer's checklist, claim, event, parcel, timeline, contacts, evidence, pictures."""

from __future__ import annotations

from typing import Any

from core.cases.kinds import kind_name
from core.foundation import documents, formats, previews
from core.foundation.files import Store
from core.foundation.language import _, _n, current
from core.recovery.packs import words
from core.recovery.packs.facts import Exhibit, PackFacts
from core.recovery.packs.words import CLAIM_TYPES, Row

Section = dict[str, Any]
_TONGUES = {"en": ("en", "gb"), "zh-CN": ("zh", "cn")}


def paper(facts: PackFacts, evidence_digest: str, store: Store) -> bytes:
    """The PDF in the reader's language. A picture that cannot be shown stays in the index, where its hash stands."""
    shown, pictures = _pictures(facts, store)
    sections = [
        _facts(_("The claim"), words.claim_rows(facts)),
        _facts(_("What happened"), words.event_rows(facts)),
        _facts(_("The parcel"), words.parcel_rows(facts)),
        _contents(facts),
        _timeline(facts),
        _talks(facts),
        _index(facts),
        _gallery(shown),
    ]
    data = {**_frame(facts, evidence_digest), "sections": [one for one in sections if one is not None]}
    return documents.render("pack", data, pictures, at=facts.built_at)


def _pictures(facts: PackFacts, store: Store) -> tuple[list[Exhibit], dict[str, bytes]]:
    wanted = [exhibit for exhibit in facts.exhibits if exhibit.is_picture]
    copies = previews.printed_many(store, [exhibit.item.sha256 for exhibit in wanted])
    both = [(exhibit, copy) for exhibit, copy in zip(wanted, copies, strict=True) if copy is not None]
    return [exhibit for exhibit, _copy in both], {f"{exhibit.number}.jpg": copy for exhibit, copy in both}


def _frame(facts: PackFacts, evidence_digest: str) -> dict[str, Any]:
    """Cover, running heads and what the PDF says of itself."""
    claim, lang = facts.claim, _TONGUES[current()]
    kind = _(CLAIM_TYPES[facts.incident.type])
    built = formats.moment(facts.built_at, facts.zone, year=True)
    return {
        "title": f"{claim.reference} – {claim.payer_name}",
        "author": "Recoup",
        "keywords": [claim.reference, facts.incident.reference, f"evidence-sha256:{evidence_digest}"],
        "lang": lang[0],
        "region": lang[1],
        "draft": _("DRAFT") if facts.draft else None,
        "header-left": f"{claim.reference} · {claim.payer_name}",
        "header-right": facts.shipment.tracking_number or facts.shipment.order_number,
        "footer": _("Built {moment}. Times in {zone}.", moment=built, zone=facts.zone),
        "cover": {
            "kicker": _("Claim pack"),
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
            "documents": _documents(facts),
            "draft-note": _("Draft, not for filing.") if facts.draft else None,
            "digest-label": _("Digest of the evidence (SHA-256)"),
            "digest": evidence_digest,
            "chain-label": _("Case record: {n} entries; the hash of the last", n=formats.number(facts.chain_length)),
            "chain": facts.chain_head,
            "note": _(
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
    return _table(_("Timeline"), [_("When"), _("What")], words.timeline(facts), [1.4, 5])


def _talks(facts: PackFacts) -> Section | None:
    headings = [_("When"), _("With"), _("Name, staff no."), _("What was said and promised")]
    return _table(_("Contact log"), headings, words.talks(facts), [1.5, 1.4, 1.5, 4])


def _documents(facts: PackFacts) -> Section | None:
    headings = [_("Document"), _("Here"), _("Evidence no.")]
    return _table(_("What the payer asks for"), headings, words.documents(facts), [4, 1, 1.5])


def _index(facts: PackFacts) -> Section | None:
    headings = [_("No."), _("What it shows"), _("File"), _("Size"), _("SHA-256")]
    rows = []
    for exhibit in facts.exhibits:
        item, taken = exhibit.item, words.taken(exhibit)
        shows = [kind_name(item.kind), item.note, _("taken {when}", when=taken) if taken else ""]
        shown = "\n".join(filter(None, shows))
        rows.append((str(exhibit.number), shown, item.name, words.size(item.size), item.sha256))
    return _table(_("Evidence index"), headings, rows, [0.6, 2.4, 2.4, 1, 3.6], codes=[4], right=[3])


def _gallery(shown: list[Exhibit]) -> Section | None:
    items = []
    for exhibit in shown:
        taken = words.taken(exhibit)
        caption = f"{exhibit.number} · {kind_name(exhibit.item.kind)}"
        about = [exhibit.item.note, _("taken {when}", when=taken) if taken else "", exhibit.item.name]
        items.append({"file": f"{exhibit.number}.jpg", "caption": caption, "about": " · ".join(filter(None, about))})
    return {"kind": "pictures", "heading": _("Pictures"), "items": items} if items else None
