//! What EC2's early operations are called, and how their lists are.

use cairn_event::Json;

use crate::render::names::lower_first;

/// The name of a list, and of the elements of one whose elements are texts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) member: String,
    pub(super) element: String,
}

/// Whether an operation is recorded in the style of the SOAP interface.
pub(super) fn is_early(operation: &str) -> bool {
    EARLY.binary_search(&operation).is_ok()
}

/// The name of a list member, from its name on the wire.
pub(super) fn list_name(operation: &str, wire: &str, of_texts: bool) -> Named {
    let wire = lower_first(wire);
    let exact = LISTS.iter().find(|(of, name, ..)| *of == operation && *name == wire);
    let found =
        exact.or_else(|| LISTS.iter().find(|(of, name, ..)| of.is_empty() && *name == wire));
    if let Some((_, _, member, element)) = found {
        return Named { member: (*member).to_owned(), element: (*element).to_owned() };
    }
    let stem = match wire.strip_suffix("Id") {
        Some(stem) if of_texts && !WITH_ID.contains(&&*wire) => stem,
        _ => wire.strip_suffix("Set").unwrap_or(&wire),
    };
    Named { member: format!("{stem}Set"), element: wire }
}

/// The name of a member that is no list.
pub(super) fn renamed(operation: &str, name: String) -> String {
    match (operation, &*name) {
        ("CreateVolume", "availabilityZone") => "zone".to_owned(),
        ("ModifyImageAttribute" | "ModifySnapshotAttribute", "attribute") => {
            "attributeType".to_owned()
        }
        _ => name,
    }
}

/// The value of a member that records spell in their own way.
pub(super) fn respelled(operation: &str, member: &str, value: Json) -> Json {
    match (operation, member, value.as_str()) {
        ("ModifySnapshotAttribute", "attributeType", Some("createVolumePermission")) => {
            "CREATE_VOLUME_PERMISSION".into()
        }
        _ => value,
    }
}

/// Whether a list is shown as `{}` where the request has none.
pub(super) fn is_always_shown(operation: &str, list: &str) -> bool {
    if matches!(list, "groups" | "ipRanges" | "ipv6Ranges" | "prefixListIds") {
        return true;
    }
    match operation {
        "DescribeAvailabilityZones" | "DescribeRegions" => list != "filterSet",
        "AuthorizeSecurityGroupEgress"
        | "AuthorizeSecurityGroupIngress"
        | "RevokeSecurityGroupEgress"
        | "RevokeSecurityGroupIngress" => list == "ipPermissions",
        "CreateNetworkInterface" => matches!(list, "groupSet" | "privateIpAddressesSet"),
        "RunInstances" => list == "blockDeviceMapping",
        _ => operation.starts_with("Describe") && list != "valueSet",
    }
}

/// Numbers that are shown as texts.
pub(super) fn is_text(operation: &str, name: &str) -> bool {
    matches!((operation, name), ("CreateVolume", "size") | ("CreateSnapshot", "volumeSize"))
}

/// Lists whose names keep the `Id` of their elements.
const WITH_ID: [&str; 6] = [
    "internetGatewayId",
    "keyPairId",
    "networkAclId",
    "networkInterfaceId",
    "routeTableId",
    "vpcPeeringConnectionId",
];

/// Lists whose names follow no rule: operation (any where empty), name on the wire, name of the
/// member, name of an element.
const LISTS: [(&str, &str, &str, &str); 34] = [
    ("", "add", "add", ""),
    ("", "allocationId", "allocationIdsSet", "allocationId"),
    ("", "attributeName", "accountAttributeNameSet", "attributeName"),
    ("", "blockDeviceMapping", "blockDeviceMapping", ""),
    ("", "executableBy", "executableBySet", "user"),
    ("", "groups", "groups", ""),
    ("", "imageId", "imagesSet", "imageId"),
    ("", "instanceId", "instancesSet", "instanceId"),
    ("", "ipPermissions", "ipPermissions", ""),
    ("", "ipRanges", "ipRanges", ""),
    ("", "ipv6Ranges", "ipv6Ranges", ""),
    ("", "keyName", "keySet", "keyName"),
    ("", "owner", "ownersSet", "owner"),
    ("", "prefixListIds", "prefixListIds", ""),
    ("", "privateIpAddress", "privateIpAddressesSet", "privateIpAddress"),
    ("", "privateIpAddresses", "privateIpAddressesSet", ""),
    ("", "publicIp", "publicIpsSet", "publicIp"),
    ("", "regionName", "regionSet", "regionName"),
    ("", "remove", "remove", ""),
    ("", "resourceId", "resourcesSet", "resourceId"),
    ("", "restorableBy", "sharedUsersSet", "user"),
    ("", "securityGroup", "groupSet", "groupName"),
    ("", "securityGroupId", "groupSet", "groupId"),
    ("", "tag", "tags", ""),
    ("", "value", "valueSet", "value"),
    ("", "zoneId", "availabilityZoneIdSet", "zoneId"),
    ("", "zoneName", "availabilityZoneSet", "zoneName"),
    ("CreateTags", "tag", "tagSet", ""),
    ("DeleteTags", "tag", "tagSet", ""),
    ("DescribePlacementGroups", "groupId", "placementGroupIdSet", "groupId"),
    ("DescribePlacementGroups", "groupName", "placementGroupSet", "groupName"),
    ("DescribeSecurityGroups", "groupId", "securityGroupIdSet", "groupId"),
    ("DescribeSecurityGroups", "groupName", "securityGroupSet", "groupName"),
    ("ModifyInstanceAttribute", "groupId", "groupSet", "groupId"),
];

/// The operations that EC2 had in its API version of 2014-10-01, sorted.
const EARLY: [&str; 160] = [
    "AcceptVpcPeeringConnection",
    "AllocateAddress",
    "AssignPrivateIpAddresses",
    "AssociateAddress",
    "AssociateDhcpOptions",
    "AssociateRouteTable",
    "AttachClassicLinkVpc",
    "AttachInternetGateway",
    "AttachNetworkInterface",
    "AttachVolume",
    "AttachVpnGateway",
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "BundleInstance",
    "CancelBundleTask",
    "CancelConversionTask",
    "CancelExportTask",
    "CancelReservedInstancesListing",
    "CancelSpotInstanceRequests",
    "ConfirmProductInstance",
    "CopyImage",
    "CopySnapshot",
    "CreateCustomerGateway",
    "CreateDhcpOptions",
    "CreateImage",
    "CreateInstanceExportTask",
    "CreateInternetGateway",
    "CreateKeyPair",
    "CreateNetworkAcl",
    "CreateNetworkAclEntry",
    "CreateNetworkInterface",
    "CreatePlacementGroup",
    "CreateReservedInstancesListing",
    "CreateRoute",
    "CreateRouteTable",
    "CreateSecurityGroup",
    "CreateSnapshot",
    "CreateSpotDatafeedSubscription",
    "CreateSubnet",
    "CreateTags",
    "CreateVolume",
    "CreateVpc",
    "CreateVpcPeeringConnection",
    "CreateVpnConnection",
    "CreateVpnConnectionRoute",
    "CreateVpnGateway",
    "DeleteCustomerGateway",
    "DeleteDhcpOptions",
    "DeleteInternetGateway",
    "DeleteKeyPair",
    "DeleteNetworkAcl",
    "DeleteNetworkAclEntry",
    "DeleteNetworkInterface",
    "DeletePlacementGroup",
    "DeleteRoute",
    "DeleteRouteTable",
    "DeleteSecurityGroup",
    "DeleteSnapshot",
    "DeleteSpotDatafeedSubscription",
    "DeleteSubnet",
    "DeleteTags",
    "DeleteVolume",
    "DeleteVpc",
    "DeleteVpcPeeringConnection",
    "DeleteVpnConnection",
    "DeleteVpnConnectionRoute",
    "DeleteVpnGateway",
    "DeregisterImage",
    "DescribeAccountAttributes",
    "DescribeAddresses",
    "DescribeAvailabilityZones",
    "DescribeBundleTasks",
    "DescribeClassicLinkInstances",
    "DescribeConversionTasks",
    "DescribeCustomerGateways",
    "DescribeDhcpOptions",
    "DescribeExportTasks",
    "DescribeImageAttribute",
    "DescribeImages",
    "DescribeInstanceAttribute",
    "DescribeInstanceStatus",
    "DescribeInstances",
    "DescribeInternetGateways",
    "DescribeKeyPairs",
    "DescribeNetworkAcls",
    "DescribeNetworkInterfaceAttribute",
    "DescribeNetworkInterfaces",
    "DescribePlacementGroups",
    "DescribeRegions",
    "DescribeReservedInstances",
    "DescribeReservedInstancesListings",
    "DescribeReservedInstancesModifications",
    "DescribeReservedInstancesOfferings",
    "DescribeRouteTables",
    "DescribeSecurityGroups",
    "DescribeSnapshotAttribute",
    "DescribeSnapshots",
    "DescribeSpotDatafeedSubscription",
    "DescribeSpotInstanceRequests",
    "DescribeSpotPriceHistory",
    "DescribeSubnets",
    "DescribeTags",
    "DescribeVolumeAttribute",
    "DescribeVolumeStatus",
    "DescribeVolumes",
    "DescribeVpcAttribute",
    "DescribeVpcClassicLink",
    "DescribeVpcPeeringConnections",
    "DescribeVpcs",
    "DescribeVpnConnections",
    "DescribeVpnGateways",
    "DetachClassicLinkVpc",
    "DetachInternetGateway",
    "DetachNetworkInterface",
    "DetachVolume",
    "DetachVpnGateway",
    "DisableVgwRoutePropagation",
    "DisableVpcClassicLink",
    "DisassociateAddress",
    "DisassociateRouteTable",
    "EnableVgwRoutePropagation",
    "EnableVolumeIO",
    "EnableVpcClassicLink",
    "GetConsoleOutput",
    "GetPasswordData",
    "ImportInstance",
    "ImportKeyPair",
    "ImportVolume",
    "ModifyImageAttribute",
    "ModifyInstanceAttribute",
    "ModifyNetworkInterfaceAttribute",
    "ModifyReservedInstances",
    "ModifySnapshotAttribute",
    "ModifySubnetAttribute",
    "ModifyVolumeAttribute",
    "ModifyVpcAttribute",
    "MonitorInstances",
    "PurchaseReservedInstancesOffering",
    "RebootInstances",
    "RegisterImage",
    "RejectVpcPeeringConnection",
    "ReleaseAddress",
    "ReplaceNetworkAclAssociation",
    "ReplaceNetworkAclEntry",
    "ReplaceRoute",
    "ReplaceRouteTableAssociation",
    "ReportInstanceStatus",
    "RequestSpotInstances",
    "ResetImageAttribute",
    "ResetInstanceAttribute",
    "ResetNetworkInterfaceAttribute",
    "ResetSnapshotAttribute",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RunInstances",
    "StartInstances",
    "StopInstances",
    "TerminateInstances",
    "UnassignPrivateIpAddresses",
    "UnmonitorInstances",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_early_operations_are_sorted() {
        assert!(EARLY.is_sorted());
        assert!(is_early("RunInstances") && !is_early("CreateFlowLogs"));
    }

    #[test]
    fn lists_have_the_names_of_the_soap_interface() {
        for (operation, wire, member, element) in [
            ("DescribeInstances", "InstanceId", "instancesSet", "instanceId"),
            ("DescribeVolumes", "VolumeId", "volumeSet", "volumeId"),
            ("DescribeRouteTables", "RouteTableId", "routeTableIdSet", "routeTableId"),
            ("DescribeSecurityGroups", "GroupId", "securityGroupIdSet", "groupId"),
            ("DescribeInstances", "Filter", "filterSet", "filter"),
        ] {
            let expected = Named { member: member.into(), element: element.into() };
            assert_eq!(list_name(operation, wire, true), expected);
        }
    }
}
