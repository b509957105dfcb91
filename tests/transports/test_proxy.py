"""A proxy of the environment is not used: it would see keys, and get around the check of addresses."""

import socket
from pathlib import Path

import pytest

from tests.fakes import CUSTOM
from tests.transports.wire import environ, open_provider, open_wire

pytestmark = pytest.mark.anyio

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


async def test_bad_input_37_a_proxy_of_the_environment_is_not_used(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        async with open_provider(tmp_path) as provider:
            settings = environ(tmp_path, **provider.settings) | dict.fromkeys(NAMES, address)
            async with open_wire(settings, tmp_path) as wire:
                await wire.greet()
                ordered = await wire.result("generate_custom_song", **CUSTOM)
                done = await wire.result("get_task", task_id=ordered["task_id"], wait_seconds=30)
                assert done["status"] == "completed"
                assert all(Path(track["file"]).suffix == ".mp3" for track in done["tracks"])
                assert await wire.end("eof") == 0
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()
