"""A file that a person or an operator sent, made anew without a byte that says who she is. A program of its own: files
of strangers are read only here, in a process that has no key of ours and can be killed.

`bot/fetching.py` runs it with a kind: the file comes by standard input, the clean one leaves by standard output. It
imports nothing of ours, so that it starts soon and runs by its path alone.
"""

import contextlib
import io
import os
import re
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

SECONDS = 10
"""What one file may take, of the processor and of the clock."""
MEMORY = 512 * 1024 * 1024
"""Bytes of address space."""

PIXELS = 40_000_000
LONGEST = 2560
"""Pixels of the longest side: as large as Telegram's own applications send, so that a screenshot stays readable."""
RATIO = 20
"""How much longer than the other a side may be: https://core.telegram.org/bots/api#sendphoto."""
LARGEST = 9_000_000
"""Bytes of a clean photo; Telegram takes 10 MB."""
QUALITIES = (85, 70, 50, 30)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""What is read as an image. Pillow knows some forty more, which nobody's telephone makes."""
WHITE = (255, 255, 255)
SHRINKABLE = ("RGB", "RGBA", "L", "LA", "CMYK", "YCbCr")
"""Modes whose pixels can be averaged as they are. Of the largest image there is no room for one more copy."""

ORIENTATION = 0x0112
TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip
"""How a picture is to be turned that says so only in its EXIF."""

REFUSED = 3
"""Exit code for what is not a file of the kind that it should be."""


class Refused(Exception):
    """This is not what it says, or more than is taken."""


def photo(data: bytes) -> bytes:
    """The same pixels, the longest side at most LONGEST, as a JPEG with nothing in it but them.

    The first frame of a moving picture; on white where it is transparent. Raises Refused, or whatever Pillow raises.
    """
    Image.MAX_IMAGE_PIXELS = None  # our own bound is lower and comes before any pixel is read
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > PIXELS:
            raise Refused
        image.draft("RGB", (LONGEST, LONGEST))
        drawn = _on_white(image)
        turn = TURNED.get(_orientation(image))
    if turn is not None:
        drawn = drawn.transpose(turn)
    return _as_jpeg(_not_too_long(drawn))


def _orientation(image: Image.Image) -> int:
    """What its EXIF says of how it was held; nothing when that cannot be read."""
    with contextlib.suppress(Exception):
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _on_white(image: Image.Image) -> Image.Image:
    """Fresh pixels, of at most LONGEST: nothing else of the image comes along, nor what lies under transparency."""
    seen: Image.Image = image
    if seen.mode.startswith("I"):  # 16 bits a pixel, which a plain conversion would cut to white
        seen = seen.convert("I").point(lambda value: value / 256).convert("L")
    clear = seen.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in seen.info
    mode = "RGBA" if clear else "RGB"
    if seen.mode not in SHRINKABLE:
        seen = seen.convert(mode)
    seen.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS, reducing_gap=2.0)
    seen = seen.convert(mode)
    drawn = Image.new("RGB", seen.size, WHITE)
    drawn.paste(seen, mask=seen.getchannel("A") if clear else None)
    return drawn


def _not_too_long(image: Image.Image) -> Image.Image:
    """A strip gets white beside it until Telegram takes it."""
    least = -(-max(image.size) // RATIO)
    if min(image.size) >= least:
        return image
    wide = Image.new("RGB", (max(image.width, least), max(image.height, least)), WHITE)
    wide.paste(image)
    return wide


def _as_jpeg(image: Image.Image) -> bytes:
    for quality in QUALITIES:
        made = io.BytesIO()
        image.save(made, "JPEG", quality=quality)
        if made.tell() <= LARGEST:
            return made.getvalue()
    raise Refused


@dataclass(frozen=True)
class Page:
    """One page of an Ogg stream, by its places in the file: https://www.rfc-editor.org/rfc/rfc3533#section-6."""

    at: int
    body: int
    end: int
    first: bool
    continued: bool
    serial: int
    lacing: bytes


PAGE = struct.Struct("<4sBBqIIIB")
TAGS = b"OpusTags"
HEAD = b"OpusHead"
HEAD_LENGTH = 19
"""Bytes, for one or two channels: https://www.rfc-editor.org/rfc/rfc7845#section-5.1."""


def voice(data: bytes) -> bytes:
    """The same sound, with a comment header of the same length that says nothing.

    One Opus stream in whole Ogg pages and nothing around or behind them; raises Refused. What is heard is not touched.
    """
    pages = list(_pages(data))
    if len(pages) < 3 or not pages[0].first or any(page.first for page in pages[1:]):
        raise Refused
    if len({page.serial for page in pages}) != 1:
        raise Refused
    head = data[pages[0].body : pages[0].end]
    if len(head) != HEAD_LENGTH or not head.startswith(HEAD) or head[-1] != 0:
        raise Refused
    clean = bytearray(data)
    place = 0
    for number, page in enumerate(pages[1:]):
        if page.continued != (number > 0):
            raise Refused
        over = _packet_ends(page)
        body = _empty_tags(place, page.end - page.body)
        if number == 0 and not (data.startswith(TAGS, page.body) and page.end - page.body >= 16):
            raise Refused
        clean[page.body : page.end] = body
        clean[page.at + 22 : page.at + 26] = b"\0\0\0\0"
        clean[page.at + 22 : page.at + 26] = _checksum(clean[page.at : page.end]).to_bytes(4, "little")
        place += len(body)
        if over:
            return bytes(clean)
    raise Refused


def _pages(data: bytes) -> Iterator[Page]:
    at = 0
    while at < len(data):
        if len(data) - at < PAGE.size:
            raise Refused
        mark, version, flags, _, serial, _, _, segments = PAGE.unpack_from(data, at)
        lacing = data[at + PAGE.size : at + PAGE.size + segments]
        body = at + PAGE.size + segments
        end = body + sum(lacing)
        if mark != b"OggS" or version != 0 or len(lacing) != segments or end > len(data):
            raise Refused
        yield Page(at, body, end, bool(flags & 2), bool(flags & 1), serial, lacing)
        at = end


def _packet_ends(page: Page) -> bool:
    """Whether the packet that fills this page ends with it. Nothing else may stand on the pages of a header."""
    short = [place for place, value in enumerate(page.lacing) if value < 255]
    if short not in ([], [len(page.lacing) - 1]):
        raise Refused
    return bool(short)


def _empty_tags(place: int, length: int) -> bytes:
    """Bytes `place` to `place + length` of a comment header without vendor or comments: what follows is padding."""
    return (TAGS + b"\0" * (place + length))[place : place + length]


def _table() -> list[int]:
    found = []
    for value in range(256):
        value <<= 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        found.append(value & 0xFFFFFFFF)
    return found


CHECKS = _table()


def _checksum(page: bytes | bytearray) -> int:
    """Ogg's own: no reflection, nothing to begin or end with."""
    check = 0
    for byte in page:
        check = ((check << 8) & 0xFFFFFFFF) ^ CHECKS[(check >> 24) ^ byte]
    return check


INSIDE: dict[bytes, tuple[bytes, ...]] = {
    b"": (b"ftyp", b"moov", b"mdat"),
    b"moov": (b"mvhd", b"trak"),
    b"trak": (b"tkhd", b"edts", b"mdia"),
    b"edts": (b"elst",),
    b"mdia": (b"mdhd", b"hdlr", b"minf"),
    b"minf": (b"vmhd", b"smhd", b"dinf", b"stbl"),
    b"dinf": (b"dref",),
    b"stbl": (b"stsd", b"stts", b"ctts", b"cslg", b"stss", b"stsc", b"stsz", b"stco", b"co64", b"sdtp"),
}
"""Boxes that a player needs, by the box that they stand in (ISO/IEC 14496-12). All others are made empty."""

TIMED = (b"mvhd", b"tkhd", b"mdhd")
"""Boxes that begin with when the film was made and changed."""
HANDLER_NAME = 24
COMPRESSOR = slice(50, 82)
"""In the entry of a picture's format: whose program made it."""
PICTURES = (b"avc1", b"hvc1", b"hev1", b"mp4v", b"av01", b"vp09")
SOUNDS = (b"mp4a", b"Opus")
BRANDS = 64
"""Bytes of a list of brands, at most."""


def video_note(data: bytes) -> bytes:
    """The same film, of the same length: boxes that no player needs are empty, and times and names in the others.

    The pictures and sounds themselves are not touched. Raises Refused for what is no plain MP4.
    """
    clean = bytearray(data)
    found = _emptied(clean, 0, len(clean), b"")
    if not {b"ftyp", b"moov", b"mdat"} <= found:
        raise Refused
    return bytes(clean)


def _emptied(film: bytearray, at: int, end: int, holder: bytes) -> set[bytes]:
    """Empties what is not needed between two places; the names of what is there and stays."""
    found = set()
    while at < end:
        if end - at < 8:
            raise Refused
        size, name, head = int.from_bytes(film[at : at + 4], "big"), bytes(film[at + 4 : at + 8]), 8
        if size == 1:
            size, head = int.from_bytes(film[at + 8 : at + 16], "big"), 16
        elif size == 0 and not holder:
            size = end - at
        if size < head or at + size > end:
            raise Refused
        if name in INSIDE[holder]:
            found.add(name)
            _kept(film, at + head, at + size, name)
        else:
            film[at + 4 : at + 8] = b"free"
            film[at + head : at + size] = bytes(size - head)
        at += size
    return found


def _kept(film: bytearray, at: int, end: int, name: bytes) -> None:
    """Empties what a box holds beside what a player needs."""
    if name in INSIDE:
        _emptied(film, at, end, name)
    elif name in TIMED:
        size = 16 if film[at : at + 1] == b"\1" else 8
        if end - at < 4 + size:
            raise Refused
        film[at + 4 : at + 4 + size] = bytes(size)
    elif name == b"hdlr":
        film[at + HANDLER_NAME : end] = bytes(max(0, end - at - HANDLER_NAME))
    elif name == b"stsd":
        _formats(film, at + 8, end)
    elif name == b"ftyp" and end - at > BRANDS:
        raise Refused


def _formats(film: bytearray, at: int, end: int) -> None:
    while at < end:
        size, name = int.from_bytes(film[at : at + 4], "big"), bytes(film[at + 4 : at + 8])
        if name not in PICTURES + SOUNDS or size < 16 or at + size > end:
            raise Refused
        if name in PICTURES:
            if size < COMPRESSOR.stop:
                raise Refused
            film[at + COMPRESSOR.start : at + COMPRESSOR.stop] = bytes(COMPRESSOR.stop - COMPRESSOR.start)
        at += size


PDF = b"%PDF-"
XMP = re.compile(rb"<x:x[am]pmeta.*?</x:x[am]pmeta>", re.DOTALL)
INFO = re.compile(rb"/Info\s+(\d+)\s+(\d+)\s+R")
METADATA = re.compile(rb"/Type\s*/Metadata")
ELSEWHERE = re.compile(rb"(\d+)\s+(\d+)\s+R(?![A-Za-z])")
"""A value that is an object of its own (ISO 32000-1, 7.3.10)."""


def document(data: bytes) -> bytes:
    """The same PDF, of the same length: what it says of its author, her programs and times is empty.

    That is its document information (ISO 32000-1, 14.3.3) and its XMP. Where these cannot be read, because the file is
    encrypted or has them compressed, it is Refused: any program prints it anew without that. What stands on the pages,
    with comments and files inside, is not touched.
    """
    if not data.startswith(PDF) or b"/Encrypt" in data:
        raise Refused
    clean = bytearray(data)
    for found in XMP.finditer(data):
        clean[found.start() : found.end()] = b" " * (found.end() - found.start())
    if len(XMP.findall(data)) < len(METADATA.findall(data)):
        raise Refused
    told = set(INFO.findall(data))
    for _ in range(2):  # its values may be objects of their own
        told |= {one for number in told for begin, end in _objects(data, number)
                 for one in ELSEWHERE.findall(data, begin, end)}  # fmt: skip
    for number in told:
        for begin, end in _objects(data, number):
            _without_strings(clean, begin, end)
    return bytes(clean)


def _objects(data: bytes, number: tuple[bytes, bytes]) -> list[tuple[int, int]]:
    """Where an object stands, once for each time that the file was changed. Raises Refused when it is nowhere in the
    open."""
    found = re.finditer(rb"(?<!\d)%b\s+%b\s+obj\b(.*?)endobj" % number, data, re.DOTALL)
    places = [match.span(1) for match in found]
    if not places:
        raise Refused
    return places


def _without_strings(clean: bytearray, at: int, end: int) -> None:
    """Blanks in the place of the strings of an object (ISO 32000-1, 7.3.4). Raises Refused for one without an end, and
    for a stream: that is none of what tells of a document."""
    depth, since = 0, at
    if b"stream" in clean[at:end]:
        raise Refused
    while at < end:
        letter = clean[at : at + 1]
        if letter == b"\\" and depth:
            at += 1
        elif letter == b"(":
            depth, since = depth + 1, at + 1 if depth == 0 else since
        elif letter == b")" and depth:
            depth -= 1
            if depth == 0:
                clean[since:at] = b" " * (at - since)
        elif letter == b"<" and depth == 0 and clean[at : at + 2] != b"<<":
            over = clean.find(b">", at, end)
            if over < 0:
                raise Refused
            clean[at + 1 : over] = b" " * (over - at - 1)
            at = over
        elif letter == b"<" and depth == 0:
            at += 1
        at += 1
    if depth:
        raise Refused


CLEANERS: dict[str, Callable[[bytes], bytes]] = {
    "photo": photo, "voice": voice, "video_note": video_note, "document": document,
}  # fmt: skip


def bound() -> None:
    """Never more time or memory than this, also when nobody is there any more to kill it; and others go first."""
    signal.alarm(SECONDS + 2)
    limits = {
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        with contextlib.suppress(ValueError, OSError):  # some systems do not know each of them
            resource.setrlimit(limit, (most, most))
    with contextlib.suppress(OSError):
        os.nice(5)


def main(kind: str) -> int:
    """Exit code 0 with the clean file on standard output, or REFUSED; nothing is ever printed of the file."""
    bound()
    try:
        clean = CLEANERS[kind](sys.stdin.buffer.read())
    except Exception:
        return REFUSED
    sys.stdout.buffer.write(clean)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
