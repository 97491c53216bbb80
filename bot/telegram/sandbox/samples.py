"""Small files as telephones make them: a picture, a voice, a round video; and what Telegram says of a picture."""

from __future__ import annotations

import io
import random
import struct

from PIL import Image

SIDES = 10_000
"""Pixels of a photo's width and height together."""
RATIO = 20
LARGEST_PHOTO = 10 * 1024 * 1024
"""Bytes: https://core.telegram.org/bots/api#sendphoto."""
LARGEST_DOWNLOAD = 20 * 1024 * 1024
"""Bytes: https://core.telegram.org/bots/api#getfile."""
SMALL = 90


def picture(width: int = 640, height: int = 480) -> bytes:
    """A JPEG in a colour of its own."""
    made = io.BytesIO()
    colour = (random.randrange(256), random.randrange(256), random.randrange(256))
    Image.new("RGB", (width, height), colour).save(made, "JPEG")
    return made.getvalue()


def sides(data: bytes) -> tuple[int, int] | None:
    """Width and height of a picture; None for what is none."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except Exception:
        return None


def thumbnail(data: bytes) -> bytes:
    """The small size that Telegram makes of a photo; something of that kind for what is no picture."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("RGB", (SMALL, SMALL))
            small = image.convert("RGB")
            small.thumbnail((SMALL, SMALL))
    except Exception:
        return picture(SMALL, SMALL)
    made = io.BytesIO()
    small.save(made, "JPEG")
    return made.getvalue()


def page(body: bytes, flags: int, number: int, serial: int = 7) -> bytes:
    """One Ogg page with one packet on it."""
    lacing = bytes([255] * (len(body) // 255) + [len(body) % 255])
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 960 * number, serial, number, 0, len(lacing)) + lacing
    check = 0
    for byte in head + body:
        check ^= byte << 24
        for _ in range(8):
            check = ((check << 1) ^ (0x04C11DB7 if check & 0x80000000 else 0)) & 0xFFFFFFFF
    return head[:22] + check.to_bytes(4, "little") + head[26:] + body


def voice(*comments: str, vendor: str = "libopus 1.4", sound: bytes | None = None) -> bytes:
    """A recording in Ogg and Opus, with these comments ("ARTIST=...") in its header."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    texts = [vendor.encode(), *(comment.encode() for comment in comments)]
    packed = [len(text).to_bytes(4, "little") + text for text in texts]
    tags = b"OpusTags" + packed[0] + len(comments).to_bytes(4, "little") + b"".join(packed[1:])
    heard = random.randbytes(100) if sound is None else sound
    return page(head, 2, 0) + page(tags, 0, 1) + page(heard, 4, 2)


def box(name: bytes, *inside: bytes) -> bytes:
    """One box of an MP4."""
    body = b"".join(inside)
    return (8 + len(body)).to_bytes(4, "big") + name + body


def video(
    *more: bytes, made: int = 3_600_000_000, program: bytes = b"", handler: bytes = b"", seen: bytes = b""
) -> bytes:
    """A film of no length; `more` are boxes beside its track, `made` when it was made, in seconds since 1904."""
    times = bytes(4) + made.to_bytes(4, "big") * 2
    entry = bytes(8) + bytes(34) + program.ljust(32, b"\0") + bytes(4)
    table = box(b"stbl", box(b"stsd", bytes(4), (1).to_bytes(4, "big"), box(b"avc1", entry)))
    media = box(b"mdia", box(b"mdhd", times, bytes(12)), box(b"hdlr", bytes(8), b"vide", bytes(12), handler + b"\0"),
                box(b"minf", table))  # fmt: skip
    track = box(b"trak", box(b"tkhd", times, bytes(60)), media)
    movie = box(b"moov", box(b"mvhd", times, bytes(80)), track, *more)
    return box(b"ftyp", b"isom", bytes(4)) + movie + box(b"mdat", seen or random.randbytes(100))
