"""What a client reads before its first call: tools, schemas, annotations, instructions."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.types import Tool

from songwright.app import open_service
from songwright.catalog import CATALOGS, Catalog
from songwright.mcp import build_server
from songwright.settings import read_settings
from tests.fakes import ERAS, KEY, Era, environment, plain_errors

pytestmark = pytest.mark.anyio

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"
PROVIDERS = ("sandbox", "aivideoapi", "aimusicapi")
READING = {"get_task", "check_credits", "check_lyrics", "list_tracks"}
SPENDING = {"generate_song", "generate_custom_song"}
CLOSED_WORLD = {"check_lyrics", "list_tracks"}
KNOWN_TOOLS = READING | SPENDING | {"resolve_task"}

Json = dict[str, Any]


@dataclass
class Seen:
    """What a client has seen of a server when it is connected."""

    tools: list[Tool]
    wire: list[Json]
    instructions: str
    catalog: Catalog

    @property
    def names(self) -> set[str]:
        return {tool.name for tool in self.tools}


@asynccontextmanager
async def connected(folder: Path, provider: str, era: Era = "auto", **changes: str) -> AsyncGenerator[Seen]:
    """A client of a server whose songs go to a provider."""
    key = {} if provider == "sandbox" else {f"{provider}_api_key": KEY}
    settings = read_settings(environment(folder, provider=provider, **{**key, **changes}))
    with plain_errors():
        async with open_service(settings) as service, Client(build_server(service), mode=era) as client:
            tools = (await client.list_tools()).tools
            wire = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
            yield Seen(tools, wire, client.instructions or "", CATALOGS[provider])


def properties(tools: list[Json]) -> dict[str, Json]:
    """Every property of every input and output schema, nested ones too, by its path."""
    found: dict[str, Json] = {}

    def walk(path: str, schema: Json) -> None:
        for name, inner in schema.get("properties", {}).items():
            found[f"{path}.{name}"] = inner
            walk(f"{path}.{name}", inner)
        if "items" in schema:
            walk(f"{path}[]", schema["items"])

    for tool in tools:
        walk(f"{tool['name']} in", tool["inputSchema"])
        walk(f"{tool['name']} out", tool["outputSchema"])
    return found


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_every_tool_is_published_as_its_snapshot_says(
    tmp_path: Path, provider: str, update_snapshots: bool
) -> None:
    async with connected(tmp_path, provider) as seen:
        for tool in seen.wire:
            stored = SNAPSHOTS / provider / f"{tool['name']}.json"
            published = json.dumps(tool, indent=2, ensure_ascii=False) + "\n"
            if update_snapshots:
                stored.parent.mkdir(parents=True, exist_ok=True)
                stored.write_text(published, "utf-8")
            assert stored.is_file(), f"no snapshot of {tool['name']}; see pytest --update-snapshots"
            assert json.loads(stored.read_text("utf-8")) == tool
        stored_names = {path.stem for path in (SNAPSHOTS / provider).glob("*.json")}
        assert stored_names == seen.names


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_the_list_of_tools_has_at_most_ten_thousand_bytes(
    tmp_path: Path, provider: str, era: Era
) -> None:
    async with connected(tmp_path, provider, era) as seen:
        told = json.dumps(seen.wire, ensure_ascii=False, separators=(",", ":")).encode()
        assert len(told) <= 10_000
        assert len(told) > 3_000


async def test_both_eras_publish_the_same_tools(tmp_path: Path) -> None:
    async with (
        connected(tmp_path / "1", "sandbox") as modern,
        connected(tmp_path / "2", "sandbox", "legacy") as legacy,
    ):
        assert modern.wire == legacy.wire
        assert modern.instructions == legacy.instructions


async def test_all_tools_of_the_design_are_there(tmp_path: Path) -> None:
    async with connected(tmp_path, "sandbox") as seen:
        assert seen.names >= SPENDING | {"get_task", "check_credits", "list_tracks"}
        assert seen.names <= KNOWN_TOOLS


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_input_schemas_are_closed_flat_and_without_noise(tmp_path: Path, provider: str) -> None:
    async with connected(tmp_path, provider) as seen:
        for tool in seen.wire:
            schema = tool["inputSchema"]
            Draft202012Validator.check_schema(schema)
            Draft202012Validator.check_schema(tool["outputSchema"])
            assert schema["type"] == "object"
            assert schema["additionalProperties"] is False
            assert not {"anyOf", "oneOf", "allOf", "title", "description", "$defs"} & schema.keys()
            assert len(schema.get("required", [])) <= 2
            for name, field in schema["properties"].items():
                assert field["description"].strip(), f"{tool['name']}.{name} is not described"
                assert "title" not in field
                assert not {"anyOf", "oneOf", "allOf", "$ref"} & field.keys()
                assert field["type"] in ("string", "boolean", "integer", "number")
                assert "minimum" not in field, "a host could refuse a call before we explain it"
                assert "maximum" not in field
            assert "null" not in json.dumps(schema)


async def test_output_schemas_require_the_status_alone_and_stay_open(tmp_path: Path) -> None:
    async with connected(tmp_path, "sandbox") as seen:
        for tool in seen.wire:
            schema = tool["outputSchema"]
            assert schema["required"] == ["status"]
            assert schema.get("additionalProperties", True) is True
            assert "error" in schema["properties"]["status"]["enum"]
            assert ("properties" in schema["properties"]["error"]) == (tool["name"] == "get_task")


async def test_the_four_hints_are_written_out_and_true(tmp_path: Path) -> None:
    async with connected(tmp_path, "sandbox") as seen:
        for tool in seen.tools:
            hints = tool.annotations
            assert hints is not None
            reading = tool.name in READING
            assert hints.read_only_hint is reading
            assert hints.idempotent_hint is reading
            assert hints.destructive_hint is (tool.name == "resolve_task")
            assert hints.open_world_hint is (tool.name not in CLOSED_WORLD)


async def test_a_reading_tool_does_not_say_that_it_changes_something(tmp_path: Path) -> None:
    async with connected(tmp_path, "sandbox") as seen:
        for tool in seen.tools:
            if tool.name in READING:
                assert not re.search(
                    r"\b(saves?|downloads?|deletes?|orders? a)\b", tool.description or "", re.IGNORECASE
                )


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_no_text_names_a_tool_that_is_not_there(tmp_path: Path, provider: str) -> None:
    async with connected(tmp_path, provider) as seen:
        missing = KNOWN_TOOLS - seen.names
        for told in (seen.instructions, json.dumps(seen.wire)):
            assert [name for name in missing if name in told] == []
            verbs = re.findall(r"\b(?:get|check|list|generate|resolve|make|find|save)_[a-z_]+", told)
            assert set(verbs) <= seen.names


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_no_property_is_named_like_a_secret(tmp_path: Path, provider: str) -> None:
    async with connected(tmp_path, provider) as seen:
        found = properties(seen.wire)
        assert len(found) > 40
        assert [path for path in found if re.search("key|token|secret|password", path, re.IGNORECASE)] == []


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("provider", PROVIDERS)
async def test_instructions_are_short_and_say_where_songs_go(tmp_path: Path, provider: str, era: Era) -> None:
    async with connected(tmp_path, provider, era) as seen:
        assert 600 < len(seen.instructions.encode()) <= 1_200
        assert "{" not in seen.instructions
        assert provider in seen.instructions
        for impossible in ("Length can't be set", "extending", "covers", "stems", "cancelling"):
            assert impossible in seen.instructions


async def test_instructions_without_a_key_name_the_setting(tmp_path: Path) -> None:
    async with connected(tmp_path, "aivideoapi", aivideoapi_api_key="") as seen:
        assert len(seen.instructions.encode()) <= 1_200
        assert "SONGWRIGHT_AIVIDEOAPI_API_KEY" in seen.instructions


async def test_instructions_with_a_wrong_setting_say_so(tmp_path: Path) -> None:
    async with connected(tmp_path, "aivideoapi", daily_credits="ten") as seen:
        assert len(seen.instructions.encode()) <= 1_200
        assert "setting is wrong" in seen.instructions


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_figures_in_the_texts_come_from_the_catalog(tmp_path: Path, provider: str) -> None:
    async with connected(tmp_path, provider) as seen:
        model = seen.catalog.model(seen.catalog.default_model)
        assert model is not None
        tools = {tool["name"]: tool for tool in seen.wire}
        custom = tools["generate_custom_song"]["inputSchema"]["properties"]
        for name in ("title", "style", "lyrics"):
            assert f"Up to {model.limits.of(name)} char" in custom[name]["description"] or (
                f"up to {model.limits.of(name)} char" in custom[name]["description"]
            )
        simple = tools["generate_song"]["inputSchema"]["properties"]["prompt"]["description"]
        assert f"up to {model.limits.prompt} characters" in simple
        price = f"{model.credits} credits (about ${model.usd})"
        for name in SPENDING:
            assert (price in tools[name]["description"]) == (provider == "aivideoapi")
        assert (price in seen.instructions) == (provider == "aivideoapi")


async def test_the_limits_of_a_model_that_was_set_stand_in_the_texts(tmp_path: Path) -> None:
    async with connected(tmp_path, "aimusicapi", model="chirp-v5") as seen:
        custom = next(tool for tool in seen.wire if tool["name"] == "generate_custom_song")
        assert "Up to 5000 characters" in custom["inputSchema"]["properties"]["lyrics"]["description"]
        assert "up to 1000 characters" in custom["inputSchema"]["properties"]["style"]["description"]


async def test_options_that_the_provider_lacks_are_said_to_be_lacking(tmp_path: Path) -> None:
    async with connected(tmp_path / "b", "aimusicapi") as seen:
        custom = next(tool for tool in seen.wire if tool["name"] == "generate_custom_song")
        assert "aivideoapi only" in custom["description"]
    async with connected(tmp_path / "a", "aivideoapi") as seen:
        custom = next(tool for tool in seen.wire if tool["name"] == "generate_custom_song")
        assert "only." not in custom["description"].removesuffix("Length can't be set.")
