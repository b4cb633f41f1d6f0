"""Times named in free words, in the ten languages: what we promise is found, what others are told is not taken for it."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta

import pytest

from core.cases.messages.library import Promise, languages, rules
from core.cases.messages.rendering import FIELDS, day_text, fill
from core.cases.messages.times import DATA, Time, Whose, times_in
from core.foundation.calendars import calendar_of
from core.models.message import Situation

MONDAY = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
OURS = [
    ("en", "We will answer you within 48 hours.", 25),
    ("en", "We answer within forty-eight hours.", 25),
    ("en", "An answer by Friday 27 November.", 27),
    ("en", "We'll refund you on Friday.", 27),
    ("en", "Your refund will arrive in 3 working days.", 26),
    ("en", "You will hear from us tomorrow.", 24),
    ("en", "We will write in 2-3 days.", 26),
    ("en", "We’ll ship by 27/11.", 27),
    ("en", "Within 24h we will get back to you, please keep the box.", 24),
    ("en", "We'll sort this out by the end of the week.", 27),
    ("en", "We will write by the 27th at the latest.", 27),
    ("en", "Please allow two working days.", 25),
    ("en", "By Monday next week we will have your answer.", 30),
    ("en", "We will tell you within ４８ hours.", 25),
    ("en", "Please be patient, within 48 hours we will answer.", 25),
    ("en", "Please send us the photos, and we will refund you within 48 hours.", 25),
    ("zh-CN", "我们会在48小时内答复您。", 25),
    ("zh-CN", "我们会在４８小时内答复您。", 25),
    ("zh-CN", "四十八小时内给您答复。", 25),
    ("zh-CN", "三个工作日内为您退款。", 26),
    ("zh-CN", "我们明天给您答复。", 24),
    ("zh-CN", "最晚周五前会给您退款。", 27),
    ("zh-CN", "下周一前我们会寄出新的包裹。", 30),
    ("zh-CN", "请您放心，我们3日内处理。", 26),
    ("zh-CN", "我们会在11月27日（周五）前回复。", 27),
    ("zh-CN", "27号前我们给您结果", 27),
    ("zh-CN", "我们3天后答复您", 26),
    ("zh-TW", "我們會在四十八小時內回覆您。", 25),
    ("zh-TW", "三個工作天內為您退款。", 26),
    ("zh-TW", "最晚週五會給您答覆。", 27),
    ("zh-TW", "我們會在11月27日前回覆。", 27),
    ("ms", "Kami akan membalas dalam masa 48 jam.", 25),
    ("ms", "Kami akan hubungi anda sebelum hari Jumaat.", 27),
    ("ms", "Bayaran balik akan diproses dalam tiga hari bekerja.", 26),
    ("ms", "Esok kami akan maklumkan.", 24),
    ("ms", "Kami akan beritahu selewat-lewatnya Jumaat, 27 November.", 27),
    ("id", "Mohon tunggu 2x24 jam ya Kak.", 25),
    ("id", "Kami kabari paling lambat Jumat, 27 November.", 27),
    ("id", "Kami proses maksimal 3 hari kerja.", 26),
    ("id", "Besok kami akan kirim paketnya.", 24),
    ("id", "Kami akan memberi jawaban dalam dua hari.", 25),
    ("th", "ทางร้านจะตอบภายใน ๔๘ ชั่วโมงค่ะ", 25),
    ("th", "ทางร้านจะตอบภายใน 48 ชม. ค่ะ", 25),
    ("th", "จะคืนเงินให้ภายใน 3 วันทำการค่ะ", 26),
    ("th", "ทางร้านจะแจ้งภายในวันศุกร์ที่ 27 พฤศจิกายนค่ะ", 27),
    ("th", "ทางร้านจะแจ้งภายในวันศุกร์นี้ค่ะ", 27),
    ("th", "พรุ่งนี้ทางร้านจะส่งของให้ค่ะ", 24),
    ("th", "ทางร้านจะตอบภายในสองวันค่ะ", 25),
    ("vi", "Shop sẽ trả lời bạn trong vòng 48 giờ.", 25),
    ("vi", "Shop sẽ hoàn tiền trong 3 ngày làm việc.", 26),
    ("vi", "Shop sẽ báo bạn trước thứ Sáu.", 27),
    ("vi", "Chậm nhất thứ Sáu 27/11 shop sẽ báo bạn.", 27),
    ("vi", "Ngày mai shop sẽ gửi hàng.", 24),
    ("vi", "Shop sẽ trả lời trong hai ngày.", 25),
    ("tl", "Sasagutin po namin kayo sa loob ng 48 oras.", 25),
    ("tl", "Ire-refund po namin ito sa loob ng tatlong araw.", 26),
    ("tl", "Sasabihin po namin bago ang Biyernes.", 27),
    ("tl", "Ipapadala po namin bukas.", 24),
    ("tl", "Within 3 working days po namin ire-refund.", 26),
    ("pt-BR", "Responderemos em até 48 horas.", 25),
    ("pt-BR", "Vamos reembolsar em três dias úteis.", 26),
    ("pt-BR", "Avisaremos até sexta-feira.", 27),
    ("pt-BR", "Você receberá o reembolso até sexta, 27 de novembro.", 27),
    ("pt-BR", "Amanhã enviaremos o novo pacote.", 24),
    ("es", "Le responderemos en un plazo de 48 horas.", 25),
    ("es", "Le reembolsaremos en tres días hábiles.", 26),
    ("es", "Le avisaremos a más tardar el viernes.", 27),
    ("es", "El viernes 27 de noviembre le enviaremos el paquete.", 27),
    ("es", "Mañana le diremos.", 24),
]
"""Language, text, and the day of November it comes to, written on Monday the 23rd."""
NOT_OURS = [
    ("en", "Within 48 hours of delivery you may return the item."),
    ("en", "You may open a request within 15 days."),
    ("en", "Please send us the photos within 2 days."),
    ("en", "Could you let us know by Friday?"),
    ("en", "If you write by Friday, we can help."),
    ("en", "As soon as we have your photos, we will refund you within 48 hours."),
    ("en", "We will refund you within 48 hours after you send the item back."),
    ("en", "Your parcel was last scanned on 20 November."),
    ("en", "We are sorry that you have been waiting for 5 days."),
    ("en", "Returns are possible within 15 days."),
    ("en", "The carrier has 14 days to look for it."),
    ("en", "We asked the carrier 3 days ago."),
    ("en", "Shopee will pay it back within 5 working days."),
    ("en", "We reply 24/7."),
    ("en", "Order 12345 of 2 lamps, RM 48."),
    ("zh-CN", "签收后48小时内您可以申请退货。"),
    ("zh-CN", "请您在3天内告诉我们。"),
    ("zh-CN", "收到照片后，我们会在24小时内处理。"),
    ("zh-CN", "让您等了5天，非常抱歉。"),
    ("zh-CN", "3天前我们联系了物流公司。"),
    ("zh-CN", "Shopee 会在5个工作日内退回。"),
    ("zh-CN", "您的包裹11月20日已发出。"),
    ("zh-CN", "您可以在7天内申请退款。"),
    ("zh-CN", "祝您有美好的一天！"),
    ("zh-TW", "簽收後48小時內您可以申請退貨。"),
    ("zh-TW", "請您在3天內告訴我們。"),
    ("zh-TW", "收到照片後，我們會在24小時內處理。"),
    ("ms", "Anda boleh memulangkan barang dalam masa 15 hari."),
    ("ms", "Mohon hantar gambar dalam masa 2 hari."),
    ("ms", "Sebaik sahaja gambar diterima, kami akan bayar balik dalam 48 jam."),
    ("ms", "Dalam masa 48 jam selepas penghantaran, anda boleh memohon pemulangan."),
    ("id", "Mohon kirim fotonya dalam 2 hari."),
    ("id", "Kakak bisa mengajukan pengembalian dalam 15 hari."),
    ("id", "Begitu fotonya kami terima, kami akan memproses dalam 24 jam."),
    ("id", "Dalam 48 jam setelah paket diterima, Kakak bisa mengajukan komplain."),
    ("id", "Kami sudah menghubungi ekspedisi 3 hari yang lalu."),
    ("th", "คุณสามารถขอคืนสินค้าได้ภายใน 15 วันค่ะ"),
    ("th", "รบกวนส่งรูปภายใน 2 วันค่ะ"),
    ("th", "ภายใน 48 ชั่วโมงหลังจากได้รับสินค้า คุณสามารถขอคืนได้"),
    ("th", "เมื่อได้รับรูปแล้ว ทางร้านจะตรวจสอบภายใน 24 ชั่วโมงค่ะ"),
    ("vi", "Bạn có thể trả hàng trong 15 ngày."),
    ("vi", "Nhờ bạn gửi ảnh trong 2 ngày nhé."),
    ("vi", "Trong 48 giờ sau khi nhận hàng, bạn có thể yêu cầu trả hàng."),
    ("vi", "Ngay khi nhận được ảnh, shop sẽ xử lý trong 24 giờ."),
    ("vi", "Shop đã liên hệ 3 ngày trước."),
    ("tl", "Pakipadala po ang litrato sa loob ng 2 araw."),
    ("tl", "Maaari po kayong mag-return sa loob ng 15 araw."),
    ("tl", "Pagkatanggap po namin ng mga litrato, ire-refund namin sa loob ng 24 oras."),
    ("pt-BR", "Você pode devolver em até 7 dias."),
    ("pt-BR", "Por favor, envie as fotos em até 2 dias."),
    ("pt-BR", "Em até 48 horas após a entrega, você pode abrir uma solicitação."),
    ("pt-BR", "Assim que recebermos as fotos, vamos reembolsar em 24 horas."),
    ("pt-BR", "Entramos em contato há 3 dias."),
    ("es", "Puede devolverlo en un plazo de 15 días."),
    ("es", "Por favor, envíenos las fotos en 2 días."),
    ("es", "En cuanto recibamos las fotos, le reembolsaremos en 24 horas."),
    ("es", "Dentro de las 48 horas después de la entrega, puede solicitarlo."),
    ("es", "Lo pedimos hace 3 días."),
]


def named(text: str, code: str, now: datetime = MONDAY, market: str = "SG") -> tuple[Time, ...]:
    return times_in(text, (code, "en"), now=now, zone="Asia/Kuala_Lumpur", calendar=calendar_of(market))


def ours(text: str, code: str, now: datetime = MONDAY, market: str = "SG") -> list[date]:
    return [one.day for one in named(text, code, now, market) if one.whose is Whose.OURS]


def test_every_language_of_messages_has_its_table() -> None:
    table = tomllib.loads(DATA.read_text("utf-8"))
    assert set(languages()) == {code for code, row in table.items() if isinstance(row, dict)}
    assert {code: len(table[code]["weekdays"]) for code in languages()} == dict.fromkeys(languages(), 7)


@pytest.mark.parametrize(("code", "text", "day"), OURS)
def test_a_time_we_promise_is_found_with_its_day(code: str, text: str, day: int) -> None:
    assert ours(text, code) == [date(2026, 11, day)]


@pytest.mark.parametrize(("code", "text"), NOT_OURS)
def test_what_the_buyer_or_others_are_told_is_no_promise_of_ours(code: str, text: str) -> None:
    assert ours(text, code) == []


@pytest.mark.parametrize("code", sorted(languages()))
@pytest.mark.parametrize("situation", list(Situation))
def test_a_shipped_text_names_its_day_and_nothing_else(code: str, situation: Situation) -> None:
    language, promise = languages()[code], rules()[situation].promise
    whose = Whose.BUYERS if promise is Promise.BUYER else Whose.OURS
    for ahead in range(1, 15):
        day = MONDAY.date() + timedelta(days=ahead)
        for known in (dict.fromkeys(FIELDS, "Lamp 3"), {}):
            values = {**known, "amount": "RM12.50", "day": day_text(day, language)}
            found = [(one.whose, one.day) for one in named(fill(language.texts[situation], values).text, code)]
            assert found == ([] if promise is None else [(whose, day)])


def test_hours_are_counted_from_now_and_other_times_have_no_hour() -> None:
    (hours,) = named("We will answer within 24 hours.", "en")
    assert (hours.words, hours.at) == ("24 hours", MONDAY + timedelta(hours=24))
    assert named("We will answer by Friday.", "en")[0].at is None


def test_days_are_those_of_the_shop_and_working_days_those_of_its_market() -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert ours("We will answer tomorrow.", "en", late) == [date(2026, 11, 25)]
    assert ours("We will answer within 3 working days.", "en", datetime(2026, 12, 23, 4, 0, tzinfo=UTC), "SG") == [
        date(2026, 12, 29)
    ]


def test_a_day_without_a_year_is_the_next_one_and_a_day_that_is_over_is_none() -> None:
    end = datetime(2026, 12, 30, 4, 0, tzinfo=UTC)
    assert ours("We will answer by 4 January.", "en", end) == [date(2027, 1, 4)]
    assert ours("We will answer on the 2nd.", "en", end) == [date(2027, 1, 2)]
    assert ours("We answered on 20 November.", "en", end) == []
    assert ours("我们会在1月4日前答复您。", "zh-CN", end) == [date(2027, 1, 4)]


def test_of_a_range_the_later_and_of_two_times_each() -> None:
    assert ours("We will answer in 24 to 48 hours.", "en") == [date(2026, 11, 25)]
    assert ours("We will answer tomorrow. We will refund by Friday.", "en") == [date(2026, 11, 24), date(2026, 11, 27)]


@pytest.mark.parametrize(
    "text", ["", "x" * 2_000, "9" * 2_000, "一" * 2_000, "in " * 600, "‮ by Friday?", "0 hours 99/99"]
)
def test_any_text_can_be_read(text: str) -> None:
    for code in languages():
        assert isinstance(named(text, code), tuple)
