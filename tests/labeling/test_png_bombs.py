"""Notes and profiles in a PNG that would unpack to far more than they are: refused, unpacked by nobody."""

import struct
import tracemalloc
import zlib

import pytest

from labeling.imagefiles import RejectedImage, inspect
from labeling.models import Image
from tests.pictures import encoded, picture, upload

BOMB = zlib.compress(bytes(200 * 1024**2), 9)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


BOMBS = {
    "zTXt": chunk(b"zTXt", b"Comment\0\0" + BOMB),
    "iTXt": chunk(b"iTXt", b"Comment\0\1\0\0\0" + BOMB),
    "iCCP": chunk(b"iCCP", b"profile\0\0" + BOMB),
}


def with_bomb(kind):
    """Before the pixels, where a profile has to stand."""
    data = encoded(picture(1), "PNG")
    return data[:33] + BOMBS[kind] + data[33:]


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_beside_the_pixels_is_refused(manager_api, project, kind, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    answer = upload(
        manager_api, project, {"bomb.png": with_bomb(kind), "good.png": encoded(picture(2), "PNG")}
    )
    assert [row["name"] for row in answer.json()["rejected"]] == ["bomb.png"]
    assert list(Image.objects.values_list("name", flat=True)) == ["good.png"]


@pytest.mark.parametrize("kind", BOMBS)
def test_looking_at_a_bomb_takes_little_memory(kind):
    data = with_bomb(kind)
    tracemalloc.start()
    try:
        with pytest.raises(RejectedImage):
            inspect(data)
        assert tracemalloc.get_traced_memory()[1] < 20 * 1024**2
    finally:
        tracemalloc.stop()
