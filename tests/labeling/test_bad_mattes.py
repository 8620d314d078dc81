"""Sets of mattes that mean harm or are broken: what is wrong is told by file and row, its image stays away, the rest comes."""

import json
import stat
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow

from labeling.formats import matte_parts, spool
from labeling.formats.brush import brush_encoded
from labeling.models import Annotation, Image, Matte
from tests.labeling.portraits import banded, grey, levels_of, matting, soft
from tests.labeling.test_archive_safety import with_members
from tests.labeling.test_archives import failure, imported, packed, result
from tests.labeling.test_brush import RUN, bits, head
from tests.labeling.test_matte_formats import H, W, media  # noqa: F401
from tests.pictures import encoded, jpeg, picture, upload
from vision.mattes import alpha_png

pytestmark = pytest.mark.django_db(transaction=True)
ALPHA = soft(1, W, H)


@pytest.fixture
def portraits(manager):
    return matting(manager)


def told(job):
    assert job["state"] == "succeeded", job["errors"]
    return {error["item"]: error["reason"] for error in job["errors"]}


def names():
    return list(Image.objects.order_by("name").values_list("name", flat=True))


def only_the_good_one(job, item, reason):
    """What is wrong stays away whole: no image, no label, no matte."""
    said = told(job)
    assert list(said) == [item] and reason in said[item], said
    assert names() == ["good.jpg"] and Annotation.objects.count() == Matte.objects.count() == 1


GOOD = {"images/good.jpg": jpeg(9), "alphas/good.png": alpha_png(soft(9, W, H))}


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(png, kind, body):
    """Behind the header."""
    return png[:33] + chunk(kind, body) + png[33:]


def deep(levels):
    return encoded(Pillow.fromarray(levels.astype(np.uint16) * 257), "PNG")


PNG = alpha_png(ALPHA)
FRAMES = {"save_all": True, "append_images": [Pillow.fromarray(255 - ALPHA)]}
WRONG = {
    "of another size": (alpha_png(soft(1, W, H + 1)), "64 × 49 pixels, and the image 64 × 48"),
    "on its side": (alpha_png(soft(1, H, W)), "48 × 64 pixels"),
    "16-bit": (deep(ALPHA), "16 bits: save it with 8"),
    "palette": (encoded(Pillow.fromarray(ALPHA).convert("P"), "PNG"), "palette"),
    "RGB": (encoded(Pillow.fromarray(ALPHA).convert("RGB"), "PNG"), "RGB"),
    "RGBA": (encoded(Pillow.fromarray(ALPHA).convert("RGBA"), "PNG"), "RGBA"),
    "grey with transparency": (encoded(Pillow.fromarray(ALPHA).convert("LA"), "PNG"), "transparency"),
    "a transparent level": (with_chunk(PNG, b"tRNS", b"\0\0"), "transparent level"),
    "animated": (encoded(Pillow.fromarray(ALPHA), "PNG", **FRAMES), "animated"),
    "cut off": (PNG[:-20], "truncated"),
    "cut off within": (PNG[: len(PNG) // 2], "truncated"),
    "damaged pixels": (PNG[:33] + chunk(b"IDAT", b"no pixels") + PNG[-12:], "truncated or damaged"),
    "turned by EXIF": (with_chunk(PNG, b"eXIf", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"), "turned by its EXIF"),
    "a JPEG": (encoded(Pillow.fromarray(ALPHA)), "no PNG"),
    "nothing": (b"", "empty"),
    "a page": (b"<html><script>alert(1)</script>", "SVG and HTML"),
    "endless parts": (PNG[:33] + chunk(b"tEXt", b"") * 100_001 + PNG[33:], "more parts"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_is_no_matte_is_told_and_keeps_its_image_away(manager_api, portraits, what):
    data, reason = WRONG[what]
    job = imported(manager_api, portraits, packed({**GOOD, "images/x.jpg": jpeg(1), "alphas/x.png": data}))
    only_the_good_one(job, "alphas/x.png", reason)


@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_is_no_trimap_keeps_its_matte_away_too(manager_api, portraits, what):
    data, reason = WRONG[what]
    files = {**GOOD, "images/x.jpg": jpeg(1), "alphas/x.png": PNG, "trimaps/x.png": data}
    only_the_good_one(imported(manager_api, portraits, packed(files)), "trimaps/x.png", reason)


@pytest.mark.parametrize("what", ["of another size", "16-bit", "RGB", "animated"])
def test_a_wrong_matte_of_an_image_that_is_there_leaves_it_without_a_label(manager_api, portraits, what):
    upload(manager_api, portraits, {"x.jpg": jpeg(1)})
    job = imported(manager_api, portraits, packed({"alphas/x.png": WRONG[what][0]}))
    assert WRONG[what][1] in told(job)["alphas/x.png"]
    assert not Annotation.objects.exists() and not Matte.objects.exists()


def test_masks_come_as_levels_and_a_note_says_so(manager_api, portraits):
    mask = ALPHA > 100
    files = {f"images/{n}.jpg": jpeg(n) for n in range(5)} | {
        "masks/0.png": encoded(Pillow.fromarray(mask), "PNG"), "masks/1.png": grey(mask.astype(np.uint8)),
        "masks/2.png": grey(mask.astype(np.uint8) * 255), "masks/3.png": encoded(Pillow.fromarray(ALPHA), "PNG", bits=4),
        "masks/4.png": grey(np.zeros_like(ALPHA)),
    }  # fmt: skip
    found = result(manager_api, portraits, packed(files))
    assert found["notes"] == [
        "Masks of fewer than 256 levels came as levels from 0 to 255, such as masks/0.png."
    ]
    stored = {
        row.image.name: levels_of(row.result["alpha"]) for row in Annotation.objects.select_related("image")
    }
    for n in range(3):
        assert (stored[f"{n}.jpg"] == mask * np.uint8(255)).all()
    assert stored["3.jpg"].max() == 255 and len(np.unique(stored["3.jpg"])) <= 16
    assert not stored["4.jpg"].any()


def test_a_trimap_of_class_numbers_is_refused(manager_api, portraits):
    trimap = grey((banded(ALPHA) // 127).astype(np.uint8))
    files = {**GOOD, "images/x.jpg": jpeg(1), "alphas/x.png": PNG, "trimaps/x.png": trimap}
    only_the_good_one(imported(manager_api, portraits, packed(files)), "trimaps/x.png", "are these classes?")


@pytest.mark.parametrize("most", [2, 15])
def test_a_matte_of_class_numbers_is_refused(manager_api, portraits, most):
    """Taken as levels, they would be next to nothing."""
    mask = grey(((ALPHA > 100) * most).astype(np.uint8))
    files = {**GOOD, "images/x.jpg": jpeg(1), "masks/x.png": mask}
    only_the_good_one(imported(manager_api, portraits, packed(files)), "masks/x.png", "are these classes?")


def test_two_mattes_for_a_picture_and_a_trimap_without_one_are_refused(manager_api, portraits):
    files = {**GOOD, "images/x.jpg": jpeg(1), "alphas/x.png": PNG, "masks/x.png": PNG, "trimaps/y.png": PNG}
    said = told(imported(manager_api, portraits, packed(files)))
    assert said == {
        "masks/x.png": "It is for the same image as alphas/x.png.",
        "trimaps/y.png": "There is a trimap, and no matte of its name.",
    }
    assert names() == ["good.jpg"]
    job = imported(manager_api, portraits, packed({**GOOD, "images/z.jpg": jpeg(2), "trimaps/z.png": PNG}))
    assert "no matte" in told(job)["trimaps/z.png"] and names() == ["good.jpg"]


@pytest.mark.parametrize("level", [0, 1, 21, 128, 255])
def test_an_image_of_one_pixel_has_a_matte_too(manager_api, portraits, level):
    pixel = np.array([[level]], np.uint8)
    dot = encoded(picture(4, (1, 1)), "PNG")
    result(manager_api, portraits, packed({"images/dot.png": dot, "alphas/dot.png": grey(pixel)}))
    stored = levels_of(Annotation.objects.get().result["alpha"])
    assert stored.tolist() == [[255 if level == 1 else level]]
    rle = list(brush_encoded(pixel))
    task = stroke(rle, original_width=1, original_height=1)
    result(
        manager_api,
        portraits,
        packed({"dot.png": dot, "tasks.json": tasks(task, name="dot.png")}),
        replace="true",
    )
    assert levels_of(Annotation.objects.get(current=True).result["alpha"]).tolist() == [[level]]


@pytest.mark.parametrize(
    "name", ["../evil.png", "/etc/evil.png", "..\\evil.png", "C:/evil.png", "alphas/a\u202egnp.png"]
)
def test_mattes_whose_names_lead_out_are_refused_and_the_others_come(manager_api, portraits, tmp_path, name):
    job = imported(manager_api, portraits, with_members((name, PNG), *GOOD.items()))
    assert len(told(job)) == 1 and names() == ["good.jpg"] and Annotation.objects.count() == 1
    assert not list(tmp_path.rglob("*evil*"))


def test_links_and_bombs_among_mattes_are_refused(manager_api, portraits):
    link = zipfile.ZipInfo("alphas/x.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    job = imported(manager_api, portraits, with_members((link, "/etc/passwd"), *GOOD.items()))
    assert "link" in told(job)["alphas/x.png"]
    bomb = packed({**GOOD, "alphas/y.png": b"\0" * 30_000_000}, compression=zipfile.ZIP_DEFLATED)
    assert "two hundred times" in told(imported(manager_api, portraits, bomb))["alphas/y.png"]
    assert names() == ["good.jpg"]


def test_a_flood_of_pixels_is_refused_by_its_head(manager_api, portraits, settings):
    settings.MAX_IMAGE_PIXELS = 10_000
    flood = alpha_png(np.zeros((200, 200), np.uint8))
    job = imported(manager_api, portraits, packed({**GOOD, "images/x.jpg": jpeg(1), "alphas/x.png": flood}))
    only_the_good_one(job, "alphas/x.png", "megapixels")
    settings.MAX_IMAGE_BYTES = 3000
    job = imported(
        manager_api,
        portraits,
        packed(
            {
                "images/y.jpg": jpeg(2),
                "alphas/y.png": grey(
                    np.random.default_rng(1).integers(0, 255, (H, W), np.uint8), compress_level=0
                ),
            }
        ),
    )
    assert "larger than" in told(job)["alphas/y.png"] and names() == ["good.jpg"]


def rgba(alpha=ALPHA, seed=1):
    return Pillow.fromarray(np.dstack([np.asarray(picture(seed)), alpha]))


@pytest.mark.parametrize(
    ("data", "reason"),
    [(jpeg(1), "no PNG"), (encoded(picture(1), "PNG"), "RGB"), (PNG, "grey"), (encoded(rgba(), "PNG", **{"save_all": True, "append_images": [rgba(seed=2)]}), "animated"),
     (encoded(rgba(), "PNG")[:-30], "truncated"), (encoded(rgba().quantize(), "PNG"), "palette"), (encoded(rgba(), "WEBP", lossless=True), "no PNG")],
)  # fmt: skip
def test_what_is_no_cut_out_is_told_beside_a_picture_and_alone(manager_api, portraits, data, reason):
    good = {"cutouts/good.png": encoded(rgba(seed=9), "PNG"), "images/good.jpg": jpeg(9)}
    job = imported(manager_api, portraits, packed({**good, "images/x.jpg": jpeg(1), "cutouts/x.png": data}))
    only_the_good_one(job, "cutouts/x.png", reason)
    job = imported(manager_api, portraits, packed({**good, "cutouts/x.png": data}))
    only_the_good_one(job, "cutouts/x.png", reason)


def test_a_cut_out_of_another_size_than_its_picture_is_refused(manager_api, portraits):
    good = {"cutouts/good.png": encoded(rgba(seed=9), "PNG"), "images/good.jpg": jpeg(9)}
    files = {**good, "images/x.jpg": encoded(picture(1, (W, H + 1))), "cutouts/x.png": encoded(rgba(), "PNG")}
    only_the_good_one(
        imported(manager_api, portraits, packed(files)),
        "cutouts/x.png",
        "64 × 48 pixels, and the image 64 × 49",
    )


def coco(*rows, size=(W, H)):
    annotations = [{"id": n, "image_id": 1, "category_id": 5, **row} for n, row in enumerate(rows)]
    value = {
        "images": [{"id": 1, "file_name": "x.jpg", "width": size[0], "height": size[1]}, {"id": 2, "file_name": "good.jpg"}],
        "categories": [{"id": 5, "name": "somebody"}], "annotations": annotations,
    }  # fmt: skip
    return packed({"x.jpg": jpeg(1), "good.jpg": jpeg(9), "a.json": json.dumps(value)})


SQUARE = [10, 10, 20, 10, 20, 20, 10, 20]


def rle(counts, size=(H, W)):
    return {"segmentation": {"size": list(size), "counts": counts}}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (rle([W * H + 1]), "not those of"), (rle([W * H - 1]), "not those of"), (rle([-1, W * H + 1]), "not those of"), (rle([10**12]), "not those of"),
        (rle([0.5, W * H - 0.5]), "whole numbers"), (rle(["1"]), "whole numbers"), (rle([]), "whole numbers"), (rle("~~"), "text as COCO"),
        (rle("oooooooooooo"), "cut off"), (rle("1"), "not those of"), (rle(None), "no run lengths"), (rle([W * H], (W, H)), "size is [64, 48]"),
        (rle([4 * W * H], (2 * H, 2 * W)), "size is"), ({"segmentation": [[1, 1, 5, 5]]}, "three corners"), ({"segmentation": [[*SQUARE, 1e9, 5]]}, "no number"),
        ({"segmentation": [[*SQUARE, 90, 5]]}, "leaves the image"), ({"segmentation": [[*SQUARE, "x", 5]]}, "no number"),
        ({"segmentation": [SQUARE, 5]}, "no list of polygons"), ({"segmentation": "x"}, "no list of polygons"), ({"bbox": [1, 1, 5, 5]}, "no segmentation"),
        ({"segmentation": [SQUARE], "score": 2}, "score"), ({"segmentation": [SQUARE], "category_id": 9, "image_id": 7}, "no image"),
    ],
)  # fmt: skip
def test_a_segmentation_that_is_none_is_told_by_its_row(manager_api, portraits, row, reason):
    job = imported(manager_api, portraits, coco({"segmentation": [SQUARE]}, row))
    said = told(job)
    assert list(said) == ["a.json: annotation 1"] and reason in said["a.json: annotation 1"], said
    if "image_id" not in row:
        assert names() == ["good.jpg"] and Matte.objects.count() == 1
    assert not levels_of(
        Annotation.objects.get(image__name="good.jpg").result["alpha"]
    ).any()  # COCO's way to say that nothing is there


def test_masks_of_an_image_are_joined_and_a_note_says_that_they_are_hard(manager_api, portraits):
    square = np.zeros((H, W), bool)
    square[10:20, 10:20] = True
    column = np.zeros((H, W), bool)
    column[:, 40] = True
    counts = [40 * H, H, W * H - 41 * H]
    said = result(manager_api, portraits, coco({"segmentation": [SQUARE]}, {**rle(counts), "iscrowd": 1}))
    levels = levels_of(Annotation.objects.get(image__name="x.jpg").result["alpha"])
    assert (levels == (square | column) * np.uint8(255)).all()
    assert any("hard masks" in note for note in said["notes"]) and said["categories"] == []


def test_coco_of_another_size_of_the_picture_is_refused(manager_api, portraits):
    job = imported(manager_api, portraits, coco({"segmentation": [SQUARE]}, size=(2 * W, H)))
    assert "another version" in told(job)["a.json: image 1"] and names() == ["good.jpg"]


def test_thousands_of_masks_on_an_image_are_refused(manager_api, portraits, monkeypatch):
    monkeypatch.setattr(matte_parts, "MOST_PARTS", 3)
    job = imported(manager_api, portraits, coco(*[{"segmentation": [SQUARE]}] * 4))
    assert list(told(job)) == ["x.jpg"] and names() == ["good.jpg"]
    monkeypatch.undo()
    monkeypatch.setattr(spool, "MOST_BYTES", 500)
    job = imported(manager_api, portraits, coco(*[{"segmentation": [SQUARE]}] * 9))
    assert "are said of it" in told(job)["x.jpg"]


def stroke(rle, value=(), **region):
    return {
        "id": "r", "from_name": "m", "to_name": "i", "type": "brushlabels", "original_width": W, "original_height": H,
        "value": {"format": "rle", "rle": rle, "brushlabels": ["hair"], **dict(value)}, **region,
    }  # fmt: skip


def tasks(*regions, name="x.jpg"):
    good = stroke(list(brush_encoded(soft(9, W, H))))
    rows = [(name, [*regions]), ("good.jpg", [good])]
    return json.dumps([{"data": {"image": image}, "annotations": [{"result": some}]} for image, some in rows])


RLE = list(brush_encoded(ALPHA))
LIES = {
    "claims four gigabytes": (stroke(list(bits(*head(2**32 - 1), *RUN))), "claims 4,294,967,295 values"),
    "claims less": (stroke(list(bits(*head(4), (1, 1), (0, 2), (3, 3), (9, 8)))), "claims 4 values"),
    "cut off": (stroke(RLE[: len(RLE) // 2]), "cut off"),
    "no head": (stroke(RLE[:3]), "cut off in its head"),
    "a run too long": (stroke(list(bits(*head(4 * W * H), *RUN, *RUN))), "beyond the image"),
    "goes on": (stroke([*RLE, 1]), "follows"),
    "of another image": (stroke(list(brush_encoded(soft(1, W, H + 1)))), "claims 12,544 values"),
    "no bytes": (stroke([256, 1]), "list of bytes"),
    "below zero": (stroke([-1, 1]), "list of bytes"),
    "no numbers": (stroke([1.5]), "list of bytes"),
    "text": (stroke("AAAA"), "list of bytes"),
    "nothing": (stroke([]), "list of bytes"),
    "another format": (stroke(RLE, {"format": "png"}), "no RLE"),
    "turned": (stroke(RLE, image_rotation=90), "turned in Label Studio"),
    "a score": (stroke(RLE, score=1.5), "score"),
    "a trimap alone": (stroke(RLE, from_name="trimap"), "no matte"),
}  # fmt: skip


@pytest.mark.parametrize("what", LIES)
def test_a_stroke_that_lies_is_told_by_its_region(manager_api, portraits, what):
    region, reason = LIES[what]
    data = packed({"x.jpg": jpeg(1), "good.jpg": jpeg(9), "tasks.json": tasks(region)})
    only_the_good_one(imported(manager_api, portraits, data), "tasks.json: task 1: region r", reason)


def test_a_stroke_for_another_size_is_refused_with_its_task(manager_api, portraits):
    region = stroke(RLE, original_width=H, original_height=W)
    data = packed({"x.jpg": jpeg(1), "good.jpg": jpeg(9), "tasks.json": tasks(region)})
    only_the_good_one(
        imported(manager_api, portraits, data), "tasks.json: task 1", "48 × 64 pixels, and has 64 × 48"
    )


def test_strokes_of_an_annotation_are_joined_and_none_say_nothing(manager_api, portraits):
    other = soft(5, W, H)
    both = tasks(stroke(RLE), stroke(list(brush_encoded(other)), id="s"))
    result(manager_api, portraits, packed({"x.jpg": jpeg(1), "good.jpg": jpeg(9), "tasks.json": both}))
    levels = levels_of(Annotation.objects.get(image__name="x.jpg").result["alpha"])
    assert (levels == np.maximum(ALPHA, other)).all()
    none = json.dumps([{"data": {"image": "y.jpg"}, "annotations": [{"result": []}]}])
    result(manager_api, portraits, packed({"y.jpg": jpeg(2), "tasks.json": none}))
    assert Image.objects.get(name="y.jpg").queue.status == "unlabeled"


CONFIG = """<View><Image name="i" value="$image"/>
<BrushLabels name="m" toName="i"><Label value="hair"/></BrushLabels>{}</View>"""
SECOND = '<BrushLabels name="n" toName="i"><Label value="hair"/></BrushLabels>'


def test_a_config_chooses_the_strokes_and_what_it_does_not_have_is_refused(manager_api, portraits):
    regions = [stroke(RLE), stroke(list(brush_encoded(soft(5, W, H))), id="s", from_name="n")]
    files = {
        "x.jpg": jpeg(1),
        "good.jpg": jpeg(9),
        "tasks.json": tasks(*regions),
        "config.xml": CONFIG.format(SECOND),
    }
    assert "several BrushLabels" in failure(manager_api, portraits, packed(files))
    result(manager_api, portraits, packed(files), control="m")
    assert (levels_of(Annotation.objects.get(image__name="x.jpg").result["alpha"]) == ALPHA).all()
    beard = tasks(stroke(RLE, {"brushlabels": ["beard"]}))
    files = {"y.jpg": jpeg(2), "tasks.json": beard.replace("x.jpg", "y.jpg"), "config.xml": CONFIG.format("")}
    job = imported(manager_api, portraits, packed(files))
    assert "Label Studio would refuse" in told(job)["tasks.json: task 1"]


def test_a_dead_worker_s_import_goes_on_without_doubling(manager_api, portraits, monkeypatch):
    from labeling.models import Job
    from labeling.services import archives, importbatches
    from labeling.tasks.imports import import_archive_run
    from tests.labeling.test_archives import begun

    monkeypatch.setitem(importbatches.AT_ONCE, "member", 1)
    monkeypatch.setattr(archives, "REPORT_SECONDS", 0)
    files = {f"images/{n}.jpg": jpeg(n) for n in range(4)} | {
        f"alphas/{n}.png": alpha_png(soft(n, W, H)) for n in range(4)
    }
    pk = begun(manager_api, portraits, packed(files))
    bring, calls = importbatches.Batch.bring, []

    def dies(self, items):
        calls.append(items)
        if len(calls) == 3:
            raise KeyboardInterrupt
        bring(self, items)

    monkeypatch.setattr(importbatches.Batch, "bring", dies)
    with pytest.raises(KeyboardInterrupt):
        import_archive_run(pk, 1)
    assert Annotation.objects.count() == 2
    Job.objects.filter(pk=pk).update(attempt=2, state="queued")
    monkeypatch.setattr(importbatches.Batch, "bring", bring)
    import_archive_run(pk, 2)
    row = manager_api.get(f"/api/jobs/{pk}/").json()
    assert row["state"] == "succeeded" and row["result"]["counts"]["labeled"] == 4
    assert Annotation.objects.count() == Image.objects.count() == Matte.objects.count() == 4


def test_a_full_disk_ends_the_import_with_all_that_came(manager_api, portraits, tmp_path, monkeypatch):
    from labeling.errors import StorageFull
    from labeling.services import importbatches, importmattes

    monkeypatch.setitem(importbatches.AT_ONCE, "member", 1)
    store, stored = importmattes.matte_store, []

    def full(**fields):
        if stored:
            raise StorageFull
        stored.append(fields)
        return store(**fields)

    monkeypatch.setattr(importmattes, "matte_store", full)
    files = {f"images/{n}.jpg": jpeg(n) for n in range(3)} | {f"alphas/{n}.png": PNG for n in range(3)}
    job = imported(manager_api, portraits, packed(files))
    assert job["state"] == "failed" and "storage is full" in job["errors"][0]["reason"]
    assert job["result"]["counts"]["labeled"] == 1 and names() == ["0.jpg"]
    assert not list(tmp_path.rglob("*.part"))


def test_mattes_are_for_projects_of_mattes(manager_api, project, portraits):
    for there, format, fits in ((project, "mattes", "folders"), (portraits, "yolo", "cutouts")):
        for way, body in (("exports", {"format": format}), ("imports", {"format": format, "archive": 1})):
            answer = manager_api.post(f"/api/projects/{there.pk}/{way}/", body, format="json")
            assert answer.status_code == 400 and fits in str(answer.json()), answer.json()
