"""What records never show, though the model does not always say so."""

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
MARKS = (HIDDEN, "<sensitiveDataRemoved>", "***", "****")
# By service and path of model names; `*` is every key of a map.
KNOWN = {
    ("cloudformation", ("Parameters", "ParameterValue")),
    ("cognito-idp", ("AuthParameters", "*")),
    ("datasync", ("Password",)),
    ("dms", ("Password",)),
    ("ds", ("Password",)),
    ("ec2", ("UserData",)),
    ("elasticache", ("AuthToken",)),
    ("elasticache", ("Passwords",)),
    ("iam", ("Password",)),
    ("lambda", ("Environment", "Variables", "*")),
    ("memorydb", ("AuthenticationMode", "Passwords")),
    ("mq", ("Password",)),
    ("mq", ("Users", "Password")),
    ("rds", ("MasterUserPassword",)),
    ("redshift", ("MasterUserPassword",)),
    ("secretsmanager", ("SecretBinary",)),
    ("secretsmanager", ("SecretString",)),
    ("ssm", ("Value",)),
    ("sts", ("WebIdentityToken",)),
}


class Secret:
    """Stands where a secret was sent."""

    def __repr__(self):
        return "SECRET"


SECRET = Secret()


def known_secret(call, path):
    return (call.service, path) in KNOWN


def hides(found):
    """Whether nothing of a secret is left in `found`."""
    if isinstance(found, dict):
        return all(hides(each) for each in found.values())
    if isinstance(found, list):
        return all(hides(each) for each in found)
    return found is None or found in MARKS
