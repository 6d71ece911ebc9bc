"""What records never show, though the model does not say so."""

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
MARKS = (HIDDEN, "<sensitiveDataRemoved>", "***", "****")
# Members that are secret by their names in every service, without regard to case.
NAMES = {
    "adminpassword", "authtoken", "clientsecret", "masteruserpassword", "newpassword",
    "oldpassword", "password", "passwords", "plaintext", "previouspassword", "privatekey",
    "secretaccesskey", "secretbinary", "secretstring", "temporarypassword", "userdata",
    "webidentitytoken",
}
# What a service's records do not show of the data that its calls carry, by model names.
DATA = {
    "cloudformation": {"ParameterValue"},
    "events": {"Detail"},
    "firehose": {"Data"},
    "kinesis": {"Data"},
    "kms": {"CiphertextBlob", "Mac", "Message", "Signature"},
    "logs": {"logEvents"},
    "ses": {"Message", "RawMessage"},
    "sesv2": {"Content"},
    "sns": {"Message", "MessageAttributes", "Subject"},
    "sqs": {"MessageAttributes", "MessageBody", "MessageSystemAttributes"},
    "ssm": {"Content"},
}


class Secret:
    """Stands where a secret was sent."""

    def __repr__(self):
        return "SECRET"


SECRET = Secret()


# The same for single operations.
DATA_OF = {("apigateway", "CreateApiKey"): {"value"}}


def known_secret(service, operation, member):
    """Whether a member, or the value of a map's key, is never shown."""
    data = DATA.get(service, set()) | DATA_OF.get((service, operation), set())
    return member.lower() in NAMES or member in data


def hides(found):
    """Whether nothing of a secret is left in `found`."""
    if isinstance(found, dict):
        return all(hides(each) for each in found.values())
    if isinstance(found, list):
        return all(hides(each) for each in found)
    return found is None or found in MARKS
