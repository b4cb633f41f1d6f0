"""Buyers' requests around the cases: a return export of the Brazilian shop as it came twice this morning, and a few that
agents entered by hand on cases of other shops.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select

from core.demo import words, workbooks
from core.demo.ground import Ground
from core.demo.scripts import DAYS, HOURS
from core.demo.shipments import letters
from core.foundation.money import Money
from core.models import Clock, Dispute, Incident, IncidentOffer, Shipment, ShipmentLine, Shop
from core.models.clock import ClockKind
from core.models.dispute import ReturnReason, Solution
from core.models.imports import OfferCause, OfferState
from core.models.incident import IncidentState, IncidentType
from core.models.shipment import ShipmentStatus
from core.parcels.importers import import_file
from core.recovery import disputes

ZONE = ZoneInfo("America/Sao_Paulo")
OF_CASES, NEW, ENTERED = 6, 9, 7
"""Requests of the export about cases that stand, those about other parcels, and those entered by hand."""

HEADINGS = (
    "ID da Devolução", "ID do pedido", "Data de criação do pedido", "Nome do Produto", "SKU da Variação", "Preço da unidade",
    "Tempo de envio de devolução", "Status da Devolução / Reembolso", "Quantidade de Devoluções",
    "Solução para Retorno e Reembolso", "Motivo da Devolução", "Observações da Devolução", "Quantia total de reembolsos",
    "Número de rastreamento de devolução", "Ação do Vendedor solicitada até", "Número de rastreio",
    "Motivo da devolução revisado",
)  # fmt: skip
REASONS = {
    IncidentType.DAMAGED: ("Produto danificado", "Chegou quebrado dentro da caixa."),
    IncidentType.MISSING_CONTENTS: ("Itens faltando", "Veio só uma das duas peças."),
    IncidentType.LOST: ("Não recebi o pedido", "Consta como entregue, mas não chegou nada."),
}
OTHERS = (
    ("Produto danificado", "A tampa veio rachada."),
    ("Itens faltando", "Faltou o cabo."),
    ("Arrependimento", "Comprei a cor errada."),
    ("Produto diferente da descrição", "A cor é outra."),
    ("Não recebi o pedido", "O entregador não veio."),
)
HAND = {
    IncidentType.DAMAGED: (ReturnReason.DAMAGED, "Box was crushed, lamp does not turn on."),
    IncidentType.MISSING_CONTENTS: (ReturnReason.MISSING, "Only one of two pieces in the parcel."),
    IncidentType.LOST: (ReturnReason.NOT_RECEIVED, "Tracking says delivered, nothing came."),
    IncidentType.DELAYED: (ReturnReason.OTHER, "Too late for the birthday, wants the money back."),
}


def ask(base: Ground) -> int:
    """Everything; how many incidents the export offers beside the cases that stand."""
    _import(base)
    _by_hand(base)
    base.session.flush()
    waiting = select(func.count()).where(
        IncidentOffer.cause == OfferCause.RETURN, IncidentOffer.state == OfferState.OPEN
    )
    return base.session.scalar(waiting) or 0


def _import(base: Ground) -> None:
    shop = base.session.scalars(select(Shop).where(Shop.market == "BR").order_by(Shop.id)).first()
    if shop is None:
        return
    cases = base.session.execute(
        select(Shipment, Incident.type)
        .join(Incident, Incident.shipment_id == Shipment.id)
        .where(
            Shipment.shop_id == shop.id,
            Incident.state != IncidentState.CLOSED,
            Incident.type.in_(REASONS),
            Incident.registered_at < base.now - 2 * HOURS,
        )
        .order_by(Incident.registered_at.desc(), Incident.id)
        .limit(OF_CASES)
    ).all()
    free = base.session.scalars(
        select(Shipment)
        .where(
            Shipment.shop_id == shop.id,
            Shipment.status.in_((ShipmentStatus.DELIVERED, ShipmentStatus.COMPLETED)),
            Shipment.delivered_at > base.now - 12 * DAYS,
            ~exists().where(Incident.shipment_id == Shipment.id),
        )
        .order_by(Shipment.delivered_at.desc(), Shipment.id)
        .limit(NEW)
    ).all()
    told = [(shipment, *REASONS[kind]) for shipment, kind in cases]
    told += [(shipment, *OTHERS[number % len(OTHERS)]) for number, shipment in enumerate(free)]
    if not told:
        return
    for hours, news in ((1.9, False), (0.6, True)):
        at = base.now - hours * HOURS
        rows = [_row(base, number, *one, news=news) for number, one in enumerate(told)]
        import_file(
            base.session,
            _book(rows if news else rows[: max(1, len(rows) * 2 // 3)]),
            actor=base.desk.team.agents[0],
            shop=shop.name,
            file_name=f"Order.return_refund.{at - 20 * DAYS:%Y%m%d}_{at:%Y%m%d}.xls",
            kinds={disputes.RETURNS.table: disputes.RETURNS},
            now=at,
        )


def _book(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.BytesIO()
    workbooks.write(out, HEADINGS, rows)
    return out.getvalue()


def _row(base: Ground, number: int, shipment: Shipment, reason: str, said: str, *, news: bool) -> list[str]:
    """One request as the export has it; `news` is the later one."""
    rng = words.dice(base.seed, "return", number)
    asked = base.now - timedelta(hours=30 + 5 * number)
    due = base.now + timedelta(hours=(7, 20, 31, 44, 60, 70)[number % 6])
    status = "Solicitado"
    if news and number % 4 == 1:
        status = "Em análise"
    elif news and number % 7 == 6:
        status = "Cancelado"
    line = base.session.scalars(select(ShipmentLine).where(ShipmentLine.shipment_id == shipment.id)).first()
    price = f"R${shipment.value:.2f}".replace(".", ",")
    return [
        f"{asked:%y%m%d}0{letters(rng.getrandbits(62), 4)}",
        shipment.order_number,
        _local(shipment.ordered_at or asked),
        line.name if line else "",
        (line.sku or "") if line else "",
        price,
        _local(asked),
        status,
        "1",
        "Devolução e Reembolso" if number % 3 else "Somente Reembolso",
        reason,
        said,
        price,
        f"BR{rng.randrange(10**9):09d}R" if news and number % 4 == 1 else "",
        _local(due),
        shipment.tracking_number or "",
        "Arrependimento" if news and number % 8 == 7 else "",
    ]


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _by_hand(base: Ground) -> None:
    """The latest open cases of other shops, each with the request its buyer made."""
    found = base.session.execute(
        select(Incident, Shop)
        .join(Shop, Shop.id == Incident.shop_id)
        .where(
            Incident.state != IncidentState.CLOSED,
            Shop.market != "BR",
            Incident.owner_id.is_not(None),
            ~exists().where(Dispute.incident_id == Incident.id),
            ~exists().where(Clock.incident_id == Incident.id, Clock.kind == ClockKind.PROMISE),
        )
        .order_by(Incident.registered_at.desc(), Incident.id)
        .limit(ENTERED)
    ).all()
    for number, (incident, shop) in enumerate(found):
        rng = words.dice(base.seed, "request", incident.reference)
        reason, said = HAND[incident.type]
        at = max(base.now - timedelta(minutes=110 - 12 * number), incident.registered_at + timedelta(minutes=20))
        if at >= base.now:
            continue
        given = number % 3 != 2
        disputes.enter_dispute(
            base.session,
            incident.id,
            actor=base.desk.team.agents[number % len(base.desk.team.agents)],
            return_number=f"{at:%y%m%d}0{letters(rng.getrandbits(62), 4)}",
            reason=reason,
            solution=Solution.REFUND_ONLY if number % 2 else Solution.RETURN_REFUND,
            amount=Money(Decimal(incident.value_at_risk), shop.currency),
            due_at=base.now + (10 + 9 * number) * HOURS if given else None,
            requested_at=at - 3 * HOURS,
            buyer_said=said,
            now=at,
        )
