"""Settings: every variable, every odd value, the file, and that nothing is ever raised or given away."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from songwright.settings import PREFIX, Settings, read_settings
from songwright.settings.names import NAMES
from songwright.text import forbidden_character

A = "SONGWRIGHT_AIVIDEOAPI_API_KEY"
B = "SONGWRIGHT_AIMUSICAPI_API_KEY"
GOOD_KEY = "sk-abcdefgh12345678"
ELSEWHERE = {"SONGWRIGHT_DATA_DIR": "/nowhere/songwright"}
"""A data folder without a settings file, so that none of the person's own is read."""

VALID: Mapping[str, tuple[str, object]] = {
    "provider": ("AIMusicAPI", "aimusicapi"),
    "aivideoapi_api_key": (GOOD_KEY, SecretStr(GOOD_KEY)),
    "aimusicapi_api_key": ("any-other-key", SecretStr("any-other-key")),
    "aivideoapi_base_url": ("https://api.example.com/", "https://api.example.com"),
    "aimusicapi_base_url": ("https://xn--bcher-kva.example:8443", "https://xn--bcher-kva.example:8443"),
    "model": ("suno-v6 beta", "suno-v6 beta"),
    "credits_per_song": ("24", 24),
    "music_dir": ("/music/Été", Path("/music/Été")),
    "archive": ("off", False),
    "database_url": ("sqlite:////var/songs.db", "sqlite:////var/songs.db"),
    "daily_credits": ("0", 0),
    "confirm_spend": ("ALWAYS", "always"),
    "poll_seconds": ("0.5", 0.5),
    "request_timeout": ("12", 12.0),
    "callback_url": ("https://songs.example.com/base/", "https://songs.example.com/base"),
    "allow_private_hosts": ("0", False),
    "auth_tokens_file": ("/etc/tokens", Path("/etc/tokens")),
    "log_level": ("debug", "DEBUG"),
    "sandbox_seconds": ("1.25", 1.25),
}


def read(**values: str) -> Settings:
    """Settings from an environment of these, by their names without the prefix."""
    return read_settings({**ELSEWHERE, **{PREFIX + name.upper(): value for name, value in values.items()}})


def problem(name: str, value: str, **others: str) -> str:
    """What is said of one bad value."""
    found = read(**{name: value}, **others).problems
    assert [one.field for one in found] == [PREFIX + name.upper()], found
    return found[0].message


def in_file(folder: Path, text: str, **values: str) -> Settings:
    """Settings from a file, with an environment of these above it."""
    file = folder / "settings.toml"
    file.write_text(text, "utf-8")
    return read(config=str(file), **values)


def test_every_variable_of_the_design_is_read() -> None:
    everything = read(**{name: text for name, (text, _) in VALID.items()})
    assert everything.problems == ()
    for name, (_, value) in VALID.items():
        assert getattr(everything, name) == value, name
    assert everything.data_dir == Path("/nowhere/songwright")
    others = {"data_dir", "config", "aivideoapi_api_key_file", "aimusicapi_api_key_file"}
    assert VALID.keys() | others == NAMES


def test_the_defaults_are_those_of_the_design() -> None:
    usual = read()
    assert usual.problems == ()
    assert usual.notes == ()
    assert usual.provider == "sandbox"
    assert usual.aivideoapi_base_url == "https://api.aivideoapi.ai"
    assert usual.aimusicapi_base_url == "https://aimusicapi.org"
    assert (usual.archive, usual.confirm_spend, usual.log_level) == (True, "never", "WARNING")
    assert (usual.poll_seconds, usual.request_timeout, usual.daily_credits) == (5.0, 30.0, None)
    assert usual.music_dir.name == "Songwright"
    assert (usual.allow_private_hosts, usual.callback_url) == (False, None)


@pytest.mark.parametrize("name", sorted(VALID))
def test_what_is_empty_counts_as_unset(name: str) -> None:
    for empty in ("", "  ", "\n"):
        assert read(**{name: empty}) == read()


def test_blanks_around_a_value_are_left_out() -> None:
    assert read(model="  suno-v5 \n", daily_credits=" 12 ") == read(model="suno-v5", daily_credits="12")


# ---- keys


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        (f"  {GOOD_KEY}\n", GOOD_KEY),
        (f'"{GOOD_KEY}"', GOOD_KEY),
        (f"'{GOOD_KEY}'", GOOD_KEY),
        (f"Bearer {GOOD_KEY}", GOOD_KEY),
        (f'"bearer   {GOOD_KEY}"', GOOD_KEY),
    ],
)
def test_bad_input_26_a_key_that_was_pasted_with_its_surroundings_is_understood(
    given_: str, kept: str
) -> None:
    found = read(aivideoapi_api_key=given_)
    assert found.problems == ()
    assert found.key("aivideoapi") == SecretStr(kept)
    assert found.provider == "aivideoapi"


@pytest.mark.parametrize(
    "key",
    [
        "sk-canary\n12345678",
        "sk-canary 12345678",
        "sk-canary\r12345678",
        "sk-canaryé12345678",
        "sk-canary\u200b12345678",
        "sk-canary\x0012345678",
        "sk-canary\udcff12345678",
        "canary-without-its-start",
        "sk-cana",
        "sk-canary" + "x" * 600,
        "Bearer",
        "Bearer sk-canary 123 456",
    ],
)
def test_bad_input_26_a_key_that_cannot_be_one_is_refused_and_not_repeated(key: str) -> None:
    found = read(aivideoapi_api_key=key)
    assert [one.field for one in found.problems] == [A]
    assert "cana" not in repr(found)
    assert found.key("aivideoapi") is None
    assert found.provider == "aivideoapi", "a mistyped key does not become play songs in silence"
    assert found.missing_key == A
    assert found.problems_for("aivideoapi") == found.problems


def test_a_key_is_never_shown() -> None:
    for told in (repr(read(aivideoapi_api_key=GOOD_KEY)), str(read(aivideoapi_api_key=GOOD_KEY))):
        assert GOOD_KEY not in told
    assert GOOD_KEY not in read(aivideoapi_api_key=GOOD_KEY).model_dump_json()


def test_bad_input_25_without_a_key_it_is_the_sandbox_and_a_chosen_provider_names_what_it_lacks() -> None:
    assert (read().provider, read().missing_key) == ("sandbox", None)
    assert read(provider="aivideoapi").missing_key == A
    assert read(provider="aimusicapi").missing_key == B
    assert read(provider="aimusicapi", aivideoapi_api_key=GOOD_KEY).missing_key == B


def test_the_provider_whose_key_is_set_is_chosen_the_first_one_first() -> None:
    assert read(aimusicapi_api_key="other-key").provider == "aimusicapi"
    assert read(aimusicapi_api_key="other-key", aivideoapi_api_key=GOOD_KEY).provider == "aivideoapi"
    both = read(aimusicapi_api_key="other-key", aivideoapi_api_key=GOOD_KEY, provider="sandbox")
    assert both.usable_providers == ["sandbox", "aivideoapi", "aimusicapi"]


def test_bad_input_27_one_wrong_key_of_two_leaves_the_other_working() -> None:
    found = read(aimusicapi_api_key="other-key", aivideoapi_api_key="wrong key")
    assert found.provider == "aimusicapi"
    assert found.problems_for("aimusicapi") == ()
    assert [one.field for one in found.problems] == [A]
    chosen = read(aimusicapi_api_key="other-key", aivideoapi_api_key="wrong key", provider="aivideoapi")
    assert chosen.problems_for("aivideoapi") != ()


def test_a_key_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"\ufeff{GOOD_KEY}\r\n", "utf-8")
    found = read(aivideoapi_api_key_file=str(file))
    assert (found.problems, found.key("aivideoapi")) == ((), SecretStr(GOOD_KEY))
    given_twice = read(aivideoapi_api_key_file=str(file), aivideoapi_api_key="sk-the-other-key")
    assert given_twice.key("aivideoapi") == SecretStr("sk-the-other-key")


def test_a_key_file_that_cannot_be_used_is_told_without_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_text("")
    (tmp_path / "bytes").write_bytes(b"sk-canary\xff\xfe")
    (tmp_path / "prose").write_text("the canary sings " * 1000)
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing", "folder", "empty", "bytes", "prose", "pipe", "a" * 300):
        found = read(aivideoapi_api_key_file=str(tmp_path / name))
        assert len(found.problems) == 1, name
        assert found.problems[0].field.startswith(A), name
        assert "canary" not in repr(found), name
        assert (found.provider, found.missing_key) == ("aivideoapi", A), name
    for odd in ("relative/key", "~nobody-of-that-name/key", "/dev/zero", "/a\x00b"):
        assert read(aivideoapi_api_key_file=odd).problems[0].field == f"{A}_FILE", odd


# ---- addresses

REFUSED = (
    *("http://api.example.com", "ftp://api.example.com", "api.example.com", "//api.example.com", "https://"),
    *(
        "https:///v1",
        "https://api.example.com/v1",
        "https://api.example.com?x=1",
        "https://api.example.com#x",
    ),
    *("https://user@api.example.com", "https://user:pass@api.example.com", "https://@api.example.com"),
    *("https://api.example.com:99999", "https://api.example.com:x", "https://api.example.com:0", "https://["),
    *("https://127.0.0.1", "https://10.1.2.3", "https://192.168.0.1", "https://169.254.169.254"),
    *("https://[::1]", "https://[::ffff:127.0.0.1]", "https://[fe80::1%25eth0]", "https://224.0.0.1"),
    *("https://100.64.0.1", "https://0.0.0.0", "https://2130706433", "https://127.1", "https://0x7f000001"),
    *("https://0x7f.1", "https://0177.0.0.1", "https://1.2.3.0x4", "https://localhost", "https://LOCALHOST"),
    *("https://localhost.", "https://a.localhost", "https://nas.local", "https://metadata.google.internal"),
    *(
        "https://intranet",
        "https://router.lan",
        "https://nas.home.arpa",
        "https://api.example.com\\@evil.com",
    ),
    *("https://bücher.example", "https://аpi.example.com", "https://exa mple.com", "https://exa\tmple.com"),
    *("https://-api.example.com", "https://api-.example.com", "https://api..example.com", "https://.example"),
    *(f"https://{'a' * 64}.example.com", f"https://{'a.' * 130}com", "https://" + "a" * 2000 + ".com"),
    *(
        "https://api.example.com\nHost: evil",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://exa<mple.com",
    ),
)


@pytest.mark.parametrize("name", ["aivideoapi_base_url", "aimusicapi_base_url", "callback_url"])
def test_bad_input_28_and_34_an_address_that_is_not_public_https_is_refused(name: str) -> None:
    for value in REFUSED:
        if name == "callback_url" and value == "https://api.example.com/v1":
            continue
        assert "must be" in problem(name, value) or "cannot be used" in problem(name, value), value
        assert getattr(read(**{name: value}), name) == getattr(read(), name)


@pytest.mark.parametrize(
    "value",
    [
        "http://127.0.0.1:8765",
        "http://localhost:8765",
        "https://10.0.0.1",
        "http://[::1]:8765",
        "http://nas.local/api",
    ],
)
def test_bad_input_28_private_addresses_are_allowed_by_the_setting_that_names_them(value: str) -> None:
    assert "SONGWRIGHT_ALLOW_PRIVATE_HOSTS" in problem("callback_url", value.replace("http:", "https:"))
    found = read(aivideoapi_base_url=value, callback_url=value, allow_private_hosts="1")
    assert (found.problems, found.aivideoapi_base_url, found.callback_url) == ((), value, value)


@pytest.mark.parametrize(
    "value",
    ["http://songs.example.com", "https://127.0.0.1", "https://localhost", "https://192.168.1.7:8443"],
)
def test_bad_input_34_a_callback_address_must_be_https_and_public(value: str) -> None:
    assert "SONGWRIGHT_CALLBACK_URL" in problem("callback_url", value)
    assert read(callback_url=value).callback_url is None


@pytest.mark.parametrize(
    "value", ["http://user:pass@127.0.0.1", "http://127.0.0.1/?x=1", "gopher://x", "http://"]
)
def test_bad_input_28_even_then_an_address_has_no_user_and_no_query(value: str) -> None:
    assert "pass" not in problem("aivideoapi_base_url", value, allow_private_hosts="1")


def test_a_host_label_of_63_characters_is_the_longest() -> None:
    longest = f"https://{'a' * 63}.example.com"
    assert read(callback_url=longest).callback_url == longest


# ---- numbers, words, folders


@pytest.mark.parametrize(
    "value",
    ["ten", "-1", "1.5", "1e3", "1e308", "nan", "inf", "0x10", "١٢", "99999999999", "1_000", "+5", "true"],
)
def test_bad_input_29_a_daily_cap_is_a_whole_number(value: str) -> None:
    assert "whole number from 0" in problem("daily_credits", value)
    assert read(daily_credits=value).daily_credits is None


def test_bad_input_29_a_daily_cap_of_nothing_is_a_cap() -> None:
    assert read(daily_credits="0").daily_credits == 0
    assert "from 1 to" in problem("credits_per_song", "0")


@pytest.mark.parametrize("name", ["poll_seconds", "request_timeout", "sandbox_seconds"])
@pytest.mark.parametrize("value", ["-1", "nan", "inf", "1e2", "5s", "100000", "٥", "1,5", ".5", "0x1"])
def test_seconds_are_plain_numbers_within_bounds(name: str, value: str) -> None:
    assert "number of seconds from" in problem(name, value)


def test_a_word_that_is_none_of_the_words_is_told_the_words() -> None:
    assert "aivideoapi, aimusicapi, sandbox" in problem("provider", "suno")
    assert "never, always" in problem("confirm_spend", "sometimes")
    assert "debug, info" in problem("log_level", "loud")
    assert "on or off" in problem("archive", "maybe")
    assert "on or off" in problem("allow_private_hosts", "2")


@pytest.mark.parametrize("name", ["data_dir", "music_dir", "auth_tokens_file"])
@pytest.mark.parametrize(
    "value", ["relative", "./here", "~nobody-of-that-name/x", "/a\x00b", "/a\nb", "/a\udcff"]
)
def test_a_folder_is_an_absolute_path(name: str, value: str) -> None:
    found = read_settings({**ELSEWHERE, PREFIX + name.upper(): value})
    assert [one.field for one in found.problems] == [PREFIX + name.upper()]


def test_a_folder_may_begin_with_a_tilde() -> None:
    assert read(music_dir="~/Songs").music_dir == Path.home() / "Songs"


@pytest.mark.parametrize(
    "value", ["postgresql://u:canary@h/d", "sqlite://x", "sqlite:///", "sqlite:///x.db", "/x.db"]
)
def test_a_database_is_an_absolute_sqlite_path(value: str) -> None:
    assert "canary" not in problem("database_url", value)


@pytest.mark.parametrize("value", ["x" * 101, "suno\x00", "suno-é", "suno\x1b[31m"])
def test_a_model_is_a_short_plain_name(value: str) -> None:
    problem("model", value)


# ---- names


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("SONGWRIGHT_MUSIK_DIR", "SONGWRIGHT_MUSIC_DIR"),
        ("SONGWRIGHT_MODLE", "SONGWRIGHT_MODEL"),
        ("SONGWRIGHT_AIVIDEOAPI_KEY", "SONGWRIGHT_AIVIDEOAPI_API_KEY"),
        ("SONGWRIGHT_DAILY_CREDIT", "SONGWRIGHT_DAILY_CREDITS"),
        ("SONGWRIGHT_SONGWRIGHT_MODEL", "SONGWRIGHT_MODEL"),
        ("SONGWRIGHT_ZZZZZZ", None),
        ("SONGWRIGHT_", None),
    ],
)
def test_bad_input_35_a_misspelt_name_is_told_the_nearest(name: str, near: str | None) -> None:
    (found,) = read_settings({**ELSEWHERE, name: GOOD_KEY}).problems
    assert found.field == name
    assert (f"did you mean {near}?" in found.message) == (near is not None)
    assert GOOD_KEY not in found.message


def test_bad_input_35_a_name_that_is_nonsense_is_cut_and_cleaned() -> None:
    name = PREFIX + "\x1b[31m" + GOOD_KEY + "x" * 5000
    (found,) = read_settings({**ELSEWHERE, name: "1"}).problems
    assert len(found.message) < 200
    assert found.message.isprintable()
    assert GOOD_KEY.lower() not in found.message.lower()


def test_names_of_others_are_not_read() -> None:
    assert (
        read_settings({**ELSEWHERE, "MODEL": "x", "SONGWRITER_MODEL": "x", "XSONGWRIGHT_MODEL": "x"})
        == read()
    )


@pytest.mark.parametrize("value", ["${KEY}", "${input:key}", "x${HOME}", "${", "Bearer ${KEY}"])
@pytest.mark.parametrize("name", sorted(NAMES - {"data_dir"}))
def test_a_value_that_the_host_did_not_expand_is_told_so(name: str, value: str) -> None:
    message = problem(name, value)
    assert "did not expand" in message
    assert message.startswith(PREFIX + name.upper())


def test_an_unexpanded_key_does_not_become_play_songs_in_silence() -> None:
    found = read(aimusicapi_api_key="${KEY}")
    assert (found.provider, found.missing_key) == ("aimusicapi", B)
    assert found.problems_for("aimusicapi") != ()


# ---- the file


def test_the_file_is_read_and_the_environment_wins_and_only_names_are_told(tmp_path: Path) -> None:
    text = f'model = "from-file"\ndaily_credits = 48\naivideoapi_api_key = "{GOOD_KEY}"\narchive = false\n'
    found = in_file(tmp_path, text, model="from-environment", aivideoapi_api_key="sk-environment-key")
    assert found.problems == ()
    assert (found.model, found.daily_credits, found.archive) == ("from-environment", 48, False)
    assert found.key("aivideoapi") == SecretStr("sk-environment-key")
    assert set(found.notes) == {
        f"{A} in the environment overrides the file",
        "SONGWRIGHT_MODEL in the environment overrides the file",
    }
    assert "from-file" not in "".join(found.notes)


def test_bad_input_36_an_empty_variable_overrides_nothing(tmp_path: Path) -> None:
    found = in_file(tmp_path, 'model = "from-file"', model="  ")
    assert (found.model, found.notes) == ("from-file", ())


def test_the_file_of_the_data_folder_is_read_without_being_named(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("credits_per_song = 12")
    assert read_settings({"SONGWRIGHT_DATA_DIR": str(tmp_path)}).credits_per_song == 12


@pytest.mark.parametrize(
    "content",
    [
        b"model = ",
        b"\xff\xfe",
        b"a = " + b"[" * 20_000 + b"]" * 20_000,
        b"#" * 300_000,
        b"x = 1\nx = 2",
        b"\x00",
    ],
    ids=["cut", "not_utf_8", "deep", "large", "twice", "nul"],
)
def test_a_file_that_is_no_toml_is_told_and_ends_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    found = read(config=str(file), model="suno-v5")
    assert [one.field for one in found.problems] == ["SONGWRIGHT_CONFIG"]
    assert found.model == "suno-v5"


def test_a_named_file_that_is_none_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    odd = (
        str(tmp_path),
        str(tmp_path / "missing"),
        str(tmp_path / "pipe"),
        "/dev/zero",
        "/a\x00b",
        "~nobody-x/a",
    )
    for value in (*odd, "/" + "a" * 5000):
        found = read(config=value)
        assert [one.field for one in found.problems] == ["SONGWRIGHT_CONFIG"], value
        assert found.problems[0].message.isprintable()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("model = [1]", "SONGWRIGHT_MODEL"),
        ("[model]\nx = 1", "SONGWRIGHT_MODEL"),
        ("model = 1979-05-27", "SONGWRIGHT_MODEL"),
        ("credits_per_song = true", "SONGWRIGHT_CREDITS_PER_SONG"),
        ("daily_credits = 1e308", "SONGWRIGHT_DAILY_CREDITS"),
        ("daily_credits = -1", "SONGWRIGHT_DAILY_CREDITS"),
        ("poll_seconds = nan", "SONGWRIGHT_POLL_SECONDS"),
        ('musik_dir = "/x"', "SONGWRIGHT_MUSIK_DIR"),
        ('MODEL = "x"', "SONGWRIGHT_MODEL"),
        ('model = "${MODEL}"', "SONGWRIGHT_MODEL"),
        ('aivideoapi_api_key = "line\\nbreak-in-it"', A),
    ],
)
def test_a_wrong_value_in_the_file_is_told_by_its_name(tmp_path: Path, text: str, field: str) -> None:
    found = in_file(tmp_path, text)
    assert [one.field for one in found.problems] == [field]


# ---- whatever comes

KEYS = st.from_regex(r"canary[!-~]{8,40}", fullmatch=True)
TEXTS = st.one_of(st.text(max_size=60), st.sampled_from([*REFUSED, *(text for text, _ in VALID.values())]))
SETTING_NAMES = st.sampled_from(sorted(PREFIX + name.upper() for name in NAMES - {"config", "data_dir"}))
ANY_NAMES = st.one_of(SETTING_NAMES, st.text(max_size=20).map(PREFIX.__add__), st.text(max_size=20))


@given(st.dictionaries(ANY_NAMES, TEXTS, max_size=12))
def test_no_mapping_makes_it_raise(environ: dict[str, str]) -> None:
    found = read_settings({**ELSEWHERE, **environ})
    for one in found.problems:
        assert one.field.startswith(PREFIX)
        assert forbidden_character(one.message) is None
        assert "\n" not in one.message
        assert len(one.message) < 400


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_folder_and_no_file_name_makes_it_raise(data_dir: str, config: str) -> None:
    read_settings({"SONGWRIGHT_DATA_DIR": "/nowhere" + data_dir, "SONGWRIGHT_CONFIG": "/nowhere" + config})


@given(
    KEYS, st.sampled_from([A, B]), st.sampled_from(["{}", "{} x", "é{}", "{}\n{}", "Bearer {} {}", "${{{}"])
)
def test_no_problem_and_no_note_tells_a_secret(key: str, name: str, shape: str) -> None:
    found = read_settings({**ELSEWHERE, name: shape.format(key, key), "SONGWRIGHT_MODLE": key})
    assert found.problems
    assert key not in repr(found.problems) + repr(found.notes) + repr(found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.sampled_from(sorted(VALID))))
def test_file_and_environment_say_the_same(tmp_path: Path, names: set[str]) -> None:
    values = {name: VALID[name][0] for name in names}
    text = "".join(f'{name} = "{value}"\n' for name, value in values.items())
    assert in_file(tmp_path, text) == read(**values).model_copy(update={"notes": ()})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_no_file_makes_it_raise(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    found: Any = read(config=str(file))
    assert found.data_dir == Path("/nowhere/songwright")
