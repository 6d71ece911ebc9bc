use cairn_store::objects::Bucket;

use super::event;
use super::send::publish;
use crate::ask::Ask;
use crate::fault::Fault;
use crate::s3::S3;
use crate::setting;
use crate::xml::Element;

/// Kinds of targets: the element around one, and the element of its ARN.
const KINDS: &[(&str, &str)] = &[
    ("TopicConfiguration", "Topic"),
    ("QueueConfiguration", "Queue"),
    ("CloudFunctionConfiguration", "CloudFunction"),
];

const EVENTS: &[&str] = &[
    "s3:IntelligentTiering",
    "s3:LifecycleExpiration:",
    "s3:LifecycleTransition",
    "s3:ObjectAcl:Put",
    "s3:ObjectCreated:",
    "s3:ObjectRemoved:",
    "s3:ObjectRestore:",
    "s3:ObjectTagging:",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:",
];

/// Where events of a bucket go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) id: String,
    pub(super) arn: String,
    events: Vec<String>,
    prefix: String,
    suffix: String,
}

impl Target {
    /// `name` is `ObjectCreated:Put`.
    pub(super) fn wants(&self, name: &str, key: &str) -> bool {
        let named = self.events.iter().any(|event| {
            let event = event.strip_prefix("s3:").unwrap_or(event);
            match event.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == event,
            }
        });
        named && key.starts_with(&self.prefix) && key.ends_with(&self.suffix)
    }
}

pub(super) fn targets(bucket: &Bucket) -> Vec<Target> {
    let root = setting::tree(bucket, setting::NOTIFICATION);
    root.map(|root| read(&root)).unwrap_or_default()
}

fn read(root: &Element) -> Vec<Target> {
    let mut targets = Vec::new();
    for child in &root.children {
        let Some((_, arn)) = KINDS.iter().find(|(kind, _)| *kind == child.name) else { continue };
        let text = |name: &str| child.text_of(name).unwrap_or_default().to_owned();
        let rules = child.child("Filter").and_then(|filter| filter.child("S3Key"));
        let rule = |name: &str| {
            let mut rules = rules.into_iter().flat_map(|rules| rules.all("FilterRule"));
            let found = rules.find(|rule| {
                rule.text_of("Name").is_some_and(|found| found.eq_ignore_ascii_case(name))
            });
            found.and_then(|rule| rule.child("Value")).map_or_else(String::new, |v| v.text.clone())
        };
        targets.push(Target {
            id: text("Id"),
            arn: text(arn),
            events: child.all("Event").map(|event| event.text.trim().to_owned()).collect(),
            prefix: rule("prefix"),
            suffix: rule("suffix"),
        });
    }
    targets
}

/// Whether a configuration can be the bucket's: its targets get a message to try. Gives ids to
/// those that have none.
pub(crate) async fn check(
    s3: &S3,
    ask: &Ask,
    bucket: &Bucket,
    root: &mut Element,
) -> Result<(), Fault> {
    for child in &mut root.children {
        let kind = KINDS.iter().find(|(kind, _)| *kind == child.name);
        let Some((_, arn)) = kind else {
            if child.name == "EventBridgeConfiguration" {
                continue;
            }
            return Err(Fault::malformed_xml());
        };
        if child.text_of(arn).is_none_or(str::is_empty) || child.child("Event").is_none() {
            return Err(Fault::malformed_xml());
        }
        if child.text_of("Id").is_none_or(str::is_empty) {
            let id = Element { name: "Id".to_owned(), text: s3.unique(), ..Element::default() };
            child.children.retain(|child| child.name != "Id");
            child.children.insert(0, id);
        }
        check_filter(child)?;
    }
    for target in read(root) {
        for event in &target.events {
            let known = EVENTS.iter().any(|known| event.starts_with(known));
            if !known {
                let text = "A specified event is not supported for notifications.";
                return Err(Fault::invalid_argument(text, "Event", event));
            }
        }
        if ask.is_set("x-amz-skip-destination-validation") {
            continue;
        }
        let body = event::test(s3, ask, bucket);
        let tried = publish(s3, &target.arn, &bucket.name, bucket.owner, &body).await;
        if let Err(error) = tried {
            tracing::info!(target = target.arn, %error, "a target of notifications was refused");
            let text = "Unable to validate the following destination configurations";
            return Err(Fault::invalid_argument(text, &target.arn, &error.to_string()));
        }
    }
    Ok(())
}

fn check_filter(target: &Element) -> Result<(), Fault> {
    let rules = target.child("Filter").and_then(|filter| filter.child("S3Key"));
    for rule in rules.into_iter().flat_map(|rules| rules.all("FilterRule")) {
        let name = rule.text_of("Name").unwrap_or_default();
        if !name.eq_ignore_ascii_case("prefix") && !name.eq_ignore_ascii_case("suffix") {
            let text = "filter rule name must be either prefix or suffix";
            return Err(Fault::invalid_argument(text, "FilterRule.Name", name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::xml::Element;

    #[test]
    fn a_target_wants_what_its_rules_say() {
        let text = "<NotificationConfiguration><QueueConfiguration><Id>a</Id><Queue>q</Queue>\
                    <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:Delete</Event>\
                    <Filter><S3Key><FilterRule><Name>Prefix</Name><Value>logs/</Value></FilterRule>\
                    <FilterRule><Name>suffix</Name><Value>.gz</Value></FilterRule></S3Key></Filter>\
                    </QueueConfiguration></NotificationConfiguration>";
        let target = read(&Element::parse(text.as_bytes()).unwrap()).remove(0);
        assert!(target.wants("ObjectCreated:Put", "logs/a.gz"));
        assert!(target.wants("ObjectRemoved:Delete", "logs/a.gz"));
        assert!(!target.wants("ObjectRemoved:DeleteMarkerCreated", "logs/a.gz"));
        assert!(!target.wants("ObjectCreated:Put", "logs/a"));
        assert!(!target.wants("ObjectCreated:Put", "a.gz"));
    }
}
