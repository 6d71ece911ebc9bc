"""The parameters of DynamoDB calls: records show keys, and of items only the attributes' names."""

import re

# Members that hold values of attributes and nothing else.
VALUES = ("expressionAttributeValues", "parameters")
NAMED = ("attributeUpdates", "expected", "keyConditions", "queryFilter", "scanFilter")
ACTIONS = ("transactItems", "transactStatements", "statements")
# A quoted text or a number, which PartiQL has as literals, or a quoted name to be left alone.
LITERAL = re.compile(r"""'(?:[^']|'')*'?|"(?:[^"]|"")*"?|(?<!\w)\d[\w.]*""")


def shown(params):
    """What of the members, under their names in records, is shown."""
    found = {}
    for name, value in params.items():
        if name in VALUES:
            continue
        if name == "item":
            found["items"] = list(value)
        elif name in ("key", "exclusiveStartKey"):
            found[name] = key(value)
        elif name == "keys":
            found[name] = [key(each) for each in value]
        elif name in NAMED:
            found[name] = list(value)
        elif name == "statement":
            found[name] = LITERAL.sub(redacted, value)
        elif name in ACTIONS:
            found["requestItems"] = [action(each) for each in value]
        elif name == "requestItems":
            found[name] = {table: requests(each) for table, each in value.items()}
        else:
            found[name] = value
    return found


def key(value):
    """A key's values without the names of their types."""
    return {name: next(iter(typed.values())) for name, typed in value.items()}


def action(value):
    """One step of a transaction with its kind as a member."""
    if len(value) == 1:
        (kind, inside), = value.items()
        if isinstance(inside, dict):
            return {"operation": kind[:1].upper() + kind[1:], **shown(inside)}
    return shown(value)


def requests(value):
    """What a batch asks of one table."""
    if isinstance(value, list):
        return [{kind: shown(inside) for kind, inside in each.items()} for each in value]
    return shown(value)


def redacted(found):
    return found[0] if found[0].startswith('"') else "***(Redacted)"
