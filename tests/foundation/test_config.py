"""Settings: each declared once, refused with a sentence that names the variable, and secrets kept to themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.foundation import config
from core.foundation.errors import BadConfig

ROOT = Path(__file__).parents[2]


def test_nothing_has_to_be_set() -> None:
    found = config.read({})
    assert found.port == 8701
    assert found.base_currency == "SGD"
    assert found.data_dir == ROOT / "data"
    assert found.address == "127.0.0.1"
    assert not found.https


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECOUP_PORT", "http"),
        ("RECOUP_PORT", "0"),
        ("RECOUP_PORT", "65536"),
        ("RECOUP_PORT", "８７０１"),
        ("RECOUP_BASE_CURRENCY", "sgd"),
        ("RECOUP_BASE_CURRENCY", "XXZ"),
        ("RECOUP_ZONE", "Singapore Standard Time"),
        ("RECOUP_ZONE", "../etc/passwd"),
        ("RECOUP_ADDRESS", "0.0.0.0; rm"),
        ("RECOUP_PUBLIC_URL", "recoup.example"),
        ("RECOUP_PUBLIC_URL", "ftp://recoup.example"),
        ("RECOUP_SECURE_COOKIES", "maybe"),
        ("RECOUP_SESSION_DAYS", "-1"),
        ("RECOUP_MAX_UPLOAD_MB", "1.5"),
        ("RECOUP_LOG_LEVEL", "loud"),
        ("RECOUP_OIDC_ISSUER", "http://id.example"),
        ("DATABASE_URL", "mysql://u:p@db/recoup"),
        ("DATABASE_URL", "recoup"),
        ("RECOUP_SECRET", "short"),
    ],
)
def test_a_wrong_value_is_refused_with_the_variables_name(name: str, value: str) -> None:
    with pytest.raises(BadConfig, match=name):
        config.read({name: value})


def test_a_slip_in_a_name_is_refused_with_what_was_meant() -> None:
    with pytest.raises(BadConfig, match=r"RECOUP_PROT is not a setting of Recoup. Did you mean RECOUP_PORT\?"):
        config.read({"RECOUP_PROT": "8000"})


def test_variables_of_other_programs_are_none_of_our_business() -> None:
    config.read({"HOME": "/root", "RECOUPING": "yes", "PORT": "x"})


def test_half_of_a_single_sign_on_is_refused_with_what_is_missing() -> None:
    with pytest.raises(BadConfig, match="RECOUP_OIDC_CLIENT_ID, RECOUP_OIDC_CLIENT_SECRET"):
        config.read({"RECOUP_OIDC_ISSUER": "https://id.example"})


def test_an_idle_time_longer_than_a_session_is_refused() -> None:
    with pytest.raises(BadConfig, match="RECOUP_SESSION_IDLE_DAYS"):
        config.read({"RECOUP_SESSION_DAYS": "2", "RECOUP_SESSION_IDLE_DAYS": "3"})


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert config.read({"RECOUP_PORT": "", "DATABASE_URL": " "}) == config.read({})


@pytest.mark.parametrize(
    ("url", "cookies", "https"),
    [
        ("https://recoup.example", "auto", True),
        ("http://recoup.example", "auto", False),
        ("", "auto", False),
        ("", "yes", True),
        ("https://recoup.example", "no", False),
    ],
)
def test_cookies_are_for_https_only_where_people_come_over_https(url: str, cookies: str, https: bool) -> None:
    assert config.read({"RECOUP_PUBLIC_URL": url, "RECOUP_SECURE_COOKIES": cookies}).https is https


def test_a_secret_is_in_no_repr_no_refusal_and_no_listing() -> None:
    hush = "hush-" * 10
    found = config.read(
        {
            "DATABASE_URL": f"postgresql://recoup:{hush}@db/recoup",
            "RECOUP_SECRET": hush,
            "RECOUP_OIDC_ISSUER": "https://id.example",
            "RECOUP_OIDC_CLIENT_ID": "recoup",
            "RECOUP_OIDC_CLIENT_SECRET": hush,
        }
    )
    assert hush not in repr(found)
    assert hush not in str(config.in_force(found))
    assert config.in_force(found)["DATABASE_URL"] == "(set)"
    assert config.in_force(found)["RECOUP_PORT"] == "8701"
    for name, value in (("RECOUP_SECRET", "hush-7"), ("DATABASE_URL", "mysql://u:hush-7@db/x")):
        with pytest.raises(BadConfig) as refused:
            config.read({name: value})
        assert "hush-7" not in str(refused.value)


def test_the_signing_secret_is_made_once_and_kept_privately(tmp_path: Path) -> None:
    found = config.read({"RECOUP_DATA_DIR": str(tmp_path / "data")})
    again = config.read({"RECOUP_DATA_DIR": str(tmp_path / "data")})
    assert len(found.secret) >= 32
    assert found.secret == again.secret
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]


def test_a_secret_that_is_set_is_not_written_anywhere(tmp_path: Path) -> None:
    found = config.read({"RECOUP_DATA_DIR": str(tmp_path / "data"), "RECOUP_SECRET": "x" * 32})
    assert found.secret == "x" * 32
    assert not (tmp_path / "data").exists()


def test_the_environment_counts_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings"
    file.write_text("RECOUP_PORT=9001\nRECOUP_BASE_CURRENCY=CNY # ours\n")
    monkeypatch.setenv(config.ENV_FILE, str(file))
    monkeypatch.setenv("RECOUP_PORT", "9002")
    found = config.read(config.environment())
    assert (found.port, found.base_currency) == (9002, "CNY")


def test_the_example_file_has_every_setting_and_sets_none() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert text == config.example()
    assert all(line.startswith("#") or not line for line in text.splitlines())
    assert "#RECOUP_PORT=8701" in text


def test_the_readme_has_the_table_of_settings() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    written = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", readme, re.DOTALL)
    assert written is not None, "README.md has no <!-- settings --> … <!-- /settings --> block"
    assert written.group(1).strip() == config.table().strip(), "run: python -m core config --table"
