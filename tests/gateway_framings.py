"""Requests as no client should frame them. `@` stands for what tells a test's requests apart."""

# A request that must never be one of its own when it stands in another's body.
INNER = b"GET /b/@-x HTTP/1.1\r\nHost: x\r\nUser-Agent: @-x\r\n\r\n"


def ask(*lines, body=b"", line=b"PUT /b/@-1 HTTP/1.1", agent=b"User-Agent: @-1"):
    """A request with these header lines behind Host and User-Agent."""
    return b"\r\n".join([line, b"Host: x", agent, *lines, b"", body])


def chunked(*lines, body, coding=b"Transfer-Encoding: chunked"):
    return ask(coding, *lines, body=body)


def sized(body):
    """The header that says the length of a body once it is marked."""
    return b"Content-Length: %d" % len(body.replace(b"@", b"m00000"))


ENDED = b"0\r\n\r\n" + INNER

# Name, what is sent, how many requests the upstream may see of it. Where two answers are right
# (refuse, or read it as RFC 9112 says), both are given.
CORPUS = [
    # Two lengths.
    (
        "length then chunked",
        ask(b"Content-Length: 6", b"Transfer-Encoding: chunked", body=ENDED),
        (0, 1),
    ),
    (
        "chunked then length",
        ask(b"Transfer-Encoding: chunked", b"Content-Length: 6", body=ENDED),
        (0, 1),
    ),
    ("chunked then the whole length", chunked(sized(ENDED), body=ENDED), (0, 1)),
    ("two lengths", ask(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"), (0,)),
    ("two equal lengths", ask(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"), (0, 1)),
    ("a list of lengths", ask(b"Content-Length: 5, 5", body=b"hello"), (0, 1)),
    ("a list of two lengths", ask(b"Content-Length: 5, 60", body=b"hello" + INNER), (0,)),
    (
        "two lengths around chunked",
        ask(b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Content-Length: 50", body=ENDED),
        (0, 1),
    ),
    # Lengths that are none.
    *[
        (f"length {value!r}", ask(b"Content-Length: " + value, body=b"hello" + INNER), (0,))
        for value in (
            b"+5",
            b"-5",
            b"0x5",
            b"5.0",
            b"5 5",
            b"5;",
            b"",
            b"five",
            b"1e1",
            b"18446744073709551616",
            b"18446744073709551621",
            b"99999999999999999999999",
            b"\xb5",
            b"5\x00",
            b"5\x0b",
        )
    ],
    ("length 005", ask(b"Content-Length: 005", body=b"hello"), (0, 1)),
    ("a length between tabs", ask(b"Content-Length:\t5\t", body=b"hello"), (1,)),
    ("too short a length", ask(b"Content-Length: 3", body=b"hello" + INNER), (1, 2)),
    ("no length", ask(body=b"hello\r\n\r\n" + INNER), (1, 2)),
    # Chunked that is not quite.
    *[
        (f"coding {coding!r}", chunked(body=ENDED, coding=coding), (0,))
        for coding in (
            b"Transfer-Encoding : chunked",
            b"Transfer-Encoding\t: chunked",
            b" Transfer-Encoding: chunked",
            b"Transfer-Encoding: xchunked",
            b"Transfer-Encoding: chunked, identity",
            b"Transfer-Encoding: \"chunked\"",
            b"Transfer-Encoding: chunked\x00",
            b"Transfer-Encoding: \x0bchunked",
            b"Transfer-Encoding: chunked;q=1",
            b"Transfer-Encoding: ch\xc5\xbfunked",
            b"Transfer-Encoding: gzip",
            b"Transfer-Encoding: ",
            b"Transfer-Encoding: chunked\r\n x",
            b"Transfer-Encoding: x\r\n chunked",
        )
    ],
    *[
        (f"coding {coding!r}", chunked(body=ENDED, coding=coding), (0, 2))
        for coding in (
            b"Transfer-Encoding:chunked",
            b"Transfer-Encoding:\tchunked",
            b"transfer-encoding: CHUNKED",
            b"Transfer-Encoding: chunked ",
            b"Transfer-Encoding: chunked, chunked",
            b"Transfer-Encoding: gzip, chunked",
            b"Transfer-Encoding: identity, chunked",
            b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
            b"Transfer-Encoding: ,chunked",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        )
    ],
    (
        "chunked then identity, two lines",
        chunked(body=ENDED, coding=b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        (0,),
    ),
    (
        "underscores",
        ask(b"Transfer_Encoding: chunked", b"Content_Length: 5", sized(INNER), body=INNER),
        (0, 1),
    ),
    (
        "a coding behind a length",
        ask(b"X: y\nTransfer-Encoding: chunked", b"Content-Length: 5", body=ENDED),
        (0, 1),
    ),
    # Chunks.
    ("chunks", chunked(body=b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"), (1,)),
    ("chunk extensions", chunked(body=b"5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n"), (0, 1)),
    ("an extension with a lone line feed", chunked(body=b"5;a\nhello\r\n0\r\n\r\n" + INNER), (0,)),
    (
        "an endless extension",
        chunked(body=b"5;" + b"a" * 100_000 + b"\r\nhello\r\n0\r\n\r\n"),
        (0,),
    ),
    (
        "many small extensions",
        chunked(body=b"1;aaaaaaaaaaaaaaaa\r\nx\r\n" * 5000 + b"0\r\n\r\n"),
        (0,),
    ),
    *[
        (f"chunk size {size!r}", chunked(body=size + b"\r\nhello\r\n0\r\n\r\n" + INNER), (0,))
        for size in (
            b"0x5",
            b"-5",
            b"+5",
            b"",
            b"g",
            b"5 5",
            b"_5",
            b"FFFFFFFFFFFFFFFFF",
            b"10000000000000005",
            b"100000000000000000000000000000005",
            b"5\x00",
            b"5,",
        )
    ],
    (
        "a chunk size with zeros",
        chunked(body=b"00000000000000000005\r\nhello\r\n0\r\n\r\n"),
        (0, 1),
    ),
    ("a chunk size with a space", chunked(body=b"5 \r\nhello\r\n0\r\n\r\n"), (0, 1)),
    ("too long a chunk", chunked(body=b"4\r\nhello\r\n0\r\n\r\n" + INNER), (0,)),
    ("too short a chunk", chunked(body=b"6\r\nhello\r\n0\r\n\r\n" + INNER), (0,)),
    ("chunks with lone line feeds", chunked(body=b"5\nhello\n0\n\n" + INNER), (0,)),
    ("a last chunk of two zeros", chunked(body=b"5\r\nhello\r\n00\r\n\r\n"), (0, 1)),
    ("trailers", chunked(body=b"5\r\nhello\r\n0\r\nX-T: 1\r\nContent-Length: 9\r\n\r\n"), (0, 1)),
    ("a trailer that is a request", chunked(body=b"0\r\n" + INNER), (0,)),
    ("no last chunk", chunked(body=b"5\r\nhello\r\n"), (0,)),
    ("an endless trailer", chunked(body=b"0\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"), (0,)),
    # Lines.
    ("lone line feeds", ask(b"Content-Length: 5", body=b"hello").replace(b"\r\n", b"\n"), (0, 1)),
    ("a lone carriage return", ask(b"X: a\rContent-Length: 5", body=b"hello"), (0,)),
    ("a carriage return before the colon", ask(b"X\r: a"), (0,)),
    ("obs-fold", ask(b"X: a", b" b", b"Content-Length: 5", body=b"hello"), (0, 1)),
    ("obs-fold of the first", ask(agent=b" User-Agent: @-1"), (0,)),
    ("a line without a colon", ask(b"nothing here"), (0,)),
    ("an empty name", ask(b": x"), (0,)),
    ("a NUL in a value", ask(b"X: a\x00b"), (0,)),
    ("a NUL in a name", ask(b"X\x00: a"), (0,)),
    ("a NUL in the target", ask(line=b"GET /b/@-1\x00 HTTP/1.1"), (0,)),
    ("a control character", ask(b"X: a\x07b"), (0, 1)),
    ("bytes above ASCII", ask(b"X: \xff\xfe", b"Content-Length: 0"), (0, 1)),
    ("a name above ASCII", ask(b"X\xff: y"), (0,)),
    ("a huge header", ask(b"X: " + b"a" * 200_000), (0,)),
    ("many headers", ask(*[b"X-%d: y" % n for n in range(2000)]), (0,)),
    ("no host", b"GET /b/@-1 HTTP/1.1\r\nUser-Agent: @-1\r\n\r\n", (0, 1)),
    ("two hosts", ask(b"Host: y"), (0, 1)),
    ("an empty line first", b"\r\n\r\n" + ask(b"Content-Length: 0"), (0, 1)),
    ("a space first", b" " + ask(), (0,)),
    # Request lines.
    *[
        (f"line {line!r}", ask(line=line), most)
        for line, most in (
            (b"GET http://other/b/@-1 HTTP/1.1", (0, 1)),
            (b"GET //b/@-1 HTTP/1.1", (0, 1)),
            (b"GET https://x@y:99/b/@-1?q HTTP/1.1", (0, 1)),
            (b"GET http:///b/@-1 HTTP/1.1", (0, 1)),
            (b"GET /b/@-1#fragment HTTP/1.1", (0, 1)),
            (b"GET /b/../@-1 HTTP/1.1", (0, 1)),
            (b"GET /b/%2e%2e/@-1 HTTP/1.1", (0, 1)),
            (b"GET /b/@-1%0d%0aX:y HTTP/1.1", (0, 1)),
            (b"GET /b/@-1%zz HTTP/1.1", (0, 1)),
            (b"GET /b\\@-1 HTTP/1.1", (0, 1)),
            (b"GET ?@-1 HTTP/1.1", (0, 1)),
            (b"GET b/@-1 HTTP/1.1", (0,)),
            (b"GET * HTTP/1.1", (0, 1)),
            (b"OPTIONS * HTTP/1.1", (0, 1)),
            (b"GET x:80 HTTP/1.1", (0, 1)),
            (b"GET  /b/@-1 HTTP/1.1", (0,)),
            (b"GET /b/@-1  HTTP/1.1", (0,)),
            (b"GET\t/b/@-1\tHTTP/1.1", (0,)),
            (b"GET /b/ @-1 HTTP/1.1", (0,)),
            (b"GET /b/@-1 HTTP/1.1 ", (0,)),
            (b"GET /b/\xff@-1 HTTP/1.1", (0, 1)),
            (b"get /b/@-1 HTTP/1.1", (0, 1)),
            (b"G\x00T /b/@-1 HTTP/1.1", (0,)),
            (b"FROB /b/@-1 HTTP/1.1", (0, 1)),
            (b"TRACE /b/@-1 HTTP/1.1", (0, 1)),
            (b"CONNECT x:80 HTTP/1.1", (0,)),
            (b"CONNECT /b/@-1 HTTP/1.1", (0,)),
            (b"GET /b/@-1 HTTP/1.2", (0,)),
            (b"GET /b/@-1 HTTP/2.0", (0,)),
            (b"GET /b/@-1 HTTP/9.9", (0,)),
            (b"GET /b/@-1 HTTP/01.1", (0,)),
            (b"GET /b/@-1 http/1.1", (0,)),
            (b"GET /b/@-1 HTTPS/1.1", (0,)),
            (b"GET /b/@-1 HTTP/1.1\rX: y", (0,)),
        )
    ],
    ("a huge target", ask(line=b"GET /b/@-1" + b"a" * 200_000 + b" HTTP/1.1"), (0,)),
    ("HTTP/0.9", b"GET /b/@-1\r\n\r\n", (0,)),
    ("HTTP/1.0", ask(line=b"GET /b/@-1 HTTP/1.0"), (0, 1)),
    (
        "HTTP/1.0 and chunked",
        ask(b"Transfer-Encoding: chunked", body=ENDED, line=b"PUT /b/@-1 HTTP/1.0"),
        (0,),
    ),
    (
        "HTTP/1.0 kept alive",
        ask(
            b"Connection: keep-alive",
            b"Content-Length: 5",
            body=b"hello" + INNER,
            line=b"PUT /b/@-1 HTTP/1.0",
        ),
        (1, 2),
    ),
    # One behind the other.
    ("two requests", ask(b"Content-Length: 5", body=b"hello") + INNER, (2,)),
    ("ten requests", ask(b"Content-Length: 5", body=b"hello") * 10, (10,)),
    ("a request in a body", ask(sized(INNER), body=INNER), (1,)),
    (
        "a request and garbage",
        ask(b"Content-Length: 5", body=b"hello") + b"\x00\x01\x02\r\n\r\n",
        (1,),
    ),
    ("closed by the first", ask(b"Connection: close", b"Content-Length: 0") + INNER, (1,)),
    (
        "a GET with a body",
        ask(b"Content-Length: 5", body=b"hello" + INNER, line=b"GET /b/@-1 HTTP/1.1"),
        (2,),
    ),
    (
        "a HEAD with a body",
        ask(b"Content-Length: 5", body=b"hello" + INNER, line=b"HEAD /b/@-1 HTTP/1.1"),
        (2,),
    ),
    (
        "a GET in chunks",
        ask(
            b"Transfer-Encoding: chunked",
            body=b"5\r\nhello\r\n0\r\n\r\n",
            line=b"GET /b/@-1 HTTP/1.1",
        ),
        (0, 1),
    ),
    ("half a body", ask(b"Content-Length: 500", body=INNER), (0,)),
    ("half a head", b"GET /b/@-1 HTTP/1.1\r\nUser-Agent: @-1\r\n", (0,)),
    # What speaks of one connection.
    (
        "upgrade to h2c",
        ask(
            b"Connection: Upgrade, HTTP2-Settings",
            b"Upgrade: h2c",
            b"HTTP2-Settings: AAMAAABkAAQAAP__",
            line=b"GET /b/@-1 HTTP/1.1",
        ),
        (0, 1),
    ),
    (
        "upgrade to websocket",
        ask(
            b"Connection: Upgrade",
            b"Upgrade: websocket",
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            line=b"GET /b/@-1 HTTP/1.1",
        )
        + INNER,
        (0, 1, 2),
    ),
    ("an h2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (0,)),
    (
        "connection names the length",
        ask(b"Connection: content-length", sized(INNER), body=INNER),
        (0, 1),
    ),
    (
        "connection names the coding",
        chunked(b"Connection: transfer-encoding", body=b"5\r\nhello\r\n0\r\n\r\n"),
        (0, 1),
    ),
    ("connection names the host", ask(b"Connection: host", b"Content-Length: 0"), (0, 1)),
    ("TE", ask(b"TE: trailers, chunked", b"Content-Length: 0"), (0, 1)),
    ("expect", ask(b"Expect: 100-continue", b"Content-Length: 5", body=b"hello"), (0, 1)),
    (
        "expect and a request",
        ask(b"Expect: 100-continue", b"Content-Length: 5", body=b"hello" + INNER),
        (0, 1, 2),
    ),
    ("expect something else", ask(b"Expect: 200-ok", b"Content-Length: 5", body=b"hello"), (0, 1)),
]
