"""The demo's team: made-up people of every role, who sign in with one password that is printed once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.demo.scripts import Team
from core.foundation.permissions import ROLE_PERMISSIONS, SYSTEM, Actor, Role
from core.models import Person
from core.team import passwords, people, roster

CORE = (
    ("gao", "Gao Min 高敏", Role.ADMIN, "zh-CN", "Asia/Shanghai"),
    ("mei", "Mei Tan", Role.LEAD, "en", "Asia/Singapore"),
    ("luo", "Luo Jian 罗健", Role.MANAGER, "zh-CN", "Asia/Shanghai"),
    ("anna", "Anna Lim", Role.AGENT, "en", "Asia/Singapore"),
    ("bo", "Bo Chen 陈波", Role.AGENT, "zh-CN", "Asia/Shanghai"),
    ("siti", "Siti Rahma", Role.AGENT, "en", "Asia/Kuala_Lumpur"),
    ("vera", "Vera Ong", Role.VIEWER, "en", "Asia/Singapore"),
)
"""Username, name, role, language, zone."""

MORE = (
    "Chen Yu", "Lin Hao", "Wu Fang", "Zhou Lei", "Xu Na", "Sun Qi", "Ma Rui", "Zhu Ying", "Hu Bin", "Guo Xin", "He Tao",
    "Lu Jia", "Deng Kai", "Cao Mei", "Peng Fei", "Zeng Li", "Xiao Wen", "Tian Hui", "Dong Xue", "Pan Jun", "Yuan Bo",
    "Cai Ning", "Jiang Lan",
)  # fmt: skip
"""Agents of a large demo, so that many cases have a team of thirty."""

CASES_PER_AGENT = 4_000


@dataclass(frozen=True)
class SignIn:
    """How to sign in as one of them."""

    username: str
    name: str
    role: Role


def hire(session: Session, *, incidents: int, password: str, now: datetime) -> tuple[Team, tuple[SignIn, ...]]:
    """Make the team, every account with the same `password` that need not be changed: it is a demo, and says so.

    Gives the people who work on cases, and the sign-ins in order.
    """
    more = min(len(MORE), max(0, incidents // CASES_PER_AGENT - 3))
    extra = [(name.lower().replace(" ", "."), name, Role.AGENT, "zh-CN", "Asia/Shanghai") for name in MORE[:more]]
    hashed = passwords.hash_password(password)
    everybody: dict[str, Actor] = {}
    for username, name, role, language, zone in (*CORE, *extra):
        person = _one(session, username, name, role, language, zone, password, hashed, now)
        everybody[username] = Actor(person.id, username, name, role, ROLE_PERMISSIONS[role], language, zone)
    agents = tuple(actor for actor in everybody.values() if actor.role is Role.AGENT)
    signs = tuple(SignIn(username, name, role) for username, name, role, _language, _zone in (*CORE, *extra))
    return Team(agents, everybody["mei"], everybody["luo"]), signs


def _one(
    session: Session,
    username: str,
    name: str,
    role: Role,
    language: str,
    zone: str,
    password: str,
    hashed: str,
    now: datetime,
) -> Person:
    if role is Role.ADMIN:
        person = roster.first_admin(
            session, username=username, name=name, password=password, password_hash=hashed, now=now
        )
        person.language, person.zone = language, zone
    else:
        made = people.create_person(
            session, actor=SYSTEM, username=username, name=name, role=role, language=language, zone=zone, now=now
        )
        person = session.get_one(Person, made.person.id)
        person.password_hash, person.must_change_password = hashed, False
    session.flush()
    return person
