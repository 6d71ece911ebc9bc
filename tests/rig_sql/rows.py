"""Records that carry their account's marker wherever a record has text."""

from kit import records


def made(account, core, count):
    """So many records of an account; their source is the marker's, which a store selects by."""
    found = []
    for at in range(count):
        identity = {**records.iam_user(core, account), "principalId": core,
                    "arn": f"arn:aws:iam::{account}:user/{core}-{at}"}
        resources = [
            {"ARN": f"arn:aws:s3:::{core}{n}", "accountId": account, "type": "AWS::S3::Bucket"}
            for n in range(at % 4)
        ]
        failed = core if at % 3 == 0 else None
        found.append(records.record(
            f"{'Put' if at % 2 else 'Get'}Thing{at % 5}{core}", f"{core}.amazonaws.com",
            account=account, eventID=f"{at:08x}-0000-4000-8000-{core}", userIdentity=identity,
            eventTime=records.at(9000 * at), userAgent=core * 3, sourceIPAddress=core,
            requestParameters={core: core, "bucketName": core, "n": at, "list": [core, {"x": core}]},
            responseElements={"x": core, "deep": {"a": {"b": [core]}}}, resources=resources,
            tlsDetails={"tlsVersion": core, "cipherSuite": core}, requestID=core * 3,
            errorCode=failed, errorMessage=failed, readOnly=at % 2 == 0,
        ))
    return found
