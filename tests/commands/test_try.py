"""`songwright try`, as real processes against the sandbox, and what is left of it."""

import os
import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from songwright.catalog import AIVIDEOAPI, CATALOGS
from songwright.commands import example
from songwright.commands.host import process_environment
from songwright.commands.orders import MOST_BYTES, read_order
from songwright.commands.terminal import Complaint
from songwright.lyrics.admission import admit
from songwright.models import CustomRequest
from tests.commands.conftest import Caller
from tests.commands.processes import ESCAPE, address, command, environ, running

WORDS = "[Verse]\nTea in the morning\n[End]\n"
TITLE = "[red]Tea & Toast"


@dataclass(frozen=True)
class Sung:
    """A finished `songwright try`."""

    folder: Path
    ended: "subprocess.CompletedProcess[str]"


@pytest.fixture(scope="module")
def sung(tmp_path_factory: pytest.TempPathFactory) -> Sung:
    """One short song, made by the real server in a process of its own."""
    folder = tmp_path_factory.mktemp("sung")
    words = folder / "tea.txt"
    words.write_text(WORDS, "utf-8")
    arguments = ["try", "--title", TITLE, "--style", "folk, 180 BPM, guitar", "--lyrics", str(words)]
    return Sung(folder, command(arguments, environ(folder)))


def test_a_song_is_made_and_its_two_files_are_on_disk(sung: Sung) -> None:
    assert sung.ended.returncode == 0, sung.ended.stderr
    files = sorted((sung.folder / "music").rglob("*.mp3"))
    assert [file.name for file in files] == ["A.mp3", "B.mp3"]
    assert all(file.stat().st_size > 50_000 for file in files)
    assert f"Saved in {files[0].parent}" in sung.ended.stdout


def test_the_session_tells_credits_words_takes_cost_and_balance(sung: Sung) -> None:
    told = sung.ended.stdout
    order = [
        "with sandbox",
        "1,000 play credits",
        "synthetic sketches without a real singer",
        TITLE,
        "Tea in the morning",
        "Take",
        "A.mp3",
        "B.mp3",
        "It cost 24 play credits",
        "976 play credits",
    ]
    places = [told.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)


def test_progress_is_told_on_stderr_and_nothing_is_coloured_in_a_pipe(sung: Sung) -> None:
    states = sung.ended.stderr.splitlines()
    assert states[0].startswith("ordered as task ")
    assert states[-1].startswith("completed after ")
    assert ESCAPE not in sung.ended.stdout + sung.ended.stderr


def test_the_song_is_listed_with_whole_paths_in_a_pipe(sung: Sung, call: Caller) -> None:
    listed = call(["tracks"], environ(sung.folder))
    assert listed.code == 0
    assert listed.out.count(TITLE) == 2
    assert all(f" {file}" in listed.out for file in (sung.folder / "music").rglob("*.mp3"))
    assert call(["tracks", "toast"], environ(sung.folder)).out.count(".mp3") == 2
    assert "No track matches" in call(["tracks", "kettle"], environ(sung.folder)).out
    first = call(["tracks", "--limit", "1"], environ(sung.folder)).out
    assert first.count(".mp3") == 1
    assert "1 of 2 tracks" in first


def test_the_doctor_counts_the_tracks(sung: Sung, call: Caller) -> None:
    looked = call(["doctor"], environ(sung.folder))
    assert looked.code == 0
    assert "sound, with 2 tracks" in looked.out


def test_a_song_that_fails_ends_with_the_tools_own_text(tmp_path: Path) -> None:
    ended = command(["try", "a waltz sandbox:moderation"], environ(tmp_path))
    assert ended.returncode == 1
    assert "[content_rejected]" in ended.stderr
    assert "Refunded by sandbox" in ended.stderr
    assert "Take" not in ended.stdout


def test_arguments_that_the_tool_refuses_end_with_its_text(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text(WORDS, "utf-8")
    arguments = ["try", "--lyrics", str(words), "--style", "folk", "--instrumental"]
    ended = command(arguments, environ(tmp_path))
    assert ended.returncode == 1
    assert "[invalid_request]" in ended.stderr
    assert "Nothing was spent" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_the_server_logs_is_told_after_what_the_tool_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    ended = command(["try", "a waltz"], environ(tmp_path, data_dir=str(tmp_path / "file" / "inside")))
    assert ended.returncode == 1
    said, log = ended.stderr.split("The server's log:")
    assert said.startswith("[")
    assert "Traceback" not in said
    assert "songwright." in log


def test_who_leaves_is_told_how_to_follow_and_finds_the_song_later(tmp_path: Path, call: Caller) -> None:
    words = tmp_path / "short.txt"
    words.write_text(WORDS, "utf-8")
    settings = environ(tmp_path, sandbox_seconds="3")
    arguments = ["try", "--lyrics", str(words), "--style", "folk, 180 BPM, guitar"]
    with running(arguments, settings) as process:
        assert process.stderr is not None
        ordered = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)
    task_id = ordered.split()[-1]
    assert process.returncode == 1
    assert f"the song goes on at sandbox as task {task_id}" in rest
    assert "songwright tracks --wait" in rest
    assert "Traceback" not in rest
    assert task_id in call(["tracks"], settings).out
    followed = call(["tracks", "--wait"], settings)
    assert followed.code == 0
    assert followed.out.count(".mp3") == 2
    assert task_id not in followed.out.replace(f"({task_id})", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("answer", [b"n\n", b"\x03"], ids=["no", "ctrl-c"])
def test_at_a_paid_provider_the_price_is_asked_and_no_orders_nothing(
    tmp_path: Path, call: Caller, answer: bytes
) -> None:
    with running(["sandbox", "--port", "0"], environ(tmp_path / "shop")) as shop:
        settings = paid(tmp_path, address(shop))
        told = in_a_terminal(["try", "a waltz"], settings, "Order it?", answer)
        assert "24 credits (about $0.12) at aivideoapi" in told
        assert "Nothing was ordered." in told
        assert "Traceback" not in told
        assert "1,000 credits" in call(["doctor"], settings).out


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_question_of_the_server_is_put_to_the_person_once(tmp_path: Path, call: Caller) -> None:
    with running(["sandbox", "--port", "0"], environ(tmp_path / "shop")) as shop:
        settings = {**paid(tmp_path, address(shop)), "SONGWRIGHT_CONFIRM_SPEND": "always"}
        told = in_a_terminal(["try", "a waltz"], settings, "[y/n]", b"n\n")
        assert told.count("[y/n]") == 1
        assert "24 credits" in told
        assert "Nothing was ordered." in told
        assert "1,000 credits" in call(["doctor"], settings).out


def test_yes_answers_the_question_of_the_server(tmp_path: Path, call: Caller) -> None:
    ended = command(["try", "a waltz sandbox:failed", "--yes"], environ(tmp_path, confirm_spend="always"))
    assert "[upstream_error]" in ended.stderr
    assert call(["try", "a waltz"], environ(tmp_path, confirm_spend="always")).code == 2


def test_at_a_paid_provider_without_a_terminal_yes_is_needed(tmp_path: Path, call: Caller) -> None:
    called = call(
        ["try", "a waltz"], environ(tmp_path, provider="aivideoapi", aivideoapi_api_key="sk-0123456789")
    )
    assert called.code == 2
    assert len(called.complaints) == 1
    assert "--yes" in called.err
    assert called.out == ""


def test_without_a_key_the_missing_setting_is_named(tmp_path: Path, call: Caller) -> None:
    called = call(["try", "a waltz", "--yes"], environ(tmp_path, provider="aimusicapi"))
    assert called.code == 2
    assert "SONGWRIGHT_AIMUSICAPI_API_KEY" in called.err


def test_yes_orders_at_a_paid_provider_without_asking(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text(WORDS, "utf-8")
    with running(["sandbox", "--port", "0", "--seconds", "0"], environ(tmp_path / "shop")) as shop:
        arguments = ["try", "--lyrics", str(words), "--style", "folk, 180 BPM", "--yes"]
        ended = command(arguments, paid(tmp_path, address(shop)))
    assert ended.returncode == 0, ended.stderr
    assert "It cost 24 credits. The account holds 976 credits" in ended.stdout
    assert "play credits" not in ended.stdout


def paid(folder: Path, base_url: str) -> dict[str, str]:
    """Settings that send songs to a sandbox on a port, as if it were paid."""
    return environ(
        folder,
        provider="aivideoapi",
        aivideoapi_api_key="sk-sandbox",
        aivideoapi_base_url=base_url,
        allow_private_hosts="1",
    )


def in_a_terminal(arguments: list[str], settings: dict[str, str], question: str, answer: bytes) -> str:
    """Everything that a command writes to a terminal in which a question is answered."""
    import pty

    parent, child = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 # our own program
        [sys.executable, "-P", "-m", "songwright", *arguments],
        env={**settings, "TERM": "xterm"},
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
        preexec_fn=_with_terminal,
    )
    os.close(child)
    told = b""
    try:
        while question.encode() not in told:
            told += _read(parent) or pytest.fail(f"it ended without asking: {told!r}")
        os.write(parent, answer)
        while chunk := _read(parent, answer):
            told += chunk
        process.wait(30)
    finally:
        process.kill()
        process.wait()
        os.close(parent)
    return " ".join(told.decode("utf-8", "replace").split())


def _with_terminal() -> None:
    """Make the child's input its terminal, so that Ctrl-C typed there is a signal."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read(parent: int, answer: bytes = b"") -> bytes:
    """What the terminal shows next. An answer that came before anyone listened is typed again."""
    for _ in range(30):
        if select.select([parent], [], [], 2)[0]:
            try:
                return os.read(parent, 4096)
            except OSError:  # Linux: the other side is closed
                return b""
        os.write(parent, answer)
    raise TimeoutError("the terminal stayed silent for a minute")


# What is ordered


def test_without_arguments_the_example_is_sung() -> None:
    order = read_order(None, title=None, style=None, lyrics=None, instrumental=False)
    assert order.tool == "generate_custom_song"
    assert order.arguments["lyrics"] == example.LYRICS
    assert order.arguments["another_take"] is True


def test_the_example_is_within_every_limit_of_the_paid_provider() -> None:
    said = read_order(None, title=None, style=None, lyrics=None, instrumental=False).arguments
    request = CustomRequest(title=said["title"], style=said["style"], lyrics=said["lyrics"])
    admitted = admit(request, CATALOGS[AIVIDEOAPI], None)
    assert admitted.notices == ()


def test_an_instrumental_has_neither_words_nor_a_voice() -> None:
    order = read_order(None, title="Tea", style=None, lyrics=None, instrumental=True)
    assert "lyrics" not in order.arguments
    assert example.VOICE not in order.arguments["style"]
    assert order.arguments["title"] == "Tea"


def test_a_prompt_is_a_song_from_a_description() -> None:
    order = read_order("a waltz", title=None, style=None, lyrics=None, instrumental=True)
    assert order.tool == "generate_song"
    assert order.arguments == {"prompt": "a waltz", "instrumental": True, "another_take": True}


def test_a_song_is_named_after_its_file(tmp_path: Path) -> None:
    file = tmp_path / "tea_for-two.txt"
    file.write_bytes(b"\xef\xbb\xbf" + WORDS.encode())
    order = read_order(None, title=None, style="folk", lyrics=file, instrumental=False)
    assert order.arguments["title"] == "tea for two"
    assert order.arguments["lyrics"] == WORDS


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00", "not a text in UTF-8"),
        (b"la " * MOST_BYTES, "larger than"),
    ],
    ids=["missing", "bytes", "huge"],
)
def test_lyrics_that_cannot_be_read_are_a_complaint(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "words.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Complaint, match=reason):
        read_order(None, title=None, style="folk", lyrics=file, instrumental=False)


@pytest.mark.parametrize("option", ["title", "style", "lyrics"])
def test_a_prompt_excludes_the_words_of_a_custom_song(tmp_path: Path, option: str) -> None:
    said = {"title": None, "style": None, "lyrics": None, option: tmp_path if option == "lyrics" else "x"}
    with pytest.raises(Complaint, match="PROMPT"):
        read_order("a waltz", **said, instrumental=False)  # pyright: ignore[reportArgumentType] # one of three


def test_lyrics_need_a_style(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match="--style"):
        read_order(None, title=None, style=None, lyrics=tmp_path / "words.txt", instrumental=False)


def test_the_server_is_given_its_settings_and_no_foreign_secret() -> None:
    given = process_environment({"PATH": "/bin", "SONGWRIGHT_MODEL": "m", "AWS_SECRET_ACCESS_KEY": "x"})
    assert given == {"PATH": "/bin", "SONGWRIGHT_MODEL": "m"}
