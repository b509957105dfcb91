"""README, the example configuration and the changelog tell what there really is."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

import songwright
from songwright.app import open_service
from songwright.commands.program import commands
from songwright.mcp import build_server
from songwright.settings.names import NAMES, PREFIX
from tests import fakes

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLE: dict[str, Any] = json.loads((ROOT / "mcp.json.example").read_text("utf-8"))
SETTINGS = {PREFIX + name.upper() for name in NAMES}


def section(title: str) -> str:
    """The part of README under a heading."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(text: str) -> set[str]:
    """The code words in the first cells of a table."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row)}


def test_readme_tells_every_setting_and_no_other() -> None:
    assert first_cells(section("Settings")) == SETTINGS
    assert set(re.findall(r"SONGWRIGHT_[A-Z_]+[A-Z]", README)) <= SETTINGS


@pytest.mark.anyio
async def test_readme_tells_every_tool_and_resource_and_no_other(tmp_path: Path) -> None:
    async with open_service(fakes.settings(tmp_path)) as service, Client(build_server(service)) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        uris = {str(each.uri) for each in (await client.list_resources()).resources}
        templates = {
            each.uri_template for each in (await client.list_resource_templates()).resource_templates
        }
    assert first_cells(section("Tools")) == tools
    told = set(re.findall(r"`([a-z]+://[^`]+)`", section("Tools")))
    parts = {f"tracks://{{track_id}}{part}" for part in re.findall(r"`(/[a-z]+)`", section("Tools"))}
    assert told | parts == uris | templates


def test_readme_tells_every_command() -> None:
    told = {words.split()[1] for words in first_cells(section("Commands")) if " " in words}
    names = {
        command.name or getattr(command.callback, "__name__", "") for command in commands.registered_commands
    }
    assert told == names


def test_every_configuration_in_readme_is_json_that_starts_the_program() -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", README, re.DOTALL)]
    assert len(blocks) == 2
    for block in blocks:
        [server] = (block.get("mcpServers") or block["servers"]).values()
        assert server["command"].endswith("/.venv/bin/songwright")
        assert set(server["env"]) <= SETTINGS


def test_the_example_has_an_entry_for_each_transport() -> None:
    entries = EXAMPLE["mcpServers"]
    assert {entry["type"] for entry in entries.values()} == {"stdio", "http", "sse"}
    by_type = {entry["type"]: entry for entry in entries.values()}
    assert by_type["stdio"]["command"].startswith("/")
    assert by_type["stdio"]["command"].endswith("/.venv/bin/songwright")
    assert set(by_type["stdio"]["env"]) == {"SONGWRIGHT_AIVIDEOAPI_API_KEY_FILE"}
    assert by_type["http"]["url"].endswith("/mcp")
    assert by_type["http"]["headers"]["Authorization"].startswith("Bearer ${")
    assert by_type["http"]["timeout"] > 60_000
    assert by_type["sse"]["url"].endswith("/sse")


def test_no_document_holds_a_key() -> None:
    for name in ("README.md", "mcp.json.example", "CHANGELOG.md"):
        assert not re.search(r"sk-[A-Za-z0-9]{6,}", (ROOT / name).read_text("utf-8"))


def test_the_changelog_tells_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert text.index("## [Unreleased]") < text.index(f"## [{songwright.__version__}]")
