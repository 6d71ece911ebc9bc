use std::collections::{BTreeSet, HashMap};

use super::*;

const KINDS: [TableSchema; 5] = [
    TableSchema::Events,
    TableSchema::Insights,
    TableSchema::ConfigurationItems,
    TableSchema::Evidence,
    TableSchema::Activity,
];

#[test]
fn every_field_has_an_id_of_its_own() {
    for kind in KINDS {
        let mut ids = BTreeSet::new();
        walk(kind, |path, id, _| assert!(ids.insert(id), "{kind:?}: {id} again at {path:?}"));
        let mut fields = 0;
        count(with_ids(kind).fields(), &mut fields);
        assert_eq!(ids.len(), fields, "{kind:?}");
    }
}

fn count(fields: &Fields, sum: &mut usize) {
    for field in fields {
        *sum += 1;
        match field.data_type() {
            DataType::Struct(inner) => count(inner, sum),
            DataType::List(element) => count(&Fields::from(vec![Arc::clone(element)]), sum),
            DataType::Map(entries, _) => {
                let DataType::Struct(inner) = entries.data_type() else { panic!("{entries}") };
                count(inner, sum);
            }
            _ => {}
        }
    }
}

#[test]
fn ids_are_what_files_were_written_with() {
    let mut found = Vec::new();
    walk(TableSchema::Events, |path, id, _| found.push((path.join("."), id)));
    for (path, id) in [
        ("eventversion", 1),
        ("useridentity.sessioncontext.sessionissuer.arn", 91),
        ("eventtime", 3),
        ("requestparameters", 11),
        ("requestparameters.key", 12),
        ("requestparameters.value", 13),
        ("resources.element", 24),
        ("resources.element.arnprefix", 28),
        ("eventcontext.tagcontext.resourcetags.element.tags.value", 68),
        ("eventjson", 1003),
        ("_seq", 1001),
        ("_shape", 1002),
        ("_useridentity_arn", 2072),
        ("_sessionissuer_arn", 2091),
        ("_requestparameters_bucketname", 3001),
        ("_additionaleventdata_mfaused", 3012),
    ] {
        assert!(found.contains(&(path.to_owned(), id)), "{path} {id}");
    }
}

#[test]
fn columns_stand_in_the_documented_order() {
    let names: Vec<_> =
        logical(TableSchema::Events).fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(
        names.join(" "),
        "eventversion useridentity eventtime eventsource eventname awsregion sourceipaddress \
         useragent errorcode errormessage requestparameters responseelements additionaleventdata \
         requestid eventid readonly resources eventtype apiversion managementevent \
         recipientaccountid sharedeventid annotation vpcendpointid vpcendpointaccountid \
         serviceeventdetails addendum edgedevicedetails insightdetails eventcategory tlsdetails \
         sessioncredentialfromconsole eventjson eventjsonchecksum eventcontext"
    );
}

#[test]
fn promoted_columns_have_the_types_of_their_leaves() {
    for kind in KINDS {
        let stored = stored(kind);
        for (path, column) in promotions(kind) {
            assert_eq!(promoted(kind, path), Some(*column));
            assert!(is_hidden(column));
            let leaf = leaf(members(kind), path).expect("a leaf");
            let field = stored.field_with_name(column).expect("a stored column");
            assert_eq!(*field.data_type(), data_type(leaf, false), "{column}");
        }
    }
    assert_eq!(promoted(TableSchema::Events, &["useridentity"]), None);
}

#[test]
fn promoted_columns_have_ids_of_their_own() {
    for kind in KINDS {
        let mut ids = HashMap::new();
        walk(kind, |path, id, _| _ = ids.insert(path.join("."), id));
        let of_names = |(leaf, copy): &(&[&str], &str)| (ids[&leaf.join(".")], ids[*copy]);
        let named: Vec<_> = promotions(kind).iter().map(of_names).collect();
        assert_eq!(promoted_ids(kind).collect::<Vec<_>>(), named);
    }
}

#[test]
fn keys_of_maps_stand_behind_all_other_columns_in_their_order() {
    for kind in KINDS {
        let stored = stored(kind);
        let keys = keys(kind);
        let first = stored.fields().len() - keys.len();
        for (key, field) in keys.iter().zip(&stored.fields()[first..]) {
            assert_eq!(key.column, field.name());
            assert_eq!(promoted(kind, &[key.map, key.name]), Some(key.column));
            assert!(is_hidden(key.column) && is_promoted(kind, key.column));
            assert!(matches!(
                stored.field_with_name(key.map).unwrap().data_type(),
                DataType::Map(..)
            ));
        }
        assert!(keys.is_sorted_by_key(|key| key.id), "new ones go to the end");
    }
    assert_eq!(promoted(TableSchema::Events, &["requestparameters", "bucketname"]), None);
}

#[test]
fn only_what_is_written_has_ids() {
    for kind in KINDS {
        let (plain, with_ids) = (stored(kind), with_ids(kind));
        assert_eq!(plain.fields().len(), with_ids.fields().len());
        for (plain, with_id) in plain.fields().iter().zip(with_ids.fields()) {
            assert_eq!(plain.name(), with_id.name());
            assert_eq!(field_id(plain), None);
            assert!(field_id(with_id).is_some());
        }
    }
}
