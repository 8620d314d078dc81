"""Mattes leave in every format and come back as they were, where the format can hold them, and said where it cannot."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from labeling.formats import EXPORTS, ONE_LABELING, export_format
from labeling.imagefiles import strip_metadata
from labeling.models import Annotation, Image, Matte, Membership, QueueItem, Role
from labeling.services.mattes import matte_store
from labeling.tasks.exports import export_run
from tests.labeling.portraits import banded, levels_of, matting, said, soft, submit_matte
from tests.labeling.test_archives import imported, packed, result
from tests.labeling.test_exports import content, exported, members
from tests.pictures import encoded, jpeg, picture, upload
from training.services.snapshots import snapshot_freeze
from vision.mattes import alpha_png

pytestmark = pytest.mark.django_db(transaction=True)
FORMATS = ["mattes", "cutouts", "coco", "label-studio"]
W, H = 64, 48


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture(params=FORMATS)
def format(request):
    return request.param


@pytest.fixture
def portraits(manager, labeler):
    project = matting(manager)
    Membership.objects.create(project=project, user=labeler, role=Role.LABELER)
    return project


@pytest.fixture
def other(manager):
    return matting(manager, "Others", categories=())


@pytest.fixture
def labeled(portraits, manager_api, api):
    """Pictures of one stem, one on its side, one of a pixel; mattes with and without a trimap, an empty one, one whose
    levels a mask's might be; and a picture without a label."""
    turned = Pillow.Exif()
    turned[0x0112] = 6
    files = {
        "a.jpg": jpeg(1), "A.png": encoded(picture(2, (33, 77)), "PNG"), "c d.jpg": strip_metadata(jpeg(3, exif=turned), "JPEG", 6),
        "dot.png": encoded(picture(4, (1, 1)), "PNG"), "e.webp": encoded(picture(5), "WEBP"), "f.jpg": jpeg(6),
    }  # fmt: skip
    pks = upload(manager_api, portraits, files, group="studio").json()["created"]
    given = [
        (soft(1, W, H), True), (soft(2, 33, 77), False), (soft(3, H, W), True), (np.ones((1, 1), np.uint8), False),
        (np.zeros((H, W), np.uint8), False),
    ]  # fmt: skip
    for pk, (alpha, has_trimap) in zip(pks, given, strict=False):
        submit_matte(api, portraits, pk, alpha, banded(alpha) if has_trimap else None)
    for pk, split in zip(pks, ["train", "val", "test", "", "train", ""], strict=True):
        Image.objects.filter(pk=pk).update(split=split, attributes={"lens": 85, "note": "=1"})
    return pks


def alphas(project):
    return {key: row[3] for key, row in said(project).items()}


@pytest.mark.parametrize("named", [True, False])
def test_mattes_with_their_pictures_come_back_as_they_were(
    manager_api, portraits, other, labeled, format, named
):
    data = content(manager_api, exported(manager_api, portraits, format=format, images=True))
    found = result(manager_api, other, data, **({"format": format} if named else {}))
    assert found["format"] == format and found["rejected"] == [] and found["counts"]["labeled"] == 5, found
    before, after = said(portraits), said(other)
    assert before.keys() == after.keys()
    for key, (*about, alpha, trimap) in before.items():
        *others, came, band = after[key]
        assert about == others
        if format == "coco":
            assert (levels_of(came) == (levels_of(alpha) >= 128) * np.uint8(255)).all()
        else:
            assert came == alpha
        assert band == (trimap if format in ("mattes", "label-studio") else None)
    item = QueueItem.objects.get(image__project=other, image__sha256=Image.objects.get(pk=labeled[0]).sha256)
    assert (item.status, item.slots) == ("labeled", 0)
    one = Annotation.objects.get(image=item.image)
    assert (one.origin, one.regions) == ("import", [{"origin": "imported"}])
    named_by = {sha for row in after.values() for sha in row[3:] if sha}
    assert set(Matte.objects.filter(project=other).values_list("sha256", flat=True)) == named_by


def test_mattes_without_pictures_find_the_images_that_are_there_and_a_repeat_changes_nothing(
    manager_api, portraits, other, labeled, format
):
    files = members(content(manager_api, exported(manager_api, portraits, format="mattes", images=True)))
    result(
        manager_api, other, packed({name: data for name, data in files.items() if name.startswith("images/")})
    )
    assert Image.objects.filter(project=other).count() == 5 and not said(other)
    data = content(manager_api, exported(manager_api, portraits, format=format))
    found = result(manager_api, other, data)
    assert found["counts"]["labeled"] == 5 and found["counts"].get("created", 0) == 0, found
    if format != "coco":
        assert alphas(other) == alphas(portraits)
    before = (
        list(Annotation.objects.order_by("uuid").values()),
        set(Matte.objects.values_list("pk", flat=True)),
    )
    for fields in ({}, {"replace": "true"}):
        again = result(manager_api, other, data, **fields)
        assert again["counts"]["unchanged"] == 5 and again["conflicts"] == []
    if format != "coco":
        back = result(manager_api, portraits, data)  # where people said it
        assert back["counts"]["unchanged"] == 5 and back["conflicts"] == [], back
    assert before == (
        list(Annotation.objects.order_by("uuid").values()), set(Matte.objects.values_list("pk", flat=True))
    )  # fmt: skip


def test_the_same_mattes_make_the_same_bytes(manager_api, portraits, labeled, format):
    first, second = (exported(manager_api, portraits, format=format)["result"]["sha256"] for _ in range(2))
    assert first == second


def test_the_files_of_mattes_are_the_stored_ones_under_names_of_their_own(manager_api, portraits, labeled):
    files = members(content(manager_api, exported(manager_api, portraits, format="mattes", images=True)))
    stems = ["a", "A-2", "c d", "dot", "e"]
    assert set(files) == {
        *(f"alphas/{stem}.png" for stem in stems), "trimaps/a.png", "trimaps/c d.png", "attributes.csv",
        "images/a.jpg", "images/A-2.png", "images/c d.jpg", "images/dot.png", "images/e.webp",
    }  # fmt: skip
    assert files["alphas/a.png"] == alpha_png(soft(1, W, H))
    alone = members(content(manager_api, exported(manager_api, portraits, format="mattes", split="val")))
    assert set(alone) == {"alphas/A.png", "attributes.csv"}


def test_cocos_reader_sees_the_masks_and_the_file_says_that_they_are_cut(
    manager_api, portraits, labeled, tmp_path
):
    from pycocotools.coco import COCO

    job = exported(manager_api, portraits, format="coco", images=True)
    text = members(content(manager_api, job))["annotations.json"]
    (tmp_path / "a.json").write_bytes(text)
    coco = COCO(str(tmp_path / "a.json"))
    assert "128" in coco.dataset["info"]["description"] and any(
        "128" in note for note in job["result"]["notes"]
    )
    assert [row["name"] for row in coco.loadCats([1])] == ["person"]
    assert len(coco.getImgIds()) == 5 and len(coco.getAnnIds()) == 3  # two are nowhere over the cut
    for pk in labeled[:3]:
        (one,) = coco.loadAnns(coco.getAnnIds(imgIds=[pk]))
        label = Annotation.objects.get(image=pk)
        mask = levels_of(label.result["alpha"]) >= 128
        assert (
            (coco.annToMask(one) == mask).all()
            and one["area"] == mask.sum()
            and one["label"] == str(label.pk)
        )
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        assert one["bbox"] == [columns[0], rows[0], np.ptp(columns) + 1, np.ptp(rows) + 1]


def test_label_studio_takes_the_strokes_and_its_reader_sees_all_levels(
    manager_api, portraits, labeled, tmp_path
):
    from label_studio_sdk.converter import Converter
    from label_studio_sdk.converter.brush import decode_rle
    from label_studio_sdk.label_interface import LabelInterface

    predicted = matte_store(project_id=portraits.pk, data=alpha_png(soft(9, W, H))).sha256
    row = {"model": "unet", "number": 2, "score": 0.5, "result": {"alpha": predicted}}
    QueueItem.objects.filter(image=labeled[5]).update(prediction=row)
    files = members(content(manager_api, exported(manager_api, portraits, format="label-studio")))
    tasks, interface = json.loads(files["tasks.json"]), LabelInterface(files["config.xml"].decode())
    assert len(tasks) == 6
    for task, pk in zip(tasks, labeled, strict=True):
        image = Image.objects.get(pk=pk)
        for one in [*task["annotations"], *task["predictions"]]:
            assert not interface.validate_prediction({"model_version": "", **one}, return_errors=True)
            for region in one["result"]:
                assert (region["original_width"], region["original_height"]) == (image.width, image.height)
                their = decode_rle(region["value"]["rle"]).reshape(image.height, image.width, 4)[:, :, 3]
                if one in task["predictions"]:
                    assert (their == soft(9, W, H)).all()
                else:
                    label = Annotation.objects.get(image=pk)
                    name = "trimap" if region["from_name"] == "trimap" else "alpha"
                    assert (their == levels_of(label.result[name])).all()
    assert len(tasks[0]["annotations"][0]["result"]) == 2 and len(tasks[5]["predictions"]) == 1
    (tmp_path / "tasks.json").write_bytes(files["tasks.json"])
    converter = Converter(files["config.xml"].decode(), str(tmp_path), download_resources=False)
    assert {"matte", "trimap"} <= set(converter._schema)


def test_a_cut_out_has_the_matte_as_its_alpha(manager_api, portraits, labeled):
    files = members(content(manager_api, exported(manager_api, portraits, format="cutouts")))
    assert set(files) == {
        "attributes.csv",
        *(f"cutouts/{stem}.png" for stem in ("a", "A-2", "c d", "dot", "e")),
    }
    for name, alpha in (("a", soft(1, W, H)), ("c d", soft(3, H, W))):
        image = Pillow.open(io.BytesIO(files[f"cutouts/{name}.png"]))
        assert image.mode == "RGBA" and (np.asarray(image)[:, :, 3] == alpha).all()


def test_cut_outs_by_themselves_bring_their_colours_as_the_pictures(manager_api, other):
    alpha = soft(4, W, H)
    pixels = np.dstack([np.asarray(picture(4)), alpha])
    data = packed(
        {
            "x.png": encoded(Pillow.fromarray(pixels), "PNG"),
            "test/y.png": encoded(Pillow.fromarray(pixels[::-1].copy()), "PNG"),
        }
    )
    for _ in range(2):
        found = result(manager_api, other, data)
        assert found["format"] == "cutouts" and "own colours" in found["notes"][0]
    assert found["counts"]["unchanged"] == 2 and Image.objects.count() == 2
    image = Image.objects.get(name="x.png")
    stored = Pillow.open(io.BytesIO(image_file(image)))
    assert stored.mode == "RGB" and (np.asarray(stored) == pixels[:, :, :3]).all()
    assert (levels_of(Annotation.objects.get(image=image).result["alpha"]) == alpha).all()
    assert Image.objects.get(name="y.png").split == "test"


def image_file(image):
    from django.core.files.storage import default_storage

    with default_storage.open(image.file_key) as file:
        return file.read()


def test_a_dataset_version_leaves_with_the_mattes_that_were_frozen(
    manager, manager_api, api, portraits, other, labeled, format
):
    version = snapshot_freeze(project=portraits, by=manager)
    frozen = said(portraits)
    label = Annotation.objects.get(image=labeled[0])
    changed = soft(77, W, H)
    newer = matte_store(project_id=portraits.pk, data=alpha_png(changed)).sha256
    body = {"result": {"alpha": newer}, "replaces": str(label.pk)}
    answer = api.put(
        f"/api/images/{labeled[0]}/annotations/{'0' * 8}-1111-4111-8111-{'0' * 12}/", body, format="json"
    )
    assert answer.status_code == 201, answer.json()
    data = content(
        manager_api, exported(manager_api, portraits, format=format, images=True, snapshot=version.sha256)
    )
    result(manager_api, other, data)
    key = Image.objects.get(pk=labeled[0]).sha256
    assert alphas(portraits)[key] == newer
    if format == "coco":
        assert (levels_of(alphas(other)[key]) == (soft(1, W, H) >= 128) * np.uint8(255)).all()
    else:
        assert alphas(other) == {key: row[3] for key, row in frozen.items()}


def test_all_labels_of_an_image_leave_apart_and_come_back_apart(
    manager_api, manager, portraits, other, labeled
):
    second = matte_store(project_id=portraits.pk, data=alpha_png(soft(8, W, H))).sha256
    Annotation.objects.create(
        image_id=labeled[0], project=portraits, author=manager, origin="person", digest="x", regions=[{"origin": "drawn"}],
        result={"alpha": second},
    )  # fmt: skip
    for format in ("coco", "label-studio"):
        Image.objects.filter(project=other).delete()
        result(
            manager_api,
            other,
            content(
                manager_api, exported(manager_api, portraits, format=format, images=True, annotations="all")
            ),
        )
        assert Annotation.objects.filter(project=other, current=True).count() == 6
    for format in ("mattes", "cutouts"):
        body = {"format": format, "annotations": "all"}
        answer = manager_api.post(f"/api/projects/{portraits.pk}/exports/", body, format="json")
        assert answer.status_code == 400 and "a picture lies once" in str(answer.json())


def test_a_matte_whose_file_is_gone_is_reported_and_the_others_leave(manager_api, portraits, labeled, format):
    from django.core.files.storage import default_storage

    from labeling.models.matte import matte_key

    default_storage.delete(matte_key(Annotation.objects.get(image=labeled[0]).result["alpha"]))
    job = exported(manager_api, portraits, format=format)
    assert job["errors"] == [
        {"item": "a.jpg", "reason": "The file of its matte is missing from the storage."}
    ]
    names = " ".join(members(content(manager_api, job)))
    assert "alphas/a.png" not in names and "cutouts/a.png" not in names


def test_trimaps_that_come_later_are_taken_where_they_may_replace(manager_api, portraits, other, labeled):
    files = members(content(manager_api, exported(manager_api, portraits, format="mattes", images=True)))
    bare = {name: data for name, data in files.items() if not name.startswith("trimaps/")}
    result(manager_api, other, packed(bare))
    kept = result(manager_api, other, packed(files))
    assert kept["counts"]["conflicts"] == 2 and "and the trimap" in kept["conflicts"][0]["reason"]
    assert result(manager_api, other, packed(files), replace="true")["counts"]["replaced"] == 2
    assert said(other) == said(portraits)
    assert result(manager_api, other, packed(bare), replace="true")["counts"]["unchanged"] == 5
    assert said(other) == said(portraits)


def test_mattes_alone_are_for_the_images_of_their_names(manager_api, other):
    pks = upload(
        manager_api,
        other,
        {
            "x.JPG": jpeg(1),
            "y.png": encoded(picture(2), "PNG"),
            "z.jpg": jpeg(3),
            "z.png": encoded(picture(4), "PNG"),
        },
    ).json()["created"]
    files = {f"masks/{name}.png": alpha_png(soft(n, W, H)) for n, name in enumerate("xyzw")}
    job = imported(manager_api, other, packed(files))
    assert job["result"]["counts"]["labeled"] == 2 and set(alphas(other)) == set(
        Image.objects.filter(pk__in=pks[:2]).values_list("sha256", flat=True)
    )
    reasons = {error["item"]: error["reason"] for error in job["errors"]}
    assert "2 images have this name" in reasons["z"] and "no such image" in reasons["masks/w.png: w"]


@pytest.mark.parametrize(("format", "name"), [("coco", "annotations.json"), ("label-studio", "tasks.json")])
def test_json_by_itself_finds_the_images_that_are_there(manager_api, portraits, other, labeled, format, name):
    pictures = members(content(manager_api, exported(manager_api, portraits, format="mattes", images=True)))
    result(
        manager_api,
        other,
        packed({name: data for name, data in pictures.items() if name.startswith("images/")}),
    )
    alone = members(content(manager_api, exported(manager_api, portraits, format=format)))[name]
    found = result(manager_api, other, alone, name)
    assert found["format"] == format and found["counts"]["labeled"] == 5
    assert any("hard" in note for note in found["notes"]) == (format == "coco")


def test_flat_alphas_are_read_where_the_format_is_named(manager_api, other):
    upload(manager_api, other, {"x.jpg": jpeg(1)})
    found = result(manager_api, other, packed({"x.png": alpha_png(soft(1, W, H))}), format="mattes")
    assert found["counts"]["labeled"] == 1


def test_splits_come_by_folders_and_the_rest_is_said(manager_api, other):
    files = {
        "set/train/images/1.jpg": jpeg(1), "set/train/alphas/1.png": alpha_png(soft(1, W, H)), "set/test/images/2.jpg": jpeg(2),
        "set/test/alphas/2.png": alpha_png(soft(2, W, H)), "set/test/images/3.jpg": jpeg(3), "set/cutouts/9.png": encoded(picture(9), "PNG"),
    }  # fmt: skip
    found = result(manager_api, other, packed(files))
    assert dict(Image.objects.values_list("name", "split")) == {
        "1.jpg": "train",
        "2.jpg": "test",
        "3.jpg": "test",
    }
    assert found["counts"]["labeled"] == 2 and len(found["notes"]) == 2
    assert (
        "1 pictures without a matte" in found["notes"][0] and "1 files in other folders" in found["notes"][1]
    )


def test_pictures_and_attributes_alone_come_without_mattes(manager_api, other):
    opaque = encoded(picture(2, mode="RGBA"), "PNG")
    table = "file,category,alpha\n1.jpg,portrait,0.5\n"
    found = result(manager_api, other, packed({"1.jpg": jpeg(1), "2.png": opaque, "attributes.csv": table}))
    assert found["format"] == "images" and "what the mattes are" in found["notes"][0]
    assert Image.objects.get(name="1.jpg").attributes == {"category": "portrait", "alpha": 0.5}
    only = result(manager_api, other, packed({"2.png": opaque}))
    assert only["format"] == "images" and not Annotation.objects.exists()


def test_a_cancelled_export_of_mattes_ends_within_a_page(manager_api, portraits, labeled, monkeypatch):
    """Each picture of cut-outs takes its time, so it is looked after each whether the job was cancelled."""
    from labeling.models import Job
    from labeling.services import exports

    monkeypatch.setattr(exports, "REPORT_SECONDS", 0)
    job = manager_api.post(
        f"/api/projects/{portraits.pk}/exports/", {"format": "mattes"}, format="json"
    ).json()["id"]
    added = []
    kind = export_format("matting", "mattes")
    monkeypatch.setattr(
        kind,
        "add",
        lambda self, record: (
            added.append(record.id),
            Job.objects.filter(pk=job).update(cancel_requested=True),
        ),
    )
    export_run(job, 1)
    assert Job.objects.get(pk=job).state == "cancelled" and len(added) == 1


def test_the_page_offers_the_formats_that_there_are():
    text = Path("frontend/src/pages/export/formats.ts").read_text()
    for kind, formats in EXPORTS.items():
        (offered,) = re.findall(rf"{kind}: \[(.*?)\]", text, re.DOTALL)
        assert re.findall(r'"(.+?)"', offered) == list(formats)
    (one,) = re.findall(r"ONE_LABELING: readonly Format\[\] = \[(.*?)\]", text)
    assert re.findall(r'"(.+?)"', one) == list(ONE_LABELING)
