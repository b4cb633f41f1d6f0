"""Every right of every role, and every verb and read asked by somebody who may nothing."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest
from sqlalchemy.orm import Session

from core.foundation import gate
from core.foundation.errors import NotAllowed
from core.foundation.permissions import ROLE_PERMISSIONS, SENTENCES, Permission, Role
from tests.people import OUT

ROOMS = ("desk", "insight", "recovery", "cases", "parcels", "money", "team")


def load_rooms() -> None:
    for room in ROOMS:
        try:
            package = importlib.import_module(f"core.{room}")
        except ModuleNotFoundError:
            continue
        for module in pkgutil.walk_packages(package.__path__, f"core.{room}."):
            importlib.import_module(module.name)


load_rooms()
GATED = {**gate.VERBS, **gate.READS}


@pytest.mark.parametrize("name", sorted(GATED))
def test_somebody_who_may_nothing_is_refused_before_anything_runs(name: str) -> None:
    gated = GATED[name]
    with pytest.raises(NotAllowed):
        gated.function(actor=OUT)


@pytest.mark.parametrize("name", sorted(GATED))
def test_nobody_at_all_cannot_ask(name: str) -> None:
    with pytest.raises(TypeError, match="actor"):
        GATED[name].function()


def test_every_verb_takes_its_moment_from_outside() -> None:
    without = [name for name, one in gate.VERBS.items() if "now" not in inspect.signature(one.function).parameters]
    assert without == []


EXPECTED: dict[str, str] = {
    # permission: viewer, agent, lead, manager, admin
    "incident:read": "VALMX",
    "incident:register": "-ALMX",
    "incident:edit": "-ALMX",
    "incident:assign": "-ALMX",
    "incident:comment": "-ALMX",
    "incident:close": "-ALMX",
    "incident:reopen": "--LMX",
    "incident:export": "-ALMX",
    "shipment:read": "VALMX",
    "shipment:enter": "-ALMX",
    "evidence:read": "VALMX",
    "evidence:add": "-ALMX",
    "evidence:withdraw": "--LMX",
    "contact:read": "VALMX",
    "contact:log": "-ALMX",
    "claim:read": "VALMX",
    "claim:prepare": "-ALMX",
    "claim:submit": "-ALMX",
    "claim:answer": "-ALMX",
    "claim:withdraw": "--LMX",
    "pack:build": "-ALMX",
    "payout:record": "-ALMX",
    "ledger:read": "VALMX",
    "ledger:post": "-ALMX",
    "rule:read": "VALMX",
    "rule:edit": "----X",
    "policy:read": "VALMX",
    "policy:edit": "---MX",
    "import:read": "VALMX",
    "import:run": "-ALMX",
    "shop:read": "VALMX",
    "shop:edit": "----X",
    "carrier:read": "VALMX",
    "carrier:decide": "---MX",
    "carrier:edit": "----X",
    "person:read": "VALMX",
    "person:edit": "----X",
    "clock:pause": "-ALMX",
    "clock:sweep": "----X",
    "payout:reverse": "--LMX",
    "rule:move": "--LMX",
    "platform_rule:read": "VALMX",
    "platform_rule:edit": "--LMX",
    "calendar:read": "VALMX",
    "calendar:edit": "----X",
    "template:read": "VALMX",
    "template:edit": "----X",
    "message:read": "VALMX",
    "message:write": "-ALMX",
    "message:template": "--LMX",
    "remedy:read": "VALMX",
    "remedy:propose": "-ALMX",
    "remedy:approve": "--LMX",
    "authority:edit": "---MX",
    "buyer:read": "-ALMX",
    "buyer:redact": "----X",
    "import:delete": "--LMX",
    "heading:edit": "--LMX",
    "dispute:read": "VALMX",
    "dispute:edit": "-ALMX",
    "settlement:read": "VALMX",
    "settlement:match": "-ALMX",
    "tracking:read": "VALMX",
    "tracking:add": "-ALMX",
    "group:read": "VALMX",
    "group:edit": "--LMX",
    "view:save": "VALMX",
    "view:share": "-ALMX",
    "account:edit": "VALMX",
    "audit:read": "--LMX",
}
COLUMNS = (Role.VIEWER, Role.AGENT, Role.LEAD, Role.MANAGER, Role.ADMIN)


@pytest.mark.parametrize("permission", list(Permission))
def test_each_role_holds_exactly_its_rights(permission: Permission) -> None:
    row = EXPECTED[permission.value]
    for role, mark in zip(COLUMNS, row, strict=True):
        assert (permission in ROLE_PERMISSIONS[role]) == (mark != "-"), (permission, role)


def test_every_right_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Permission)


def test_a_refusal_names_the_right_that_is_missing(session: Session) -> None:
    with pytest.raises(NotAllowed, match="see incidents"):
        OUT.require(Permission.INCIDENT_READ)
