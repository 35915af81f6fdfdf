from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.v2.functional import resize

from benchmark.data.sources.image_files import decode, describe, find_images
from benchmark.plugins import UserError

RNG = np.random.default_rng(0)


def noise(height: int, width: int, *channels: int) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, *channels), dtype=np.uint8)


def save(image: Image.Image | np.ndarray, path: Path, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **options)  # type: ignore[arg-type]
    return path


def read(path: Path, channels: int = 1, side: int = 28) -> np.ndarray:
    """The one image, [channels, side, side]."""
    return decode(describe([path], path.parent), channels, side, path.parent)[0]


def test_files_are_found_by_their_endings_in_every_depth_but_not_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "deep/er/c.jpeg", ".hidden.png", "__MACOSX/._d.png", ".thumbs/e.png", "notes.txt", "f.gif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [str(p.relative_to(tmp_path)) for p in find_images(tmp_path)] == ["a.jpg", "b.PNG", "deep/er/c.jpeg"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "home" / "folder"
    save(noise(8, 8), outside / "a.png")
    save(noise(8, 8), folder / "sub" / "b.png")
    save(noise(8, 8), tmp_path / "home" / "not_asked_for.png")
    (folder / "linked").symlink_to(outside)
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "sub" / "further_up").symlink_to(tmp_path)
    (folder / "itself").symlink_to("itself")
    assert [str(p.relative_to(folder)) for p in find_images(folder)] == ["linked/a.png", "sub/b.png"]


def test_an_image_of_the_right_size_keeps_its_pixels(tmp_path: Path) -> None:
    grey, colour = noise(28, 28), noise(32, 32, 3)
    np.testing.assert_array_equal(read(save(grey, tmp_path / "grey.png"))[0], grey)
    read_colour = read(save(colour, tmp_path / "colour.png"), channels=3, side=32)
    np.testing.assert_array_equal(read_colour, colour.transpose(2, 0, 1))


@pytest.mark.parametrize(("height", "width", "rows", "columns"), [(28, 61, 0, 16), (40, 28, 6, 0)])
def test_the_central_square_is_taken(tmp_path: Path, height: int, width: int, rows: int, columns: int) -> None:
    image = noise(height, width)
    np.testing.assert_array_equal(read(save(image, tmp_path / "a.png"))[0], image[rows : rows + 28, columns : columns + 28])


@pytest.mark.parametrize("before", [17, 28, 90])
def test_resizing_agrees_with_torchvision_s_of_tensors(tmp_path: Path, before: int) -> None:
    image = noise(before, before, 3)
    expected = resize(torch.from_numpy(image).permute(2, 0, 1), [32, 32], antialias=True).numpy()
    got = read(save(image, tmp_path / "a.png"), channels=3, side=32)
    assert np.abs(got.astype(int) - expected).max() <= 1


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (257 * 100, 100), (257 * 100 + 200, 101), (65_535, 255)])
def test_sixteen_bits_are_scaled_and_not_cut_off(tmp_path: Path, value: int, expected: int) -> None:
    path = save(np.full((28, 28), value, np.uint16), tmp_path / "a.png")
    (file,) = describe([path], tmp_path)
    assert file.grey
    assert np.unique(read(path)) == [expected]


def test_what_is_transparent_is_seen_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((28, 28, 4), np.uint8)
    pixels[:, :10] = [200, 0, 0, 0]  # a colour that nobody sees
    pixels[:, 10:20] = [0, 0, 0, 51]  # a fifth of black: 204 remain
    pixels[:, 20:] = [7, 8, 9, 255]
    image = read(save(pixels, tmp_path / "a.png"), channels=3)
    assert np.unique(image[:, :, :10]).tolist() == [255]
    assert np.unique(image[:, :, 10:20]).tolist() == [204]
    assert image[:, 0, 20].tolist() == [7, 8, 9]
    grey = Image.fromarray(pixels).convert("LA")
    assert np.unique(read(save(grey, tmp_path / "grey.png"))[0, :, :10]).tolist() == [255]


def test_palettes_are_looked_up(tmp_path: Path) -> None:
    image = Image.fromarray(np.repeat(np.arange(28, dtype=np.uint8)[None] % 2, 28, 0), "P")
    image.putpalette([10, 20, 30, 250, 240, 230])
    coloured = save(image, tmp_path / "coloured.png")
    image.putpalette([10, 10, 10, 250, 250, 250])
    grey = save(image, tmp_path / "grey.png")
    image.info["transparency"] = 1
    hole = save(image, tmp_path / "hole.png", transparency=1)
    assert [f.grey for f in describe([coloured, grey, hole], tmp_path)] == [False, True, True]
    assert read(coloured, channels=3)[:, 0, :2].T.tolist() == [[10, 20, 30], [250, 240, 230]]
    assert read(grey)[0, 0, :2].tolist() == [10, 250]
    assert read(hole)[0, 0, :2].tolist() == [10, 255]


def test_black_and_white_is_grey(tmp_path: Path) -> None:
    path = save(Image.fromarray(np.arange(28 * 28).reshape(28, 28) % 2 == 1), tmp_path / "a.png")
    assert describe([path], tmp_path)[0].grey
    assert np.unique(read(path)).tolist() == [0, 255]


def test_of_an_animation_the_first_picture_is_taken(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((28, 28), value, np.uint8)) for value in (10, 20, 30)]
    path = save(frames[0], tmp_path / "a.png", save_all=True, append_images=frames[1:])
    assert np.unique(read(path)).tolist() == [10]


def test_photographs_are_turned_as_their_cameras_say(tmp_path: Path) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[:14] = 255  # white above
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    path = save(image, tmp_path / "a.png", exif=exif)
    assert read(path)[0, 0, 0] == 0 and read(path)[0, -1, 0] == 255


def exif(*entries: tuple[int, int, int, bytes], data: bytes = b"") -> bytes:
    """An EXIF block of the entries: tag, type, count and the four bytes of the value or of its place."""
    packed = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in entries)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + packed + bytes(4) + data


MIRRORED = (0x0112, 3, 1, b"\2\0\0\0")
RESOLUTION_IN_WORDS = (0x011A, 2, 7, b"\x26\0\0\0")


def test_an_odd_exif_entry_spoils_no_photograph(tmp_path: Path) -> None:
    # Writing the entries anew, as Pillow's exif_transpose does, fails on a resolution that is a text.
    image = np.zeros((32, 32), np.uint8)
    image[:, :16] = 255  # white on the left
    block = exif(MIRRORED, RESOLUTION_IN_WORDS, data=b"72 dpi\0")
    pixels = read(save(image, tmp_path / "a.jpg", exif=block, quality=100), side=32)[0]
    assert pixels[:, :14].max() < 10 and pixels[:, 18:].min() > 245


@pytest.mark.parametrize(
    "block",
    [
        exif((0x0112, 2, 1, b"6\0\0\0")),  # a text
        exif((0x0112, 7, 4, b"abcd")),
        exif((0x0112, 12, 1, b"\xff\0\0\0")),  # its place lies outside
        exif((0x0112, 3, 3, b"\xff\0\0\0")),
        exif((0x0112, 99, 1, b"\6\0\0\0")),  # no such type
        exif((0x0112, 3, 1, b"\x63\0\0\0")),  # no such orientation
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0garbage",
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_photograph_whose_orientation_cannot_be_read_is_taken_as_it_is(tmp_path: Path, block: bytes) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[:14] = 255
    np.testing.assert_array_equal(
        read(save(image, tmp_path / "odd.jpg", exif=block)), read(save(image, tmp_path / "plain.jpg"))
    )


def with_chunk(png: Path, kind: bytes, content: bytes) -> Path:
    """The file, with a further chunk after its header."""
    whole = png.read_bytes()
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    png.write_bytes(whole[:33] + chunk + whole[33:])
    return png


BOMB = zlib.compress(bytes(80_000_000), 1)


@pytest.mark.parametrize(
    ("kind", "content", "is_read"),
    [
        (b"eXIf", b"II*", True),
        (b"tEXt", b"Raw profile type exif\0\nexif\n   10\nzzzz\n", True),
        (b"tEXt", b"no end", True),
        (b"zTXt", b"a\0\0junk", True),
        (b"zTXt", b"a\0\5junk", False),
        (b"zTXt", b"a\0\0" + BOMB, False),
        (b"iTXt", b"a\0\1\0\0\0" + BOMB, False),
        (b"iCCP", b"x\0\0junk", True),
        (b"iCCP", b"x\0\1junk", False),
        (b"iCCP", b"x\0\0" + BOMB, False),
        (b"acTL", struct.pack(">II", 5, 0), True),
        (b"tRNS", b"", False),
    ],
)
def test_broken_metadata_are_passed_over_or_the_file_is_named(
    tmp_path: Path, kind: bytes, content: bytes, is_read: bool
) -> None:
    image = noise(28, 28)
    path = with_chunk(save(image, tmp_path / "a.png"), kind, content)
    if is_read:
        np.testing.assert_array_equal(read(path)[0], image)
        return
    with pytest.raises(UserError, match=r"1 of 1 files .*: a\.png\.") as error:
        read(path)
    assert len(str(error.value).splitlines()) == 2 and " at 0x" not in str(error.value)


def test_jpegs_in_cmyk_become_colours(tmp_path: Path) -> None:
    path = save(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), tmp_path / "a.jpg", quality=100)
    (file,) = describe([path], tmp_path)
    assert not file.grey
    red, green, blue = read(path, channels=3, side=32)[:, 16, 16].astype(int)
    assert red > 240 and green < 15 and blue < 15


def test_unreadable_files_are_counted_and_three_are_named(tmp_path: Path) -> None:
    good = save(noise(28, 28), tmp_path / "good.png")
    webp = io.BytesIO()
    Image.fromarray(noise(28, 28)).save(webp, "WEBP")
    (tmp_path / "b.png").write_bytes(webp.getvalue())
    (tmp_path / "a.jpg").write_text("<html>404</html>")
    (tmp_path / "c.png").symlink_to("nowhere")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "d.png").touch()
    with pytest.raises(UserError) as error:
        describe(find_images(tmp_path), tmp_path)
    said, remedy = str(error.value).splitlines()
    assert "4 of 5 files" in said and said.endswith("a.jpg, b.png, c.png and 1 more.")
    assert remedy and " at 0x" not in remedy  # Pillow names the object that it read from
    cut = good.read_bytes()[:-300]
    good.write_bytes(cut)
    with pytest.raises(UserError, match=r"1 of 1 files .*: good.png\."):
        read(good)


def test_names_that_are_no_text_can_be_said(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"\xff.png")
    with open(path, "wb"):
        pass
    with pytest.raises(UserError) as error:
        describe(find_images(tmp_path), tmp_path)
    str(error.value).encode()
