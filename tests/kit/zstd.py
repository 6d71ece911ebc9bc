"""A zstd frame of stored blocks: valid input for any decoder, written without a library."""

_BLOCK = 128 * 1024
_STORED = 0


def compress(body):
    # Single segment, four bytes of content size, no checksum, no dictionary.
    frame = b"\x28\xb5\x2f\xfd\xa0" + len(body).to_bytes(4, "little")
    blocks = [body[i : i + _BLOCK] for i in range(0, len(body), _BLOCK)] or [b""]
    for number, block in enumerate(blocks, 1):
        last = number == len(blocks)
        frame += (last | _STORED << 1 | len(block) << 3).to_bytes(3, "little") + block
    return frame
