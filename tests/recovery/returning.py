"""Return exports as Seller Centre writes them, built for tests: the columns of Brazil, Thailand and Indonesia, nobody's data in them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl

BR = (
    "ID da Devolução", "ID do pedido", "Data de criação do pedido", "Nome de usuário (Comprador)", "Nome do Produto",
    "SKU principal", "Nome da variação", "SKU da Variação", "IMEI", "Preço da unidade", "Tempo de envio de devolução",
    "Status da Devolução / Reembolso", "Tipo de Devolução", "Quantidade de Devoluções", "Solução para Retorno e Reembolso",
    "Motivo da Devolução", "Observações da Devolução", "Quantia total de reembolsos", "Tempo decorrido de reembolso",
    "Retorno ao Armazém Shopee", "Opção de envio de devolução", "Número de rastreamento de devolução",
    "Status de rastreamento de devolução", "Tempo de entrega de devolução concluída", "Endereço de entrega", "UF", "Cidade",
    "CEP", "Telefone", "Endereço de coleta de devolução", "Estado", "Cidade", "CEP", "Buyer contact number",
    "Ação do Vendedor solicitada até", "Motivo da disputa", "Observação do vendedor",
    "Compensação ao Vendedor (Disputa bem sucedida/Ajuste em carteira)", "Opção de Entrega", "Tipo de Estoque",
    "Número de rastreio", "Valor pago pelo comprador", "Método de pagamento", "Observação do Comprador", "Hot Listing",
    "Motivo da devolução revisado",
)  # fmt: skip
TH = (
    "หมายเลขคำขอคืนเงิน/คืนสินค้า", "หมายเลขคำสั่งซื้อ", "วันที่สร้างคำสั่งซื้อ", "ชื่อผู้ใช้ (ผู้ซื้อ)", "ชื่อสินค้า", "Parent SKU",
    "ชื่อตัวเลือกสินค้า", "เลข SKU", "ราคาต่อชิ้น", "เวลายื่นคำขอคืนเงิน/คืนสินค้า", "สถานะการคืนเงินหรือคืนสินค้า",
    "ประเภทการคืนสินค้า", "จำนวนสินค้าคืน", "ข้อเสนอการคืนเงิน/คืนสินค้า", "เหตุผลในการขอคืนสินค้า", "หมายเหตุในการคืนสินค้า",
    "จำนวนเงินคืนทั้งหมด", "เวลาที่คืนเงิน", "ส่งสินค้าคืนไปยังคลังสินค้าของ Shopee", "ช่องทางการส่งสินค้าคืน",
    "หมายเลขติดตามพัสดุสำหรับส่งคืน", "สถานะการส่งสินค้าคืน", "เวลาที่จัดส่งสินค้าคืนสำเร็จ", "ที่อยู่ในการจัดส่ง", "จังหวัด", "เขต/อำเภอ",
    "รหัสไปรษณีย์", "หมายเลขโทรศัพท์", "ที่อยู่ในการเข้ารับสินค้า", "จังหวัด", "อำเภอ/เขต", "รหัสไปรษณีย์", "Buyer contact number",
    "ผู้ขายสามารถยื่นข้อพิพาทได้ภายใน", "เหตุุผลในการยื่นข้อพิพาท", "หมายเหตุจากผู้ขาย",
    "เงินชดเชยให้ผู้ขาย (จากการชนะข้อพิพาท/ปรับค่า Seller Balance)", "ช่องทางการจัดส่งจากผู้ขาย", "หมายเลขติดตามพัสดุจากผู้ขาย",
    "จำนวนเงินทั้งหมด", "ช่องทางการชำระเงิน", "หมายเหตุจากผู้ซื้อ", "Hot Listing", "สถานะการเคลมค่าจัดส่ง", "รายรับจากคำสั่งซื้อ",
    "ค่าจัดส่งตามจริง คิดโดยผู้ให้บริการขนส่ง", "ค่าจัดส่งสินค้าคืน", "เหตุผลในการคืนสินค้าที่ได้รับการประเมินใหม่",
)  # fmt: skip
ID = (
    "No. Pengembalian", "Username (Pembeli)", "Nama Produk", "Tipe Pengembalian", "Alasan Pengembalian",
    "Catatan Pengembalian Barang", "Status Pembatalan/ Pengembalian", "Tanggal Pesanan Dibuat", "Waktu Pengembalian Diajukan",
)  # fmt: skip

BR_ROW: dict[str, Any] = {
    "ID da Devolução": "2611180AAAA0001",
    "ID do pedido": "261113TESTBR01",
    "Data de criação do pedido": "2026-11-13 10:00",
    "Nome de usuário (Comprador)": "comprador_um",
    "Nome do Produto": "Luminária de mesa",
    "SKU da Variação": "LUM-1",
    "Preço da unidade": "R$331,08",
    "Tempo de envio de devolução": "2026-11-21 09:30",
    "Status da Devolução / Reembolso": "Solicitado",
    "Tipo de Devolução": "Pedido inteiro",
    "Quantidade de Devoluções": "1",
    "Solução para Retorno e Reembolso": "Devolução e Reembolso",
    "Motivo da Devolução": "Produto danificado",
    "Observações da Devolução": "Chegou quebrado",
    "Quantia total de reembolsos": "R$331,08",
    "Retorno ao Armazém Shopee": "Não",
    "Endereço de entrega": "Rua das Flores 12",
    "Telefone": "5511900000000",
    "Ação do Vendedor solicitada até": "2026-11-24 18:00",
    "Número de rastreio": "BR000000001",
    "Valor pago pelo comprador": "R$331,08",
}
TH_ROW: dict[str, Any] = {
    "หมายเลขคำขอคืนเงิน/คืนสินค้า": "2611200BBBB0001",
    "หมายเลขคำสั่งซื้อ": "261110TESTTH01",
    "วันที่สร้างคำสั่งซื้อ": "2026-11-10 08:15",
    "ชื่อสินค้า": "แก้วเซรามิก",
    "เลข SKU": "MUG-2",
    "ราคาต่อชิ้น": "129.00",
    "เวลายื่นคำขอคืนเงิน/คืนสินค้า": "2026-11-20 14:05",
    "สถานะการคืนเงินหรือคืนสินค้า": "รอการตรวจสอบ",
    "จำนวนสินค้าคืน": "2",
    "ข้อเสนอการคืนเงิน/คืนสินค้า": "คืนเงินเท่านั้น",
    "เหตุผลในการขอคืนสินค้า": "ได้รับสินค้าไม่ครบ",
    "จำนวนเงินคืนทั้งหมด": "258.00",
    "ผู้ขายสามารถยื่นข้อพิพาทได้ภายใน": "2026-11-25",
}
ID_ROW: dict[str, Any] = {
    "No. Pengembalian": "2611190CCCC0001",
    "Username (Pembeli)": "pembeli_satu",
    "Nama Produk": "Botol minum",
    "Tipe Pengembalian": "Seluruh Pesanan",
    "Alasan Pengembalian": "Pembeli tidak menerima pesanan.",
    "Status Pembatalan/ Pengembalian": "Permintaan Disetujui",
    "Tanggal Pesanan Dibuat": "2026-11-09 07:00",
    "Waktu Pengembalian Diajukan": "2026-11-19 12:00",
}

_SHORT = {
    "number": "ID da Devolução",
    "order": "ID do pedido",
    "status": "Status da Devolução / Reembolso",
    "reason": "Motivo da Devolução",
    "revised": "Motivo da devolução revisado",
    "amount": "Quantia total de reembolsos",
    "due": "Ação do Vendedor solicitada até",
    "asked": "Tempo de envio de devolução",
    "refunded": "Tempo decorrido de reembolso",
    "name": "Nome do Produto",
    "sku": "SKU da Variação",
    "quantity": "Quantidade de Devoluções",
    "tracking": "Número de rastreio",
    "back": "Número de rastreamento de devolução",
    "paid_us": "Compensação ao Vendedor (Disputa bem sucedida/Ajuste em carteira)",
}


def br(**changes: Any) -> dict[str, Any]:
    """One row of a Brazilian request that waits for us. Short names for the cells tests change most."""
    return {**BR_ROW, **{_SHORT.get(name, name): value for name, value in changes.items()}}


def table(rows: Sequence[dict[str, Any]], headings: Sequence[str] = BR) -> list[list[Any]]:
    """A heading row and the rows below it; of a heading that comes twice the first gets the value."""
    lines: list[list[Any]] = [list(headings)]
    for row in rows:
        lines.append([row.get(name, "") if headings.index(name) == at else "" for at, name in enumerate(headings)])
    return lines


def book(rows: Sequence[dict[str, Any]], headings: Sequence[str] = BR) -> bytes:
    """The export as a workbook."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "Sheet1"
    for line in table(rows, headings):
        sheet.append(line)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
