"""The parameters of EC2 calls, whose records follow the query they came in.

Lists are sets: `{"items": [...]}` under the list's name on the wire with `Set` after it, and each
plain element is an object of one member. Records of the service have older names for some of them.
A set that was not sent may stand there empty.

Newer operations (`WRAPPED`) show the query's own tree instead, under `<operation>Request`: capital
letters, a lone element without a list, `tag` for an element's number and `content` for its text.
"""

import base64
import datetime

from .secret import SECRET, known_secret

# A list's name on the wire, to its name and its elements' member in records.
SETS = {
    "AllocationId": ("allocationIdsSet", "allocationId"),
    "AttributeName": ("accountAttributeNameSet", "attributeName"),
    "BlockDeviceMapping": ("blockDeviceMapping", None),
    "ExecutableBy": ("executableBySet", "user"),
    "GroupId": ("securityGroupIdSet", "groupId"),
    "GroupName": ("securityGroupSet", "groupName"),
    "Groups": ("groups", None),
    "ImageId": ("imagesSet", "imageId"),
    "InstanceId": ("instancesSet", "instanceId"),
    "IpPermissions": ("ipPermissions", None),
    "IpRanges": ("ipRanges", None),
    "Ipv6Ranges": ("ipv6Ranges", None),
    "KeyName": ("keySet", "keyName"),
    "Owner": ("ownersSet", "owner"),
    "PrefixListIds": ("prefixListIds", None),
    "PrivateIpAddresses": ("privateIpAddressesSet", None),
    "PublicIp": ("publicIpsSet", "publicIp"),
    "RegionName": ("regionSet", "regionName"),
    "ResourceId": ("resourcesSet", "resourceId"),
    "RestorableBy": ("sharedUsersSet", "user"),
    "SecurityGroupId": ("groupSet", "groupId"),
    "SnapshotId": ("snapshotSet", "snapshotId"),
    "SubnetId": ("subnetSet", "subnetId"),
    "VolumeId": ("volumeSet", "volumeId"),
    "VpcId": ("vpcSet", "vpcId"),
    "ZoneId": ("availabilityZoneIdSet", "zoneId"),
    "ZoneName": ("availabilityZoneSet", "zoneName"),
}


# Operations whose records show `<operation>Request`.
WRAPPED = {
    "CreateFlowLogs", "CreateLaunchTemplate", "CreateNatGateway", "DeleteFlowLogs",
    "DeleteNatGateway", "DescribeAddressesAttribute", "DescribeFlowLogs",
    "DescribeLaunchTemplateVersions", "DescribeLaunchTemplates", "DescribeNatGateways",
    "DescribeVpcEndpoints",
}
# What a run of instances says of each machine.
MACHINE = ("imageId", "minCount", "maxCount", "keyName")
ATTRIBUTES = {"createVolumePermission": "CREATE_VOLUME_PERMISSION"}


def params(model, given):
    if not given:
        return None
    if model.name in WRAPPED:
        return {f"{model.name}Request": wrapped(model.input_shape, given)}
    found = structure(model.input_shape, given, ())
    if model.name == "RunInstances":
        machine = {name: found.pop(name) for name in MACHINE if name in found}
        found["instancesSet"] = {"items": [machine]}
    if model.name == "CreateVolume":
        found["zone"] = found.pop("availabilityZone")
        found["size"] = str(found["size"])
    if model.name == "ModifySnapshotAttribute":
        found["attributeType"] = ATTRIBUTES[found.pop("attribute")]
    return found


def wrapped(shape, given):
    found = {}
    for member, value in given.items():
        of = shape.members[member]
        wire = wire_name(member, of)
        if of.type_name == "list":
            items = [numbered(of.member, each, place) for place, each in enumerate(value, 1)]
            found[wire] = items[0] if len(items) == 1 else items
        elif of.type_name == "structure":
            found[wire] = wrapped(of, value)
        else:
            found[wire] = word(plain(of, value, ()))
    return found


def numbered(shape, value, place):
    if shape.type_name == "structure":
        return {"tag": place, **wrapped(shape, value)}
    return {"tag": place, "content": word(plain(shape, value, ()))}


def word(value):
    """Text that is a number or a truth is written as such."""
    if value in ("true", "false"):
        return value == "true"
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value) if str(int(value)) == value else value
    return value


def structure(shape, given, path):
    found = {}
    for member, value in given.items():
        of = shape.members[member]
        wire = wire_name(member, of)
        if known_secret(_EC2, (*path, member)):
            found[lower(wire)] = SECRET
        elif wire == "Tag" and shape.name == "TagSpecification":
            found["tags"] = [structure(of.member, each, path) for each in value]
        elif of.type_name == "list":
            name, element = SETS.get(wire, (f"{lower(wire)}Set", lower(wire)))
            found[name] = {"items": [
                item(of.member, each, element or lower(wire), (*path, member)) for each in value
            ]} if value else {}
        else:
            found[lower(wire)] = plain(of, value, (*path, member))
    return found


def item(shape, value, element, path):
    if shape.type_name == "structure":
        return structure(shape, value, path)
    return {element: plain(shape, value, path)}


def plain(shape, value, path):
    if shape.type_name == "structure":
        return structure(shape, value, path)
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def wire_name(member, shape):
    """The name in queries: its own, or the XML name with a capital, or the model's."""
    traits = shape.serialization
    found = traits.get("queryName") or traits.get("name") or member
    return found[:1].upper() + found[1:]


def lower(name):
    return name[:1].lower() + name[1:]


class _EC2:
    service = "ec2"
