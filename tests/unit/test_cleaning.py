"""Files are made clean: nothing of them is left but what is seen or heard, and a hostile one costs only itself."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from bot import cleaning, fetching
from bot.cleaning import LONGEST, Refused, document, photo, video_note, voice
from bot.fetching import Uncleanable, clean
from bot.telegram.sandbox import samples

MARK = "zqAigerimZhambyl"
RED = (200, 20, 20)


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **how)
    return made.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """Who, where and when, as a telephone writes it; and how it was held."""
    found = Image.Exif()
    found[0x0112] = orientation
    for tag in (0x010E, 0x010F, 0x0110, 0x013B, 0x8298, 0x0132):
        found[tag] = MARK
    found.get_ifd(0x8825)[29] = MARK
    found.get_ifd(0x8769)[0x9286] = MARK.encode()
    return found


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, body: bytes = b"", *more: bytes) -> bytes:
    """A PNG that says it has these sides, whatever is in it."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def in_jpeg() -> bytes:
    """A JPEG that says whose it is in every place where it can."""
    image = Image.new("RGB", (60, 40), RED)
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{MARK}</x:xmpmeta>".encode()
    whole = encoded(image, "JPEG", exif=exif(), comment=MARK, icc_profile=MARK.encode() * 9, xmp=xmp)
    private = b"\xff\xed" + struct.pack(">H", 2 + 14 + len(MARK)) + b"Photoshop 3.0\0" + MARK.encode()
    return whole[:2] + private + whole[2:] + MARK.encode()  # and behind the end


def in_png() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", MARK)
    told.add_text("Comment", MARK, zip=False)
    told.add_itxt("XML:com.adobe.xmp", MARK)
    image = Image.new("RGBA", (60, 40), (*RED, 255))
    return encoded(image, "PNG", pnginfo=told, exif=exif(), icc_profile=MARK.encode() * 9) + MARK.encode()


def in_webp() -> bytes:
    image = Image.new("RGB", (60, 40), RED)
    return encoded(image, "WEBP", exif=exif(), icc_profile=MARK.encode() * 9, xmp=MARK.encode())


def in_gif() -> bytes:
    return encoded(Image.new("P", (60, 40), 1), "GIF", comment=MARK.encode())


def seen(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert (image.format, image.mode) == ("JPEG", "RGB")
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not image.getexif()
        return image.copy()


def near(image: Image.Image, place: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    found = image.getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(one - other) < 12 for one, other in zip(found, colour, strict=True))


@pytest.mark.parametrize("made", [in_jpeg, in_png, in_webp, in_gif])
def test_nothing_of_a_photo_is_left_but_what_is_seen(made: Callable[[], bytes]) -> None:
    before = made()
    assert MARK.encode() in before
    after = photo(before)
    assert seen(after).size == (60, 40)
    assert MARK.encode() not in after
    assert MARK.encode("utf-16-le") not in after
    # Segments of a JPEG that can hold anything: APP1 to APP15, and comments.
    at, kinds = 2, []
    while after[at + 1] != 0xDA:
        kinds.append(after[at + 1])
        at += 2 + int.from_bytes(after[at + 2 : at + 4], "big")
    assert not [kind for kind in kinds if kind == 0xFE or 0xE1 <= kind <= 0xEF]


@pytest.mark.parametrize(("orientation", "corner"), [(1, (2, 2)), (3, (57, 37)), (6, (37, 2)), (8, (2, 57))])
def test_a_photo_stands_as_it_was_held(orientation: int, corner: tuple[int, int]) -> None:
    image = Image.new("RGB", (60, 40), (0, 0, 255))
    image.paste(RED, (0, 0, 10, 10))
    after = seen(photo(encoded(image, "JPEG", exif=exif(orientation), quality=95)))
    assert after.size == ((60, 40) if orientation in (1, 3) else (40, 60))
    assert near(after, corner, RED)


def test_every_kind_of_pixel_becomes_what_is_seen() -> None:
    grey = Image.new("I;16", (60, 40), 40_000)
    assert near(seen(photo(encoded(grey, "PNG"))), (30, 20), (156, 156, 156))
    ink = Image.new("CMYK", (60, 40), (0, 255, 255, 0))
    assert near(seen(photo(encoded(ink, "JPEG"))), (30, 20), (255, 0, 0))
    palette = Image.new("P", (60, 40), 3)
    palette.putpalette([value for value in range(256) for _ in range(3)])
    palette.paste(200, (30, 0, 60, 40))
    after = seen(photo(encoded(palette, "PNG", transparency=3)))
    assert near(after, (5, 20), (255, 255, 255))
    assert near(after, (55, 20), (200, 200, 200))
    hidden = Image.new("RGBA", (60, 40), (*RED, 0))
    assert near(seen(photo(encoded(hidden, "PNG"))), (30, 20), (255, 255, 255))
    for mode, colour in (("1", 255), ("L", 255), ("LA", 0)):
        assert near(seen(photo(encoded(Image.new(mode, (60, 40), colour), "PNG"))), (30, 20), (255, 255, 255)), mode


def test_of_a_moving_picture_the_first_frame_is_seen() -> None:
    frames = [Image.new("RGB", (60, 40), colour) for colour in (RED, (0, 0, 255), (0, 255, 0))]
    for kind in ("GIF", "WEBP", "PNG"):
        moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
        assert near(seen(photo(moving)), (30, 20), RED), kind


def test_a_large_photo_is_made_smaller_and_a_strip_gets_white_beside_it() -> None:
    large = seen(photo(encoded(Image.new("RGB", (4000, 3000), RED), "JPEG")))
    assert large.size == (LONGEST, 1920)
    strip = seen(photo(encoded(Image.new("RGB", (2000, 10), RED), "PNG")))
    assert strip.size == (2000, 100)
    assert near(strip, (1000, 4), RED)
    assert near(strip, (1000, 90), (255, 255, 255))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(os.urandom(2000), id="noise"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="drawing"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="postscript"),
        pytest.param(encoded(Image.new("RGB", (60, 40)), "TIFF"), id="another format"),
        pytest.param(samples.picture(900, 900)[:-400], id="cut off"),
        pytest.param(samples.picture()[:20], id="a head alone"),
        pytest.param(png(9000, 9000), id="81 megapixels"),
        pytest.param(png(2**31 - 1, 2**31 - 1), id="endless sides"),
        pytest.param(png(6000, 6000), id="no pixels"),
        pytest.param(png(0, 10), id="no width"),
    ],
)
def test_what_is_no_photo_or_too_large_is_refused(data: bytes) -> None:
    with pytest.raises((Refused, OSError, ValueError, SyntaxError)):
        photo(data)


async def test_a_bomb_ends_with_its_own_process_and_others_go_on() -> None:
    """A text of 200 megabytes in one of 200 kB; more pixels than there is memory for."""
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200 * 2**20), 1))
    for bomb in (png(60, 40, (b"\0" + bytes(180)) * 40, text), png(30_000, 30_000)):
        with pytest.raises(Uncleanable):
            await clean("photo", bomb)
    assert seen(await clean("photo", samples.picture(60, 40))).size == (60, 40)


async def test_a_large_photo_of_a_telephone_goes_through_its_process() -> None:
    assert seen(await clean("photo", samples.picture(4000, 3000))).size == (LONGEST, 1920)
    with pytest.raises(Uncleanable):
        await clean("photo", samples.picture(4000, 3000)[:9000])


def test_of_a_voice_the_sound_alone_is_left() -> None:
    sound = os.urandom(5000)
    before = samples.voice(f"ARTIST={MARK}", f"TITLE={MARK}", f"LOCATION={MARK * 100}", vendor=MARK, sound=sound)
    assert before.count(MARK.encode()) > 100
    after = voice(before)
    assert MARK.encode() not in after
    assert len(after) == len(before)
    assert after.endswith(before[before.index(sound) :])
    assert after == _checked(after)
    assert voice(samples.voice(sound=sound)).endswith(sound)


def _checked(data: bytes) -> bytes:
    """The same pages with checksums counted anew, by the sandbox's own arithmetic."""
    pages = list(cleaning._pages(data))
    assert data[pages[1].body :].startswith(b"OpusTags" + bytes(8))
    made = [samples.page(data[page.body : page.end], data[page.at + 5], number) for number, page in enumerate(pages)]
    return b"".join(made)


def test_a_comment_of_many_pages_is_empty_on_all_of_them() -> None:
    tags = b"OpusTags" + bytes(4) + (1).to_bytes(4, "little") + (70_000).to_bytes(4, "little")
    tags = tags.ljust(70_000, b"z")
    head, _, sound = (samples.voice()[page.at : page.end] for page in cleaning._pages(samples.voice()))
    first = struct.pack("<4sBBqIIIB", b"OggS", 0, 0, 0, 7, 1, 0, 255) + b"\xff" * 255 + tags[:65_025]
    rest = tags[65_025:]
    lacing = bytes([255] * (len(rest) // 255) + [len(rest) % 255])
    second = struct.pack("<4sBBqIIIB", b"OggS", 0, 1, 0, 7, 2, 0, len(lacing)) + lacing + rest
    after = voice(head + first + second + sound)
    assert b"zzzz" not in after
    assert after.endswith(sound)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(os.urandom(2000), id="noise"),
        pytest.param(b"ID3" + bytes(500), id="mp3"),
        pytest.param(samples.voice()[:-1], id="cut off"),
        pytest.param(samples.voice() + b"TAG" + MARK.encode(), id="something behind it"),
        pytest.param(samples.voice() + samples.voice(), id="two streams, one after the other"),
        pytest.param(samples.voice().replace(b"OpusTags", b"OpusXags"), id="no comment header"),
        pytest.param(samples.voice().replace(b"OpusHead", b"\x01vorbis."), id="another codec"),
        pytest.param(samples.page(b"OpusHead" + bytes(11), 2, 0) * 3, id="three beginnings"),
    ],
)
def test_what_is_no_voice_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        voice(data)


def test_of_a_round_video_what_is_seen_and_heard_is_left() -> None:
    sight = os.urandom(3000)
    place = samples.box(b"udta", samples.box(b"\xa9xyz", MARK.encode()), samples.box(b"meta", MARK.encode()))
    before = samples.video(
        place, samples.box(b"uuid", MARK.encode()), program=MARK.encode(), handler=MARK.encode(), seen=sight,
        made=3_912_345_678,
    ) + samples.box(b"free", MARK.encode())  # fmt: skip
    assert before.count(MARK.encode()) == 6
    assert before.count((3_912_345_678).to_bytes(4, "big")) == 6
    after = video_note(before)
    assert MARK.encode() not in after
    assert (3_912_345_678).to_bytes(4, "big") not in after
    assert len(after) == len(before)
    assert after.index(sight) == before.index(sight)
    assert video_note(after) == after


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(os.urandom(2000), id="noise"),
        pytest.param(samples.video()[:-1], id="cut off"),
        pytest.param(samples.box(b"ftyp", b"isom"), id="no film"),
        pytest.param(samples.video().replace(b"avc1", b"text"), id="another format"),
        pytest.param((7).to_bytes(4, "big") + b"moov" + bytes(50), id="a box smaller than its head"),
        pytest.param(samples.box(b"ftyp", bytes(5000)) + samples.video(), id="a long list of brands"),
    ],
)
def test_what_is_no_round_video_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        video_note(data)


async def test_a_process_that_hangs_is_killed_and_others_do_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is shorter here; the witness is the number of the process that hung."""
    hung = tmp_path / "hung.py"
    hung.write_text(f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n")
    for seconds in (1.0, 4.0, 16.0):  # on a slow machine it takes a while to begin
        monkeypatch.setattr(fetching, "CLEANING", seconds)
        with pytest.raises(Uncleanable):
            await clean("photo", b"x" * 5_000_000, hung)
        if (tmp_path / "pid").exists():
            break
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_a_process_gets_nothing_of_ours_and_one_that_says_too_much_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENIM_TOKEN", MARK)
    monkeypatch.setattr(fetching, "LARGEST_CLEAN", 100_000)
    nosy = tmp_path / "nosy.py"
    nosy.write_text("import os, sys\nprint(sorted(os.environ), os.getcwd(), sorted(os.listdir('/proc/self/fd')))\n")
    told = (await clean("photo", b"", nosy)).decode()
    assert "SENIM" not in told
    assert "'/'" not in told
    assert told.split("] ")[1].startswith("/ ")
    assert len(told.split("[")[2].split(",")) <= 4, "its three streams, and the folder that it reads"
    loud = tmp_path / "loud.py"
    loud.write_text("import sys\nwhile True: sys.stdout.write('x' * 65536)\n")
    with pytest.raises(Uncleanable):
        await clean("photo", b"", loud)
    failing = tmp_path / "failing.py"
    failing.write_text("print('half of a file'); raise SystemExit(3)\n")
    with pytest.raises(Uncleanable):
        await clean("photo", b"", failing)


async def test_a_process_bounds_its_own_memory(tmp_path: Path) -> None:
    greedy = tmp_path / "greedy.py"
    root = Path(cleaning.__file__).parent
    greedy.write_text(
        f"import sys; sys.path.insert(0, {str(root)!r}); import cleaning; cleaning.bound()\n"
        "try:\n    held = bytearray(600 * 2**20)\nexcept MemoryError:\n    print('no room')\n"
        "else:\n    print('as much as it wants')\n"
    )
    assert (await clean("photo", b"", greedy)).decode().strip() == "no room"


def obj(number: int, body: bytes) -> bytes:
    return b"%d 0 obj\n%b\nendobj\n" % (number, body)


def streamed(number: int, entries: bytes, body: bytes) -> bytes:
    return obj(number, b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(body), body))


PAGE = b"BT /F1 12 Tf (zwWords on the page) Tj ET"


def printed(mark: str = MARK, info: bytes | None = None, *more: bytes, root: bytes = b"") -> bytes:
    """A PDF as an office program prints it: who wrote it stands in its information, in four spellings, and in XMP."""
    name = mark.encode()
    sixteen = b"\xfe\xff" + mark.encode("utf-16-be")
    told = info if info is not None else (
        b"<< /Author (%b) /Title (a (nested) \\) %b) /Producer <%b> /Keywords <%b> /CreationDate (D:2026) >>"
        % (name, name, name.hex().encode(), sixteen.hex().upper().encode())
    )  # fmt: skip
    xmp = b"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:creator>%b</dc:creator></x:xmpmeta>" % name
    return b"%PDF-1.7\n" + b"".join([
        obj(1, b"<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R %b >>" % root), obj(2, b"<< /Type /Pages /Count 1 >>"),
        streamed(4, b"", PAGE), streamed(6, b"/Type /Metadata /Subtype /XML", xmp), obj(5, told), *more,
        b"trailer\n<< /Root 1 0 R /Info 5 0 R >>\n%%EOF\n",
    ])  # fmt: skip


def names(data: bytes, mark: str = MARK) -> list[str]:
    """In which spellings it says whose it is."""
    name = mark.encode()
    forms = {"plain": name, "hex": name.hex().encode(), "sixteen": mark.encode("utf-16-be").hex().upper().encode()}
    return [form for form, needle in forms.items() if needle in data]


def test_a_pdf_says_nothing_of_its_author_and_keeps_its_pages_and_places() -> None:
    data = printed()
    assert names(data) == ["plain", "hex", "sixteen"]
    clean = document(data)
    assert names(clean) == []
    assert b"2026" not in clean
    assert PAGE in clean
    assert len(clean) == len(data)
    assert [clean.index(b"%d 0 obj" % number) for number in (1, 2, 5)] == [
        data.index(b"%d 0 obj" % number) for number in (1, 2, 5)
    ]


def test_values_of_a_pdf_that_stand_elsewhere_and_older_ones_are_emptied_too() -> None:
    elsewhere = printed(MARK, b"<< /Author 7 0 R /Title 8 0 R >>", obj(7, b"(%b)" % MARK.encode()), obj(8, b"<6162>"))
    older = printed(MARK, b"<< /Author (now) >>", obj(5, b"<< /Author (%b) >>" % MARK.encode()))
    for data in (elsewhere, older):
        assert names(data) != []
        assert names(document(data)) == []
    nothing = printed(MARK, b"<< >>")
    assert names(document(nothing)) == []


@pytest.mark.parametrize(
    "data",
    [
        b"", b"MZ program", b"\xff\xd8\xff a photo", b" %PDF-1.7",
        printed(root=b"/Encrypt 9 0 R"),
        printed().replace(b"\n5 0 obj", b"\n55 0 obj"),  # packed together with others: it is nowhere in the open
        printed(MARK, b"<< /Author 7 0 R >>"),
        printed(MARK, b"<< /Author (never ends >>"),
        printed(MARK, b"<< /Author <never ends"),
        printed(MARK, b"<< /Author 4 0 R >>"),
        printed(MARK, None, streamed(9, b"/Type/Metadata /Filter /FlateDecode", zlib.compress(b"<x:xmpmeta>"))),
    ],
)  # fmt: skip
def test_what_is_no_pdf_or_hides_its_author_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        document(data)


async def test_a_pdf_goes_through_the_same_process() -> None:
    assert names(await clean("document", printed())) == []
    with pytest.raises(Uncleanable):
        await clean("document", b"MZ program")
