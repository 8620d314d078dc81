"""What a project's images and labels are written as, and read from: a module for each format.

`EXPORTS` and `IMPORTS` name the classes and functions, which are imported when they are first asked for: some need
what only workers have.
"""

from importlib import import_module
from typing import Any

EXPORTS = {
    "csv": "labeling.formats.table.TableExport",
    "folders": "labeling.formats.folders.FoldersExport",
    "label-studio": "labeling.formats.tasks.TasksExport",
}
# Found out by content, or named.
IMPORTS = ("csv", "folders", "label-studio")
OF_OTHER_KINDS = ("coco", "yolo", "voc", "mattes")


def export_format(name: str) -> Any:
    module, _, attribute = EXPORTS[name].rpartition(".")
    return getattr(import_module(module), attribute)


def refusal(name: str, known: Any) -> str:
    """Why a format is none of `known`, in a sentence."""
    there = ", ".join(known)
    if name in OF_OTHER_KINDS:
        return f"{name} has no place for one label an image: for classification there are {there}."
    return f"There is no such format. There are {there}."
