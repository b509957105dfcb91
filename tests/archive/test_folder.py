"""Whose folder is whose, and every write to it."""

import errno
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from songwright.archive.folder import MARKER, MusicFolder, Scratch, good_file, place, publish, write_once
from songwright.archive.kinds import AUDIO_KINDS, audio_kind
from songwright.archive.trouble import ArchiveError, disk_told

from .world import audio_bytes, left, song, take_of


def prepared(root: Path, now: float = 0.0) -> MusicFolder:
    folder = MusicFolder(root, now=lambda: now)
    folder.prepare()
    return folder


def test_a_song_gets_a_folder_of_its_title_and_keeps_it(tmp_path: Path) -> None:
    music = prepared(tmp_path)
    assert music.find(song()) is None
    folder = music.claim(song())
    assert folder == tmp_path / "Sixty and Still Loud"
    assert music.find(song()) == folder == music.claim(song())
    assert left(tmp_path) == [f"Sixty and Still Loud/{MARKER}"]


def test_a_second_song_of_the_same_title_gets_a_folder_with_its_id(tmp_path: Path) -> None:
    music = prepared(tmp_path)
    music.claim(song())
    assert music.claim(song(task_id="zzz")).name == "Sixty and Still Loud (zzz)"
    assert music.claim(song()).name == "Sixty and Still Loud"


def test_a_persons_own_folder_is_left_alone_and_an_empty_one_is_used(tmp_path: Path) -> None:
    own = tmp_path / "Sixty and Still Loud"
    own.mkdir()
    (own / "A.mp3").write_text("mine")
    music = prepared(tmp_path)
    assert music.claim(song()).name == "Sixty and Still Loud (k3f9tqxy)"
    assert (own / "A.mp3").read_text() == "mine" and left(own) == ["A.mp3"]
    (tmp_path / "Empty").mkdir()
    assert music.claim(song("Empty", "e1")).name == "Empty"


def test_a_file_of_the_songs_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "Sixty and Still Loud").write_text("mine")
    assert prepared(tmp_path).claim(song()).name == "Sixty and Still Loud (k3f9tqxy)"


def test_a_song_whose_title_changed_stays_where_its_first_take_is(tmp_path: Path) -> None:
    music = prepared(tmp_path)
    folder = music.claim(song("Working title"))
    renamed = song("Final title")
    saved = take_of(renamed, file=str(folder / "A.mp3"))
    assert music.claim(renamed.model_copy(update={"tracks": (saved,)})) == folder


def test_a_take_recorded_elsewhere_does_not_lead_there(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / MARKER).write_text("k3f9tqxy\n")
    saved = take_of(song(), file=str(outside / "A.mp3"))
    music = prepared(tmp_path / "music")
    folder = music.claim(song().model_copy(update={"tracks": (saved,)}))
    assert folder.parent == tmp_path / "music"


def test_of_many_songs_that_want_one_name_each_gets_its_own(tmp_path: Path) -> None:
    def claimed(task_id: str) -> Path:
        return prepared(tmp_path).claim(song(task_id=task_id))

    ids = [f"task{number}" for number in range(40)]
    with ThreadPoolExecutor(16) as pool:
        folders = list(pool.map(claimed, ids))
    assert len(set(folders)) == 40
    owners = [(folder / MARKER).read_text().partition("\n")[0] for folder in folders]
    assert owners == ids
    assert not [name for name in left(tmp_path) if ".tmp-" in name]


def test_of_many_claims_of_one_song_all_get_the_same_folder(tmp_path: Path) -> None:
    def claimed(number: int) -> Path:
        return prepared(tmp_path).claim(song())

    with ThreadPoolExecutor(16) as pool:
        folders = list(pool.map(claimed, range(40)))
    assert set(folders) == {tmp_path / "Sixty and Still Loud"}


def test_bad_input_20_a_link_that_leaves_the_music_folder_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    music = prepared(tmp_path / "music")
    (tmp_path / "music" / "Sixty and Still Loud").symlink_to(outside, target_is_directory=True)
    for step in (music.find, music.claim):
        with pytest.raises(ArchiveError) as caught:
            step(song())
        assert caught.value.retry and "leads out" in caught.value.reason
    assert left(outside) == []


def test_bad_input_20_a_link_to_nowhere_is_not_followed(tmp_path: Path) -> None:
    music = prepared(tmp_path / "music")
    (tmp_path / "music" / "Sixty and Still Loud").symlink_to(tmp_path / "nowhere")
    assert music.claim(song()).name == "Sixty and Still Loud (k3f9tqxy)"
    assert not (tmp_path / "nowhere").exists()


def test_a_music_folder_that_is_itself_a_link_is_the_persons_choice(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "music").symlink_to(tmp_path / "disk")
    assert prepared(tmp_path / "music").claim(song()) == tmp_path / "music" / "Sixty and Still Loud"


def test_bad_input_20_a_file_in_place_of_the_music_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "music").write_text("a file")
    for root in (tmp_path / "music", tmp_path / "music" / "below"):
        with pytest.raises(ArchiveError) as caught:
            prepared(root)
        assert caught.value.retry and "is a file" in caught.value.reason
        assert str(tmp_path) not in caught.value.reason


@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="needs a place that nobody can write, root included"
)
def test_bad_input_20_a_place_that_cannot_be_written_is_told() -> None:
    with pytest.raises(ArchiveError) as caught:
        prepared(Path("/proc/songwright"))
    assert caught.value.retry and "SONGWRIGHT_MUSIC_DIR" in caught.value.reason


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "quota"),
        (errno.EACCES, "written"),
        (errno.EROFS, "read-only"),
        (errno.ENOTDIR, "a file"),
        (errno.ENOENT, "not there"),
        (errno.EIO, "cannot be used"),
    ],
)
def test_every_trouble_of_the_disk_has_a_sentence_and_may_be_tried_again(number: int, words: str) -> None:
    with pytest.raises(ArchiveError) as caught, disk_told():
        raise OSError(number, "said the system")
    assert caught.value.retry and words in caught.value.reason


def test_what_a_killed_process_left_goes_after_a_day_and_nothing_else(tmp_path: Path) -> None:
    for name, age in {".tmp-old": 90_000, ".tmp-new": 60, "old.mp3": 90_000}.items():
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    prepared(tmp_path, now=1_000_000.0)
    assert left(tmp_path) == [".tmp-new", "old.mp3"]


def test_temporary_files_are_private_and_gone_afterwards(tmp_path: Path) -> None:
    with Scratch(tmp_path) as scratch:
        files = [scratch.new(), scratch.holding(b"words"), scratch.copy(scratch.holding(b"more"))]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert files[2].read_bytes() == b"more"
    assert left(tmp_path) == []


def test_a_placed_file_is_readable_and_replaces_a_link_not_its_target(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "A.mp3").symlink_to(victim)
    with Scratch(tmp_path) as scratch:
        place(scratch.holding(b"song"), tmp_path / "A.mp3")
    assert victim.read_text() == "mine"
    assert not (tmp_path / "A.mp3").is_symlink() and (tmp_path / "A.mp3").read_bytes() == b"song"
    assert stat.S_IMODE((tmp_path / "A.mp3").stat().st_mode) == 0o644


def test_a_target_that_another_program_holds_is_tried_five_times(tmp_path: Path) -> None:
    pauses: list[float] = []
    tries: list[Path] = []

    def held(file: Path, target: Path) -> None:
        tries.append(target)
        if len(tries) < 5:
            raise PermissionError(errno.EACCES, "held")
        file.replace(target)

    with Scratch(tmp_path) as scratch:
        place(scratch.holding(b"song"), tmp_path / "A.mp3", replace=held, pause=pauses.append)
        assert pauses == [0.05] * 4 and left(tmp_path) == ["A.mp3"]
        tries[:] = [Path()] * -9
        pauses.clear()

        def always(file: Path, target: Path) -> None:
            raise PermissionError(errno.EACCES, "held")

        with pytest.raises(ArchiveError) as caught:
            place(scratch.holding(b"song"), tmp_path / "B.mp3", replace=always, pause=pauses.append)
    assert caught.value.retry and pauses == [0.05] * 4


def test_a_name_is_published_once(tmp_path: Path) -> None:
    with Scratch(tmp_path) as scratch:
        assert publish(scratch.holding(b"one"), tmp_path / "name")
        assert not publish(scratch.holding(b"two"), tmp_path / "name")
    assert (tmp_path / "name").read_bytes() == b"one" and left(tmp_path) == ["name"]


def no_links(file: Path, place: Path) -> None:
    raise OSError(errno.EPERM, "no hard links here")


@pytest.mark.parametrize("link", [no_links, None])
def test_a_name_is_published_once_on_a_disk_without_hard_links(
    link: Callable[[Path, Path], None] | None, tmp_path: Path
) -> None:
    with Scratch(tmp_path) as scratch:
        assert publish(scratch.holding(b"one"), tmp_path / "name", link=link)
        assert not publish(scratch.holding(b"two"), tmp_path / "name", link=link)
    assert (tmp_path / "name").read_bytes() == b"one" and left(tmp_path) == ["name"]


def test_of_many_that_write_the_same_words_at_once_no_second_file_appears(tmp_path: Path) -> None:
    for attempt in range(100):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        places = [folder / "lyrics.txt", folder / "lyrics A.txt"]

        def write(number: int, places: list[Path] = places) -> None:
            with Scratch(tmp_path) as scratch:
                write_once(b"words", places, scratch)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(write, range(6)))
        assert left(folder) == ["lyrics.txt"]


def test_other_words_go_beside_the_first_and_overwrite_nothing(tmp_path: Path) -> None:
    places = [tmp_path / "lyrics.txt", tmp_path / "lyrics B.txt"]
    with Scratch(tmp_path) as scratch:
        for words in (b"first", b"other", b"first", b"third"):
            write_once(words, places, scratch)
    assert [file.read_bytes() for file in places] == [b"first", b"other"]


def test_only_a_regular_whole_file_of_its_kind_is_good(tmp_path: Path) -> None:
    def found() -> Path | None:
        return good_file(tmp_path, "A", AUDIO_KINDS, audio_kind, least)

    least = 1024

    file = tmp_path / "A.mp3"
    assert found() is None
    for content in (b"", audio_bytes()[:500], b"<html>" + bytes(2000), audio_bytes("FLAC")):
        file.write_bytes(content)
        assert found() is None
    file.write_bytes(audio_bytes())
    assert found() == file
    file.rename(tmp_path / "B.mp3")
    file.symlink_to(tmp_path / "B.mp3")
    least = 1  # a link is only as long as its target's name
    assert found() is None
