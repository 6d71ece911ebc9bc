//! A sketch of how numbers are spread: exact while they are few, and close when they are many.

/// Numbers, the near ones put together. Those at both ends stay apart longest.
#[derive(Debug, Clone, Default)]
pub(super) struct Digest {
    /// Mean and weight; those behind `merged` are not put together yet.
    centroids: Vec<(f64, f64)>,
    merged: usize,
    least: f64,
    greatest: f64,
    weight: f64,
}

/// How fine the sketch is: about so many numbers are kept.
const FINENESS: f64 = 1000.0;
/// How many numbers wait before they are put together.
const WAITING: usize = 8192;

impl Digest {
    /// NaN and weights that are not above zero count for nothing.
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        if value.is_nan() || weight.is_nan() || weight <= 0.0 || weight.is_infinite() {
            return;
        }
        if self.centroids.is_empty() {
            (self.least, self.greatest) = (value, value);
        }
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
        self.weight += weight;
        self.centroids.push((value, weight));
        if self.centroids.len() - self.merged >= WAITING {
            self.compress();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.centroids.is_empty()
    }

    pub(super) fn centroids(&self) -> &[(f64, f64)] {
        &self.centroids
    }

    /// Both ends, which centroids that are means do not tell.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.least, self.greatest)
    }

    pub(super) fn widen(&mut self, least: f64, greatest: f64) {
        self.least = self.least.min(least);
        self.greatest = self.greatest.max(greatest);
    }

    fn compress(&mut self) {
        self.centroids.sort_by(|a, b| a.0.total_cmp(&b.0));
        let place = |before: f64| FINENESS * ((2.0 * before / self.weight - 1.0).asin());
        let mut kept: Vec<(f64, f64)> = Vec::new();
        let (mut before, mut begun) = (0.0, 0.0);
        for (mean, weight) in self.centroids.drain(..) {
            if let Some(last) = kept.last_mut()
                && place((before + weight).min(self.weight)) - place(begun) <= std::f64::consts::PI
            {
                let both = last.1 + weight;
                last.0 += (mean - last.0) * weight / both;
                last.1 = both;
            } else {
                begun = before;
                kept.push((mean, weight));
            }
            before += weight;
        }
        self.merged = kept.len();
        self.centroids = kept;
    }

    /// The number below which a share of all lies, the share being of 0 to 1. `None` without any.
    pub(super) fn at(&mut self, share: f64) -> Option<f64> {
        self.centroids.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.merged = self.merged.min(self.centroids.len());
        let (first, last) = (self.centroids.first()?, self.centroids.last()?);
        let offset = share * self.weight;
        if offset < 1.0 || self.centroids.len() == 1 {
            return Some(if self.centroids.len() == 1 { first.0 } else { self.least });
        }
        if offset > self.weight - 1.0 {
            return Some(self.greatest);
        }
        if first.1 > 1.0 && offset < first.1 / 2.0 {
            return Some(between(offset, (1.0, self.least), (first.1 / 2.0, first.0)));
        }
        if last.1 > 1.0 && self.weight - offset <= last.1 / 2.0 {
            let from_end = self.weight - offset;
            return Some(between(from_end, (1.0, self.greatest), (last.1 / 2.0, last.0)));
        }
        let mut so_far = first.1 / 2.0;
        for pair in self.centroids.windows(2) {
            let (left, right) = (pair[0], pair[1]);
            let step = f64::midpoint(left.1, right.1);
            if so_far + step > offset {
                // One number alone is itself as far as half of its weight reaches.
                if left.1 <= 1.0 && offset - so_far < 0.5 {
                    return Some(left.0);
                }
                if right.1 <= 1.0 && so_far + step - offset <= 0.5 {
                    return Some(right.0);
                }
                return Some(between(offset, (so_far, left.0), (so_far + step, right.0)));
            }
            so_far += step;
        }
        Some(self.greatest)
    }

    pub(super) fn bytes(&self) -> usize {
        self.centroids.capacity() * size_of::<(f64, f64)>()
    }
}

/// The value at a place on the line through two points.
fn between(at: f64, from: (f64, f64), to: (f64, f64)) -> f64 {
    if to.0 <= from.0 {
        return to.1;
    }
    let share = ((at - from.0) / (to.0 - from.0)).clamp(0.0, 1.0);
    from.1 + (to.1 - from.1) * share
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn few_numbers_are_told_exactly() {
        let mut digest = Digest::default();
        (1..=100).rev().for_each(|number| digest.add(f64::from(number), 1.0));
        let at: Vec<f64> =
            [0.0, 0.01, 0.5, 0.99, 1.0].iter().map(|at| digest.at(*at).unwrap()).collect();
        assert_eq!(at, [1.0, 2.0, 51.0, 100.0, 100.0]);
        assert_eq!(Digest::default().at(0.5), None);
    }

    #[test]
    fn many_numbers_are_told_closely() {
        let mut digest = Digest::default();
        for number in 0..300_000_u64 {
            let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 300_000;
            digest.add(mixed as f64, 1.0);
        }
        for share in [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999] {
            let found = digest.at(share).unwrap() / 300_000.0;
            assert!((found - share).abs() < 0.003, "{share}: {found}");
        }
        assert!(digest.centroids().len() < 20_000);
    }
}
