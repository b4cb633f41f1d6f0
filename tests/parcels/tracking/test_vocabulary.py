"""Codes and words → Recoup's own states. Unknown stays unknown, and nothing that only will happen has happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models.tracking import ScanSource, ScanState
from core.parcels.tracking.vocabulary import ENDS, LABELS, in_words, state_of, vocabulary

S = ScanState
SEVENTEEN, AFTERSHIP = ScanSource.SEVENTEEN_TRACK, ScanSource.AFTERSHIP
REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "tracking"

SUB_STATUSES = {
    "NotFound_Other": S.SILENT,
    "NotFound_InvalidCode": S.SILENT,
    "InfoReceived": S.ANNOUNCED,
    "InTransit_PickedUp": S.PICKED_UP,
    "InTransit_Other": S.IN_TRANSIT,
    "InTransit_Departure": S.IN_TRANSIT,
    "InTransit_Arrival": S.IN_TRANSIT,
    "InTransit_CustomsProcessing": S.CUSTOMS,
    "InTransit_CustomsReleased": S.CUSTOMS,
    "InTransit_CustomsRequiringInformation": S.CUSTOMS,
    "Expired_Other": S.SILENT,
    "AvailableForPickup_Other": S.AT_PICKUP,
    "OutForDelivery_Other": S.OUT_FOR_DELIVERY,
    "DeliveryFailure_Other": S.FAILED_ATTEMPT,
    "DeliveryFailure_NoBody": S.FAILED_ATTEMPT,
    "DeliveryFailure_Security": S.FAILED_ATTEMPT,
    "DeliveryFailure_Rejected": S.FAILED_ATTEMPT,
    "DeliveryFailure_InvalidAddress": S.FAILED_ATTEMPT,
    "Delivered_Other": S.DELIVERED,
    "Exception_Other": S.TROUBLE,
    "Exception_Returning": S.RETURNING,
    "Exception_Returned": S.RETURNED,
    "Exception_NoBody": S.TROUBLE,
    "Exception_Security": S.TROUBLE,
    "Exception_Damage": S.DAMAGED,
    "Exception_Rejected": S.TROUBLE,
    "Exception_Delayed": S.TROUBLE,
    "Exception_Lost": S.LOST,
    "Exception_Destroyed": S.DESTROYED,
    "Exception_Cancel": S.CANCELLED,
}


@pytest.mark.parametrize("code", SUB_STATUSES)
def test_every_sub_status_of_17track_is_known(code: str) -> None:
    assert state_of(SEVENTEEN, code, "") is SUB_STATUSES[code]


def test_the_list_of_sub_statuses_is_17tracks_own() -> None:
    path = REFERENCE / "17track" / "sub_status_zh.json"
    if not path.exists():
        pytest.skip("the reference files are not there")
    assert set(json.loads(path.read_text(encoding="utf-8"))) == set(SUB_STATUSES)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("Pending_001", S.SILENT),
        ("InfoReceived_001", S.ANNOUNCED),
        ("InTransit_001", S.IN_TRANSIT),
        ("InTransit_002", S.PICKED_UP),
        ("InTransit_005", S.CUSTOMS),
        ("OutForDelivery_003", S.OUT_FOR_DELIVERY),
        ("AttemptFail_002", S.FAILED_ATTEMPT),
        ("Delivered_003", S.DELIVERED),
        ("Delivered_005", S.DELIVERED),
        ("AvailableForPickup_001", S.AT_PICKUP),
        ("Exception_010", S.RETURNING),
        ("Exception_011", S.RETURNED),
        ("Exception_012", S.DAMAGED),
        ("Exception_013", S.LOST),
        ("Exception_016", S.TROUBLE),
        ("Exception_021", S.DESTROYED),
        ("Expired_001", S.SILENT),
    ],
)
def test_subtags_of_aftership_are_known(code: str, state: ScanState) -> None:
    assert state_of(AFTERSHIP, code, "") is state


@given(st.text(max_size=30))
def test_a_code_nobody_knows_is_unknown_whatever_its_words_say(code: str) -> None:
    known = {one for codes in vocabulary().codes.values() for one in codes}
    if code.strip() and code.strip().casefold().partition("_")[0] not in known:
        for source in (SEVENTEEN, AFTERSHIP):
            assert state_of(source, code, "Delivered") is S.UNKNOWN


@pytest.mark.parametrize("text", ["Delivered", "已签收", "Parcel lost", "Returned to sender", "Destroyed"])
def test_words_alone_end_nothing_of_a_source_that_has_codes(text: str) -> None:
    assert in_words(text) in ENDS
    assert state_of(SEVENTEEN, None, text) is S.UNKNOWN
    assert state_of(AFTERSHIP, "", text) is S.UNKNOWN
    assert state_of(ScanSource.PASTED, None, text) in ENDS


@pytest.mark.parametrize(
    "text",
    [
        "Your parcel will be delivered today", "To be delivered by 20 Nov", "Expected to be delivered tomorrow", "Not delivered",
        "Undelivered", "Parcel could not be delivered", "Not yet delivered", "Once delivered, please confirm", "Delivery attempt failed",
        "Unable to deliver", "Delivered to local facility", "Delivered to carrier", "Delivered to parcel locker",
        "It hasn't been delivered", "Delivery scheduled", "We failed to get it delivered", "Delivered to agent in Manila",
        "等待签收", "请及时签收", "未签收", "签收失败", "派送不成功", "预计明天送达", "即将送达", "退件已签收",
        "快件已签收，签收人是丰巢快递柜",
        "已放入菜鸟驿站，请凭取件码取件", "未妥投", "拒收", "已送达【南山网点】", "Giao hàng không thành công", "Sẽ được giao thành công",
        "จัดส่งไม่สำเร็จ", "Objeto não entregue", "Pengiriman gagal", "Belum diterima oleh penerima", "返程", "gibberish", "", "…",
    ],
)  # fmt: skip
def test_what_is_no_delivery_never_becomes_one(text: str) -> None:
    assert in_words(text) is not S.DELIVERED


@pytest.mark.parametrize(
    "text",
    [
        "DELIVERED", "Delivered to neighbour", "Parcel delivered. If you have questions, call us", "已签收，签收人：本人。如有疑问请联系",
        "【深圳南山网点】 快件已签收", "派送成功", "您已在菜鸟驿站完成取件", "Giao hàng thành công", "นำจ่ายสำเร็จ",
        "Objeto entregue ao destinatário", "Pesanan tiba di alamat tujuan", "Picked up by customer", "Entregado",
    ],
)  # fmt: skip
def test_what_is_a_delivery_is_one(text: str) -> None:
    assert in_words(text) is S.DELIVERED


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Shipper created a label, UPS has not received the package yet.", S.ANNOUNCED),
        ("Shipment expected, but not yet arrived at PostNL", S.ANNOUNCED),
        ("等待揽收", S.ANNOUNCED),
        ("【义乌市】已揽收", S.PICKED_UP),
        ("Origin Scan", S.PICKED_UP),
        ("Arrived at Facility", S.IN_TRANSIT),
        ("快件到达【深圳转运中心】", S.IN_TRANSIT),
        ("Đơn hàng đã rời kho", S.IN_TRANSIT),
        ("Held in customs", S.CUSTOMS),
        ("清关中", S.CUSTOMS),
        ("Out For Delivery Today", S.OUT_FOR_DELIVERY),
        ("快递员正在派件", S.OUT_FOR_DELIVERY),
        ("Objeto saiu para entrega ao destinatário", S.OUT_FOR_DELIVERY),
        ("กำลังนำจ่าย", S.OUT_FOR_DELIVERY),
        ("已到达代收点，取件码 1-2-3", S.AT_PICKUP),
        ("Customer refused the parcel", S.FAILED_ATTEMPT),
        ("包裹在运输途中丢失", S.LOST),
        ("Kiện hàng bị thất lạc", S.LOST),
        ("If lost, claim within 7 days", S.UNKNOWN),
        ("外包装破损", S.DAMAGED),
        ("Returning to sender", S.RETURNING),
        ("Parcel will be returned to sender", S.RETURNING),
        ("Returned to sender", S.RETURNED),
        ("退回中", S.RETURNING),
        ("Delayed by weather", S.TROUBLE),
    ],
)
def test_words_people_paste_are_understood(text: str, state: ScanState) -> None:
    assert in_words(text) is state


def test_every_state_has_its_word_and_says_whether_it_is_a_scan() -> None:
    assert set(LABELS) == set(ScanState)
    assert vocabulary().handled < vocabulary().heard
    # A label, a loss declared, a tracker's silence are no sign of the parcel.
    assert not {S.ANNOUNCED, S.LOST, S.SILENT, S.CANCELLED, S.DESTROYED} & vocabulary().heard
    # What nobody understands breaks a silence, but starts no window.
    assert S.UNKNOWN in vocabulary().heard - vocabulary().handled


@given(st.text(max_size=300))
def test_any_text_has_a_state(text: str) -> None:
    assert isinstance(in_words(text), ScanState)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("您的快件未能妥投", S.FAILED_ATTEMPT),
        ("投递未成功，将再次派送", S.FAILED_ATTEMPT),
        ("派送途中", S.OUT_FOR_DELIVERY),
        ("运输途中", S.IN_TRANSIT),
        ("快件预计今天送达，请保持电话畅通", S.UNKNOWN),
    ],
)
def test_what_chinese_pages_say_of_a_parcel_under_way(said: str, state: ScanState) -> None:
    assert in_words(said) is state
