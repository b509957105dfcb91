"""Files given as resources are named by what they are, not by what the template says."""

from pathlib import Path

import pytest

from tests.fakes import CUSTOM, ERAS, Era, open_door

pytestmark = pytest.mark.anyio

JPEG = b"\xff\xd8\xff\xe0" + bytes(2000)
FLAC = b"fLaC" + bytes(2000)


@pytest.mark.parametrize("era", ERAS)
async def test_a_jpeg_cover_and_flac_audio_are_called_so(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era) as door:
        order = await door.told("generate_custom_song", **CUSTOM)
        take = (await door.saved(order["task_id"]))["tracks"][0]
        Path(take["cover_file"]).write_bytes(JPEG)  # noqa: ASYNC240 # two small files
        Path(take["file"]).write_bytes(FLAC)  # noqa: ASYNC240 # the same
        for part, kind in (("cover", "image/jpeg"), ("audio", "audio/flac")):
            read = await door.client.read_resource(f"tracks://{take['track_id']}/{part}")
            assert [content.mime_type for content in read.contents] == [kind]
