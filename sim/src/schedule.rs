use crate::dice::Dice;
use crate::disk::{Class, Fault};
use crate::parcel::Item;

/// A life of a journal: what is asked of it, and what the disk does to it. Follows from its seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    pub seed: u64,
    pub theme: Theme,
    pub sizes: Sizes,
    pub acts: Vec<Act>,
}

/// What a schedule is mostly about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// The process is killed, the power is cut.
    Crashes,
    /// Reads, writes and syncs fail.
    Errors,
    /// The disk fills up.
    Space,
    /// Bits flip.
    Rot,
    /// A file of another history is put into the place of one of this history.
    Swap,
}

/// The bounds that the journal is opened with, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub segment: u64,
    pub block: usize,
    pub queue: usize,
    pub recent: usize,
    pub cache: usize,
    pub reserve: u64,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A caller hands in a batch and does not wait.
    Submit(Vec<Item>),
    /// The writer commits so many groups.
    Step(u64),
    /// The id runs are worked on so many times.
    Maintain(u64),
    /// A reader that stays goes on; then some records are asked for by place and by id.
    Read,
    /// Both clocks go forward by so many milliseconds.
    Wait(u64),
    /// The wall clock alone goes back by so many seconds.
    TurnBack(i64),
    Fail(Fault),
    /// The process dies within the operation after so many more, and then `End` follows.
    DieIn(u64, End),
    End(End),
    /// So many bytes stay free.
    Fill(u64),
    /// There is space again.
    Clear,
    /// A bit flips in one of the files whose path has this ending.
    Rot(&'static str),
    /// The histories of two disks part; then one gets a file of the other.
    Swap(End),
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Everything that waits is committed and the segment is sealed; then the power goes.
    Stop,
    /// The page cache stays.
    Kill,
    PowerCut,
}

/// How many accounts a schedule has.
const ACCOUNTS: u64 = 3;
/// Drafts of one batch.
const BATCH: u64 = 6;

impl Schedule {
    pub fn new(seed: u64) -> Self {
        let dice = Dice::new(seed, 2);
        let theme = match dice.below(100) {
            0..40 => Theme::Crashes,
            40..65 => Theme::Errors,
            65..75 => Theme::Space,
            75..94 => Theme::Rot,
            _ => Theme::Swap,
        };
        let sizes = Sizes {
            segment: dice.pick(&[4, 8, 8, 16, 64]) * 1024,
            block: dice.pick(&[1, 600, 4096, 64 * 1024]),
            queue: dice.pick(&[2 * 1024, 256 * 1024, 1024 * 1024]),
            recent: dice.pick(&[0, 1000, 100_000]),
            cache: dice.pick(&[0, 4096, 100_000]),
            reserve: dice.pick(&[0, 10_000]),
        };
        let mut writer = Author { dice, theme, last_id: 0, acts: Vec::new() };
        for _ in 0..writer.dice.between(8, 40) {
            writer.write_one();
        }
        if theme == Theme::Swap {
            let end = writer.dice.pick(&[End::Stop, End::Kill, End::PowerCut]);
            writer.acts.push(Act::Swap(end));
        }
        Self { seed, theme, sizes, acts: writer.acts }
    }
}

struct Author {
    dice: Dice,
    theme: Theme,
    last_id: u64,
    acts: Vec<Act>,
}

impl Author {
    fn write_one(&mut self) {
        let act = match self.dice.below(100) {
            0..6 => self.again(),
            6..30 => Act::Submit(self.batch()),
            30..60 => Act::Step(self.dice.pick(&[1, 1, 1, 2, 4])),
            60..66 => Act::Maintain(self.dice.pick(&[1, 1, 3, 20])),
            66..74 => Act::Read,
            74..77 => Act::Wait(self.dice.pick(&[1, 100, 300, 10_000])),
            77 => Act::TurnBack(self.dice.pick(&[1, 3600, 100_000])),
            78..86 => self.end(),
            _ => self.themed(),
        };
        self.acts.push(act);
    }

    /// A caller that has no answer yet sends the same again.
    fn again(&mut self) -> Act {
        match self.acts.last() {
            Some(Act::Submit(items)) => Act::Submit(items.clone()),
            _ => Act::Submit(self.batch()),
        }
    }

    fn themed(&mut self) -> Act {
        match self.theme {
            Theme::Crashes => self.end(),
            Theme::Errors => self.failure(),
            Theme::Space if self.dice.percent(60) => {
                Act::Fill(self.dice.pick(&[0, 600, 5000, 9000, 12_000, 20_000, 40_000]))
            }
            Theme::Space => Act::Clear,
            Theme::Rot => Act::Rot(self.dice.pick(&[".seg", ".seg", ".seg", "ids/", "journal"])),
            Theme::Swap => Act::Submit(self.batch()),
        }
    }

    fn end(&self) -> Act {
        let end = self.dice.pick(&[End::Stop, End::Kill, End::PowerCut, End::PowerCut]);
        if end == End::Stop || self.dice.percent(35) {
            return Act::End(end);
        }
        Act::DieIn(self.dice.pick(&[1, 3, 10, 40]) * self.dice.between(0, 3), end)
    }

    fn failure(&self) -> Act {
        let usual = [Class::Read, Class::Write, Class::Sync, Class::Sync, Class::Sync];
        let seldom = [Class::SyncDir, Class::Create, Class::Rename, Class::Other];
        let class =
            if self.dice.percent(75) { self.dice.pick(&usual) } else { self.dice.pick(&seldom) };
        Act::Fail(Fault { class, nth: self.dice.pick(&[0, 0, 1, 2, 5]) })
    }

    fn batch(&mut self) -> Vec<Item> {
        (0..self.dice.between(1, BATCH)).map(|_| self.item()).collect()
    }

    fn item(&mut self) -> Item {
        let dice = &self.dice;
        let known = self.last_id > 0 && dice.percent(25);
        let id = if known { dice.between(1, self.last_id) } else { self.last_id + 1 };
        self.last_id = self.last_id.max(id);
        // Whatever is not about the id follows from it, so that most repeats are exact.
        let fixed = Dice::new(id, 3);
        let size = match fixed.below(200) {
            0..60 => fixed.between(1, 150),
            60..150 => fixed.between(100, 1500),
            150..195 => fixed.between(1500, 6000),
            195..199 => fixed.between(6000, 40_000),
            _ => fixed.between(40_000, 90_000),
        };
        Item {
            account: if dice.percent(15) { dice.below(ACCOUNTS) } else { fixed.below(ACCOUNTS) },
            id,
            variant: u64::from(known && dice.percent(30)),
            size: size as usize,
            quarantine: fixed.percent(12),
            control: dice.percent(5),
        }
    }
}
