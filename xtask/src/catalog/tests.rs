//! A small invented model, written and read again.

use cairn_catalog::{Catalog, Condition, Location, Payload, Service, Shape};

use super::model::Model;
use super::{changes, earlier, encode, gather, show};

/// As text, because the order of members counts.
const MODEL: &str = r#"{
    "metadata": {
        "apiVersion": "2026-11-26", "endpointPrefix": "tidal", "protocol": "rest-json",
        "signingName": "tides", "targetPrefix": "com.example.Tides_20261126"
    },
    "operations": {
        "GetTide": {
            "http": {"method": "GET", "requestUri": "/tides/{name}"},
            "input": {"shape": "GetTideRequest"}, "output": {"shape": "Tide"}
        },
        "PutTide": {
            "http": {"method": "PUT", "requestUri": "/tides/{name}"},
            "input": {"shape": "PutTideRequest"}, "output": {"shape": "Tide"}
        },
        "PutTideAt": {
            "http": {"method": "PUT", "requestUri": "/tides/{name}"},
            "input": {"shape": "PutTideAtRequest"}
        }
    },
    "shapes": {
        "GetTideRequest": {
            "type": "structure", "required": ["Name"],
            "members": {"Name": {"shape": "Text", "location": "uri", "locationName": "name"}}
        },
        "PutTideRequest": {
            "type": "structure", "payload": "Water",
            "members": {
                "Name": {"shape": "Text", "location": "uri", "locationName": "name"},
                "Water": {"shape": "Water", "streaming": true},
                "Key": {"shape": "Secret", "location": "header", "locationName": "X-Key"}
            }
        },
        "PutTideAtRequest": {
            "type": "structure", "required": ["At", "Name"],
            "members": {
                "Zones": {"shape": "Zones"},
                "At": {"shape": "At", "location": "querystring", "locationName": "at"},
                "Name": {"shape": "Text", "location": "uri", "locationName": "name"}
            }
        },
        "Zones": {"type": "list", "member": {"shape": "Zone", "locationName": "zone"}},
        "Zone": {
            "type": "structure", "sensitive": true,
            "members": {
                "Inner": {"shape": "Zones"},
                "Tags": {"shape": "Tags"},
                "Calm": {"shape": "Flag"}
            }
        },
        "Flag": {"type": "boolean"},
        "Tags": {
            "type": "map", "flattened": true,
            "key": {"shape": "Text"}, "value": {"shape": "Secret"}
        },
        "Tide": {"type": "structure", "members": {"Height": {"shape": "Height"}}},
        "At": {"type": "timestamp", "timestampFormat": "iso8601"},
        "Height": {"type": "double"},
        "Secret": {"type": "string", "sensitive": true},
        "Text": {"type": "string"},
        "Water": {"type": "blob"}
    }
}"#;

fn model() -> Model {
    serde_json::from_str(MODEL).unwrap()
}

fn written(version: &str, model: &Model) -> Catalog {
    let service = gather::service("tides", model).unwrap();
    let file = encode::file(version, &[service]).unwrap();
    Catalog::open(file.leak()).unwrap()
}

fn members<'s>(service: &'s Service, operation: &str) -> &'s [cairn_catalog::Member] {
    let input = service.operation(operation).unwrap().input.unwrap();
    match service.shape(input) {
        Shape::Structure { members, .. } => members,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_written_is_read() {
    let catalog = written("9.9", &model());
    assert_eq!(catalog.version(), "9.9");
    assert_eq!(catalog.targeted("Tides_20261126"), catalog.named("tides"));
    let service = catalog.service(catalog.signed_as("tides")[0]);
    assert_eq!(service.event_source, "tides.amazonaws.com");
    assert_eq!(service.api_version, "2026-11-26");
    let put = service.operation("PutTide").unwrap();
    assert_eq!((put.read_only, put.input_payload), (false, Payload::Stream));
    assert!(put.output.is_some());
    let get = service.operation("GetTide").unwrap();
    assert_eq!((get.read_only, get.output), (true, None));
    let [name, water, key] = members(service, "PutTide") else { panic!("three members") };
    assert_eq!((name.location, name.wire), (Location::Path, Some("name")));
    assert_eq!((water.name, water.location, water.sensitive), ("Water", Location::Body, false));
    assert_eq!((key.wire, key.sensitive), (Some("X-Key"), true));
}

#[test]
fn a_secret_structure_is_secret_where_it_is_used_and_may_contain_itself() {
    let catalog = written("1", &model());
    let service = catalog.service(catalog.named("tides").unwrap());
    let [zones, at, _] = members(service, "PutTideAt") else { panic!("in the model's order") };
    assert!(matches!(service.shape(at.shape), Shape::Timestamp(Some(_))));
    let Shape::List { element, element_name, sensitive: true, .. } = service.shape(zones.shape)
    else {
        panic!("a list of secrets")
    };
    assert_eq!(*element_name, Some("zone"));
    let Shape::Structure { members, .. } = service.shape(*element) else { panic!("a structure") };
    assert!(members.iter().all(|member| member.sensitive));
    assert_eq!(members[0].shape, zones.shape);
    assert!(members[1].flattened);
    assert!(matches!(service.shape(members[2].shape), Shape::Boolean));
    let tags = service.shape(members[1].shape);
    assert!(matches!(tags, Shape::Map { sensitive: true, flattened: true, .. }));
}

#[test]
fn what_only_one_of_two_requires_tells_them_apart() {
    let catalog = written("1", &model());
    let service = catalog.service(catalog.named("tides").unwrap());
    let at = service.operation("PutTideAt").unwrap();
    assert_eq!(*at.conditions, [Condition::Query("at")]);
    let name = |query| service.route("PUT", "/tides/high", query).unwrap().operation.name;
    assert_eq!((name(""), name("at=1")), ("PutTide", "PutTideAt"));
}

#[test]
fn two_operations_that_nothing_tells_apart_are_refused() {
    let mut model = model();
    let same = r#"{"http": {"method": "GET", "requestUri": "/tides/{other}"}}"#;
    let same = serde_json::from_str(same);
    model.operations.insert("ReadTide".into(), same.unwrap());
    let failure = gather::service("tides", &model).err().unwrap().to_string();
    assert!(failure.contains("nothing tells ReadTide"), "{failure}");
}

#[test]
fn what_an_earlier_model_had_is_kept() {
    let mut old = model();
    let put = old.operations.get_mut("PutTide").unwrap();
    put.http.request_uri = "/old/tides/{name}".to_owned();
    let gone = r#"{"http": {"method": "GET", "requestUri": "/ebbs/{name}"},
        "input": {"shape": "GetTideRequest"}}"#;
    old.operations.insert("GetEbb".into(), serde_json::from_str(gone).unwrap());
    let mut models = vec![("tides".to_owned(), model())];
    earlier::keep(&mut models, vec![("tides".to_owned(), old), ("moons".to_owned(), model())]);
    let names: Vec<&str> = models.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["moons", "tides"]);
    let catalog = written("2", &models[1].1);
    let service = catalog.service(catalog.named("tides").unwrap());
    let name = |method, path| service.route(method, path, "").unwrap().operation.name;
    assert_eq!(name("PUT", "/tides/high"), "PutTide");
    assert_eq!(name("PUT", "/old/tides/high"), "PutTide");
    assert_eq!(name("GET", "/ebbs/low"), "GetEbb");
    assert_eq!(service.operation("PutTide").unwrap().event_name, "PutTide");
}

#[test]
fn the_same_models_give_the_same_bytes() {
    let file = || encode::file("1", &[gather::service("tides", &model()).unwrap()]).unwrap();
    assert_eq!(file(), file());
}

#[test]
fn changes_are_told_by_operation() {
    let old = written("1", &model());
    let mut model = model();
    model.operations.remove("PutTideAt");
    model.shapes.get_mut("PutTideRequest").unwrap().members.0.pop();
    let new = written("2", &model);
    let report = changes::text(Some(&old), &new);
    let lines: Vec<&str> = report.lines().collect();
    let [removed, changed, summary] = lines[..] else { panic!("{report}") };
    assert_eq!(removed, "- tides PutTideAt");
    assert!(changed.starts_with("~ tides PutTide: "), "{changed}");
    assert!(changed.contains(" -Key* "), "{changed}");
    assert_eq!(summary, "models 1 -> 2: 1 services, 2 operations");
    let all = changes::text(None, &new);
    assert!(all.starts_with("+ tides with 2 operations"), "{all}");
}

#[test]
fn the_text_of_a_service_has_a_line_for_each_operation() {
    let catalog = written("1", &model());
    let text = show::text(&catalog, Some("tides")).unwrap();
    assert_eq!(text.lines().count(), 4);
    assert!(text.contains("tides PutTideAt write PUT /tides/{name} if=?at in="), "{text}");
    assert!(show::text(&catalog, Some("none")).is_err());
}
