"""Whether the workers that render have a Blender."""

from __future__ import annotations

from django.core.cache import cache

from vision.scenes.render import BlenderMissing, blender_command

KEY = "blender-missing"


def blender_note() -> None:
    """Call in a worker: what it found is read by the web process, which may be on another machine."""
    cache.set(KEY, _missing(), None)


def blender_missing() -> str:
    """Why nothing can be rendered, with what to do; empty where it can. Before a worker has said so: as it is on this machine."""
    said = cache.get(KEY)
    return _missing() if said is None else str(said)


def _missing() -> str:
    try:
        blender_command()
    except BlenderMissing as error:
        return str(error)
    return ""
