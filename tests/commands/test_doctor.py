"""`songwright doctor`: what it finds, and what it never shows."""

import socket
from pathlib import Path

import pytest

from songwright.settings import PREFIX, Settings
from tests.commands.conftest import Called, Caller
from tests.commands.processes import environ
from tests.fakes import KEY


def found(called: Called, what: str) -> str:
    """The line of a check."""
    return next(line for line in called.out.splitlines() if line.strip().startswith(what))


def test_a_fresh_installation_is_fine(tmp_path: Path, call: Caller) -> None:
    called = call(["doctor"], environ(tmp_path))
    assert called.code == 0
    assert "Everything is fine." in called.out
    assert "1,000 play credits" in found(called, "account")
    assert "made with the first song" in found(called, "database")
    assert not (tmp_path / "music").exists()


def test_every_setting_is_told_with_its_source(tmp_path: Path, call: Caller) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "config.toml").write_text("request_timeout = 12\n", "utf-8")
    called = call(["doctor"], environ(tmp_path))
    names = [name for name in Settings.model_fields if name not in ("problems", "notes")]
    assert all(found(called, PREFIX + name.upper()) for name in names)
    assert found(called, "SONGWRIGHT_REQUEST_TIMEOUT").split() == [
        "SONGWRIGHT_REQUEST_TIMEOUT", "12", "settings", "file",
    ]  # fmt: skip
    assert found(called, "SONGWRIGHT_POLL_SECONDS").split()[1:] == ["0.05", "environment"]
    assert found(called, "SONGWRIGHT_ARCHIVE").split()[1:] == ["on", "default"]


@pytest.mark.parametrize("as_file", [False, True], ids=["variable", "file"])
def test_a_key_is_told_to_be_set_and_never_shown(tmp_path: Path, call: Caller, as_file: bool) -> None:
    file = tmp_path / "key"
    file.write_text(KEY, "utf-8")
    given = {"aimusicapi_api_key_file": str(file)} if as_file else {"aimusicapi_api_key": KEY}
    called = call(["doctor"], environ(tmp_path, **given))
    assert called.code == 0
    assert "set (not shown)" in found(called, "SONGWRIGHT_AIMUSICAPI_API_KEY")
    assert "no free question" in found(called, "key of aimusicapi")
    assert KEY not in called.out + called.err


def test_a_wrong_setting_is_told_and_its_value_is_not(tmp_path: Path, call: Caller) -> None:
    called = call(["doctor"], environ(tmp_path, aivideoapi_api_key="not-a-real-key-at-all", modell="x"))
    assert called.code == 1
    assert "they start with sk-" in called.out
    assert "did you mean SONGWRIGHT_MODEL?" in called.out
    assert "wrong" in found(called, "SONGWRIGHT_AIVIDEOAPI_API_KEY")
    assert "not-a-real-key-at-all" not in called.out + called.err


def test_a_chosen_provider_without_a_key_is_wrong(tmp_path: Path, call: Caller) -> None:
    called = call(["doctor"], environ(tmp_path, provider="aivideoapi"))
    assert called.code == 1
    assert "SONGWRIGHT_AIVIDEOAPI_API_KEY is not set" in found(called, "provider")


def test_a_key_that_the_provider_refuses_and_a_provider_that_is_away_are_wrong(
    tmp_path: Path, call: Caller
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # taken, and nobody listens
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        called = call(
            ["doctor"],
            environ(
                tmp_path,
                provider="aivideoapi",
                aivideoapi_api_key=KEY,
                aivideoapi_base_url=url,
                allow_private_hosts="1",
            ),
        )
    assert called.code == 1
    assert "wrong" in found(called, "key of aivideoapi")
    assert "[provider_unreachable]" in found(called, "key of aivideoapi")
    assert KEY not in called.out + called.err


@pytest.mark.parametrize("name", ["data", "music"])
def test_a_folder_that_cannot_be_written_is_wrong(tmp_path: Path, call: Caller, name: str) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    called = call(["doctor"], environ(tmp_path, **{f"{name}_dir": str(tmp_path / "file" / "inside")}))
    assert called.code == 1
    assert "wrong" in found(called, f"{name} folder")


def test_a_damaged_database_is_wrong_and_left_alone(tmp_path: Path, call: Caller) -> None:
    (tmp_path / "data").mkdir()
    database = tmp_path / "data" / "songwright.db"
    database.write_bytes(b"not a database" * 500)
    called = call(["doctor"], environ(tmp_path))
    assert called.code == 1
    assert "[library_unavailable]" in found(called, "database")
    assert database.read_bytes() == b"not a database" * 500
