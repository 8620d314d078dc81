"""Videos to frames: at every rate the same frames that decoding all of them would give, and of hostile files nothing."""

import os
import time

import numpy as np
import pytest

from tests.vision.videos import count, number_of, numbered, write_video
from vision.video import UnreadableVideo, Video


def taken(path, **options):
    """(step, time, number that the frame shows) of each frame."""
    with Video(path) as video:
        return [(m.number, round(m.time, 3), number_of(m.pixels)) for m in video.frames(**options)]


@pytest.mark.parametrize(
    ("codec", "name", "options"),
    [
        ("libx264", "a.mp4", {"bf": "3", "g": "25"}), ("libx264", "a.mov", {"bf": "0", "g": "7"}), ("mpeg4", "a.mp4", {"bf": "2"}),
        ("libvpx", "a.webm", {"g": "20"}), ("libvpx-vp9", "a.webm", {"g": "50", "cpu-used": "8"}), ("libx264", "a.mkv", {"bf": "3"}),
        ("libx265", "a.mp4", {"g": "20", "x265-params": "log-level=none"}), ("libsvtav1", "a.mp4", {"preset": "8"}),
    ],
)  # fmt: skip
def test_a_rate_gives_the_first_frame_of_each_step(tmp_path, codec, name, options):
    try:
        path = write_video(tmp_path / name, count(80), codec=codec, **options)
    except (ValueError, LookupError) as error:
        pytest.skip(f"{codec}: {error}")
    assert (
        os.sched_getscheduler(0) == os.SCHED_OTHER
    )  # else all that tests start from now on starves the rest
    assert taken(path, fps=1) == [(n, n, 10 * n) for n in range(8)]
    assert taken(path, fps=0.25) == [(0, 0, 0), (1, 4, 40)]
    assert [row[2] for row in taken(path, fps=30)] == list(range(80))
    assert [row[2] for row in taken(path, fps=4)] == [
        n for n in range(80) if n == 0 or n * 4 // 10 > (n - 1) * 4 // 10
    ]
    assert taken(path, fps=1, start=2.5, end=5) == [(0, 2.5, 25), (1, 3.5, 35), (2, 4.5, 45)]
    for frame in range(80):  # from wherever one begins
        assert taken(path, fps=1, start=frame / 10, end=frame / 10 + 0.05) == [(0, frame / 10, frame)]


def test_uneven_times_are_gone_by_and_a_gap_is_no_frame(tmp_path):
    times = [0, 0.04, 0.5, 0.9, 1.2, 1.25, 1.9, 6.5, 6.6, 7.1]
    path = write_video(tmp_path / "v.mp4", count(10), times=times.__getitem__, bf="2", g="100")
    assert taken(path, fps=1) == [(0, 0, 0), (1, 1.2, 4), (6, 6.5, 7), (7, 7.1, 9)]


def test_going_on_gives_what_going_through_would_have_given(tmp_path):
    path = write_video(tmp_path / "v.mp4", count(120), bf="3", g="30")
    with Video(path) as video:
        whole = list(video.frames(fps=3))
        for after in (0, 7, 20):
            rest = list(video.frames(fps=3, after=after))
            assert [m.number for m in rest] == [m.number for m in whole if m.number > after]
            assert all(
                np.array_equal(a.pixels, b.pixels) for a, b in zip(rest, whole[after + 1 :], strict=True)
            )


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_recording_stands_upright(tmp_path, turned):
    path = write_video(tmp_path / "v.mp4", count(10), turned=turned)
    with Video(path) as video:
        size = (320, 240) if turned == 180 else (240, 320)
        assert (video.facts.width, video.facts.height) == size
        frame = next(video.frames(fps=1)).pixels
        assert frame.shape[:2] == size[::-1]
        # A display matrix of 90 degrees turns the stored picture to the left.
        assert np.abs(frame.astype(int) - np.rot90(numbered(0), turned // 90)).mean() < 12


def test_the_facts_are_told_and_sound_does_not_matter(tmp_path):
    with Video(write_video(tmp_path / "v.mp4", count(35), audio=True)) as video:
        facts = video.facts
        assert (facts.width, facts.height, facts.fps) == (320, 240, 10) and abs(facts.duration - 3.5) < 0.15
        assert [m.number for m in video.frames(fps=2)] == list(range(7))


def test_a_sample_is_near_its_moment_and_what_follows_is_not_disturbed(tmp_path):
    path = write_video(tmp_path / "v.mp4", count(100), g="20", bf="2")
    with Video(path) as video:
        for seconds in (9, 5, 0, 9.8):
            assert seconds - 2 <= video.near(seconds).time <= seconds
        assert len(list(video.frames(fps=1))) == 10


def test_what_is_no_video_is_refused_in_a_sentence(tmp_path):
    path = write_video(tmp_path / "v.mp4", count(30), first=True)
    good = path.read_bytes()
    (tmp_path / "secret.txt").write_text("the secret")
    hostile = {
        b"": "empty",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n": "no MP4",
        b"ffconcat version 1.0\nfile secret.txt\n": "no MP4",
        b"RIFF\0\0\0\0AVI LIST": "no MP4",
        b"GIF89a" + bytes(50): "no MP4",
        good[:40]: "damaged|no video",
        good[:40] + bytes(200_000): "damaged|no video",
        b"\x1aE\xdf\xa3" + os.urandom(5000): "damaged",
        b"\0\0\0\x14ftypisom" + os.urandom(5000): "damaged|no video",
    }
    for content, reason in hostile.items():
        path.write_bytes(content)
        with pytest.raises(UnreadableVideo, match=reason) as raised:
            Video(path)
        assert str(raised.value).endswith(".") and "secret" not in str(raised.value)


def test_sound_alone_another_codec_and_what_is_too_large_are_refused(tmp_path):
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        silence.sample_rate, silence.pts = 44100, 0
        container.mux([*stream.encode(silence), *stream.encode(None)])
    with pytest.raises(UnreadableVideo, match="no video in it"):
        Video(tmp_path / "a.mp4")
    with av.open(str(tmp_path / "j.mov"), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuvj420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(1), format="rgb24")))
        container.mux(stream.encode(None))
    with pytest.raises(UnreadableVideo, match="codec"):
        Video(tmp_path / "j.mov")
    path = write_video(tmp_path / "v.mp4", count(30))
    with pytest.raises(UnreadableVideo, match="pixels"):
        Video(path, max_pixels=1000)
    with pytest.raises(UnreadableVideo, match="longer"):
        Video(path, max_seconds=2)


def test_a_file_that_breaks_off_gives_what_can_be_read_and_says_where(tmp_path):
    path = write_video(tmp_path / "v.mp4", count(200), first=True, g="10")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames = []
    with Video(path) as video, pytest.raises(UnreadableVideo, match=r"after 0:00:\d\d"):
        for moment in video.frames(fps=1):
            frames.append(moment.number)
    assert 5 < len(frames) < 15 and frames == list(range(len(frames)))


def test_damage_in_the_middle_costs_what_is_damaged_alone(tmp_path):
    path = write_video(tmp_path / "v.mp4", count(200), first=True, g="10")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = os.urandom(2000)
    path.write_bytes(data)
    found = taken(path, fps=1)
    assert len(found) > 15 and found[-1][2] == 190


def test_a_recording_that_does_not_say_how_long_it_is_is_read_whole(tmp_path):
    """As browsers record: clusters come as they are made, and nobody goes back to write the length."""
    path = write_video(tmp_path / "v.webm", count(50), codec="libvpx", live="1", g="20")
    with Video(path) as video:
        assert abs(video.facts.duration - 4.9) < 0.2
    assert [row[2] for row in taken(path, fps=1)] == [0, 10, 20, 30, 40]


def test_stopping_ends_the_frames_at_once(tmp_path):
    path = write_video(tmp_path / "v.mp4", count(300))
    with Video(path) as video:
        frames = video.frames(fps=0.01)
        next(frames)
        video.stopped = True
        begun = time.monotonic()
        assert list(frames) == [] and time.monotonic() - begun < 5


def test_a_jump_to_where_decoding_can_begin_decodes_nothing_twice(tmp_path, monkeypatch):
    """Frames that are stored in another order than they are shown in: the index of an MP4 says when they are decoded."""
    path = write_video(tmp_path / "stored.mp4", count(200), fps=10, bf="3", g="30", sc_threshold="0")
    with Video(path) as video:
        assert [round(key, 3) for key in video.keys] == [0, 3, 6, 9, 12, 15, 18]
        decoded = []
        monkeypatch.setattr(
            video, "_decode", lambda packet, decode=video._decode: decoded.append(packet) or decode(packet)
        )
        assert [moment.number for moment in video.frames(fps=0.25)] == [0, 1, 2, 3, 4]
    times = [packet.pts for packet in decoded if packet]
    assert len(times) == len(set(times)) < 120
