"""Whether an Ed25519 signature holds (RFC 8032), slowly and without a library."""

import hashlib

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)


def verifies(public_key, text, signature):
    """Of 32, any and 64 bytes."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    key, point = _point(public_key), _point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or point is None or scalar >= _ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public_key + text).digest()
    challenge = int.from_bytes(hashed, "little") % _ORDER
    return _times(scalar, _BASE) == _plus(point, _times(challenge, key))


def _plus(one, other):
    (x1, y1), (x2, y2) = one, other
    product = _D * x1 * x2 * y1 * y2 % _P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, _P) % _P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, _P) % _P
    return x, y


def _times(scalar, point):
    found = (0, 1)
    while scalar:
        if scalar & 1:
            found = _plus(found, point)
        point = _plus(point, point)
        scalar >>= 1
    return found


def _point(encoded):
    """`None` where the bytes are no point of the curve."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    return (_P - x if x & 1 != sign else x), y


_BASE = _point((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
