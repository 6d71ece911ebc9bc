"""Secrets planted in requests and answers of AWS operations, and the search for them afterwards."""

import base64
import json
import re
import secrets
from xml.sax import saxutils

from botocore import xform_name

MAGIC = b"\x28\xb5\x2f\xfd"
PLANTED = re.compile(rb"Zq[0-9a-f]{28}")
# What may be base64 of something with a planted text in it.
RUN = re.compile(rb"[A-Za-z0-9+/]{40,}")


class Garden:
    """Every secret by its label, such as `rds CreateDBInstance MasterUserPassword`."""

    def __init__(self):
        self.labels = {}

    def secret(self, label):
        """A text that is nowhere else; of letters and digits, so that none is encoded."""
        assert label not in self.labels.values(), label
        text = "Zq" + secrets.token_hex(14)
        self.labels[text.encode()] = label
        return text

    def found_in(self, data):
        """The labels of what is in these bytes, as it is or in base64 at any offset."""
        texts = {text for reading in _readings(data) for text in PLANTED.findall(reading)}
        return sorted(self.labels[text] for text in texts if text in self.labels)


def _readings(data):
    yield data
    for run in RUN.findall(data):
        for offset in range(4):
            whole = (len(run) - offset) // 4 * 4
            yield base64.b64decode(run[offset : offset + whole])


def unpacked(data, decompress):
    """The bytes, and those of every frame of zstd in them; `decompress` raises for what is none."""
    out, at, view = [data], data.find(MAGIC), memoryview(data)
    while at >= 0:
        try:
            out.append(decompress(view[at:]))
        except Exception:
            pass
        at = data.find(MAGIC, at + 1)
    return b"\n".join(out)


class Operation:
    """One operation of a boto3 client."""

    def __init__(self, client, name):
        self.client, self.name = client, name
        self.service = client.meta.service_model
        self.model = self.service.operation_model(name)
        self.protocol = self.service.resolved_protocol

    def call(self, path, value):
        """Sends a request with the value at the path, and gives what the client made of it."""
        params = nest(path, value, self.model.input_shape) if path else {}
        self._fill(params)
        try:
            return getattr(self.client, xform_name(self.name))(**params)
        except Exception as error:
            return error

    def answer(self, path, value):
        """Headers and body of an answer with the value at the path, as the service sends it."""
        shape = self.model.output_shape
        tree = nest(path, value, shape) if path else {}
        headers = []
        if not self.protocol.startswith(("json", "rest-json")):
            return [("Content-Type", "text/xml")], self._xml(shape, tree)
        if shape is None:
            return headers, b"{}"
        payload = shape.serialization.get("payload")
        if payload:
            member = shape.members[payload]
            if member.type_name == "blob":
                return headers, str(tree.get(payload, "")).encode()
            shape, tree = member, tree.get(payload, {})
        body = json.dumps(_wire(shape, tree)).encode()
        return [("Content-Type", "application/json")], body

    def _fill(self, params):
        """What the client cannot do without: the parts of the path."""
        shape = self.model.input_shape
        for name in shape.required_members if shape else ():
            member = shape.members[name]
            if member.serialization.get("location") == "uri" or member.type_name == "string":
                params.setdefault(name, "name-of-it")

    def _xml(self, shape, tree):
        if shape is None:
            return f"<{self.name}Response/>".encode()
        inner = _elements(shape, tree)
        wrapper = shape.serialization.get("resultWrapper")
        if wrapper:
            inner = f"<{wrapper}>{inner}</{wrapper}>"
        return f"<{self.name}Response>{inner}</{self.name}Response>".encode()


def nest(path, value, shape):
    """The value in structures, lists and maps, as the path names them: `Users[].Password`."""
    name, _, rest = path.partition(".")
    listed, name = name.endswith("[]"), name.removesuffix("[]")
    if shape.type_name == "map":
        return {name: nest(rest, value, shape.value) if rest else value}
    member = shape.members[name]
    inner = member.member if listed else member
    found = nest(rest, value, inner) if rest else value
    if not rest and inner.type_name == "blob":
        found = value.encode()
    return {name: [found] if listed else found}


def _wire(shape, value):
    if shape.type_name == "structure":
        return {
            shape.members[n].serialization.get("name", n): _wire(shape.members[n], v)
            for n, v in value.items()
        }
    if shape.type_name == "list":
        return [_wire(shape.member, each) for each in value]
    if shape.type_name == "map":
        return {name: _wire(shape.value, each) for name, each in value.items()}
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _elements(shape, value):
    out = ""
    for name, each in value.items():
        member = shape.members[name]
        wire = member.serialization.get("name", name)
        if member.type_name == "list":
            item = member.member.serialization.get("name", "member")
            inner = "".join(_text(member.member, one) for one in each)
            out += f"<{wire}><{item}>{inner}</{item}></{wire}>"
        else:
            out += f"<{wire}>{_text(member, each)}</{wire}>"
    return out


def _text(shape, value):
    if shape.type_name == "structure":
        return _elements(shape, value)
    return saxutils.escape(base64.b64encode(value).decode() if isinstance(value, bytes) else value)
