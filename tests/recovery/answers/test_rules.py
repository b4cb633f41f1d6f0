"""The library of the platform's rules: shipped, corrected by the team, added to; every version kept, and what was sent left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.desk.history import sentence
from core.foundation import config, database, language
from core.foundation.errors import Conflict, GuardFailed, Invalid, NotAllowed, NotFound, WrongState
from core.foundation.permissions import Actor, Role
from core.models import AnswerDraft, AuditEvent, DisputeAnswer, PlatformRuleVersion, Tag
from core.models.answer import Plea
from core.models.dispute import ReturnReason
from core.models.platform_rule import Topic
from core.models.rule import Confidence, Origin
from core.recovery import answers
from core.recovery.answers import Fault, rules
from core.recovery.answers.plan import wordings
from core.recovery.answers.rules import PlatformRule, shipped
from core.recovery.answers.rules import library as library_module
from tests.factories import NOW, make_carrier
from tests.people import acting
from tests.recovery.answers.answering import AnswerCase, make_answer_case
from tests.splitting import at_once

TODAY = NOW.date()
LATER = NOW + timedelta(hours=1)
OLD = shipped()["proof-list"].words["en"]
NEW = "A dispute is decided on the proof in the platform's list, and a film counts only with its sound."


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


@pytest.fixture
def lead(session: Session) -> Actor:
    return acting(session, Role.LEAD, "luo-rules")


def own(**more: Any) -> dict[str, Any]:
    """A rule of the team's own, as its form gives it."""
    return {
        "topic": Topic.PROOF,
        "markets": ["SG"],
        "reasons": [ReturnReason.NOT_RECEIVED],
        "pleas": [],
        "carriers": [],
        "source": "https://help.shopee.sg/portal/article/1",
        "checked_on": TODAY,
        "valid_from": None,
        "confidence": Confidence.HIGH,
        "words-en": "A signature of the building's guard counts as delivery, up to S$77.",
        "words-zh-CN": "楼宇保安签收视为送达，最高 S$77。",
        **more,
    }


def edit(
    session: Session, code: str, actor: Actor, seen: Mapping[str, Any] | None = None, **typed: Any
) -> PlatformRule:
    fields = {name.replace("words_", "words-").replace("zh_CN", "zh-CN"): value for name, value in typed.items()}
    shown = seen or rules.values_of(rules.library_of(session).versions[code][0])
    return rules.edit_rule(session, code, actor=actor, seen=shown, typed=fields, now=NOW)


def correct(session: Session, actor: Actor, **more: Any) -> PlatformRule:
    """The team's own words of a shipped rule that every answer can rest on."""
    return edit(session, "proof-list", actor, words_en=NEW, words_zh_CN="争议以平台清单为准，视频须有原声。", **more)


def prepare(session: Session, case: AnswerCase, *codes: str, now: datetime = NOW) -> AnswerDraft:
    desk = answers.answer_desk(session, case.dispute.id, actor=case.actor, now=now)
    choice = replace(desk.choice, rules=codes or desk.choice.rules)
    return answers.prepare_answer(session, case.dispute.id, actor=case.actor, choice=choice, now=now)


def send(session: Session, case: AnswerCase) -> DisputeAnswer:
    return answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW)


def stops(session: Session, case: AnswerCase) -> list[Fault]:
    written = answers.answer_desk(session, case.dispute.id, actor=case.actor, now=NOW).written
    assert written is not None
    return [one.fault for one in written.findings]


def standing(session: Session, code: str, actor: Actor, today: date = TODAY) -> rules.Standing:
    return next(one for one in rules.list_rules(session, actor=actor, today=today) if one.rule.code == code)


# --- one library ----------------------------------------------------------------------------------------------------------


def test_a_team_that_wrote_nothing_has_the_shipped_rules_and_no_rows(session: Session, lead: Actor) -> None:
    library = rules.library_of(session)
    assert {code: rows[0] for code, rows in library.versions.items()} == dict(shipped())
    assert session.scalar(select(func.count()).select_from(PlatformRuleVersion)) == 0
    found = rules.list_rules(session, actor=lead, today=TODAY)
    assert len(found) == len(shipped()) and all(one.shipped and not one.newer and one.versions == 1 for one in found)
    assert not any(code.startswith("team-") for code in shipped())


def test_a_corrected_rule_is_what_the_next_answer_says_and_the_shipped_text_stays_in_its_history(
    session: Session, lead: Actor
) -> None:
    made = correct(session, lead)
    assert (made.version, made.origin) == (2, Origin.HAND)
    newest, first = rules.rule_versions(session, "proof-list", actor=lead)
    assert (newest.rule.words["en"], newest.added_by) == (NEW, "Luo-Rules")
    assert (first.rule, first.added_at, first.added_by) == (shipped()["proof-list"], None, None)
    case = make_answer_case(session)
    assert NEW in prepare(session, case, "proof-list").text
    assert stops(session, case) == []


def test_an_answer_keeps_the_version_it_went_with(session: Session, lead: Actor) -> None:
    first, second = make_answer_case(session), make_answer_case(session)
    prepare(session, first, "proof-list")
    sent = send(session, first)
    correct(session, lead)
    prepare(session, second, "proof-list", "dispute-open")
    later = send(session, second)
    assert [(one["code"], one["version"], one["text"]) for one in sent.rules] == [("proof-list", 1, OLD)]
    assert [(one["code"], one["version"]) for one in later.rules] == [("proof-list", 2), ("dispute-open", 1)]
    assert later.rules[0]["text"] == NEW
    counted = standing(session, "proof-list", lead)
    assert (counted.sent, counted.drafts, counted.versions) == (2, 0, 2)
    assert [one.sent for one in rules.rule_versions(session, "proof-list", actor=lead)] == [1, 1]


def test_an_answer_being_written_is_counted_with_its_rules(session: Session, lead: Actor) -> None:
    prepare(session, make_answer_case(session), "proof-list", "dispute-open")
    found = standing(session, "dispute-open", lead)
    assert (found.sent, found.drafts) == (0, 1)


def test_a_draft_with_the_older_words_is_stopped_until_it_says_todays(session: Session, lead: Actor) -> None:
    case = make_answer_case(session)
    draft = prepare(session, case, "proof-list")
    correct(session, lead)
    assert stops(session, case) == [Fault.RULE] * (2 if draft.reading else 1)
    with pytest.raises(GuardFailed, match="only with its sound"):
        send(session, case)
    prepare(session, case, "proof-list")
    assert stops(session, case) == []
    assert send(session, case).rules[0]["version"] == 2


def test_words_that_another_markets_rule_still_says_are_outdated_all_the_same(session: Session, lead: Actor) -> None:
    assert shipped()["ph-response"].words["en"] == shipped()["sg-response"].words["en"]
    here, there = make_answer_case(session, "PH"), make_answer_case(session, "SG")
    prepare(session, here, "ph-response")
    prepare(session, there, "sg-response")
    edit(session, "ph-response", lead, words_en="The seller answers a request within 3 days from its day.")
    assert (set(stops(session, here)), stops(session, there)) == ({Fault.RULE}, [])


def test_a_version_for_a_day_to_come_leaves_the_one_before_until_then(session: Session, lead: Actor) -> None:
    tomorrow = TODAY + timedelta(days=1)
    correct(session, lead, valid_from=tomorrow)
    library = rules.library_of(session)
    assert [library.on(day)["proof-list"].text("en") for day in (TODAY, tomorrow)] == [OLD, NEW]
    found = standing(session, "proof-list", lead)
    assert found.rule.text("en") == OLD and found.coming is not None and found.coming.text("en") == NEW
    assert standing(session, "proof-list", lead, tomorrow).coming is None
    case = make_answer_case(session)
    assert OLD in prepare(session, case, "proof-list").text
    assert stops(session, case) == []


# --- the team's own -------------------------------------------------------------------------------------------------------


def test_a_rule_of_the_teams_own_is_offered_where_it_fits_and_its_figures_are_no_strangers(
    session: Session, lead: Actor
) -> None:
    made = rules.add_rule(session, actor=lead, values=own(), now=NOW)
    assert (made.code, made.version, made.origin) == ("team-1", 1, Origin.HAND)
    case = make_answer_case(session)
    desk = answers.answer_desk(session, case.dispute.id, actor=case.actor, now=NOW)
    assert made in desk.rules and made.code in desk.choice.rules
    assert "up to S$77" in prepare(session, case).text
    assert stops(session, case) == []
    elsewhere = make_answer_case(session, "PH")
    assert made not in answers.answer_desk(session, elsewhere.dispute.id, actor=lead, now=NOW).rules
    assert rules.add_rule(session, actor=lead, values=own(markets=[]), now=NOW).code == "team-2"


def test_a_language_it_is_not_told_in_falls_back_to_english_in_the_answer(session: Session, lead: Actor) -> None:
    made = rules.add_rule(session, actor=lead, values=own(markets=["TH"]), now=NOW)
    case = make_answer_case(session, "TH")
    draft = prepare(session, case, made.code)
    assert draft.language == "th" and made.words["en"] in draft.text and set(made.words) == {"en", "zh-CN"}
    assert stops(session, case) == []


def test_the_languages_of_a_rule_are_english_chinese_and_those_of_its_markets() -> None:
    assert rules.languages_for(["TH", "BR"]) == ("en", "zh-CN", "th", "pt-BR")
    assert set(rules.languages_for([])) == set(wordings())


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("words-en", " "),
        ("words-zh-CN", ""),
        ("words-th", "ok"),
        ("words-en", "x" * 401),
        ("source", "  "),
        ("checked_on", None),
        ("checked_on", TODAY + timedelta(days=2)),
        ("markets", ["DE"]),
        ("carriers", ["nobody"]),
        ("topic", "weather"),
        ("confidence", "X"),
    ],
)
def test_what_a_rule_cannot_be_is_refused_at_its_field(session: Session, lead: Actor, field: str, wrong: Any) -> None:
    with pytest.raises(Invalid) as refused:
        rules.add_rule(session, actor=lead, values=own(**{field: wrong}), now=NOW)
    assert refused.value.field == field


def test_the_day_it_was_checked_is_the_persons_day(session: Session, lead: Actor) -> None:
    evening = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # the 24th in Shanghai already
    there = own(checked_on=date(2026, 11, 24))
    assert rules.add_rule(session, actor=lead, values=there, now=evening).checked_on == date(2026, 11, 24)
    with pytest.raises(Invalid, match="day to come"):
        rules.add_rule(session, actor=replace(lead, zone="America/Sao_Paulo"), values=there, now=evening)


def test_a_rule_is_kept_on_one_line_where_the_guard_finds_it(session: Session, lead: Actor) -> None:
    said = {"words-en": "A signature of the guard\ncounts as   delivery."}
    made = rules.add_rule(session, actor=lead, values=own(**said), now=NOW)
    assert made.words["en"] == "A signature of the guard counts as delivery."


def test_a_rule_can_be_of_one_carrier_alone(session: Session, lead: Actor) -> None:
    carrier = make_carrier(session)
    made = rules.add_rule(session, actor=lead, values=own(carriers=[carrier.code]), now=NOW)
    library = rules.library_of(session)
    for code, fits in ((carrier.code, True), ("other", False), (None, False)):
        found = library.fitting("SG", ReturnReason.NOT_RECEIVED, Plea.REJECT, code, TODAY)
        assert (made in found) == fits


# --- retiring ---------------------------------------------------------------------------------------------------------------


def test_a_retired_rule_is_offered_no_more_and_stops_the_drafts_that_rest_on_it(session: Session, lead: Actor) -> None:
    case, other = make_answer_case(session), make_answer_case(session)
    prepare(session, case, "proof-list")
    gone = rules.retire_rule(session, "proof-list", actor=lead, why="The page is gone.", now=LATER)
    assert gone.retired and gone.version == 2
    desk = answers.answer_desk(session, other.dispute.id, actor=lead, now=NOW)
    assert "proof-list" not in {one.code for one in desk.rules} | set(desk.choice.rules)
    assert set(stops(session, case)) == {Fault.RULE}
    with pytest.raises(GuardFailed):
        send(session, case)
    with pytest.raises(Invalid) as refused:
        prepare(session, other, "proof-list")
    assert refused.value.field == "rules" and OLD in refused.value.message
    with pytest.raises(WrongState):
        rules.retire_rule(session, "proof-list", actor=lead, why="again", now=LATER)
    with pytest.raises(WrongState):
        correct(session, lead)
    back = rules.bring_rule_back(session, "proof-list", actor=lead, now=LATER)
    assert (back.version, back.origin, back.words) == (3, Origin.SEED, shipped()["proof-list"].words)
    assert stops(session, case) == []
    with pytest.raises(WrongState):
        rules.bring_rule_back(session, "proof-list", actor=lead, now=LATER)


def test_retiring_asks_why_and_the_history_says_it(session: Session, lead: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        rules.retire_rule(session, "proof-list", actor=lead, why=" ", now=NOW)
    assert refused.value.field == "why"
    rules.retire_rule(session, "proof-list", actor=lead, why="The page is gone.", now=NOW)
    assert rules.rule_versions(session, "proof-list", actor=lead)[0].note == "The page is gone."


def test_nobody_finds_a_rule_that_is_not_there(session: Session, lead: Actor) -> None:
    with pytest.raises(NotFound):
        rules.rule_versions(session, "no-such", actor=lead)
    with pytest.raises(NotFound):
        rules.retire_rule(session, "no-such", actor=lead, why="why", now=NOW)
    with pytest.raises(NotFound):
        rules.use_shipped(session, "no-such", actor=lead, now=NOW)


# --- versions -----------------------------------------------------------------------------------------------------------------


def test_nothing_changed_makes_no_version(session: Session, lead: Actor) -> None:
    same = edit(session, "proof-list", lead, words_en=f" {OLD} ")
    assert same == shipped()["proof-list"]
    assert session.scalar(select(func.count()).select_from(PlatformRuleVersion)) == 0


def test_two_people_write_different_languages_and_clash_only_over_the_same(session: Session, lead: Actor) -> None:
    seen = rules.values_of(shipped()["proof-list"])
    correct(session, lead)
    thai = "คำอุทธรณ์ตัดสินจากหลักฐานในรายการของแพลตฟอร์ม"
    both = edit(session, "proof-list", lead, seen, words_th=thai, words_en=OLD)
    assert (both.words["en"], both.words["th"], both.version) == (NEW, thai, 3)
    with pytest.raises(Conflict) as clash:
        edit(session, "proof-list", lead, seen, words_en="Something else entirely is the rule.")
    assert [one.field for one in clash.value.fields] == ["words-en"]


def test_looking_again_is_a_version_that_differs_by_its_day(session: Session, lead: Actor) -> None:
    days = rules.check_again_days()
    made = rules.add_rule(session, actor=lead, values=own(checked_on=TODAY - timedelta(days=days)), now=NOW)
    assert not made.due(TODAY) and made.due(TODAY + timedelta(days=1))
    tomorrow = TODAY + timedelta(days=1)
    assert standing(session, made.code, lead, tomorrow).due(tomorrow)
    again = edit(session, made.code, lead, checked_on=TODAY)
    assert (again.version, again.due(TODAY + timedelta(days=1)), again.words) == (2, False, made.words)


def test_what_recoup_ships_later_is_followed_by_who_wrote_nothing_and_told_to_who_did(
    session: Session, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules.retire_rule(session, "dispute-open", actor=lead, why="not ours", now=NOW)
    rules.bring_rule_back(session, "dispute-open", actor=lead, now=NOW)
    correct(session, lead)
    newer = {
        code: replace(one, words={**one.words, "en": f"{one.words['en']} Newly so."}) for code, one in shipped().items()
    }
    for module in (library_module, rules.reads, rules.edits):
        monkeypatch.setattr(module, "shipped", lambda: newer)
    held = rules.library_of(session).on(TODAY)
    assert (held["dispute-open"].version, held["dispute-open"].words["en"][-9:]) == (4, "Newly so.")
    assert held["proof-list"].text("en") == NEW and standing(session, "proof-list", lead).newer
    assert not standing(session, "dispute-open", lead).newer
    again = rules.use_shipped(session, "proof-list", actor=lead, now=NOW)
    assert again.text("en") == f"{OLD} Newly so." and not standing(session, "proof-list", lead).newer
    with pytest.raises(WrongState):
        rules.use_shipped(session, "proof-list", actor=lead, now=NOW)
    # A version over one that only followed keeps what it followed in the history.
    edit(session, "dispute-open", lead, source="the list of the platform")
    kept = [(one.rule.version, one.rule.origin) for one in rules.rule_versions(session, "dispute-open", actor=lead)]
    assert kept == [(5, Origin.HAND), (4, Origin.SEED), (3, Origin.SEED), (2, Origin.SEED), (1, Origin.SEED)]


def test_a_rule_that_is_no_longer_shipped_stops_the_draft_that_named_it(
    session: Session, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_answer_case(session)
    prepare(session, case, "proof-list")
    fewer = {code: one for code, one in shipped().items() if code != "proof-list"}
    monkeypatch.setattr(library_module, "shipped", lambda: fewer)
    assert Fault.RULE in stops(session, case)


def test_versions_cannot_be_changed_or_removed(session: Session, lead: Actor) -> None:
    correct(session, lead)
    for statement in ("UPDATE platform_rule SET source = 'other'", "DELETE FROM platform_rule"):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))


def test_what_was_looked_at_for_a_version_to_come_is_not_due(session: Session, lead: Actor) -> None:
    old = TODAY - timedelta(days=rules.check_again_days() + 1)
    made = rules.add_rule(session, actor=lead, values=own(checked_on=old), now=NOW)
    assert standing(session, made.code, lead).due(TODAY)
    edit(session, made.code, lead, checked_on=TODAY, valid_from=TODAY + timedelta(days=9))
    found = standing(session, made.code, lead)
    assert found.rule.due(TODAY) and not found.due(TODAY)


# --- rights and the trail --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT])
def test_viewers_and_agents_read_and_do_not_write(session: Session, role: Role) -> None:
    somebody = acting(session, role)
    assert rules.list_rules(session, actor=somebody, today=TODAY)
    assert rules.rule_versions(session, "proof-list", actor=somebody)
    writes: tuple[Callable[[], object], ...] = (
        lambda: rules.add_rule(session, actor=somebody, values=own(), now=NOW),
        lambda: correct(session, somebody),
        lambda: rules.retire_rule(session, "proof-list", actor=somebody, why="why", now=NOW),
        lambda: rules.bring_rule_back(session, "proof-list", actor=somebody, now=NOW),
        lambda: rules.use_shipped(session, "proof-list", actor=somebody, now=NOW),
    )
    for write in writes:
        with pytest.raises(NotAllowed, match="change the platform's rules"):
            write()


def test_two_who_write_at_once_make_two_versions_or_are_told(live_database: str) -> None:
    with database.transaction() as session:
        lead = acting(session, Role.LEAD)
    seen = rules.values_of(shipped()["proof-list"])
    works: tuple[Callable[[Session], object], ...] = (
        lambda session: edit(session, "proof-list", lead, seen, words_en=NEW).version,
        lambda session: edit(session, "proof-list", lead, seen, source="another page").version,
        lambda session: rules.add_rule(session, actor=lead, values=own(), now=NOW).code,
        lambda session: rules.add_rule(session, actor=lead, values=own(), now=NOW).code,
    )
    found = at_once(works, 4)
    assert sorted(found[:2]) == [2, 3] and sorted(found[2:]) == ["team-1", "team-2"]
    with database.reading() as session:
        newest = rules.rule_versions(session, "proof-list", actor=lead)[0].rule
    assert (newest.words["en"], newest.source) == (NEW, "another page")


def test_the_trail_tells_every_version(session: Session, lead: Actor) -> None:
    correct(session, lead)
    rules.retire_rule(session, "proof-list", actor=lead, why="The page is gone.", now=NOW)
    rules.bring_rule_back(session, "proof-list", actor=lead, now=NOW)
    rules.add_rule(session, actor=lead, values=own(), now=NOW)
    tags = (Tag.PLATFORM_RULE_EDITED, Tag.PLATFORM_RULE_RETIRED, Tag.PLATFORM_RULE_RESTORED, Tag.PLATFORM_RULE_ADDED)
    rows = {row.tag: row for row in session.scalars(select(AuditEvent).where(AuditEvent.tag.in_(tags)))}
    assert set(rows) == set(tags)
    assert rows[tags[0]].before["words-en"] == OLD and rows[tags[0]].after["words"]["en"] == NEW
    said = [sentence(one, "Luo", rows[one].before, rows[one].after, "Asia/Shanghai") for one in tags]
    assert NEW in said[0] and "version 2" in said[0]
    assert "The page is gone." in said[1] and "S$77" in said[3]
    with language.using("zh-CN"):
        told = sentence(tags[3], "Luo", rows[tags[3]].before, rows[tags[3]].after, "Asia/Shanghai")
    assert "楼宇保安签收视为送达" in told
