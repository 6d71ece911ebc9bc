"""The parameters of EC2 calls, whose records follow the query they came in.

Lists are sets: `{"items": [...]}` under the list's name on the wire with `Set` after it, and each
plain element is an object of one member. Records of the service have older names for some of them.
A set that was not sent may stand there empty.

Operations that came after `SETS_UNTIL` show the query's own tree instead, under
`<operation>Request`: capital letters, a lone element without a list, `tag` for an element's number
and `content` for its text.
"""

import base64
import datetime
import functools

import botocore.session

from .secret import SECRET, known_secret

# A list's name on the wire, to its name and its elements' member in records.
SETS = {
    "Add": ("add", None),
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
    "Remove": ("remove", None),
    "ResourceId": ("resourcesSet", "resourceId"),
    "RestorableBy": ("sharedUsersSet", "user"),
    "SecurityGroup": ("groupSet", "groupName"),
    "SecurityGroupId": ("groupSet", "groupId"),
    "SnapshotId": ("snapshotSet", "snapshotId"),
    "SubnetId": ("subnetSet", "subnetId"),
    "VolumeId": ("volumeSet", "volumeId"),
    "VpcId": ("vpcSet", "vpcId"),
    "ZoneId": ("availabilityZoneIdSet", "zoneId"),
    "ZoneName": ("availabilityZoneSet", "zoneName"),
}


# The API version whose operations are recorded as sets; what came later is wrapped.
SETS_UNTIL = "2014-10-01"
# What a run of instances says of each machine.
MACHINE = ("imageId", "minCount", "maxCount", "keyName")
ATTRIBUTES = {"createVolumePermission": "CREATE_VOLUME_PERMISSION"}
# Lists whose names keep the `Id` of their elements.
WITH_ID = ("InternetGatewayId", "KeyPairId", "NetworkAclId", "NetworkInterfaceId", "RouteTableId",
           "VpcPeeringConnectionId")
TAGGING = ("CreateTags", "DeleteTags")


def params(model, given):
    if model.name not in early():
        return {f"{model.name}Request": wrapped(model.input_shape, given) or ""}
    found = structure(model.input_shape, given)
    if model.name in TAGGING:
        found["tagSet"] = {"items": found.pop("tags")}
    if model.name == "RunInstances":
        machine = {name: found.pop(name) for name in MACHINE if name in found}
        found["instancesSet"] = {"items": [machine]}
    if model.name == "CreateVolume":
        found["zone"] = found.pop("availabilityZone")
        found["size"] = str(found["size"])
    if model.name == "ModifySnapshotAttribute":
        found["attributeType"] = ATTRIBUTES[found.pop("attribute")]
    return found


@functools.cache
def early():
    """The names of the operations of that version."""
    loader = botocore.session.get_session().get_component("data_loader")
    return frozenset(loader.load_service_model("ec2", "service-2", SETS_UNTIL)["operations"])


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
            found[wire] = word(plain(of, value))
    return found


def numbered(shape, value, place):
    if shape.type_name == "structure":
        return {"tag": place, **wrapped(shape, value)}
    return {"tag": place, "content": word(plain(shape, value))}


def word(value):
    """Text that is a number or a truth is written as such."""
    if value in ("true", "false"):
        return value == "true"
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value) if str(int(value)) == value else value
    return value


def structure(shape, given):
    found = {}
    for member, value in given.items():
        of = shape.members[member]
        wire = wire_name(member, of)
        if known_secret("ec2", "", member):
            found[lower(wire)] = SECRET
        elif wire == "Tag":
            found["tags"] = [structure(of.member, each) for each in value]
        elif of.type_name == "list":
            name, element = SETS.get(wire) or set_name(wire, of.member)
            found[name] = {"items": [
                item(of.member, each, element or lower(wire)) for each in value
            ]} if value else {}
        else:
            found[lower(wire)] = plain(of, value)
    return found


def set_name(wire, element):
    """A list of ids is named for what they identify."""
    name = wire
    if wire.endswith("Id") and wire not in WITH_ID and element.type_name != "structure":
        name = wire[:-2]
    return f"{lower(name.removesuffix('Set'))}Set", lower(wire)


def item(shape, value, element):
    if shape.type_name == "structure":
        return structure(shape, value)
    return {element: plain(shape, value)}


def plain(shape, value):
    if shape.type_name == "structure":
        return structure(shape, value)
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return int(value.timestamp() * 1000)
    return value


def wire_name(member, shape):
    """The name in queries: its own, or the XML name with a capital, or the model's."""
    traits = shape.serialization
    found = traits.get("queryName") or traits.get("name") or member
    return found[:1].upper() + found[1:]


def lower(name):
    return name[:1].lower() + name[1:]
