"""What a project's images and labels are written as, and read from: a module for each format.

`EXPORTS` names the classes, by the project's kind, which are imported when they are first asked for: some need what
only workers have. The formats of `IMPORTS` are found out by content, or named.
"""

from importlib import import_module
from typing import Any

EXPORTS = {
    "classification": {
        "csv": "labeling.formats.table.TableExport",
        "folders": "labeling.formats.folders.FoldersExport",
        "label-studio": "labeling.formats.tasks.TasksExport",
    },
    "detection": {
        "coco": "labeling.formats.coco.CocoExport",
        "yolo": "labeling.formats.yolo.YoloExport",
        "voc": "labeling.formats.voc.VocExport",
        "csv": "labeling.formats.table.TableExport",
        "label-studio": "labeling.formats.tasks.TasksExport",
    },
    "matting": {
        "mattes": "labeling.formats.mattes.MattesExport",
        "cutouts": "labeling.formats.cutouts.CutoutsExport",
        "coco": "labeling.formats.coco_mattes.MatteCocoExport",
        "label-studio": "labeling.formats.tasks.TasksExport",
    },
}
IMPORTS = {kind: tuple(formats) for kind, formats in EXPORTS.items()}
ONE_LABELING = ("folders", "yolo", "voc", "mattes", "cutouts")  # of an image: there is no place for a second
WHY_NOT = {
    "classification": "{name} has no place for one label an image: for classification there are {there}.",
    "detection": "{name} has no place for boxes: for detection there are {there}.",
    "matting": "{name} has no place for mattes: for matting there are {there}.",
}


def export_format(kind: str, name: str) -> Any:
    module, _, attribute = EXPORTS[kind][name].rpartition(".")
    return getattr(import_module(module), attribute)


def refusal(kind: str, name: str) -> str:
    """Why a project of that kind has no such format, in a sentence."""
    there = ", ".join(IMPORTS[kind])
    if any(name in formats for formats in IMPORTS.values()):
        return WHY_NOT[kind].format(name=name, there=there)
    return f"There is no such format. There are {there}."
