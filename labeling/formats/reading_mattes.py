"""Finding out which format the mattes of an archive come in: folders of alphas or of cut-outs, or COCO.

Files belong together by where they lie, but for the folder that says what they are, or by a stem that is one's alone:
`alphas/x.png`, `trimaps/x.png` and `images/x.jpg`. Without a picture beside it a matte is for the image of that name that
the project has; the picture of a cut-out is its own colours, unless a table says by its hash that the project has one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from labeling.archives import Archive, BadArchive
from labeling.formats.items import SPLITS, BadFormat, Item, natural, pictures_of, place_of
from labeling.formats.matte_pngs import is_cutout
from labeling.formats.plan import Plan
from labeling.formats.reading_boxes import Known, Refused, coco_plan

ROLES = {
    "images": "image", "alphas": "alpha", "alpha": "alpha", "mattes": "alpha", "masks": "alpha", "trimaps": "trimap",
    "trimap": "trimap", "cutouts": "cutout", "cutout": "cutout",
}  # fmt: skip
HARD = "COCO has hard masks alone: all of an image's are one matte of 0 and 255."
FEW = 20  # files that are looked into to know what all of them are


def mattes_plan(archive: Archive, format: str, pictures: Sequence[str], refused: Refused) -> Plan | None:
    """None where no folder says so, and no JSON of COCO is there. Raises BadFormat."""
    roles = {_role(path) for path in pictures}
    if format == "mattes" or (not format and "alpha" in roles):
        return _alphas(archive, pictures, refused)
    if format == "cutouts" or (not format and "cutout" in roles):
        return cutouts_plan(archive, pictures, refused, sure=True)
    if format in ("", "coco") and (
        plan := coco_plan(archive, pictures, refused, named=bool(format), kind="matting")
    ):
        plan.notes.append(HARD)
        return plan
    return None


def _alphas(archive: Archive, pictures: Sequence[str], refused: Refused) -> Plan:
    roles = {path: _role(path) for path in pictures}
    if not {"alpha", "image"} & set(roles.values()):  # it was named, and has no folders
        roles = {path: role or "alpha" for path, role in roles.items()}
    if "alpha" not in roles.values():
        raise BadFormat("The archive holds no mattes: put grey PNGs into a folder called alphas.")
    files = _Files(archive, roles)
    plan = Plan("mattes", refused=list(refused))
    for path in files.left("image"):
        item = files.known.of(path) or Item(split=_split(path))
        item.member = path
        _say(item, "file", {name: files.of(name, path) for name in ("alpha", "trimap")})
        plan.items.add(item)
    for path in files.left("alpha"):
        item = files.known.of(path) or Item(split=_split(path))
        item.member, item.at = "", path
        if not item.name:
            item.name, item.others = (stem := PurePosixPath(path).stem), pictures_of(stem)
        _say(item, "file", {"alpha": [path], "trimap": files.of("trimap", path)})
        plan.items.add(item)
    plan.refused += [(path, "There is a trimap, and no matte of its name.") for path in files.left("trimap")]
    plan.notes += files.notes("alpha", "trimap")
    return plan


def cutouts_plan(archive: Archive, pictures: Sequence[str], refused: Refused, *, sure: bool) -> Plan | None:
    """By their folder, or by their content: where it is not `sure`, None unless the first files are RGBA, and not all of
    them opaque."""
    roles = {path: _role(path) for path in pictures}
    if "cutout" not in roles.values():
        roles = {path: role or "cutout" for path, role in roles.items()}
    cutouts = [path for path, role in roles.items() if role == "cutout"]
    if not sure and not _seem_cutouts(archive, cutouts[:FEW]):
        return None
    if not cutouts:
        raise BadFormat("The archive holds no cut-outs: put RGBA PNGs into a folder called cutouts.")
    files = _Files(archive, roles)
    plan = Plan("cutouts", refused=list(refused))
    for path in files.left("image"):
        item = files.known.of(path) or Item(split=_split(path))
        item.member = path
        _say(item, "cutout", {"alpha": files.of("cutout", path)})
        plan.items.add(item)
    alone = files.left("cutout")
    for path in alone:
        item = files.known.of(path) or Item(split=_split(path))
        item.cutout, item.member = path, ""
        item.title = f"{PurePosixPath(item.title or path).stem}.png"
        _say(item, "cutout", {"alpha": [path]})
        plan.items.add(item)
    if alone:
        plan.notes.append(
            f"{len(alone):,} cut-outs lie beside no picture: unless a table says by its hash which image of the project it is, "
            "a cut-out's own colours came as the picture."
        )
    plan.notes += files.notes("cutout")
    return plan


def _seem_cutouts(archive: Archive, paths: Sequence[str]) -> bool:
    cut = False
    try:
        for path in paths:
            found = is_cutout(archive.read(path))
            if found is None:
                return False
            cut |= found
    except BadArchive:
        return False
    return cut


def _say(item: Item, how: str, mattes: Mapping[str, Sequence[str]]) -> None:
    """Put the label on the item, of files by what they are; `how` they are read."""
    for first, *others in filter(None, mattes.values()):
        item.faults += [(path, f"It is for the same image as {first}.") for path in others]
    label = {name: [{how: paths[0]}] for name, paths in mattes.items() if paths}
    if "alpha" in label:
        item.labels = [label]
    elif label:
        item.faults.append((mattes["trimap"][0], "There is a trimap, and no matte of its name."))


class _Files:
    """An archive's files by what they are and where they lie. `known` is what a table says of them."""

    def __init__(self, archive: Archive, roles: Mapping[str, str]) -> None:
        self._roles = {path: role or "image" for path, role in roles.items()}
        self._places: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._stems: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._taken: set[str] = set()
        self._bare = 0
        self.known = Known(archive, roles, "matting", ROLES)
        for path, role in self._roles.items():
            self._places[role, place_of(path, ROLES)].append(path)
            self._stems[role, PurePosixPath(path).stem].append(path)

    def left(self, role: str) -> list[str]:
        """Those that were not given out."""
        found = [path for path, its in self._roles.items() if its == role and path not in self._taken]
        return sorted(found, key=natural)

    def of(self, role: str, path: str) -> list[str]:
        """The files of a role that belong to one of another."""
        stem = PurePosixPath(path).stem
        found = self._places.get((role, place_of(path, ROLES)), [])
        if not found and len(self._stems[self._roles[path], stem]) == 1:
            same = self._stems.get((role, stem), [])
            found = same if len(same) == 1 else []
        self._taken.update(found)
        self._bare += role != "trimap" and not found
        return found

    def notes(self, *used: str) -> list[str]:
        """When all that the format uses was given out."""
        others = sum(role not in ("image", *used) for role in self._roles.values())
        said = {
            "pictures without a matte came without a label.": self._bare,
            "files in other folders were left out.": others,
        }
        return [f"{count:,} {what}" for what, count in said.items() if count]


def _role(path: str) -> str:
    """By the folder next to it that tells; empty where none does."""
    folders = [part.lower() for part in PurePosixPath(path).parts[:-1]]
    return next((ROLES[folder] for folder in reversed(folders) if folder in ROLES), "")


def _split(path: str) -> str:
    said = [SPLITS[part.lower()] for part in PurePosixPath(path).parts[:-1] if part.lower() in SPLITS]
    return said[-1] if said else ""
