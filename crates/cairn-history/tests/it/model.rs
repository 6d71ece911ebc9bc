//! History against the simplest thing that could be right: look at every event, sort, cut.

use cairn_core::{SeededEntropy, Seq, Timestamp};
use cairn_event::{Category, Event};
use cairn_history::{Attribute, Query};
use cairn_journal::Draft;

use crate::kit::{House, NOW, Spec, all_pages, small};

const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "ap-south-1", "not a region"];
const CATEGORIES: [&str; 3] = ["Management", "Management", "Data"];

struct Model {
    events: Vec<(Seq, u64, Event)>,
}

struct Question {
    account: u64,
    region: Option<&'static str>,
    query: Query,
}

impl Model {
    /// Newest first.
    fn answer(&self, question: &Question) -> Vec<Seq> {
        let Question { account, region, query } = question;
        let holds = |owner: u64, event: &Event| {
            let text = String::from_utf8(event.raw().to_vec()).unwrap();
            owner == *account
                && region.is_none_or(|region| event.region() == region)
                && query.category.is_none_or(|category| event.category() == category)
                && query.start.is_none_or(|start| event.time() >= start)
                && query.end.is_none_or(|end| event.time() <= end)
                && query.text.as_ref().is_none_or(|part| text.contains(part))
                && query.attributes.iter().all(|(key, value)| has(event, *key, value))
                && event.time().seconds() >= NOW - 90 * 86_400
        };
        let found = self.events.iter().filter(|(_, owner, event)| holds(*owner, event));
        let mut found: Vec<(i64, Seq)> =
            found.map(|(seq, _, event)| (event.time().seconds(), *seq)).collect();
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.into_iter().map(|(_, seq)| seq).collect()
    }
}

/// Written apart from [`Attribute::holds`], which is under test here as well.
fn has(event: &Event, attribute: Attribute, value: &str) -> bool {
    let named = |member: &str| {
        let text = std::str::from_utf8(event.raw()).unwrap();
        text.contains(&format!("\"{member}\":\"{value}\""))
    };
    match attribute {
        Attribute::EventId => named("eventID"),
        Attribute::EventName => named("eventName"),
        Attribute::EventSource => named("eventSource"),
        Attribute::Username => named("userName"),
        Attribute::AccessKeyId => named("accessKeyId"),
        Attribute::ResourceType => named("type") && value != "IAMUser",
        Attribute::ResourceName => named("ARN"),
        Attribute::ReadOnly => {
            std::str::from_utf8(event.raw()).unwrap().contains(&format!("\"readOnly\":{value}"))
        }
    }
}

struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// Small numbers often, large ones seldom.
    fn skewed(&self, bound: u64) -> u64 {
        self.below(self.below(bound) + 1)
    }

    fn spec(&self, number: usize) -> Spec {
        let recent = NOW - 500 + number as i64;
        let time = match self.below(10) {
            // Many in one second, some late by days, a few too old, one in the far future.
            0..6 => recent / 7 * 7,
            6 | 7 => recent - 86_400 * self.below(5) as i64 - self.below(90_000) as i64,
            8 => NOW - 86_400 * 89 - self.below(200_000) as i64,
            _ => NOW + 86_400 * self.below(400) as i64,
        };
        Spec {
            account: 1 + self.skewed(3),
            region: REGIONS[self.skewed(4) as usize].to_owned(),
            category: CATEGORIES[self.below(3) as usize],
            name: format!("Op{}", self.skewed(8)),
            user: format!("user{}", self.skewed(12)),
            read_only: self.below(2) == 0,
            bucket: format!("bucket{}", self.skewed(20)),
            key: format!("AKIA{}", self.skewed(5)),
            note: format!("note {}", self.below(50)),
            ..Spec::new(number, time)
        }
    }

    fn question(&self, model: &Model) -> Question {
        let mut query = Query { limit: 1 + self.below(60) as usize, ..Query::default() };
        for _ in 0..self.below(3) {
            query.attributes.push(self.attribute(model.events.len()));
        }
        let instant = || Timestamp::from_seconds(NOW - self.skewed(400_000) as i64 + 1_000);
        query.start = (self.below(3) == 0).then(instant);
        query.end = (self.below(3) == 0).then(instant);
        query.text = (self.below(5) == 0).then(|| format!("note {}", self.below(50)));
        let categories = [None, Some(Category::Management), Some(Category::Data)];
        query.category = categories[self.below(3) as usize];
        let region = [None, Some(REGIONS[0]), Some(REGIONS[1]), Some("sa-east-1")];
        Question { account: 1 + self.below(4), region: region[self.skewed(4) as usize], query }
    }

    fn attribute(&self, events: usize) -> (Attribute, String) {
        let attribute = Attribute::ALL[self.below(8) as usize];
        let value = match attribute {
            Attribute::EventId => format!("id-{}", self.below(events as u64 + 5)),
            Attribute::EventName => format!("Op{}", self.below(8)),
            Attribute::ReadOnly => ["true", "false", "True"][self.skewed(3) as usize].to_owned(),
            Attribute::Username => format!("user{}", self.below(12)),
            Attribute::ResourceType => "AWS::S3::Object".to_owned(),
            Attribute::ResourceName => format!("arn:aws:s3:::bucket{}", self.below(20)),
            Attribute::EventSource => "s3.amazonaws.com".to_owned(),
            Attribute::AccessKeyId => format!("AKIA{}", self.below(5)),
        };
        (attribute, value)
    }
}

fn live(seed: u64) {
    let dice = Dice(SeededEntropy::new(seed));
    let mut house = House::new(small());
    let mut model = Model { events: Vec::new() };
    for round in 0..20 {
        let first = model.events.len();
        let specs: Vec<Spec> =
            (first..first + dice.below(60) as usize).map(|number| dice.spec(number)).collect();
        let drafts = specs.iter().map(|spec| Draft::event(spec.account(), spec.event())).collect();
        for (spec, seq) in specs.iter().zip(house.append(drafts)) {
            model.events.push((seq, spec.account, spec.event()));
        }
        for _ in 0..dice.below(12) {
            house.merge_some();
            house.index_some();
        }
        if dice.below(5) == 0 {
            house.restart();
        }
        while house.history().stats().lag > 0 {
            house.index_some();
            house.merge_some();
        }
        for _ in 0..25 {
            let question = dice.question(&model);
            let Question { account, region, query } = &question;
            assert_eq!(
                all_pages(&house.scope(*account, *region), query),
                model.answer(&question),
                "seed {seed}, round {round}, account {account}, {region:?}, {query:?}"
            );
        }
    }
}

#[test]
fn history_answers_like_a_list_that_is_searched_whole() {
    for seed in 0..6 {
        live(seed);
    }
}
