use cairn_core::limits;

use super::{Member, Members};
use crate::Json;

/// A map whose JSON has `size` bytes.
fn object(size: usize) -> Json {
    Json::map([("k", "v".repeat(size - r#"{"k":""}"#.len()))])
}

fn rendered(members: Members) -> (String, Vec<(&'static str, usize)>) {
    let (record, cuts) = members.render();
    let cuts = cuts.into_iter().map(|cut| (cut.member, cut.whole.len())).collect();
    (String::from_utf8(record.to_vec()).unwrap(), cuts)
}

#[test]
fn members_stand_in_the_order_of_the_list_whatever_the_order_of_setting() {
    for (place, (member, _)) in Member::ALL.iter().enumerate() {
        assert_eq!(*member as usize, place);
    }
    let mut members = Members::new();
    for (member, _) in Member::ALL.iter().rev() {
        members.set(*member, Some(&1));
    }
    assert_eq!(members.total(), rendered_len(&members));
    let (record, _) = rendered(members);
    let expected: Vec<_> = Member::ALL.iter().map(|(_, name)| format!("\"{name}\":1")).collect();
    assert_eq!(record, format!("{{{}}}", expected.join(",")));
}

fn rendered_len(members: &Members) -> usize {
    members.clone().render().0.len()
}

#[test]
fn objects_have_inclusive_limits() {
    let limits = [
        (Member::RequestParameters, limits::PARAMETERS_BYTES),
        (Member::ResponseElements, limits::PARAMETERS_BYTES),
        (Member::ServiceEventDetails, limits::PARAMETERS_BYTES),
        (Member::AdditionalEventData, limits::ADDITIONAL_DATA_BYTES),
    ];
    for (member, limit) in limits {
        for (size, cut) in [(limit - 1, false), (limit, false), (limit + 1, true)] {
            let mut members = Members::new();
            members.set_object(member, &object(size), 1);
            let (record, cuts) = rendered(members);
            assert_eq!(cuts, if cut { vec![(member.name(), size)] } else { vec![] });
            assert_eq!(record.contains("\"omitted\":true"), cut);
        }
    }
}

#[test]
fn a_cut_object_leaves_a_mark_with_size_and_hash() {
    let mut members = Members::new();
    members.set_object(Member::RequestParameters, &object(limits::PARAMETERS_BYTES + 1), 1);
    let (record, cuts) = members.render();
    let record = String::from_utf8(record.to_vec()).unwrap();
    assert_eq!(
        record,
        format!(
            "{{\"requestParameters\":{{\"omitted\":true,\"reason\":\"requestParameters too large\",\
             \"originalSize\":{},\"sha256\":\"{}\"}}}}",
            limits::PARAMETERS_BYTES + 1,
            hex::encode(cuts[0].sha256),
        )
    );
    let whole = Json::parse(&cuts[0].whole).unwrap();
    assert_eq!(whole, object(limits::PARAMETERS_BYTES + 1));
}

#[test]
fn an_object_that_is_too_deep_is_cut() {
    let nested = |depth: usize| {
        Json::parse(format!("{}1{}", "[".repeat(depth), "]".repeat(depth)).as_bytes()).unwrap()
    };
    for (depth, cut) in [(limits::JSON_DEPTH - 1, false), (limits::JSON_DEPTH, true)] {
        let value = nested(depth);
        let mut members = Members::new();
        members.set_object(Member::ResponseElements, &value, value.depth());
        let (record, cuts) = rendered(members);
        assert_eq!((cuts.len() == 1, record.contains("responseElements too deep")), (cut, cut));
    }
}

#[test]
fn short_texts_are_truncated_between_characters() {
    let text = |length: usize| format!("{}é", "x".repeat(length - 2));
    for (length, kept) in [(1024, 1024), (1025, 1023), (5000, 1024)] {
        let mut members = Members::new();
        members.set_short(Member::UserAgent, &text(length));
        let (record, cuts) = rendered(members);
        assert_eq!(record.len(), kept + r#"{"userAgent":""}"#.len());
        let whole = if length > 1024 { vec![("userAgent", length + 2)] } else { vec![] };
        assert_eq!(cuts, whole);
    }
}

#[test]
fn a_record_that_is_too_large_gives_up_members_in_their_order_until_it_fits() {
    let kilobytes = 1024;
    let mut members = Members::new();
    members.set_short(Member::RequestId, &"r".repeat(2000));
    members.set_short(Member::ErrorMessage, &"m".repeat(1000));
    members.set_object(Member::AdditionalEventData, &object(20 * kilobytes), 1);
    members.set_object(Member::ServiceEventDetails, &object(90 * kilobytes), 1);
    members.set_object(Member::ResponseElements, &object(90 * kilobytes), 1);
    members.set_object(Member::RequestParameters, &object(90 * kilobytes), 1);
    assert!(members.total() > limits::RECORD_BYTES);
    let (record, cuts) = rendered(members);
    assert!(
        record.len() <= limits::RECORD_BYTES && !record.contains("requestID"),
        "{}",
        record.len()
    );
    let expected = [
        ("requestID", 2002),
        ("additionalEventData", 20 * kilobytes),
        ("serviceEventDetails", 90 * kilobytes),
    ];
    assert_eq!(cuts, expected);
}

#[test]
fn a_record_of_exactly_the_limit_is_whole() {
    let fill = |extra: usize| {
        let mut members = Members::new();
        members.set_object(Member::RequestParameters, &object(100 * 1024), 1);
        members.set_object(Member::ResponseElements, &object(100 * 1024), 1);
        let rest = limits::RECORD_BYTES + extra - members.total();
        let frame = "serviceEventDetails".len() + 4;
        members.set_object(Member::ServiceEventDetails, &object(rest - frame), 1);
        rendered(members)
    };
    assert_eq!((fill(0).0.len(), fill(0).1.len()), (limits::RECORD_BYTES, 0));
    assert_eq!(fill(1).1.len(), 1);
}
