"""The command line as a whole: help, version, and calls that are wrong."""

from pathlib import Path

import pytest

import songwright
from songwright.commands import run
from tests.commands.conftest import Caller
from tests.commands.processes import command, environ

COMMANDS = ["serve", "try", "tracks", "doctor", "sandbox"]


def test_the_version_is_told(call: Caller) -> None:
    called = call(["--version"], {})
    assert (called.code, called.out, called.err) == (0, f"songwright {songwright.__version__}\n", "")


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS)], ids=str)
def test_help_is_a_result(call: Caller, arguments: list[str]) -> None:
    called = call([*arguments, "--help"], {})
    assert called.code == 0
    assert "Usage: songwright" in called.out
    assert called.err == ""


def test_the_help_names_every_command(call: Caller) -> None:
    told = call(["--help"], {}).out
    assert all(name in told for name in COMMANDS)


@pytest.mark.parametrize(
    "arguments",
    [["sing"], ["try", "--loud"], ["serve", "--port", "70000"], ["serve", "--transport", "pigeon"],
     ["tracks", "--limit", "0"], ["tracks", "a", "b"], ["sandbox", "--refill", "none"]],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_call_is_one_line_and_exit_code_2(call: Caller, arguments: list[str]) -> None:
    called = call(arguments, {})
    assert called.code == 2
    assert len(called.complaints) == 1
    assert called.complaints[0].startswith("songwright: ")
    assert called.out == ""


def test_no_songs_are_no_failure_and_nothing_is_created(tmp_path: Path, call: Caller) -> None:
    called = call(["tracks"], environ(tmp_path))
    assert (called.code, called.out) == (0, "There are no songs yet.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_library_that_cannot_be_read_is_one_line_and_exit_code_1(tmp_path: Path, call: Caller) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "songwright.db").write_bytes(b"not a database" * 500)
    called = call(["tracks"], environ(tmp_path))
    assert called.code == 1
    assert len(called.complaints) == 1
    assert "[library_unavailable]" in called.err


def test_a_process_ends_with_the_code_of_its_command(tmp_path: Path) -> None:
    ended = command(["sing"], environ(tmp_path))
    assert ended.returncode == 2
    assert ended.stdout == ""


def test_run_reads_no_environment_but_the_one_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["tracks"], environ(tmp_path, provider="nobody")) == 2
    assert "SONGWRIGHT_PROVIDER must be one of" in capsys.readouterr().err
