//! Resources that records name, as templates of their ARNs.

/// A resource that the records of an operation name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// For example `AWS::S3::Bucket`; empty where records give the ARN without a type.
    pub kind: &'static str,
    /// The ARN with names in braces: `arn:{partition}:s3:::{bucketName}/{key}`. `fill` reads it.
    ///
    /// * `{partition}`, `{region}` and `{account}` are those of the call.
    /// * Any other name is a member of `requestParameters`, spelled as there. Dots lead into
    ///   structures: `{policy.id}`. A list of texts names one resource for each, and so do the keys
    ///   of a map.
    /// * A template that begins with `response:` names members of `responseElements` instead.
    /// * `{keyId|key/}`: the text after the bar comes before the value, unless the value has a
    ///   slash.
    /// * `{queueUrl/}`: of the value, only what follows its last slash.
    /// * A member whose value begins with `arn:` is the ARN, whatever stands around it; one that
    ///   stands alone names nothing else.
    /// * A template whose member is absent, empty or no text names nothing.
    pub arn: &'static str,
}

/// What a template says of a response's members, at its beginning.
const RESPONSE: &str = "response:";

impl Resource {
    /// Whether the names are members of `responseElements`.
    pub fn is_of_response(&self) -> bool {
        self.arn.starts_with(RESPONSE)
    }

    /// The ARNs that the template gives, at most `most`. `values` tells what a name stands for:
    /// nothing, one text, or one for each element of a list or key of a map.
    pub fn fill(&self, most: usize, values: &dyn Fn(&str) -> Vec<String>) -> Vec<String> {
        let template = self.arn.strip_prefix(RESPONSE).unwrap_or(self.arn);
        let mut arns = vec![Draft::default()];
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            let Some((place, behind)) = behind.split_once('}') else { return Vec::new() };
            let (name, how) = How::of(place);
            let mut longer = Vec::new();
            for value in values(name).iter().filter(|value| !value.is_empty()) {
                let room = most.saturating_sub(longer.len());
                longer.extend(arns.iter().take(room).map(|arn| arn.with(before, value, how)));
            }
            arns = longer;
            rest = behind;
        }
        let all = arns.into_iter().map(|arn| arn.end(rest));
        all.filter(|arn| arn.starts_with("arn:")).collect()
    }
}

/// An ARN as far as it is filled in.
#[derive(Default)]
struct Draft {
    text: String,
    /// A member was an ARN already, and is the whole.
    whole: bool,
}

impl Draft {
    fn with(&self, before: &str, value: &str, how: How<'_>) -> Self {
        if self.whole {
            return Self { text: self.text.clone(), whole: true };
        }
        if value.starts_with("arn:") {
            return Self { text: value.to_owned(), whole: true };
        }
        let (unless, value) = match how {
            How::Plain => ("", value),
            How::Unless(_) if value.contains('/') => ("", value),
            How::Unless(text) => (text, value),
            How::Last => ("", value.rsplit('/').next().unwrap_or(value)),
        };
        Self { text: format!("{}{before}{unless}{value}", self.text), whole: false }
    }

    fn end(self, rest: &str) -> String {
        if self.whole { self.text } else { self.text + rest }
    }
}

/// How a value is put in.
#[derive(Clone, Copy)]
enum How<'a> {
    Plain,
    /// This text comes before it, unless it has a slash.
    Unless(&'a str),
    /// What follows its last slash.
    Last,
}

impl<'a> How<'a> {
    fn of(place: &'a str) -> (&'a str, Self) {
        if let Some((name, text)) = place.split_once('|') {
            return (name, Self::Unless(text));
        }
        match place.strip_suffix('/') {
            Some(name) => (name, Self::Last),
            None => (place, Self::Plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(arn: &'static str, members: &[(&str, &[&str])]) -> Vec<String> {
        let values = |name: &str| match name {
            "partition" => vec!["aws".to_owned()],
            "region" => vec!["us-east-1".to_owned()],
            "account" => vec!["111122223333".to_owned()],
            _ => {
                let found = members.iter().find(|(member, _)| *member == name);
                found
                    .map_or(&[][..], |(_, values)| *values)
                    .iter()
                    .map(|v| (*v).to_owned())
                    .collect()
            }
        };
        Resource { kind: "", arn }.fill(4, &values)
    }

    #[test]
    fn templates_are_filled_with_members() {
        const OBJECT: &str = "arn:{partition}:s3:::{bucketName}/{key}";
        const KEY: &str = "arn:{partition}:kms:{region}:{account}:{keyId|key/}";
        const QUEUE: &str = "arn:{partition}:sqs:{region}:{account}:{queueUrl/}";
        const TABLE: &str = "arn:{partition}:dynamodb:{region}:{account}:table/{tableName}";
        const ARN: &str = "arn:aws:iam::111122223333:role/r";
        let cases: [(&'static str, &str, &str, &str); 9] = [
            (KEY, "keyId", "1234", "arn:aws:kms:us-east-1:111122223333:key/1234"),
            (KEY, "keyId", "alias/a", "arn:aws:kms:us-east-1:111122223333:alias/a"),
            (KEY, "keyId", ARN, ARN),
            (QUEUE, "queueUrl", "http://h/1/q", "arn:aws:sqs:us-east-1:111122223333:q"),
            (TABLE, "tableName", "t", "arn:aws:dynamodb:us-east-1:111122223333:table/t"),
            (TABLE, "tableName", ARN, ARN),
            ("{roleArn}", "roleArn", ARN, ARN),
            ("{roleArn}", "roleArn", "r", ""),
            (OBJECT, "bucketName", "b", ""),
        ];
        for (template, member, value, arn) in cases {
            let found = filled(template, &[(member, &[value])]).concat();
            assert_eq!(found, arn, "{template} {value}");
        }
        let object = filled(OBJECT, &[("bucketName", &["b"]), ("key", &["a/k"])]);
        assert_eq!(object, ["arn:aws:s3:::b/a/k"]);
    }

    #[test]
    fn lists_name_a_resource_for_each_up_to_a_bound() {
        let names: &[&str] = &["a", "", "/b", "c", "d", "e"];
        let found = filled("arn:x:parameter{names|/}", &[("names", names)]);
        let expected = ["/a", "/b", "/c", "/d"].map(|name| format!("arn:x:parameter{name}"));
        assert_eq!(found, expected);
    }

    #[test]
    fn templates_of_answers_say_so() {
        let resource = Resource { kind: "", arn: "response:{keyMetadata.arn}" };
        assert!(resource.is_of_response());
        let values = |name: &str| vec![format!("arn:{name}")];
        assert_eq!(resource.fill(1, &values), ["arn:keyMetadata.arn"]);
    }
}
