"""A server whose bucket is judged: an S3, and what CloudTrail says of a trail and of its keys. It
believes whoever signs.
"""

import base64
import calendar
import json
import time

from .bucket_store import Store, Write, render


class Judged(Store):
    """`public_keys` are ListPublicKeys' entries by Region."""

    def __init__(self, trail, bucket, public_keys, port=0):
        self.trail, self.public_keys = trail, public_keys
        super().__init__(port=port)
        self.bucket = self.create(bucket, versioning="Enabled")

    @classmethod
    def of(cls, world):
        """Serves a document of the example `judged_buckets`."""
        keys = {region: [key] for region, key in world["publicKeys"].items()}
        server = cls(world["trail"], world["bucket"], keys)
        for entry in world["objects"]:
            server.keep(
                entry["key"], base64.b64decode(entry["body"]), entry["metadata"] or {},
                entry["modified"], entry["deleteMarker"],
            )
        return server

    def keep(self, key, body, metadata, modified, marker=False):
        """Puts one version of an object, the newest last."""
        versions = self.bucket.objects.setdefault(key, [])
        if marker:
            versions.append(None)
            return
        headers = {f"x-amz-meta-{name}": value for name, value in metadata.items()}
        at = calendar.timegm(time.strptime(modified, "%Y-%m-%dT%H:%M:%SZ"))
        number = len(versions)
        version = f"v{number}"
        versions.append(
            Write(number, self.bucket.name, key, body, "0" * 32, version, headers, at, number > 0)
        )

    def answer(self, request):
        operation = request.header("X-Amz-Target").rpartition(".")[2]
        if not operation:
            return super().answer(request)
        told = self.told(operation, region_of(request))
        status = 200 if told is not None else 400
        body = told if told is not None else {"__type": "UnknownOperationException"}
        kind = {"Content-Type": "application/x-amz-json-1.1"}
        return render(status, kind, json.dumps(body).encode())

    def told(self, operation, region):
        if operation == "ListPublicKeys":
            return {"PublicKeyList": self.public_keys.get(region, [])}
        if operation != "DescribeTrails":
            return None
        _, _, _, home, _, name = self.trail.split(":")
        return {
            "trailList": [{
                "Name": name.removeprefix("trail/"),
                "TrailARN": self.trail,
                "HomeRegion": home,
                "S3BucketName": self.bucket.name,
                "IsMultiRegionTrail": True,
                "IsOrganizationTrail": False,
                "LogFileValidationEnabled": True,
            }]
        }


def region_of(request):
    """The Region that a request is signed for."""
    _, _, scope = request.header("Authorization").partition("Credential=")
    parts = scope.split("/")
    return parts[2] if len(parts) > 2 else ""
