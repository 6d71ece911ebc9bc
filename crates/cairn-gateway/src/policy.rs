//! What becomes of the records of forwarded calls: which are made, and what happens to a call that
//! cannot be recorded.

use std::str::FromStr;

/// What a call that cannot be recorded is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Not recorded at all.
    Off,
    /// Recorded, or refused.
    Closed,
    /// Recorded where that is possible; else forwarded, and counted in a gap record.
    Open,
}

/// Which data events are recorded beside those that a trail selects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DataEvents {
    #[default]
    None,
    All,
    /// Of these `resources.type`.
    Of(Vec<String>),
}

/// Rules by service and operation; the most exact one holds.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    pub data_events: DataEvents,
    pub rules: Vec<Rule>,
}

/// `service[:operation]=off|closed|open`; a star stands for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub service: String,
    pub operation: String,
    pub keeping: Keeping,
}

/// A text that is no policy; says what one looks like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(&'static str);

/// One call, as the rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The names that a rule may call the service by: that of its model and that it is signed as.
    pub service: [&'a str; 2],
    /// The API's name and the record's `eventName`.
    pub operation: [&'a str; 2],
    /// `resources.type` of a data event.
    pub data: Option<&'a str>,
}

impl Policy {
    /// A rule for the operation beats one for the service, which beats the star; data events that
    /// nobody asked for are not recorded, unless a rule names their operation or service. `wanted`
    /// says whether a trail asks for the data event.
    pub fn keeping(&self, subject: Subject<'_>, wanted: impl FnOnce() -> bool) -> Keeping {
        let best = self.rules.iter().filter_map(|rule| Some((rule.fit(subject)?, rule.keeping)));
        match best.max_by_key(|(fit, _)| *fit) {
            Some((fit, keeping)) if fit > 0 => keeping,
            Some((_, Keeping::Off)) => Keeping::Off,
            other => {
                let asked = subject.data.is_none_or(|kind| self.data_events.has(kind) || wanted());
                let keeping = other.map_or(Keeping::Closed, |(_, keeping)| keeping);
                if asked { keeping } else { Keeping::Off }
            }
        }
    }
}

impl Rule {
    /// How exactly the rule speaks of the call; `None` where it does not.
    fn fit(&self, subject: Subject<'_>) -> Option<u8> {
        let names = |pattern: &str, names: [&str; 2]| match pattern {
            "*" => Some(0),
            _ => names.contains(&pattern).then_some(1),
        };
        let service = names(&self.service, subject.service)?;
        let operation = names(&self.operation, subject.operation)?;
        Some(service + 2 * operation)
    }
}

impl DataEvents {
    pub fn has(&self, kind: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Of(kinds) => kinds.iter().any(|found| found == kind),
        }
    }
}

impl FromStr for DataEvents {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        match text.trim() {
            "" | "none" => Ok(Self::None),
            "all" => Ok(Self::All),
            list => {
                let kinds: Vec<String> =
                    list.split(',').map(|kind| kind.trim().to_owned()).collect();
                if kinds.iter().any(|kind| !kind.starts_with("AWS::")) {
                    let text = "none, all, or types such as AWS::S3::Object, separated by commas";
                    return Err(PolicyError(text));
                }
                Ok(Self::Of(kinds))
            }
        }
    }
}

/// A comma-separated list of rules.
pub fn parse_rules(text: &str) -> Result<Vec<Rule>, PolicyError> {
    let wrong = PolicyError("rules such as s3:GetObject=off, sqs=open, *=closed");
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let rule = |part: &str| {
        let (subject, keeping) = part.split_once('=')?;
        let (service, operation) = subject.split_once(':').unwrap_or((subject, "*"));
        let keeping = match keeping.trim() {
            "off" => Keeping::Off,
            "closed" => Keeping::Closed,
            "open" => Keeping::Open,
            _ => return None,
        };
        let (service, operation) = (service.trim().to_owned(), operation.trim().to_owned());
        (!service.is_empty() && !operation.is_empty()).then_some(Rule {
            service,
            operation,
            keeping,
        })
    };
    parts.map(|part| rule(part).ok_or_else(|| wrong.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeping(rules: &str, data: &str, subject: Subject<'_>) -> Keeping {
        let data_events = data.parse().unwrap();
        Policy { data_events, rules: parse_rules(rules).unwrap() }.keeping(subject, || false)
    }

    const GET: Subject<'_> = Subject {
        service: ["s3", "s3"],
        operation: ["GetObject", "GetObject"],
        data: Some("AWS::S3::Object"),
    };
    const LIST: Subject<'_> = Subject {
        service: ["dynamodbstreams", "dynamodb"],
        operation: ["ListStreams", "ListStreams"],
        data: None,
    };

    #[test]
    fn data_events_are_recorded_where_they_are_asked_for() {
        assert_eq!(keeping("", "none", GET), Keeping::Off);
        assert_eq!(keeping("", "all", GET), Keeping::Closed);
        assert_eq!(keeping("", "AWS::S3::Object, AWS::SQS::Queue", GET), Keeping::Closed);
        assert_eq!(keeping("", "AWS::SQS::Queue", GET), Keeping::Off);
        assert_eq!(keeping("s3:GetObject=open", "none", GET), Keeping::Open);
        assert_eq!(keeping("*=open", "none", GET), Keeping::Off);
        assert_eq!(keeping("*=open", "all", GET), Keeping::Open);
        assert_eq!(keeping("", "none", LIST), Keeping::Closed);
    }

    #[test]
    fn a_trail_may_ask_for_data_events() {
        let with = |rules: &str, wanted: bool| {
            let policy =
                Policy { data_events: DataEvents::None, rules: parse_rules(rules).unwrap() };
            policy.keeping(GET, || wanted)
        };
        assert_eq!(with("", true), Keeping::Closed);
        assert_eq!(with("", false), Keeping::Off);
        assert_eq!(with("*=open", true), Keeping::Open);
        // What an operator turned off stays off.
        assert_eq!(with("s3:GetObject=off", true), Keeping::Off);
    }

    #[test]
    fn the_most_exact_rule_holds() {
        let rules = "*=off, dynamodb=open, dynamodb:ListStreams=closed, *:ListStreams=open";
        assert_eq!(keeping(rules, "none", LIST), Keeping::Closed);
        assert_eq!(keeping("*=off, dynamodb=open", "none", LIST), Keeping::Open);
        assert_eq!(keeping("*=off", "all", GET), Keeping::Off);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for bad in ["s3", "s3=maybe", "=off", "s3:=off", "s3:GetObject"] {
            assert!(parse_rules(bad).is_err(), "{bad}");
        }
        assert!("S3Objects".parse::<DataEvents>().is_err());
    }
}
