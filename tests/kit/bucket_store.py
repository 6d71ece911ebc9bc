"""An S3 of one process, with nothing on disk: buckets, policies, objects, versions, lists. It keeps
every write that it accepted, in order, so that it can say afterwards what was done.

It checks what S3 checks of a body (length, MD5, SHA-256) and no signature.
"""

import base64
import hashlib
import json
import threading
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from .wire import Server

XML = "http://s3.amazonaws.com/doc/2006-03-01/"
PAGE = 1000
# What a bucket says of a setting that it does not have.
ABSENT = {
    "policy": ("NoSuchBucketPolicy", "The bucket policy does not exist"),
    "tagging": ("NoSuchTagSet", "The TagSet does not exist"),
    "lifecycle": ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    "object-lock": (
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    ),
    "encryption": (
        "ServerSideEncryptionConfigurationNotFoundError",
        "The server side encryption configuration was not found",
    ),
}


@dataclass(frozen=True)
class Write:
    """One object that was accepted."""

    number: int
    bucket: str
    key: str
    body: bytes
    etag: str
    version: str
    headers: dict
    at: float
    # The key had an object before.
    over: bool


@dataclass
class Bucket:
    name: str
    region: str
    owner: str | None = None
    policy: str | None = None
    versioning: str = ""
    # By key, the oldest first; `None` is a delete marker.
    objects: dict = field(default_factory=dict)

    def current(self, key):
        versions = self.objects.get(key)
        return versions[-1] if versions else None


class Refusal(Exception):
    def __init__(self, status, code, message):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class Store:
    """Use as a context manager, or call `close`. `conditional=False` ignores If-None-Match, as some
    stores do.
    """

    def __init__(self, region="us-east-1", conditional=True, port=0):
        self.region, self.conditional = region, conditional
        self.buckets = {}
        self.writes = []
        self.deletes = []
        self._lock = threading.RLock()
        self.server = Server(self.answer, port)
        self.url = self.server.url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.close()

    def create(self, name, policy=None, versioning=""):
        with self._lock:
            self.buckets[name] = Bucket(name, self.region, policy=policy, versioning=versioning)
        return self.buckets[name]

    def written(self, prefix="", bucket=None):
        """Accepted writes, in order."""
        with self._lock:
            found = list(self.writes)
        return [w for w in found if w.key.startswith(prefix) and bucket in (None, w.bucket)]

    def objects(self, bucket, prefix=""):
        """Current objects by key."""
        with self._lock:
            held = self.buckets[bucket]
            keys = sorted(key for key in held.objects if key.startswith(prefix))
            return {key: write.body for key in keys if (write := held.current(key))}

    def overwritten(self, prefix=""):
        """Keys that were written more than once, with their writes."""
        found = {}
        for write in self.written(prefix):
            found.setdefault((write.bucket, write.key), []).append(write)
        return {place: writes for place, writes in found.items() if len(writes) > 1}

    def judge(self, expected, ids_in, prefix=""):
        """What is wrong with what is held: `{"missing": […], "duplicate": […], …}`, empty where all
        is as it must be.

        `expected` are ids; `ids_in(key, body)` gives those within an object, none for one that does
        not count. A key that was written twice is wrong even with the same bytes.
        """
        found = {}
        for bucket in list(self.buckets):
            for key, body in self.objects(bucket, prefix).items():
                for one in ids_in(key, body):
                    found.setdefault(one, []).append(key)
        expected = set(expected)
        wrong = {
            "missing": sorted(expected - found.keys()),
            "invented": sorted(found.keys() - expected),
            "duplicate": sorted(one for one, keys in found.items() if len(keys) > 1),
            "overwritten": sorted(key for _, key in self.overwritten(prefix)),
        }
        return {kind: ids for kind, ids in wrong.items() if ids}

    def answer(self, request):
        """The bytes of the answer to a request."""
        head = request.method == "HEAD"
        try:
            with self._lock:
                status, headers, body = self._handle(request)
        except Refusal as no:
            status, headers, body = no.status, {}, error_body(no.code, no.message)
        return render(status, headers, body, head)

    def _handle(self, request):
        path, _, query = request.target.partition("?")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        bucket, _, key = urllib.parse.unquote(path).lstrip("/").partition("/")
        if not bucket:
            return self._list_buckets(request)
        if key:
            return self._object(request, self._bucket(bucket), key, query)
        return self._of_bucket(request, bucket, query)

    def _bucket(self, name):
        found = self.buckets.get(name)
        if found is None:
            raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist")
        return found

    def _list_buckets(self, request):
        if request.method != "GET":
            raise _not_allowed()
        names = "".join(
            f"<Bucket><Name>{escape(name)}</Name><CreationDate>2026-01-01T00:00:00.000Z"
            "</CreationDate></Bucket>" for name in sorted(self.buckets)
        )
        return _xml("ListAllMyBucketsResult", f"<Buckets>{names}</Buckets>")

    def _of_bucket(self, request, name, query):
        method = request.method
        if method == "PUT" and not query:
            if name in self.buckets:
                text = "Your previous request to create the named bucket succeeded"
                raise Refusal(409, "BucketAlreadyOwnedByYou", text)
            self.create(name)
            return 200, {"Location": f"/{name}"}, b""
        bucket = self._bucket(name)
        if method == "POST" and "delete" in query:
            raise _not_implemented()
        if method == "DELETE" and not query:
            if any(bucket.current(key) for key in bucket.objects):
                raise Refusal(409, "BucketNotEmpty", "The bucket you tried to delete is not empty")
            del self.buckets[name]
            return 204, {}, b""
        if method == "HEAD":
            return 200, {"x-amz-bucket-region": bucket.region}, b""
        for setting in ("policy", "versioning", "location", "acl", "requestPayment", *ABSENT):
            if setting in query:
                return self._setting(request, bucket, setting)
        if method != "GET":
            raise _not_allowed()
        if "versions" in query:
            return self._versions(bucket, query)
        return self._list(bucket, query)

    def _setting(self, request, bucket, setting):
        method, body = request.method, payload(request)
        if setting == "policy" and method == "PUT":
            try:
                json.loads(body)
            except ValueError:
                raise Refusal(400, "MalformedPolicy", "Policies must be valid JSON") from None
            bucket.policy = body.decode()
            return 204, {}, b""
        if setting == "policy" and method == "DELETE":
            bucket.policy = None
            return 204, {}, b""
        if setting == "versioning" and method == "PUT":
            bucket.versioning = "Enabled" if b"<Status>Enabled<" in body else "Suspended"
            return 200, {}, b""
        if method != "GET":
            raise _not_allowed()
        if setting == "policy" and bucket.policy is not None:
            return 200, {"Content-Type": "application/json"}, bucket.policy.encode()
        if setting == "versioning":
            status = f"<Status>{bucket.versioning}</Status>" if bucket.versioning else ""
            return _xml("VersioningConfiguration", status)
        if setting == "location":
            return _xml("LocationConstraint", "" if bucket.region == "us-east-1" else bucket.region)
        if setting == "requestPayment":
            return _xml("RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>")
        if setting == "acl":
            owner = "<ID>owner</ID>"
            grantee = (
                '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
                f'xsi:type="CanonicalUser">{owner}</Grantee>'
            )
            grant = f"<Grant>{grantee}<Permission>FULL_CONTROL</Permission></Grant>"
            return _xml(
                "AccessControlPolicy",
                f"<Owner>{owner}</Owner><AccessControlList>{grant}</AccessControlList>",
            )
        raise Refusal(404, *ABSENT[setting])

    def _object(self, request, bucket, key, query):
        method = request.method
        if method == "PUT" and not query.keys() - {"x-id"}:
            return self._put(request, bucket, key)
        if method in ("GET", "HEAD") and not query.keys() - {"x-id", "versionId"}:
            return self._get(request, bucket, key, query.get("versionId"))
        if method == "DELETE" and not query.keys() - {"x-id"}:
            return self._delete(bucket, key)
        raise _not_implemented()

    def _put(self, request, bucket, key):
        body = payload(request)
        check_body(request, body)
        over = bucket.current(key) is not None
        condition = request.header("If-None-Match")
        if condition and condition != "*":
            raise _not_implemented()
        if condition and over and self.conditional:
            text = "At least one of the pre-conditions you specified did not hold"
            raise Refusal(412, "PreconditionFailed", text)
        headers = {name.lower(): value for name, value in request.headers}
        kept = {name: value for name, value in headers.items() if _is_kept(name)}
        # What the body was sent in, the object does not have.
        coding = [c.strip() for c in kept.pop("content-encoding", "").split(",")]
        if coding := ",".join(c for c in coding if c not in ("", "aws-chunked")):
            kept["content-encoding"] = coding
        version = uuid.uuid4().hex if bucket.versioning == "Enabled" else "null"
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        number = len(self.writes) + 1
        write = Write(number, bucket.name, key, body, etag, version, kept, time.time(), over)
        self.writes.append(write)
        versions = bucket.objects.setdefault(key, [])
        if bucket.versioning != "Enabled":
            versions[:] = [old for old in versions if old and old.version != "null"]
        versions.append(write)
        return 200, _about(write, of_put=True), b""

    def _get(self, request, bucket, key, version):
        if version:
            held = [one for one in bucket.objects.get(key, []) if one and one.version == version]
            if not held:
                text = "The specified version does not exist."
                raise Refusal(404, "NoSuchVersion", text)
            write = held[-1]
        elif not (write := bucket.current(key)):
            raise Refusal(404, "NoSuchKey", "The specified key does not exist.")
        headers, body = _about(write), write.body
        span = request.header("Range")
        if span.startswith("bytes=") and body:
            first, _, last = span.removeprefix("bytes=").partition("-")
            begin = int(first) if first else max(0, len(body) - int(last))
            end = min(int(last), len(body) - 1) if first and last else len(body) - 1
            if begin > end:
                raise Refusal(416, "InvalidRange", "The requested range is not satisfiable")
            headers["Content-Range"] = f"bytes {begin}-{end}/{len(body)}"
            return 206, headers, body[begin : end + 1]
        return 200, headers, body

    def _delete(self, bucket, key):
        if bucket.current(key):
            self.deletes.append((bucket.name, key))
            if bucket.versioning == "Enabled":
                bucket.objects[key].append(None)
            else:
                del bucket.objects[key]
        return 204, {}, b""

    def _list(self, bucket, query):
        second = query.get("list-type") == "2"
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        if second:
            after = query.get("continuation-token") or query.get("start-after", "")
        else:
            after = query.get("marker", "")
        limit = min(int(query.get("max-keys", PAGE)), PAGE)
        entries, last, more = _page(
            [key for key in bucket.objects if bucket.current(key)], prefix, delimiter, after, limit
        )
        code = _coder(query)
        parts = [f"<Name>{escape(bucket.name)}</Name><Prefix>{code(prefix)}</Prefix>"]
        parts.append(f"<MaxKeys>{limit}</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>")
        if query.get("encoding-type") == "url":
            parts.append("<EncodingType>url</EncodingType>")
        if delimiter:
            parts.append(f"<Delimiter>{code(delimiter)}</Delimiter>")
        if second:
            parts.append(f"<KeyCount>{len(entries)}</KeyCount>")
            if more:
                parts.append(f"<NextContinuationToken>{escape(last)}</NextContinuationToken>")
        else:
            parts.append(f"<Marker>{code(after)}</Marker>")
            if more and delimiter:
                parts.append(f"<NextMarker>{code(last)}</NextMarker>")
        for key, is_prefix in entries:
            if is_prefix:
                parts.append(f"<CommonPrefixes><Prefix>{code(key)}</Prefix></CommonPrefixes>")
            else:
                parts.append(f"<Contents>{_entry(bucket.current(key), code)}</Contents>")
        return _xml("ListBucketResult", "".join(parts))

    def _versions(self, bucket, query):
        prefix, after = query.get("prefix", ""), query.get("key-marker", "")
        limit = min(int(query.get("max-keys", PAGE)), PAGE)
        keys = sorted(k for k in bucket.objects if k.startswith(prefix) and k > after)
        code = _coder(query)
        parts, count, last, more = [], 0, "", False
        for key in keys:
            # A page ends between keys, so it needs no version to go on from.
            if count >= limit:
                more = True
                break
            versions = bucket.objects[key]
            for index, write in reversed(list(enumerate(versions))):
                latest = str(index == len(versions) - 1).lower()
                if write is None:
                    parts.append(
                        f"<DeleteMarker><Key>{code(key)}</Key><VersionId>marker-{index}</VersionId>"
                        f"<IsLatest>{latest}</IsLatest></DeleteMarker>"
                    )
                else:
                    parts.append(
                        f"<Version>{_entry(write, code)}<VersionId>{write.version}</VersionId>"
                        f"<IsLatest>{latest}</IsLatest></Version>"
                    )
                count += 1
            last = key
        head = f"<Name>{escape(bucket.name)}</Name><Prefix>{code(prefix)}</Prefix>"
        head += f"<MaxKeys>{limit}</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>"
        if query.get("encoding-type") == "url":
            head += "<EncodingType>url</EncodingType>"
        if more:
            head += f"<NextKeyMarker>{code(last)}</NextKeyMarker>"
        return _xml("ListVersionsResult", head + "".join(parts))


def payload(request):
    """The object's bytes: a body in aws-chunked encoding is taken out of its frames."""
    if not request.header("x-amz-content-sha256").startswith("STREAMING-"):
        return request.body
    body, at = bytearray(), 0
    while True:
        end = request.body.index(b"\r\n", at)
        size = int(request.body[at:end].partition(b";")[0], 16)
        if size == 0:
            break
        body += request.body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2
    return bytes(body)


def check_body(request, body):
    """Raises what S3 says of a body that is not what its headers claim."""
    claimed = request.header("x-amz-content-sha256")
    if len(claimed) == 64 and claimed != hashlib.sha256(body).hexdigest():
        text = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise Refusal(400, "XAmzContentSHA256Mismatch", text)
    for name, digest in (("Content-MD5", "md5"), ("x-amz-checksum-sha256", "sha256")):
        claimed = request.header(name)
        if claimed and claimed != base64.b64encode(hashlib.new(digest, body).digest()).decode():
            text = f"The {name} you specified did not match what we received."
            raise Refusal(400, "BadDigest", text)
    length = request.header("x-amz-decoded-content-length")
    if length and int(length) != len(body):
        text = "You did not provide the number of bytes specified by the Content-Length header."
        raise Refusal(400, "IncompleteBody", text)


def error_body(code, message):
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>"
        "<RequestId>chaos</RequestId><HostId>chaos</HostId></Error>"
    ).encode()


def render(status, headers, body, head=False):
    """An answer's bytes; to HEAD it has a length and no body."""
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}"]
    if body and "Content-Type" not in headers:
        lines.append("Content-Type: application/xml")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append("x-amz-request-id: chaos")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (b"" if head or status == 204 else body)


def _not_allowed():
    text = "The specified method is not allowed against this resource."
    return Refusal(405, "MethodNotAllowed", text)


def _not_implemented():
    text = "A header or query you provided implies functionality that is not implemented"
    return Refusal(501, "NotImplemented", text)


def _is_kept(name):
    return name.startswith(("x-amz-meta-", "x-amz-server-side-encryption")) or name in (
        "content-type", "content-encoding", "x-amz-checksum-sha256", "x-amz-acl",
    )


def _about(write, of_put=False):
    """Headers of an object, or those of the answer to its put."""
    headers = {"ETag": f'"{write.etag}"'}
    if write.version != "null":
        headers["x-amz-version-id"] = write.version
    for name, value in write.headers.items():
        told = name.startswith(("x-amz-server-side-encryption", "x-amz-checksum-"))
        if told or (not of_put and name != "x-amz-acl"):
            headers[name] = value
    if not of_put:
        headers["Last-Modified"] = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(write.at))
        headers["Accept-Ranges"] = "bytes"
        # Length and type of what follows are for the caller to say.
        headers["Content-Type"] = write.headers.get("content-type", "binary/octet-stream")
        headers.pop("content-type", None)
    return headers


def _entry(write, code):
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(write.at))
    return (
        f"<Key>{code(write.key)}</Key><LastModified>{at}</LastModified>"
        f"<ETag>&quot;{write.etag}&quot;</ETag><Size>{len(write.body)}</Size>"
        "<StorageClass>STANDARD</StorageClass>"
    )


def _coder(query):
    if query.get("encoding-type") == "url":
        return lambda text: urllib.parse.quote(text, safe="/")
    return escape


def _page(keys, prefix, delimiter, after, limit):
    """Entries `(text, is_prefix)` of one page, the last of them, and whether there are more."""
    found, last = [], after
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix):
            continue
        rest = key[len(prefix):]
        text, is_prefix = key, False
        if delimiter and delimiter in rest:
            text, is_prefix = prefix + rest.partition(delimiter)[0] + delimiter, True
        if text.encode() <= after.encode() or (is_prefix and after.startswith(text)):
            continue
        if (text, is_prefix) in found[-1:]:
            continue
        if len(found) == limit:
            return found, last, True
        found.append((text, is_prefix))
        last = text
    return found, last, False


def _xml(name, inside):
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return 200, {}, f'{head}<{name} xmlns="{XML}">{inside}</{name}>'.encode()
