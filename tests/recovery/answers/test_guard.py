"""The guard: everything planted is stopped, in every language answers are written in; what is composed and edited cleanly passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.cases import contacts
from core.foundation import config
from core.foundation.clock import parse_moment
from core.foundation.money import Money
from core.models import Contact, Message
from core.models.answer import Plea
from core.models.contact import Channel, Party
from core.models.dispute import ReturnReason, Solution
from core.models.incident import IncidentType
from core.models.message import Situation
from core.recovery.answers import Fault, composing, drafts, knowing, modules
from core.recovery.answers.composing import Choice
from core.recovery.answers.facts import Facts, gather
from core.recovery.answers.guard import Finding, check
from core.recovery.answers.knowing import Known
from core.recovery.answers.plan import languages_of, wordings
from core.recovery.answers.rules import library_of
from tests.factories import NOW
from tests.recovery.answers.answering import AMOUNTS, AnswerCase, make_answer_case

HOME = {
    "en": "SG", "zh-CN": "SG", "ms": "MY", "th": "TH", "vi": "VN", "tl": "PH", "id": "ID", "zh-TW": "TW", "pt-BR": "BR", "es": "MX",
}  # fmt: skip
LIMIT = Decimal(5)
"""What whoever sends may promise, in the shop's currency."""

# What is planted, by language: a wrong amount, a wrong day, an admission, blame, a promise beyond authority (with and without a figure).
PLANTED: dict[str, dict[str, str]] = {
    "en": {
        "amount": "The goods are worth S$412.70.",
        "day": "The parcel was weighed on 2 October 2026.",
        "admission": "We admit that we forgot the padding.",
        "blame": "The buyer is lying.",
        "promise": "We will refund S$318.00 at once.",
        "whole": "We are willing to pay everything back.",
    },
    "zh-CN": {
        "amount": "商品价值 S$412.70。",
        "day": "包裹于2026年10月2日称重。",
        "admission": "这是我方失误，漏放了缓冲材料。",
        "blame": "买家撒谎。",
        "promise": "我方愿意退还 S$318.00。",
        "whole": "我方会退还全部货款。",
    },
    "ms": {
        "amount": "Nilai barang ialah RM412.70.",
        "day": "Bungkusan ditimbang pada 2 Oktober 2026.",
        "admission": "Ini kesilapan kami.",
        "blame": "Pembeli menipu.",
        "promise": "Kami akan bayar balik RM129.90.",
        "whole": "Kami bersedia memulangkan semuanya.",
    },
    "th": {
        "amount": "สินค้ามีมูลค่า ฿4,127.00",
        "day": "ชั่งน้ำหนักพัสดุวันที่ 2 ตุลาคม 2569",
        "admission": "เป็นความผิดพลาดของร้าน",
        "blame": "ผู้ซื้อโกหก",
        "promise": "ร้านยินดีคืนเงิน 1,250 บาท",
        "whole": "ร้านจะคืนเงินทั้งหมด",
    },
    "vi": {
        "amount": "Giá trị hàng là 412 nghìn đồng.",
        "day": "Kiện hàng được cân ngày 2 tháng 10 năm 2026.",
        "admission": "Đây là lỗi của shop.",
        "blame": "Người mua nói dối.",
        "promise": "Shop sẽ hoàn 325.000 ₫.",
        "whole": "Shop đồng ý hoàn toàn bộ.",
    },
    "tl": {
        "amount": "Ang halaga ng item ay ₱4,127.00.",
        "day": "Tinimbang ang parcel noong Oktubre 2, 2026.",
        "admission": "Nagkamali kami.",
        "blame": "Nagsisinungaling ang buyer.",
        "promise": "Ire-refund namin ang ₱1,499.00.",
        "whole": "Handa kaming mag-refund ng buong halaga.",
    },
    "id": {
        "amount": "Nilai barang adalah Rp412 ribu.",
        "day": "Paket ditimbang pada 2 Oktober 2026.",
        "admission": "Ini kesalahan kami.",
        "blame": "Pembeli berbohong.",
        "promise": "Kami akan mengembalikan dana Rp289.000.",
        "whole": "Kami bersedia mengembalikan seluruh dana.",
    },
    "zh-TW": {
        "amount": "商品價值 NT$1,412。",
        "day": "包裹於2026年10月2日秤重。",
        "admission": "這是我方疏忽。",
        "blame": "買家說謊。",
        "promise": "我方願意退還 NT$880。",
        "whole": "我方會退還全部款項。",
    },
    "pt-BR": {
        "amount": "O produto vale R$ 412,70.",
        "day": "O pacote foi pesado em 2 de outubro de 2026.",
        "admission": "Foi um erro nosso.",
        "blame": "O comprador está agindo de má-fé.",
        "promise": "Vamos reembolsar R$ 331,08.",
        "whole": "Aceitamos reembolsar o valor integral.",
    },
    "es": {
        "amount": "El producto vale $412.70.",
        "day": "El paquete se pesó el 2 de octubre de 2026.",
        "admission": "Fue un error nuestro.",
        "blame": "El comprador miente.",
        "promise": "Vamos a reembolsar $799.50.",
        "whole": "Aceptamos reembolsar la totalidad.",
    },
}
STOPS = {
    "amount": Fault.AMOUNT,
    "day": Fault.DAY,
    "admission": Fault.ADMISSION,
    "blame": Fault.BLAME,
    "promise": Fault.PROMISE,
    "whole": Fault.PROMISE,
}

# What people add that is true and proper.
PROPER: dict[str, tuple[str, ...]] = {
    "en": ("The carrier's own page shows the same.", "Please look at exhibits 1 and 2 first.", "Both are on exhibit 1."),
    "zh-CN": ("承运商网站显示的内容一致。", "请先查看证据 1 和 2。", "请平台核对我方提交的材料。"),
    "ms": ("Laman syarikat penghantaran menunjukkan perkara yang sama.", "Sila lihat bukti 1 dan 2 dahulu."),
    "th": ("หน้าเว็บของขนส่งแสดงข้อมูลเดียวกัน", "โปรดดูหลักฐานที่ 1 และ 2 ก่อน"),
    "vi": ("Trang của đơn vị vận chuyển hiển thị cùng nội dung.", "Vui lòng xem bằng chứng 1 và 2 trước."),
    "tl": ("Ganoon din ang nakalagay sa pahina ng courier.", "Pakitingnan muna ang ebidensya 1 at 2."),
    "id": ("Situs jasa kirim menunjukkan hal yang sama.", "Mohon lihat bukti 1 dan 2 terlebih dahulu."),
    "zh-TW": ("物流網站顯示的內容一致。", "請先查看證據 1 和 2。"),
    "pt-BR": ("A página da transportadora mostra o mesmo.", "Por favor, vejam primeiro as provas 1 e 2."),
    "es": ("La página de la paquetería muestra lo mismo.", "Por favor, vean primero las pruebas 1 y 2."),
}  # fmt: skip


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def chosen(facts: Facts, plea: Plea, language: str, amount: Money | None) -> Choice:
    base = drafts.advised(facts, NOW)
    rules = composing.advised_rules(facts, plea, NOW)
    return replace(base, plea=plea, amount=amount, language=language, rules=rules)


def held(facts: Facts, choice: Choice, left: Decimal = LIMIT, **more: Any) -> Known:
    values: dict[str, Any] = {
        "plea": choice.plea,
        "amount": choice.amount,
        "exhibits": [one.number for one in drafts.exhibits_of(facts, choice)],
        "missing": (),
        "rules": choice.rules,
        "left": Money(left, facts.dispute.currency),
        "now": NOW,
        **more,
    }
    return knowing.known(facts, **values)


def written(facts: Facts, choice: Choice) -> str:
    return composing.compose(facts, choice, drafts.exhibits_of(facts, choice), choice.language, NOW)


def faults(text: str, language: str, known: Known) -> list[Fault]:
    return [one.fault for one in check(text, language, known)]


def kinds_of(found: tuple[Finding, ...]) -> str:
    return "; ".join(f"{one.fault}: {one.words}" for one in found)


@pytest.mark.parametrize("language", sorted(HOME))
def test_everything_planted_is_stopped(session: Session, language: str) -> None:
    case = make_answer_case(session, HOME[language])
    facts = gather(session, case.dispute.id, actor=case.actor)
    choice = chosen(facts, Plea.REJECT, language, None)
    text, known = written(facts, choice), held(facts, choice)
    assert check(text, language, known) == (), kinds_of(check(text, language, known))
    for name, sentence in PLANTED[language].items():
        found = faults(f"{text}\n{sentence}", language, known)
        assert STOPS[name] in found, (language, name, found)
    refers = wordings()[language].referring([1, 4])
    assert Fault.EXHIBIT in faults(f"{text}\n{refers}", language, known)
    other = case.shipment.tracking_number
    assert other is not None
    wrong_number = other[:-2] + ("77" if not other.endswith("77") else "78")
    assert Fault.NUMBER in faults(text.replace(other, wrong_number, 1), language, known)
    wrong = composing.day_text((NOW - timedelta(days=3)).date(), wordings()[language])
    right = composing.day_text(facts.day(facts.moment("delivered_at") or NOW), wordings()[language])
    moved = text.replace(f"{right} –", f"{wrong} –")
    assert moved != text and faults(moved, language, held(facts, choice))
    told = f"{text}\n{wordings()[language].facts['lost']}"
    assert Fault.CASE in faults(told, language, known)
    assert Fault.MISSING in faults(text, language, held(facts, choice, missing=("Unboxing",)))
    assert Fault.GAP in faults(f"{text} ____", language, known)


def test_two_hundred_clean_answers_pass_untouched(session: Session) -> None:
    """Every market and language, every reason and plea, with and without what people add."""
    passed = 0
    for market in AMOUNTS:
        for reason, type_, solution in (
            (ReturnReason.NOT_RECEIVED, IncidentType.LOST, Solution.REFUND_ONLY),
            (ReturnReason.DAMAGED, IncidentType.DAMAGED, Solution.RETURN_REFUND),
        ):
            case = make_answer_case(
                session,
                market,
                reason=reason,
                type=type_,
                solution=solution,
                kinds=("packing_video", "waybill_copy", "tracking_snapshot", "item_photo", "outer_box_photo"),
            )
            facts = gather(session, case.dispute.id, actor=case.actor)
            for language in dict.fromkeys((*languages_of(market), "zh-CN")):
                for plea in Plea:
                    amount = Money(LIMIT, facts.dispute.currency) if plea is Plea.PARTIAL else facts.amount
                    choice = chosen(facts, plea, language, amount)
                    text, known = written(facts, choice), held(facts, choice)
                    for one in (text, "\n".join((text, *PROPER[language]))):
                        found = check(one, language, known)
                        assert found == (), (market, language, plea, kinds_of(found), one)
                        passed += 1
    assert passed >= 200


# --- against what was told -------------------------------------------------------------------------------------------------


def found_in(
    session: Session, case: AnswerCase, plea: Plea = Plea.REJECT, amount: Money | None = None, extra: str = ""
) -> list[Fault]:
    facts = gather(session, case.dispute.id, actor=case.actor)
    choice = chosen(facts, plea, languages_of(case.shipment.market)[0], amount)
    return faults(written(facts, choice) + extra, choice.language, held(facts, choice, Decimal(10**9)))


def tell(session: Session, case: AnswerCase, situation: Situation, text: str, language: str) -> None:
    """A message as it was sent."""
    talk = Contact(
        incident_id=case.incident.id, party=Party.BUYER, channel=Channel.CHAT, at=NOW, summary="sent", logged_at=NOW
    )
    session.add(talk)
    session.flush()
    values: dict[str, Any] = {
        "template_version": 1,
        "flaws": [],
        "contact_id": talk.id,
        "sent_at": NOW,
        "sent_by": case.actor.person_id,
    }
    session.add(Message(incident_id=case.incident.id, situation=situation, language=language, text=text, **values))
    session.flush()


def talk(session: Session, case: AnswerCase, party: Party, summary: str, **more: Any) -> None:
    """A talk about the case, on the phone unless said otherwise."""
    values: dict[str, Any] = {"channel": Channel.PHONE, "at": NOW, "now": NOW, **more}
    contacts.log_contact(session, case.incident.id, actor=case.actor, party=party, summary=summary, **values)


REFUND_TOLD = {
    "SG": ("en", "We will refund $318.00 to you by 25 November."),
    "MY": ("ms", "Kami akan memulangkan RM129.90 kepada anda selewat-lewatnya pada 25 November."),
    "TH": ("th", "ทางร้านจะคืนเงิน ฿1,250.00 ให้คุณภายในวันที่ 25 พฤศจิกายน"),
    "VN": ("vi", "Shop sẽ hoàn 325.000 ₫ cho bạn trước hết ngày 25/11."),
    "ID": ("id", "Kami akan mengembalikan Rp289.000,00 paling lambat 25 November."),
    "BR": ("pt-BR", "Vamos reembolsar R$ 331,08 até 25 de novembro."),
    "MX": ("es", "Le reembolsaremos $799.50 a más tardar el 25 de noviembre."),
    "TW": ("zh-TW", "我們會在11月25日前退款 NT$880。"),
}


@pytest.mark.parametrize("market", sorted(REFUND_TOLD))
def test_a_refund_the_buyer_was_told_of_is_not_refused_behind_their_back(session: Session, market: str) -> None:
    case = make_answer_case(session, market)
    assert found_in(session, case) == []
    language, text = REFUND_TOLD[market]
    tell(session, case, Situation.REFUND, text, language)
    assert found_in(session, case) == [Fault.TOLD]
    assert found_in(session, case, Plea.RETURN_FIRST) == [Fault.TOLD]
    less = Money(Decimal(AMOUNTS[market]) / 2, case.dispute.currency)
    whole = Money(Decimal(AMOUNTS[market]), case.dispute.currency)
    assert Fault.TOLD in found_in(session, case, Plea.PARTIAL, less)
    assert found_in(session, case, Plea.PARTIAL, whole) == []


def test_a_parcel_the_carrier_was_told_is_lost_was_not_delivered(session: Session) -> None:
    case = make_answer_case(session)
    talk(session, case, Party.CARRIER, "Reported: the parcel was lost in the hub, claim follows.")
    assert found_in(session, case) == [Fault.TOLD]


def test_the_day_on_which_something_was_told_is_the_shops(session: Session) -> None:
    """17:30 UTC is the next day already where the shop is: the finding names that one."""
    case = make_answer_case(session)
    late = parse_moment("2026-11-20T17:30:00Z")
    talk(session, case, Party.CARRIER, "Reported: the parcel was lost in the hub, claim follows.", at=late)
    facts = gather(session, case.dispute.id, actor=case.actor)
    choice = chosen(facts, Plea.REJECT, "en", None)
    [found] = check(written(facts, choice), "en", held(facts, choice))
    assert found.fault is Fault.TOLD and "21 Nov 2026" in found.said


def test_what_the_buyer_says_in_a_talk_is_not_what_we_told(session: Session) -> None:
    case = make_answer_case(session)
    talk(session, case, Party.BUYER, "Says the parcel was lost and arrived damaged.")
    assert found_in(session, case) == []


def test_a_promise_in_a_talk_with_the_buyer_counts(session: Session) -> None:
    case = make_answer_case(session)
    due_at = NOW + timedelta(days=2)
    talk(session, case, Party.BUYER, "Agreed", promise="We will refund S$100", promise_due_at=due_at)
    assert found_in(session, case) == [Fault.TOLD]


def test_a_damage_claimed_from_the_carrier_was_not_undamaged(session: Session) -> None:
    case = make_answer_case(session, reason=ReturnReason.DAMAGED, type=IncidentType.DAMAGED)
    assert found_in(session, case, extra="\nIt arrived intact.") == []
    said = "The parcel was damaged in transit, photos sent."
    talk(session, case, Party.CARRIER, said, channel=Channel.EMAIL)
    assert found_in(session, case, extra="\nIt arrived intact.") == [Fault.TOLD]


def test_a_delivery_nobody_recorded_is_not_claimed(session: Session) -> None:
    case = make_answer_case(session, delivered=False)
    assert found_in(session, case) == []
    assert found_in(session, case, extra="\nThe parcel was delivered.") == [Fault.CASE]


def test_an_offer_beyond_authority_is_stopped_whatever_the_words(session: Session) -> None:
    case = make_answer_case(session)
    facts = gather(session, case.dispute.id, actor=case.actor)
    choice = chosen(facts, Plea.PARTIAL, "en", Money(Decimal(50), "SGD"))
    text = written(facts, choice)
    assert faults(text, "en", held(facts, choice, Decimal(49))) == [Fault.PROMISE]
    assert faults(text, "en", held(facts, choice, Decimal(50))) == []


def test_the_buyers_words_and_names_of_things_are_not_ours(session: Session) -> None:
    """Whatever figures and words stand in quotation marks or in the name of an item, they are not held against us."""
    said = "You are a scammer, it was your fault! I paid 77,00 EUR on 3/4/2020, number ABCD1234567"
    case = make_answer_case(session, said=said)
    facts = gather(session, case.dispute.id, actor=case.actor)
    choice = chosen(facts, Plea.REJECT, "en", None)
    assert check(written(facts, choice), "en", held(facts, choice)) == ()
    # The same words without the marks are ours.
    assert Fault.BLAME in faults(written(facts, choice) + "\nThe buyer is a scammer.", "en", held(facts, choice))


def test_exhibits_are_listed_in_runs_too(session: Session) -> None:
    case = make_answer_case(session)
    facts = gather(session, case.dispute.id, actor=case.actor)
    choice = chosen(facts, Plea.REJECT, "en", None)
    known = held(facts, choice)
    assert sorted(known.exhibits) == [1, 2, 3]
    for said in ("See exhibits 1–3.", "See exhibits 1, 2 and 3."):
        assert faults(said, "en", known) == []
    assert faults("See exhibits 2–5.", "en", known) == [Fault.EXHIBIT, Fault.EXHIBIT]


def test_evidence_that_was_withdrawn_leaves_its_number_empty(session: Session) -> None:
    case = make_answer_case(session)
    facts = gather(session, case.dispute.id, actor=case.actor)
    places = drafts.advised(facts, NOW).places
    gone = places[0].evidence[0]
    left = tuple(one for one in facts.items if one.id != gone)
    assert [one.number for one in modules.numbered(places, left)] == [2, 3]


def test_rules_of_the_library_fit_their_market(session: Session) -> None:
    library = library_of(session)
    for market in AMOUNTS:
        found = library.fitting(market, ReturnReason.NOT_RECEIVED, Plea.COMPENSATE, "spx", NOW.date())
        assert found and all(not one.markets or market in one.markets for one in found)


@pytest.mark.parametrize(
    "said", ["We refund SGD 318.00.", "We are refunding SGD 318.00.", "We pay the buyer SGD 318.00."]
)
def test_a_promise_in_the_present_is_one_too(said: str) -> None:
    assert wordings()["en"].guard["promise"].search(said.casefold())
