use super::*;

fn call<'a>(operation: &'a str, form: &'a str) -> Sample<'a> {
    Sample::new("ec2", operation, Protocol::Ec2).body(form)
}

#[test]
fn early_operations_have_sets() {
    for (operation, form, expected) in [
        (
            "DescribeInstances",
            "Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1&Filter.1.Name=tag%3Aa\
             &Filter.1.Value.1=b&Filter.1.Value.2=c&MaxResults=5",
            r#"{"filterSet":{"items":[{"name":"tag:a","valueSet":{"items":[{"value":"b"},
                {"value":"c"}]}}]},"instancesSet":{"items":[{"instanceId":"i-1"}]},
                "maxResults":5}"#,
        ),
        (
            "DescribeSecurityGroups",
            "GroupId.1=sg-1",
            r#"{"securityGroupIdSet":{"items":[{"groupId":"sg-1"}]},"securityGroupSet":{},
                "filterSet":{}}"#,
        ),
        (
            "CreateTags",
            "ResourceId.1=ami-1&Tag.1.Key=k&Tag.1.Value=true",
            r#"{"resourcesSet":{"items":[{"resourceId":"ami-1"}]},
                "tagSet":{"items":[{"key":"k","value":"true"}]}}"#,
        ),
        (
            "CreateVolume",
            "Size=80&AvailabilityZone=eu-west-1a",
            r#"{"zone":"eu-west-1a","size":"80"}"#,
        ),
        (
            "ModifyInstanceAttribute",
            "InstanceId=i-1&DisableApiTermination.Value=false",
            r#"{"disableApiTermination":{"value":false},"instanceId":"i-1"}"#,
        ),
        (
            "ModifyImageAttribute",
            "ImageId=ami-1&LaunchPermission.Add.1.UserId=444455556666&Attribute=launchPermission",
            r#"{"attributeType":"launchPermission","imageId":"ami-1",
                "launchPermission":{"add":{"items":[{"userId":"444455556666"}]}}}"#,
        ),
        (
            "RunInstances",
            "ImageId=a&SecurityGroup.1=default&SecurityGroupId.1=sg-1",
            r#"{"instancesSet":{"items":[{"imageId":"a"}]},"blockDeviceMapping":{},
                "groupSet":{"items":[{"groupId":"sg-1"},{"groupName":"default"}]}}"#,
        ),
        (
            "StopInstances",
            "InstanceId.1=i-1&InstanceId.2=i-2&Force=false",
            r#"{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]},
                "force":false}"#,
        ),
    ] {
        let found = call(operation, form).parameters();
        assert_eq!(sorted(&found), sorted(expected), "{operation}");
    }
}

#[test]
fn rules_of_security_groups_show_all_their_lists() {
    let form = "GroupId=sg-1&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443\
        &IpPermissions.1.ToPort=443&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0%2F0\
        &IpPermissions.1.IpRanges.1.Description=TLS";
    let call = call("AuthorizeSecurityGroupIngress", form).answered(
        200,
        "<AuthorizeSecurityGroupIngressResponse xmlns=\"u\"><requestId>r</requestId>\
         <return>true</return><securityGroupRuleSet><item><securityGroupRuleId>sgr-1\
         </securityGroupRuleId><fromPort>443</fromPort><isEgress>false</isEgress></item>\
         </securityGroupRuleSet></AuthorizeSecurityGroupIngressResponse>",
    );
    assert_eq!(
        sorted(&call.parameters()),
        sorted(
            r#"{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,
            "toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0",
            "description":"TLS"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#
        )
    );
    same(
        &call.elements(),
        r#"{"requestId":"r","_return":true,"securityGroupRuleSet":{"items":[
            {"securityGroupRuleId":"sgr-1","fromPort":443,"isEgress":false}]}}"#,
    );
}

#[test]
fn a_launch_is_one_element_and_hides_user_data() {
    let form = "ImageId=ami-1&MinCount=1&MaxCount=2&InstanceType=t3.micro&UserData=c2VjcmV0\
        &TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=k\
        &TagSpecification.1.Tag.1.Value=v&SecurityGroupId.1=sg-1&Monitoring.Enabled=false\
        &NetworkInterface.1.DeviceIndex=0&IamInstanceProfile.Name=p";
    let call = call("RunInstances", form).answered(
        200,
        "<RunInstancesResponse><requestId>r</requestId><reservationId>r-1</reservationId>\
         <groupSet/><instancesSet><item><instanceId>i-1</instanceId><instanceState><code>0</code>\
         <name>pending</name></instanceState><launchTime>2023-07-10T11:55:21.000Z</launchTime>\
         <networkInterfaceSet><item>\
         <privateIpAddressesSet><item><primary>true</primary></item></privateIpAddressesSet></item>\
         </networkInterfaceSet>\
         </item></instancesSet></RunInstancesResponse>",
    );
    assert_eq!(
        sorted(&call.parameters()),
        sorted(
            r#"{"instancesSet":{"items":[{"imageId":"ami-1","minCount":1,"maxCount":2}]},
            "instanceType":"t3.micro","userData":"<sensitiveDataRemoved>",
            "blockDeviceMapping":{},"groupSet":{"items":[{"groupId":"sg-1"}]},
            "monitoring":{"enabled":false},"networkInterfaceSet":{"items":[{"deviceIndex":0}]},
            "iamInstanceProfile":{"name":"p"},"tagSpecificationSet":{"items":[
            {"resourceType":"instance","tags":[{"key":"k","value":"v"}]}]}}"#
        )
    );
    same(
        &call.elements(),
        r#"{"requestId":"r","reservationId":"r-1","groupSet":{},"instancesSet":{"items":[
            {"instanceId":"i-1","instanceState":{"code":0,"name":"pending"},
            "launchTime":1688990121000,
            "networkInterfaceSet":{"items":[{"privateIpAddressesSet":{"item":[
            {"primary":true}]}}]}}]}}"#,
    );
}

#[test]
fn an_answer_without_members_says_that_it_returned() {
    let call = call("DeleteVpc", "VpcId=vpc-1").answered(
        200,
        "<DeleteVpcResponse><requestId>r</requestId><return>true</return></DeleteVpcResponse>",
    );
    same(&call.elements(), r#"{"requestId":"r","_return":true}"#);
}

#[test]
fn key_material_is_removed() {
    let call = call("CreateKeyPair", "KeyName=k").answered(
        200,
        "<CreateKeyPairResponse><requestId>r</requestId><keyName>k</keyName><keyMaterial>-----\
         BEGIN</keyMaterial></CreateKeyPairResponse>",
    );
    same(
        &call.elements(),
        r#"{"requestId":"r","keyName":"k","keyMaterial":"<sensitiveDataRemoved>"}"#,
    );
}

#[test]
fn later_operations_are_documents() {
    let create = call(
        "CreateFlowLogs",
        "Action=CreateFlowLogs&Version=2016-11-15&ResourceId.1=vpc-1&MaxAggregationInterval=600\
         &TagSpecification.1.ResourceType=vpc-flow-log&TagSpecification.1.Tag.1.Key=a\
         &TagSpecification.1.Tag.1.Value=true",
    )
    .answered(
        200,
        "<CreateFlowLogsResponse xmlns=\"u\"><requestId>r</requestId><unsuccessful/>\
         <flowLogIdSet><item>fl-1</item></flowLogIdSet></CreateFlowLogsResponse>",
    );
    same(
        &create.parameters(),
        r#"{"CreateFlowLogsRequest":{"ResourceId":{"tag":1,"content":"vpc-1"},
            "MaxAggregationInterval":600,"TagSpecification":{"ResourceType":"vpc-flow-log",
            "Tag":{"Key":"a","Value":true,"tag":1},"tag":1}}}"#,
    );
    same(
        &create.elements(),
        r#"{"CreateFlowLogsResponse":{"xmlns":"u","requestId":"r","unsuccessful":"",
            "flowLogIdSet":{"item":"fl-1"}}}"#,
    );
    same(
        &call("DescribeNatGateways", "Action=DescribeNatGateways").parameters(),
        r#"{"DescribeNatGatewaysRequest":""}"#,
    );
}

#[test]
fn secrets_of_later_operations_are_removed() {
    let found = call(
        "CreateLaunchTemplate",
        "LaunchTemplateName=n&LaunchTemplateData.UserData=c2VjcmV0&LaunchTemplateData.ImageId=ami",
    )
    .parameters();
    same(
        &found,
        r#"{"CreateLaunchTemplateRequest":{"LaunchTemplateName":"n","LaunchTemplateData":{
            "UserData":"<sensitiveDataRemoved>","ImageId":"ami"}}}"#,
    );
}

/// The order of members is the model's, which no record keeps to.
fn sorted(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}
