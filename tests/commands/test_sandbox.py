"""`songwright sandbox`: over a port, and refilled."""

import signal
from pathlib import Path

import pytest

from tests.commands.conftest import Caller
from tests.commands.processes import address, environ, running


def test_what_it_prints_sends_songwright_there(tmp_path: Path, call: Caller) -> None:
    with running(["sandbox", "--port", "0"], environ(tmp_path / "shop")) as shop:
        assert shop.stdout is not None
        url = address(shop)
        lines = [shop.stdout.readline().strip() for _ in range(5)]
        printed = dict(line.split("=", 1) for line in lines if line.startswith("SONGWRIGHT_"))
        assert printed["SONGWRIGHT_AIVIDEOAPI_BASE_URL"] == url
        looked = call(["doctor"], {**environ(tmp_path / "home"), **printed})
        assert looked.code == 0
        assert "accepted, 1,000 credits" in looked.out
        shop.send_signal(signal.SIGINT)
        assert shop.wait(30) == 0


def test_a_refill_fills_the_account_that_the_server_uses(tmp_path: Path, call: Caller) -> None:
    filled = call(["sandbox", "--refill", "500"], environ(tmp_path))
    assert (filled.code, filled.out) == (0, "The sandbox's account holds 1,500 play credits.\n")
    assert "1,500 play credits" in call(["doctor"], environ(tmp_path)).out


def test_a_folder_of_its_own_is_another_account(tmp_path: Path, call: Caller) -> None:
    folder = ["--folder", str(tmp_path / "other")]
    assert "1,010" in call(["sandbox", "--refill", "10", *folder], environ(tmp_path)).out
    assert "1,020" in call(["sandbox", "--refill", "10", *folder], environ(tmp_path)).out
    assert "1,000 play credits" in call(["doctor"], environ(tmp_path)).out


@pytest.mark.parametrize("arguments", [["--refill", "5"], ["--port", "0"]], ids=["refill", "serve"])
def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, call: Caller, arguments: list[str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    called = call(["sandbox", *arguments, "--folder", str(tmp_path / "file" / "inside")], environ(tmp_path))
    assert called.code == 2
    assert len(called.complaints) == 1
    assert "cannot be used" in called.err
