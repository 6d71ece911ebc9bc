"""Makes the calls of the corpus with boto3 and keeps what went over the wire."""

import copy
import urllib.parse
from dataclasses import dataclass, field

import boto3
import botocore.exceptions
import botocore.parsers
import botocore.session
from botocore import xform_name
from botocore.config import Config

# Records are matched to calls by this user agent; the number follows.
AGENT = "fidelity/"
CONFIG = Config(
    retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=60,
    s3={"addressing_style": "path"},
)


@dataclass
class Call:
    """One call: its model and the parameters after the client filled in its own, the request as
    sent, and the answer. `status` is 0 where none came."""

    number: int
    script: str
    service: str
    model: object
    params: dict = field(default_factory=dict)
    method: str = ""
    url: str = ""
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    status: int = 0
    error: str | None = None
    request_id: str | None = None

    @property
    def title(self):
        return f"{self.service} {self.model.name} #{self.number}"

    @property
    def answered(self):
        return self.status > 0


@dataclass(frozen=True)
class Target:
    """Where calls go, and as whom."""

    endpoint: str
    region: str
    key: str
    secret: str


class Driver:
    """Runs scripts against one target. `calls` has every call in order; `broken` names the scripts
    that ended early, with the reason."""

    def __init__(self, target):
        self.target = target
        self.calls, self.broken = [], []

    def run(self, script):
        try:
            script.run(_Caller(self, script))
        except Exception as reason:
            self.broken.append((script.title, repr(reason)))

    def client(self, script):
        session = botocore.session.get_session()
        if script.protocol:
            model = session.get_component("data_loader").load_service_model(
                script.service, "service-2"
            )
            model["metadata"]["protocols"] = [script.protocol]
        target = self.target
        return boto3.Session(botocore_session=session).client(
            script.service, endpoint_url=target.endpoint,
            region_name=script.region or target.region,
            aws_access_key_id=target.key, aws_secret_access_key=target.secret, config=CONFIG,
        )


class _Caller:
    def __init__(self, driver, script):
        self.driver, self.script = driver, script
        self.client = driver.client(script)
        self.call = None
        events = self.client.meta.events
        events.register_last("before-parameter-build", self._keep_params)
        events.register_last("before-send", self._keep_request)
        events.register_first("before-parse", self._keep_answer)

    def __call__(self, operation, **params):
        model = self.client.meta.service_model.operation_model(operation)
        number = len(self.driver.calls)
        self.call = Call(number, self.script.title, self.script.service, model)
        try:
            return getattr(self.client, xform_name(operation))(**params)
        except botocore.exceptions.ClientError as refused:
            self.call.error = refused.response.get("Error", {}).get("Code")
            return refused.response
        except botocore.exceptions.ParamValidationError:
            raise
        except (botocore.exceptions.BotoCoreError, botocore.parsers.ResponseParserError) as failed:
            # No answer came, or one that is not in the protocol that was asked in.
            self.call.error = repr(failed)
            return {}
        finally:
            self.driver.calls.append(self.call)

    def _keep_params(self, params, **_):
        self.call.params = copy.deepcopy(params)

    def _keep_request(self, request, **_):
        """The request goes to the target whatever host the client made up for it; that host stays
        in the header, which is what the signature covers."""
        parts = urllib.parse.urlsplit(request.url)
        target = urllib.parse.urlsplit(self.driver.target.endpoint)
        call = self.call
        call.method, call.url = request.method, request.url
        request.headers["User-Agent"] = f"{AGENT}{call.number}"
        if parts.netloc != target.netloc:
            request.headers["Host"] = parts.netloc
            request.url = parts._replace(scheme=target.scheme, netloc=target.netloc).geturl()
        call.headers = {_text(name).lower(): _text(value)
                        for name, value in request.headers.items()}
        call.headers.setdefault("host", parts.netloc)
        call.body = request.body if isinstance(request.body, bytes) else b""

    def _keep_answer(self, response_dict, **_):
        self.call.status = response_dict["status_code"]
        headers = response_dict["headers"]
        self.call.request_id = headers.get("x-amzn-requestid") or headers.get("x-amz-request-id")


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)
