"""The upstream's process: moto, and in front of it what moto has no ear for.

moto does not take CBOR. A call in it gets the empty answer of its operation, or a refusal where it
names what is absent; that is enough for a client, and the call's record does not depend on more.
"""

import sys

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import run_simple

CBOR = "rpc-v2-cbor"
ABSENT = b"fabsent"  # the text "absent" as CBOR writes it, with the length before it


def with_cbor(inner):
    """An application that answers CBOR itself and leaves the rest to `inner`."""

    def answer(environ, start):
        if environ.get("HTTP_SMITHY_PROTOCOL") != CBOR:
            return inner(environ, start)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        absent = ABSENT in body
        given = members({"__type": "ResourceNotFound", "message": "absent"} if absent else {})
        headers = [("Content-Type", "application/cbor"), ("Smithy-Protocol", CBOR),
                   ("Content-Length", str(len(given)))]
        start("404 Not Found" if absent else "200 OK", headers)
        return [given]

    return answer


def members(found):
    """A small map of short texts as CBOR."""
    assert len(found) < 24
    return bytes([0xA0 + len(found)]) + b"".join(
        text(name) + text(value) for name, value in found.items()
    )


def text(value):
    encoded = value.encode()
    assert len(encoded) < 24
    return bytes([0x60 + len(encoded)]) + encoded


def main():
    inner = DomainDispatcherApplication(create_backend_app)
    inner.debug = True
    run_simple("127.0.0.1", int(sys.argv[1]), with_cbor(inner), threaded=True,
               request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main()
