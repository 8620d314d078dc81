"""Public sets become archives that an import takes. Small files of the same layout stand for the sets."""

import io
import math

import h5py
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from labeling.converters import biwi as biwi_set
from labeling.converters.biwi import read_pose
from labeling.converters.packing import BadSet
from labeling.models import Image
from tests.labeling.test_archives import media, result  # noqa: F401
from tests.pictures import encoded, picture

pytestmark = pytest.mark.django_db(transaction=True)


def turned(yaw=0.0, pitch=0.0, roll=0.0):
    """The matrix of the set for a head that is turned about one axis, by degrees."""
    y, p, r = (math.radians(angle) for angle in (yaw, pitch, roll))
    about_x = [[1, 0, 0], [0, math.cos(p), math.sin(p)], [0, -math.sin(p), math.cos(p)]]
    about_y = [[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]]
    about_z = [[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]]
    return np.array(about_x) @ about_y @ about_z


def write_pose(path, matrix, place=(10.0, -20.5, 900.0)):
    lines = [" ".join(f"{number:.8f}" for number in row) + " " for row in matrix]
    path.write_text("\n".join([*lines, "", " ".join(map(str, place)), ""]))


@pytest.fixture
def biwi(tmp_path):
    folder = tmp_path / "hpdb"
    for subject, angle in (("01", 20.0), ("02", -35.0)):
        (folder / subject).mkdir(parents=True)
        for frame in (3, 4):
            name = folder / subject / f"frame_{frame:05}"
            seed = int(subject) * 10 + frame
            name.with_name(name.name + "_rgb.png").write_bytes(encoded(picture(seed), "PNG"))
            write_pose(name.with_name(name.name + "_pose.txt"), turned(yaw=angle))
    (folder / "01" / "frame_00009_rgb.png").write_bytes(encoded(picture(9), "PNG"))  # without a pose
    return folder


def test_biwi_frames_come_with_angles_and_their_subject_as_group(manager_api, project, biwi, tmp_path):
    out = tmp_path / "biwi.zip"
    call_command("convert_biwi", str(biwi), str(out), stdout=io.StringIO())
    first = out.read_bytes()
    call_command("convert_biwi", str(biwi), str(out), stdout=io.StringIO())
    assert out.read_bytes() == first
    said = result(manager_api, project, first)
    assert said["counts"]["created"] == 4 and said["format"] == "images"
    image = Image.objects.get(name="02_frame_00004.jpg")
    assert image.group == "02"
    assert image.attributes == {
        "yaw": -35.0, "pitch": 0.0, "roll": 0.0, "head_x": 10.0, "head_y": -20.5, "head_z": 900.0,
    }  # fmt: skip
    answer = manager_api.get(f"/api/projects/{project.pk}/images/?attr=yaw:10..30").json()
    assert {row["group"] for row in answer["results"]} == {"01"}


@pytest.mark.parametrize("angle", [-60.0, 0.0, 12.5])
@pytest.mark.parametrize("axis", ["yaw", "pitch", "roll"])
def test_a_head_that_turns_about_one_axis_has_that_angle_alone(tmp_path, axis, angle):
    write_pose(tmp_path / "pose.txt", turned(**{axis: angle}))
    said = read_pose(tmp_path / "pose.txt")
    assert {name: said[name] for name in ("yaw", "pitch", "roll")} == {"yaw": 0, "pitch": 0, "roll": 0} | {
        axis: angle
    }


def test_what_is_no_pose_is_refused(tmp_path, biwi):
    pose = tmp_path / "pose.txt"
    for text, reason in (
        ("1 2 3", "3 numbers"),
        ("a b", "else than numbers"),
        ("2 " * 12, "no rotation"),
        ("nan " * 12, "12 numbers"),
    ):
        pose.write_text(text)
        with pytest.raises(BadSet, match=reason):
            read_pose(pose)
    with pytest.raises(CommandError, match="holds no NN/frame"):
        call_command("convert_biwi", str(tmp_path / "nothing"), str(tmp_path / "out.zip"))
    assert not (tmp_path / "out.zip").exists() and not list(tmp_path.glob("*.part"))


def test_a_frame_of_absurd_size_is_refused_before_it_is_decoded(tmp_path, biwi, monkeypatch):
    monkeypatch.setattr(biwi_set, "LARGEST", 64 * 48 - 1)
    with pytest.raises(CommandError, match="more than any frame of the set"):
        call_command("convert_biwi", str(biwi), str(tmp_path / "out.zip"))
    assert not list(tmp_path.glob("out.zip*"))


def gaze_file(path, *, looks=True, image=None):
    with h5py.File(path, "w") as file:
        for key, vector in (
            ("0", [0.5, 0.0, -0.866025, 0.0]),
            ("1", [0.0, -0.5, 0.866025, 0.0]),
            ("10", [0.0, 0.0, 1.0, 0.0]),
        ):
            pixels = np.asarray(picture(int(key), (55, 35), "L")) if image is None else image
            file.create_dataset(f"image/{key}", data=pixels)
            if looks:
                file.create_dataset(f"look_vec/{key}", data=np.array(vector))
                file.create_dataset(f"path/{key}", data=f"../imgs/{key}.jpg")


def test_eyes_come_with_their_gaze(manager_api, project, tmp_path):
    gaze_file(tmp_path / "gaze.h5")
    call_command(
        "convert_eyegaze", str(tmp_path / "gaze.h5"), str(tmp_path / "out.zip"), stdout=io.StringIO()
    )
    said = result(manager_api, project, (tmp_path / "out.zip").read_bytes())
    assert said["counts"]["created"] == 3
    found = {image.name: image.attributes for image in Image.objects.all()}
    assert (found["0.png"]["gaze_yaw"], found["0.png"]["gaze_pitch"]) == (30.0, 0.0)
    assert (found["1.png"]["gaze_yaw"], found["1.png"]["gaze_pitch"]) == (0.0, -30.0)
    assert found["10.png"]["path"] == "../imgs/10.jpg"


def test_photographed_eyes_have_no_gaze(manager_api, project, tmp_path):
    gaze_file(tmp_path / "real_gaze.h5", looks=False)
    call_command(
        "convert_eyegaze",
        str(tmp_path / "real_gaze.h5"),
        str(tmp_path / "out.zip"),
        "--every",
        "2",
        stdout=io.StringIO(),
    )
    said = result(manager_api, project, (tmp_path / "out.zip").read_bytes())
    assert said["counts"]["created"] == 2 and not any(image.attributes for image in Image.objects.all())


def test_other_hdf5_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "x.h5"
    for image, reason in (
        (np.zeros((3, 3, 3), np.uint8), "no grey picture"),
        (np.zeros((3, 3)), "no grey picture"),
    ):
        gaze_file(path, image=image)
        with pytest.raises(CommandError, match=reason):
            call_command("convert_eyegaze", str(path), str(tmp_path / "out.zip"))
    with h5py.File(path, "w") as file:
        file.create_dataset("eyes", data=[1])
    with pytest.raises(CommandError, match="no group `image`"):
        call_command("convert_eyegaze", str(path), str(tmp_path / "out.zip"))
    path.write_bytes(b"x")
    with pytest.raises(CommandError, match="no HDF5"):
        call_command("convert_eyegaze", str(path), str(tmp_path / "out.zip"))


PRIVATE = b"what only this machine's owner may read".ljust(64)


def elsewhere(kind, file, name, tmp_path):
    """`name` in the file leads to what lies outside of it."""
    secret = tmp_path / "secret"
    secret.write_bytes(PRIVATE)
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["there"] = np.frombuffer(PRIVATE, np.uint8).reshape(8, 8)
    if kind == "external link":
        file[name] = h5py.ExternalLink(tmp_path / "other.h5", "there")
    elif kind == "soft link":
        file["there"] = h5py.ExternalLink(tmp_path / "other.h5", "there")
        file[name] = h5py.SoftLink("/there")
    elif kind == "external storage":
        file.create_dataset(name, (8, 8), "u1", external=[(str(secret), 0, 64)])
    else:
        layout = h5py.VirtualLayout((8, 8), "u1")
        layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "there", (8, 8))
        file.create_virtual_dataset(name, layout)


@pytest.mark.parametrize("name", ["image/0", "look_vec/0", "path/0"])
@pytest.mark.parametrize("kind", ["external link", "soft link", "external storage", "virtual data set"])
def test_nothing_is_read_that_lies_outside_of_the_file(tmp_path, kind, name):
    gaze_file(tmp_path / "gaze.h5")
    with h5py.File(tmp_path / "gaze.h5", "a") as file:
        del file[name]
        elsewhere(kind, file, name, tmp_path)
    with pytest.raises(CommandError, match=r"is a link|in another file"):
        call_command("convert_eyegaze", str(tmp_path / "gaze.h5"), str(tmp_path / "out.zip"))
    assert not list(tmp_path.glob("out.zip*"))


@pytest.mark.parametrize("group", ["image", "look_vec", "path"])
def test_a_group_in_another_file_is_not_opened(tmp_path, group):
    gaze_file(tmp_path / "gaze.h5")
    gaze_file(tmp_path / "other.h5")
    with h5py.File(tmp_path / "gaze.h5", "a") as file:
        del file[group]
        file[group] = h5py.ExternalLink(tmp_path / "other.h5", f"/{group}")
    with pytest.raises(CommandError, match="is a link"):
        call_command("convert_eyegaze", str(tmp_path / "gaze.h5"), str(tmp_path / "out.zip"))


@pytest.mark.parametrize(
    ("name", "shape", "kind", "reason"),
    [("look_vec/0", (1 << 40,), "f8", "no direction"), ("look_vec/0", (3,), "S8", "no direction"),
     ("path/0", (1 << 40,), "S8", "no text"), ("path/0", (), "S2000", "no text"), ("path/0", (), "f8", "no text")],
)  # fmt: skip
def test_what_is_too_much_is_refused_before_it_is_read(tmp_path, name, shape, kind, reason):
    gaze_file(tmp_path / "gaze.h5")
    with h5py.File(tmp_path / "gaze.h5", "a") as file:
        del file[name]
        chunks = {"chunks": (1024,)} if shape[:1] > (1024,) else {}
        file.create_dataset(name, shape, kind, **chunks)  # nothing of it stands in the file
    with pytest.raises(CommandError, match=reason):
        call_command("convert_eyegaze", str(tmp_path / "gaze.h5"), str(tmp_path / "out.zip"))


def test_a_path_as_long_as_a_book_is_refused(tmp_path):
    gaze_file(tmp_path / "gaze.h5")
    with h5py.File(tmp_path / "gaze.h5", "a") as file:
        del file["path/0"]
        file["path/0"] = "x" * 1001
    with pytest.raises(CommandError, match="longer than 1,000"):
        call_command("convert_eyegaze", str(tmp_path / "gaze.h5"), str(tmp_path / "out.zip"))
