#!/usr/bin/env python3
"""A trivial cloud: enough of S3, DynamoDB and Secrets Manager for the demo to call something.

It checks no signature and keeps everything in memory. `upstream.py PORT` serves until it is ended.
"""

import json
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JSON = "application/x-amz-json-1.1"


class Cloud(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects, tables, lock = {}, {}, threading.Lock()

    def do_GET(self):
        with self.lock:
            found = self.objects.get(self.path)
        if found is None:
            return self.fail_s3(404, "NoSuchKey", "The specified key does not exist.")
        self.answer(200, found, "binary/octet-stream")

    def do_PUT(self):
        body = self.body()
        with self.lock:
            self.objects[self.path] = body
        self.answer(200, b"", "application/xml", Location=self.path)

    def do_DELETE(self):
        with self.lock:
            self.objects.pop(self.path, None)
        self.answer(204, b"", "application/xml")

    def do_POST(self):
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        asked = json.loads(self.body() or b"{}")
        serve = getattr(self, f"on_{operation}", None)
        if serve is None:
            refusal = {"__type": "UnknownOperationException", "message": operation}
            return self.answer(400, json.dumps(refusal).encode(), JSON)
        with self.lock:
            status, found = serve(asked)
        self.answer(status, json.dumps(found).encode(), JSON)

    def on_CreateTable(self, asked):
        name = asked["TableName"]
        if name in self.tables:
            message = f"Table already exists: {name}"
            return 400, {"__type": "ResourceInUseException", "message": message}
        self.tables[name] = []
        return 200, {"TableDescription": {"TableName": name, "TableStatus": "ACTIVE"}}

    def on_CreateSecret(self, asked):
        name = asked["Name"]
        arn = f"arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}-AbCdEf"
        return 200, {"ARN": arn, "Name": name, "VersionId": str(uuid.uuid4())}

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def fail_s3(self, status, code, message):
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        self.answer(status, text.encode(), "application/xml")

    def answer(self, status, body, kind, **headers):
        self.send_response(status)
        request = uuid.uuid4().hex[:16].upper()
        for name, value in {
            "Content-Type": kind, "Content-Length": len(body),
            "x-amz-request-id": request, "x-amzn-RequestId": request, **headers,
        }.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Cloud).serve_forever()
