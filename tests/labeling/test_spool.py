"""Items wait on the disk, and come back as they were, put together."""

import pytest

from labeling.formats.items import Item
from labeling.formats.spool import Spool


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def boxes(*names, **more):
    return [{"boxes": [{"category": name, "bbox": [0.1, 1, 2, 3]} for name in names], **more}]


def test_parts_that_come_in_any_order_are_merged_in_theirs():
    spool = Spool()
    first, second = (
        spool.add(Item(member="a.jpg", size=(3, 4))),
        spool.add(Item(name="b", labels=boxes("egg"))),
    )
    spool.add(Item(labels=boxes("milk")), first)
    spool.add(Item(faults=[("b", "wrong")], group="g"), second)
    assert [item.key for item in spool.read()] == ["a.jpg", "b"]
    spool.add(Item(labels=boxes("egg")), first)
    spool.add(Item(labels=boxes("jam", label="other")), first)
    item = spool[first]
    assert [[box["category"] for box in label["boxes"]] for label in item.labels] == [
        ["milk", "egg"],
        ["jam"],
    ]
    assert tuple(item.size) == (3, 4) and not item.bad()
    assert [tuple(fault) for fault in spool[second].bad()] == [("b", "wrong")] and spool[second].group == "g"
    assert list(spool.names) == ["egg", "milk", "jam"] and [item.key for item in spool.read(1)] == ["b"]


def test_what_was_cut_off_is_gone_and_others_come_in_its_place():
    spool = Spool()
    spool.add(Item(name="kept"))
    gone = spool.add(Item(name="gone"))
    spool.add(Item(group="x"), gone)
    spool.cut(1)
    assert len(spool) == 1 and spool.add(Item(name="new", attributes={"ü": [1.5, None]})) == 1
    assert [(item.name, item.group) for item in spool.read()] == [("kept", ""), ("new", "")]
    assert spool[1].attributes == {"ü": [1.5, None]}


def test_nothing_of_it_lies_among_the_files(tmp_path):
    spool = Spool()
    spool.add(Item(name="a"))
    assert list(spool.read()) and not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert list(Spool().read()) == []
