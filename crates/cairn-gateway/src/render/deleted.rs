//! The objects that one DeleteObjects call deleted: S3 records each of them as well.

use std::collections::HashSet;

use cairn_event::Json;

use super::xml::Element;
use super::{Answered, Asked, s3};

/// Objects that one call can name.
const OBJECTS: usize = 1000;

/// `requestParameters` for the record of each object that was deleted. Empty for every other call,
/// and where the request was too large to be held.
pub fn deleted(asked: &Asked<'_>, answered: &Answered<'_>) -> Vec<Json> {
    let is_it = asked.service.is_some_and(|service| service.name == "s3")
        && asked.operation.is_some_and(|operation| operation.name == "DeleteObjects");
    if !is_it || answered.status >= 300 || !asked.whole || !answered.whole {
        return Vec::new();
    }
    let (Ok(request), Some(bucket)) = (Element::parse(asked.body), s3::bucket(asked)) else {
        return Vec::new();
    };
    let answer = Element::parse(answered.body).ok();
    let failed: HashSet<_> = answer
        .iter()
        .flat_map(|root| &root.children)
        .filter(|child| child.local() == "Error")
        .map(|error| (error.text_of("Key"), error.text_of("VersionId")))
        .collect();
    let objects = request.children.iter().filter(|child| child.local() == "Object");
    let names = objects.map(|object| (object.text_of("Key"), object.text_of("VersionId")));
    let gone = names.filter(|name| !failed.contains(name)).take(OBJECTS);
    gone.filter_map(|(key, version)| Some(parameters(asked, &bucket, key?, version))).collect()
}

fn parameters(asked: &Asked<'_>, bucket: &str, key: &str, version: Option<&str>) -> Json {
    let mut members = vec![("bucketName".to_owned(), bucket.into())];
    members.extend(asked.host.map(|host| ("Host".to_owned(), host.into())));
    members.push(("key".to_owned(), key.into()));
    members.extend(version.map(|version| ("versionId".to_owned(), version.into())));
    Json::Map(members)
}
