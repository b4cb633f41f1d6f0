"""Payloads of 17TRACK and AfterShip: every envelope, every event, the source's own codes, and nothing of the receiver."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation.errors import Invalid, Refusal, TooLarge
from core.models.tracking import ScanState
from core.parcels.json_text import looks_like_json
from core.parcels.tracking.payloads import read_payload
from core.parcels.tracking.scan import Scan, understand
from tests.parcels.tracking import payloads as made

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "tracking"
S = ScanState
ARRIVED = made.seventeen_event("2026-11-20T14:22:31+08:00", "Arrived at hub", "Manila", sub_status="InTransit_Arrival")
PICKED = made.seventeen_event("2026-11-18T10:00:00+08:00", "Picked up", stage="PickedUp")


def scans(body: bytes) -> list[Scan]:
    return [understand(told, ZoneInfo("Asia/Manila"), NOW) for told in read_payload(body).scans]


def test_a_push_of_17track_is_read_event_by_event() -> None:
    first, second = scans(made.seventeen_push(ARRIVED, PICKED))
    assert (first.state, first.code, first.place, first.offset) == (S.IN_TRANSIT, "InTransit_Arrival", "Manila", 480)
    assert first.at == datetime(2026, 11, 20, 6, 22, 31, tzinfo=UTC)
    assert second.state is S.PICKED_UP
    assert {one.number for one in read_payload(made.seventeen_push(ARRIVED)).scans} == {made.NUMBER}


def test_gettrackinfo_is_read_and_its_refusals_are_told() -> None:
    found = read_payload(
        made.seventeen_info(made.seventeen_track(ARRIVED), made.seventeen_track(PICKED, number="B2"), rejected=("C3",))
    )
    assert [one.number for one in found.scans] == [made.NUMBER, "B2"]
    assert [values["number"] for _sentence, values in found.notices] == ["C3"]


def test_the_status_tells_what_the_newest_event_leaves_out() -> None:
    plain = made.seventeen_event("2026-11-20T14:22:31+08:00", "Investigation closed")
    newest, older = scans(made.seventeen_push(plain, PICKED, status="Exception", sub_status="Exception_Lost"))
    assert (newest.state, newest.code) == (S.LOST, "Exception_Lost")
    assert older.state is S.PICKED_UP


@pytest.mark.parametrize("status", ["Expired", "NotFound"])
def test_a_status_for_want_of_news_says_nothing_of_the_newest_event(status: str) -> None:
    plain = made.seventeen_event("2026-11-20T14:22:31+08:00", "Arrived at hub")
    assert scans(made.seventeen_push(plain, status=status))[0].state is S.IN_TRANSIT


def test_a_loss_told_later_of_the_same_event_is_something_new() -> None:
    plain = made.seventeen_event("2026-11-20T14:22:31+08:00", "Arrived at hub")
    before = scans(made.seventeen_push(plain))[0]
    after = scans(made.seventeen_push(plain, status="Exception", sub_status="Exception_Lost"))[0]
    assert before.key != after.key


def test_an_event_with_a_local_time_only_is_local_to_the_parcel() -> None:
    raw = {
        "time_raw": {"date": "2026-11-20", "time": "14:22:31", "timezone": None},
        "description": "Arrived",
        "stage": "Arrival",
    }
    scan = scans(made.seventeen_push(raw))[0]
    assert (scan.at, scan.offset) == (datetime(2026, 11, 20, 6, 22, 31, tzinfo=UTC), None)


def test_nothing_of_the_receiver_is_read() -> None:
    seen = scans(made.seventeen_push(ARRIVED)) + scans(
        made.aftership(
            {
                "tracking": made.aftership_tracking(
                    made.checkpoint("2026-11-20T14:22:31+08:00", "Arrived", "InTransit_003")
                )
            }
        )
    )
    assert all("Nobody" not in one.text + one.place for one in seen)


CHECK = made.checkpoint("2026-11-20T14:22:31+08:00", "Arrived", "InTransit_003", city="Manila", country_name="PHL")


@pytest.mark.parametrize(
    "body",
    [
        made.aftership({"tracking": made.aftership_tracking(CHECK)}),
        made.aftership({"trackings": [made.aftership_tracking(CHECK)]}),
        made.aftership(made.aftership_tracking(CHECK)),
        made.aftership(
            {k: v for k, v in made.aftership_tracking().items() if k != "checkpoints"} | {"checkpoint": CHECK}
        ),
        made.aftership_webhook(made.aftership_tracking(CHECK)),
        json.dumps([made.aftership_tracking(CHECK)]).encode(),
        b"\xef\xbb\xbf" + made.aftership_webhook(made.aftership_tracking(CHECK)),
        made.aftership_webhook(made.aftership_tracking(CHECK))
        + b"\n"
        + made.aftership_webhook(made.aftership_tracking(CHECK)),
    ],
    ids=["tracking", "list", "flat", "last checkpoint", "webhook", "bare list", "with a mark", "one a line"],
)
def test_every_envelope_of_aftership_is_opened(body: bytes) -> None:
    found = read_payload(body).scans[0]
    assert found.number == made.NUMBER
    scan = understand(found, ZoneInfo("UTC"), NOW)
    assert (scan.state, scan.code, scan.place) == (S.IN_TRANSIT, "InTransit_003", "Manila, PHL")


def test_a_tracking_without_scans_is_told_and_one_stopped_too() -> None:
    assert read_payload(made.aftership({"tracking": made.aftership_tracking()})).notices
    stopped = b'{"event": "TRACKING_STOPPED", "data": {"number": "A1", "carrier": 1}}'
    assert read_payload(stopped).notices[0][1] == {"number": "A1"}


def test_the_old_format_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="version 1"):
        read_payload(b'{"event": "TRACKING_UPDATED", "data": {"number": "A1", "track": {"e": 40, "z0": {}, "z1": []}}}')


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[[[[", b'"text"', b"17", b'{"a": {"b": 1}}', b'{"couriers": [{"slug": "dhl"}]}', b"{}\n{"]
)
def test_json_that_is_no_tracking_is_refused_in_a_sentence(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_payload(body)


def test_a_deep_and_a_wide_document_end_in_a_sentence() -> None:
    for body in (b"[" * 100_000, b'{"a":' * 500 + b"1" + b"}" * 500, json.dumps([[[]] * 3] * 200_000).encode()):
        with pytest.raises(Refusal):
            read_payload(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "event",
                    "data",
                    "number",
                    "track_info",
                    "latest_event",
                    "tracking",
                    "providers",
                    "events",
                    "checkpoints",
                    "tracking_number",
                    "checkpoint_time",
                    "message",
                    "subtag",
                    "rejected",
                    "track",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_a_payload_or_a_refusal(document: object) -> None:
    try:
        read_payload(json.dumps(document).encode())
    except Refusal:
        pass


def test_what_is_json_is_told_by_its_first_letter() -> None:
    assert looks_like_json(b'\xef\xbb\xbf  {"a": 1}') and looks_like_json(b"[1]")
    assert not looks_like_json(b"Tracking number,Time")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("17track/webhook_tracking_updated_v2_2.json", 5),
        ("aftership/get_tracking.json", 6),
        ("aftership/get_last_checkpoint.json", 1),
        ("aftership/list_trackings.json", 0),
        ("17track/webhook_tracking_stopped.json", 0),
    ],
)
def test_the_recorded_payloads_are_read_whole(name: str, count: int) -> None:
    path = REFERENCE / name
    if not path.exists():
        pytest.skip("the reference files are not there")
    found = read_payload(path.read_bytes())
    assert len(found.scans) == count
    assert bool(found.notices) == (count == 0)
    assert len({understand(told, ZoneInfo("UTC"), NOW).key for told in found.scans}) == count
    assert all(understand(told, ZoneInfo("UTC"), NOW).state is not S.UNKNOWN for told in found.scans)


def test_a_recorded_answer_about_couriers_is_no_tracking() -> None:
    path = REFERENCE / "aftership" / "detect_courier.json"
    if not path.exists():
        pytest.skip("the reference files are not there")
    with pytest.raises(Invalid, match="no scans"):
        read_payload(path.read_bytes())


def test_json_of_millions_of_values_is_refused_before_it_takes_its_room() -> None:
    with pytest.raises(TooLarge, match="more than an export"):
        read_payload(b'{"data":[' + b'{"a":1},' * 4_000_000 + b"{}]}")
