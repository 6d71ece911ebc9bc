//! How often, and after which pauses, a web server is tried.

use std::time::Duration;

use cairn_wire::Fault;
use serde_json::{Value, json};

use super::fault;

/// Retries of one message at most.
const RETRIES: u64 = 100;
/// The longest pause between two of them.
const PAUSE_SECONDS: u64 = 3_600;

/// `healthyRetryPolicy`. Delays are seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Backoff {
    min: u64,
    max: u64,
    retries: u64,
    without_delay: u64,
    with_min: u64,
    with_max: u64,
    growth: Growth,
}

/// How the pauses between the shortest and the longest grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    Linear,
    Arithmetic,
    Geometric,
    Exponential,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            min: 20,
            max: 20,
            retries: 3,
            without_delay: 0,
            with_min: 0,
            with_max: 0,
            growth: Growth::Linear,
        }
    }
}

impl Backoff {
    /// From a topic's `DeliveryPolicy`.
    pub(super) fn of_topic(text: &str) -> Result<Self, Fault> {
        Self::read(&parse(text)?["http"]["defaultHealthyRetryPolicy"])
    }

    /// From a subscription's `DeliveryPolicy`.
    pub(super) fn of_subscription(text: &str) -> Result<Self, Fault> {
        Self::read(&parse(text)?["healthyRetryPolicy"])
    }

    fn read(policy: &Value) -> Result<Self, Fault> {
        let default = Self::default();
        let number = |name: &str, default: u64, most: u64| match &policy[name] {
            Value::Null => Ok(default),
            value => value.as_u64().filter(|number| *number <= most).ok_or_else(|| {
                fault::invalid(format!("DeliveryPolicy: {name} must be between 0 and {most}"))
            }),
        };
        let growth = match policy["backoffFunction"].as_str() {
            None | Some("linear") => Growth::Linear,
            Some("arithmetic") => Growth::Arithmetic,
            Some("geometric") => Growth::Geometric,
            Some("exponential") => Growth::Exponential,
            Some(_) => return Err(fault::invalid("DeliveryPolicy: Unknown backoffFunction")),
        };
        let read = Self {
            min: number("minDelayTarget", default.min, PAUSE_SECONDS)?,
            max: number("maxDelayTarget", default.max, PAUSE_SECONDS)?,
            retries: number("numRetries", default.retries, RETRIES)?,
            without_delay: number("numNoDelayRetries", 0, RETRIES)?,
            with_min: number("numMinDelayRetries", 0, RETRIES)?,
            with_max: number("numMaxDelayRetries", 0, RETRIES)?,
            growth,
        };
        if read.min > read.max {
            return Err(fault::invalid(
                "DeliveryPolicy: minDelayTarget must be less than or equal to maxDelayTarget",
            ));
        }
        if read.without_delay + read.with_min + read.with_max > read.retries {
            return Err(fault::invalid(
                "DeliveryPolicy: numRetries must be greater than or equal to the sum of the others",
            ));
        }
        Ok(read)
    }

    /// The pause after `failures` failures, which is at least 1; `None` to give up.
    pub(super) fn pause(&self, failures: u32) -> Option<Duration> {
        let retry = u64::from(failures).saturating_sub(1);
        if retry >= self.retries {
            return None;
        }
        let early = self.without_delay + self.with_min;
        let between = self.retries - early - self.with_max;
        let seconds = if retry < self.without_delay {
            0
        } else if retry < early {
            self.min
        } else if retry >= early + between {
            self.max
        } else {
            self.grown(retry - early, between)
        };
        Some(Duration::from_secs(seconds))
    }

    fn grown(&self, step: u64, steps: u64) -> u64 {
        if steps < 2 {
            return self.min;
        }
        let range = (self.max - self.min) as f64;
        let part = step as f64 / (steps - 1) as f64;
        let part = match self.growth {
            Growth::Linear => part,
            Growth::Arithmetic => part * part,
            Growth::Geometric => part.powi(3),
            Growth::Exponential => (2f64.powf(8.0 * part) - 1.0) / 255.0,
        };
        self.min + (range * part).round() as u64
    }

    pub(super) fn topic_policy(&self) -> String {
        json!({
            "http": {
                "defaultHealthyRetryPolicy": self.members(),
                "disableSubscriptionOverrides": false,
                "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
            },
        })
        .to_string()
    }

    pub(super) fn subscription_policy(&self) -> String {
        json!({"healthyRetryPolicy": self.members()}).to_string()
    }

    fn members(&self) -> Value {
        json!({
            "minDelayTarget": self.min,
            "maxDelayTarget": self.max,
            "numRetries": self.retries,
            "numMaxDelayRetries": self.with_max,
            "numNoDelayRetries": self.without_delay,
            "numMinDelayRetries": self.with_min,
            "backoffFunction": match self.growth {
                Growth::Linear => "linear",
                Growth::Arithmetic => "arithmetic",
                Growth::Geometric => "geometric",
                Growth::Exponential => "exponential",
            },
        })
    }
}

fn parse(text: &str) -> Result<Value, Fault> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(fault::invalid("DeliveryPolicy: failed to parse JSON")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_follow_the_policy() {
        let pauses = |backoff: Backoff| -> Vec<u64> {
            (1..=200).map_while(|n| backoff.pause(n)).map(|pause| pause.as_secs()).collect()
        };
        assert_eq!(pauses(Backoff::default()), [20, 20, 20]);
        let policy = r#"{"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 9,
            "numRetries": 7, "numNoDelayRetries": 1, "numMinDelayRetries": 1,
            "numMaxDelayRetries": 2, "backoffFunction": "linear"}}"#;
        let read = Backoff::of_subscription(policy).unwrap();
        assert_eq!(pauses(read), [0, 1, 1, 5, 9, 9, 9]);
        let again = Backoff::of_subscription(&read.subscription_policy()).unwrap();
        assert_eq!(again, read);
        for bad in [
            "[]",
            "{",
            r#"{"healthyRetryPolicy": {"numRetries": 101}}"#,
            r#"{"healthyRetryPolicy": {"numRetries": -1}}"#,
            r#"{"healthyRetryPolicy": {"minDelayTarget": 30}}"#,
            r#"{"healthyRetryPolicy": {"numNoDelayRetries": 4}}"#,
            r#"{"healthyRetryPolicy": {"backoffFunction": "x"}}"#,
        ] {
            assert!(Backoff::of_subscription(bad).is_err(), "{bad}");
        }
    }
}
