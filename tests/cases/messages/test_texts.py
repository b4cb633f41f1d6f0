"""Every text ships in every language it claims, can be filled with anything, and passes its own check."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from core.cases.messages.library import FALLBACK, languages, market_languages, recognised, rules
from core.cases.messages.rendering import (
    FIELDS,
    GAP,
    LONGEST_TEXT,
    LONGEST_VALUE,
    checked_template,
    day_text,
    fill,
    money_text,
    needed,
)
from core.cases.messages.tone import CHECKS, Flaw, flaws
from core.cases.messages.trying import try_text
from core.foundation.errors import Invalid
from core.foundation.money import Money
from core.models.message import Situation
from core.parcels.markets import markets

TEN = {"zh-CN", "zh-TW", "en", "ms", "th", "vi", "id", "tl", "pt-BR", "es"}
EACH = [(code, situation) for code in sorted(TEN) for situation in Situation]
DAY = date(2026, 11, 25)
NASTY = {
    "markdown": "**bold** [link](http://x) `code` $x^2$ :red[red] # head | a | b |",
    "braces": "{order} [{buyer}] {{x}} {0.__class__} %s",
    "right to left": "مشتري كريم \u202eabc",
    "long": "x" * 5_000,
    "lines": "one\ntwo\r\n\tthree\x00",
    "pictures": "👩‍👩‍👧 ดี 好",
}


def everything(code: str, word: str = "Lamp") -> dict[str, str]:
    language = languages()[code]
    return {
        **dict.fromkeys(FIELDS, word),
        "day": day_text(DAY, language),
        "amount": money_text(Money(Decimal("12.50"), "MYR"), language, "MY"),
    }


def test_the_ten_languages_are_there_with_every_situation() -> None:
    assert set(languages()) == TEN
    assert {(code, one) for code, language in languages().items() for one in language.texts} == set(EACH)


def test_every_market_has_its_languages_and_its_most_usual_one_is_not_only_a_stopgap() -> None:
    for market in markets():
        usual = market_languages(market)
        assert usual and set(usual) <= TEN, market
    assert [market_languages(one)[0] for one in ("SG", "MX", "BR", "TW", "TH")] == ["en", "es", "pt-BR", "zh-TW", "th"]
    assert market_languages("PL") == (FALLBACK,)


@pytest.mark.parametrize(("code", "situation"), EACH)
def test_a_shipped_text_can_be_kept_and_passes_its_own_check(code: str, situation: Situation) -> None:
    language = languages()[code]
    assert checked_template(language.texts[situation], rules()[situation]) == language.texts[situation]
    for values in (everything(code), {name: everything(code)[name] for name in needed(rules()[situation])}):
        filled = fill(language.texts[situation], values)
        assert filled.missing == ()
        assert flaws(filled.text, situation, language) == ()
        assert not re.search(r"[{}\[\]]|  |\n\n\n| [,.;，。]|（）|\(\)", filled.text)
        assert len(filled.text) <= LONGEST_TEXT


@pytest.mark.parametrize(("code", "situation"), EACH)
def test_with_nothing_known_only_what_it_cannot_do_without_is_a_gap(code: str, situation: Situation) -> None:
    language = languages()[code]
    filled = fill(language.texts[situation], {})
    assert set(filled.missing) == set(needed(rules()[situation]))
    assert filled.text.count(GAP) >= len(filled.missing)
    assert not re.search(r"[{}\[\]]", filled.text)
    assert (Flaw.GAP in flaws(filled.text, situation, language)) == bool(filled.missing)


@pytest.mark.parametrize("word", NASTY.values(), ids=NASTY.keys())
@pytest.mark.parametrize("code", sorted(TEN))
def test_whatever_a_value_holds_is_set_in_as_it_is_and_read_no_second_time(code: str, word: str) -> None:
    shown = fill("{buyer}", {"buyer": word}).text
    assert len(shown) <= LONGEST_VALUE + 2
    assert not {"\n", "\x00", "\u202e"} & set(shown)
    for situation in Situation:
        text = languages()[code].texts[situation]
        said = fill(text, everything(code, word)).text
        blank = fill(text, everything(code, "§")).text
        assert said == blank.replace("§", shown)


def test_right_to_left_words_do_not_turn_the_words_around_them() -> None:
    assert fill("Hi {buyer}, order 12", {"buyer": "مشتري"}).text == "Hi \u2068مشتري\u2069, order 12"


def test_a_value_of_spaces_is_missing() -> None:
    assert fill("Hi[ {buyer}], by {day}", {"buyer": "  ", "day": " "}).text == f"Hi, by {GAP}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write the text"),
        ("We are sorry, {bayer}. By {day}.", "{buyer}"),
        ("We are sorry, {xyzzy}. By {day}.", "It can fill in"),
        ("We are sorry {buyer. By {day}.", "does not close"),
        ("We are sorry[ {buyer}. By {day}.", "does not close"),
        ("We are sorry. We will write.", "{day}"),
        ("We are sorry. We will write[ by {day}].", "{day}"),
        ("x" * (LONGEST_TEXT + 1) + "{day}", "too long"),
    ],
)
def test_a_text_that_cannot_be_filled_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=re.escape(said)) as refused:
        checked_template(text, rules()[Situation.APOLOGY])
    assert refused.value.field == "text"


def test_a_refund_needs_its_amount() -> None:
    with pytest.raises(Invalid, match="amount"):
        checked_template("We are sorry. We will refund you by {day}.", rules()[Situation.REFUND])


def test_money_and_days_are_written_as_the_market_writes_them() -> None:
    assert money_text(Money(Decimal("1234.50"), "BRL"), languages()["pt-BR"], "BR") == "R$ 1.234,50"
    assert money_text(Money(Decimal(120000), "VND"), languages()["vi"], "VN") == "120.000 ₫"
    assert day_text(DAY, languages()["es"]) == "25 de noviembre"
    assert day_text(DAY, languages()["zh-TW"]) == "11月25日"


@pytest.mark.parametrize(
    ("said", "market", "code"),
    [
        ("Barang belum sampai, tolong semak", "MY", "ms"),
        ("Paket saya belum sampai kak", "ID", "id"),
        ("Where is my parcel?", "PH", "en"),
        ("Wala pa po yung order ko", "PH", "tl"),
        ("还没有收到", "SG", "zh-CN"),
        ("還沒收到", "TW", "zh-TW"),
        ("还没有收到货", "TW", "zh-CN"),
        ("Chưa nhận được hàng", "VN", "vi"),
        ("ยังไม่ได้รับของ", "TH", "th"),
        ("Cadê meu pedido? Não chegou", "BR", "pt-BR"),
        ("No llegó mi paquete", "MX", "es"),
        ("ok", "MX", None),
        ("", "SG", None),
        ("السلام عليكم", "MY", None),
    ],
)
def test_the_buyers_language_is_told_from_the_words_or_not_at_all(said: str, market: str, code: str | None) -> None:
    assert recognised(said, market) == code


# --- the check of the tone ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(TEN))
def test_blame_is_found_in_every_language(code: str) -> None:
    language = languages()[code]
    good = fill(language.texts[Situation.WAITING], everything(code)).text
    for word in re.findall(r'"([^"]+)"', _list_of(code, "blame")):
        assert flaws(f"{good} {word}.", Situation.WAITING, language) == (Flaw.BLAME,), word


@pytest.mark.parametrize("code", sorted(TEN))
def test_a_message_that_does_not_begin_with_an_apology_is_told(code: str) -> None:
    language = languages()[code]
    greeting, rest = fill(language.texts[Situation.WAITING], everything(code)).text.split("\n\n", 1)
    assert flaws(rest, Situation.WAITING, language) == (Flaw.SORRY,)
    assert flaws(f"{rest}\n\n{greeting}", Situation.WAITING, language) == (Flaw.SORRY,)


@pytest.mark.parametrize("code", sorted(TEN))
def test_a_message_without_a_step_or_a_date_is_told(code: str) -> None:
    language = languages()[code]
    greeting = fill(language.texts[Situation.APOLOGY], everything(code)).text.split("\n\n", 1)[0]
    assert set(flaws(greeting, Situation.APOLOGY, language)) == {Flaw.STEP, Flaw.DATE}
    assert flaws(greeting, Situation.THANKS, language) == ()


@pytest.mark.parametrize(
    ("said", "dated"),
    [
        ("within 48 hours", True),
        ("by tomorrow", True),
        ("by Nov 25", True),
        ("on 25/11", True),
        ("on 25.11.2026", True),
        ("by 2026-11-25", True),
        ("of your SGD 12.50", False),
        ("order 2611180001AA", False),
        ("soon", False),
        ("a few days", False),
    ],
)
def test_what_counts_as_a_date(said: str, dated: bool) -> None:
    text = f"We are sorry. We will write {said}."
    assert (Flaw.DATE not in flaws(text, Situation.APOLOGY, languages()["en"])) == dated


def test_the_checklist_names_every_flaw() -> None:
    assert set(CHECKS) == set(Flaw)


def _list_of(code: str, name: str) -> str:
    from core.cases.messages.library import FOLDER

    text = (FOLDER / f"{code}.toml").read_text(encoding="utf-8")
    found = re.search(rf"^{name} = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


# --- trying a text ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "situation"), EACH)
def test_a_text_is_tried_with_everything_and_with_next_to_nothing(code: str, situation: Situation) -> None:
    tried = try_text(languages()[code].texts[situation], situation, code, today=DAY)
    assert tried.flaws == () and GAP not in tried.full + tried.bare
    assert "aisyah_88" in tried.full and "aisyah_88" not in tried.bare


def test_trying_a_text_says_what_is_wrong_with_it() -> None:
    with pytest.raises(Invalid, match="Did you mean"):
        try_text("Sorry {bayer}, by {day}", Situation.APOLOGY, "en", today=DAY)
    with pytest.raises(Invalid, match="no texts in"):
        try_text("Sorry, by {day}", Situation.APOLOGY, "xx", today=DAY)
    assert try_text("Your mistake, by {day}", Situation.APOLOGY, "en", today=DAY).flaws == (
        Flaw.SORRY,
        Flaw.BLAME,
        Flaw.STEP,
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "We are sorry. This is your own fault."),
        ("en", "We are sorry. The courier lost it, it is their fault."),
        ("zh-CN", "非常抱歉，是快递弄丢的。"),
        ("zh-CN", "很抱歉，这不是我们的责任。"),
        ("zh-CN", "很抱歉。这是你自己弄坏的。"),
        ("zh-TW", "很抱歉，這不是我們的責任。"),
        ("tl", "Pasensya na po, kasalanan nyo po yan."),
        ("pt-BR", "Desculpe, a culpa é sua."),
        ("es", "Disculpe, la culpa no es nuestra."),
    ],
)
def test_blame_as_people_write_it_in_haste_is_found(code: str, said: str) -> None:
    assert Flaw.BLAME in flaws(said, Situation.APOLOGY, languages()[code])


def test_an_apology_after_two_other_sentences_is_not_the_first_thing_said() -> None:
    english = languages()["en"]
    late = "Hi Ana. Your parcel was lost. We are sorry. We will write to you by 25 November."
    assert flaws(late, Situation.APOLOGY, english) == (Flaw.SORRY,)
    assert flaws(late.replace("Your parcel was lost. ", ""), Situation.APOLOGY, english) == ()


def test_a_promise_to_answer_is_a_step_in_spanish() -> None:
    assert flaws("Disculpe. Le responderemos en 48 horas.", Situation.APOLOGY, languages()["es"]) == ()
