//! Aggregates that come down to a few sums.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Accumulator;
use twox_hash::XxHash64;

use super::udaf::{Aggregate, Form, Given};
use crate::render;

pub(super) const AGGREGATES: &[Aggregate] = &[
    Aggregate { name: "geometric_mean", forms: &[form(Kind::GeometricMean)], idempotent: false },
    Aggregate { name: "skewness", forms: &[form(Kind::Skewness)], idempotent: false },
    Aggregate { name: "kurtosis", forms: &[form(Kind::Kurtosis)], idempotent: false },
    Aggregate { name: "entropy", forms: &[form(Kind::Entropy)], idempotent: false },
    Aggregate {
        name: "count_if",
        forms: &[Form {
            shape: "boolean -> bigint",
            state: |_| vec![DataType::Int64],
            begin: |_| Box::new(CountIf::default()),
        }],
        idempotent: false,
    },
    Aggregate {
        name: "checksum",
        forms: &[Form {
            shape: "E -> varbinary",
            state: |_| vec![DataType::Int64],
            begin: |_| Box::new(Checksum::default()),
        }],
        idempotent: false,
    },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    GeometricMean,
    Skewness,
    Kurtosis,
    Entropy,
}

const fn form(kind: Kind) -> Form {
    Form {
        shape: "double -> double",
        state: |_: &Given| vec![DataType::Float64; SUMS],
        begin: match kind {
            Kind::GeometricMean => |_| Sums::begin(Kind::GeometricMean),
            Kind::Skewness => |_| Sums::begin(Kind::Skewness),
            Kind::Kurtosis => |_| Sums::begin(Kind::Kurtosis),
            Kind::Entropy => |_| Sums::begin(Kind::Entropy),
        },
    }
}

/// The count, the mean and the sums of the powers of what differs from it; of a logarithm the
/// plain sums.
const SUMS: usize = 5;

#[derive(Debug)]
struct Sums {
    kind: Kind,
    count: f64,
    mean: f64,
    second: f64,
    third: f64,
    fourth: f64,
}

impl Sums {
    fn begin(kind: Kind) -> Box<dyn Accumulator> {
        Box::new(Self { kind, count: 0.0, mean: 0.0, second: 0.0, third: 0.0, fourth: 0.0 })
    }

    fn add(&mut self, value: f64) {
        match self.kind {
            Kind::GeometricMean => {
                self.count += 1.0;
                self.second += value.ln();
            }
            Kind::Entropy => {
                // The count is the sum of all counts here.
                self.count += value;
                if value > 0.0 {
                    self.second += value * value.ln();
                }
            }
            Kind::Skewness | Kind::Kurtosis => self.merge([1.0, value, 0.0, 0.0, 0.0]),
        }
    }

    fn merge(&mut self, [count, mean, second, third, fourth]: [f64; SUMS]) {
        if matches!(self.kind, Kind::GeometricMean | Kind::Entropy) {
            self.count += count;
            self.second += second;
            return;
        }
        let (a, b) = (self.count, count);
        let all = a + b;
        if b == 0.0 {
            return;
        }
        let delta = mean - self.mean;
        let step = delta / all;
        let cross = delta * step * a * b;
        self.fourth += fourth
            + cross * step * step * (a * a - a * b + b * b)
            + 6.0 * step * step * (a * a * second + b * b * self.second)
            + 4.0 * step * (a * third - b * self.third);
        self.third += third + cross * step * (a - b) + 3.0 * step * (a * second - b * self.second);
        self.second += second + cross;
        self.mean += step * b;
        self.count = all;
    }

    fn answer(&self) -> Option<f64> {
        let n = self.count;
        match self.kind {
            Kind::GeometricMean => (n > 0.0).then(|| (self.second / n).exp()),
            Kind::Entropy if n > 0.0 => {
                Some(((n.ln() - self.second / n) / std::f64::consts::LN_2).max(0.0))
            }
            Kind::Entropy => Some(0.0),
            Kind::Skewness => (n >= 3.0).then(|| n.sqrt() * self.third / self.second.powf(1.5)),
            Kind::Kurtosis => (n >= 4.0).then(|| {
                let share = n * (n + 1.0) / ((n - 1.0) * (n - 2.0) * (n - 3.0));
                let variance = self.second / (n - 1.0);
                share * self.fourth / (variance * variance)
                    - 3.0 * (n - 1.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0))
            }),
        }
    }
}

impl Accumulator for Sums {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        columns[0].as_primitive::<Float64Type>().iter().flatten().for_each(|value| self.add(value));
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let sums: Vec<_> = states.iter().map(|sum| sum.as_primitive::<Float64Type>()).collect();
        for row in 0..sums[0].len() {
            let of = |at: usize| sums[at].value(row);
            self.merge([of(0), of(1), of(2), of(3), of(4)]);
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let sums = [self.count, self.mean, self.second, self.third, self.fourth];
        Ok(sums.into_iter().map(|sum| ScalarValue::Float64(Some(sum))).collect())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.answer()))
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }
}

#[derive(Debug, Default)]
struct CountIf {
    count: i64,
}

impl Accumulator for CountIf {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        self.count += columns[0].as_boolean().true_count() as i64;
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.count += states[0].as_primitive::<Int64Type>().iter().flatten().sum::<i64>();
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Int64(Some(self.count))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(Some(self.count)))
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }
}

/// A sum of hashes: the same for the same values in any order.
#[derive(Debug, Default)]
struct Checksum {
    sum: Option<i64>,
}

/// What a null adds.
const NULL: i64 = 0x9E37_79B1;

impl Checksum {
    fn add(&mut self, hash: i64) {
        self.sum = Some(self.sum.unwrap_or_default().wrapping_add(hash));
    }
}

impl Accumulator for Checksum {
    fn update_batch(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let texts = render::Texts::new(&columns[0]);
        let mut text = String::new();
        for at in 0..columns[0].len() {
            text.clear();
            if texts.write(at, &mut text) {
                self.add(XxHash64::oneshot(0, text.as_bytes()) as i64);
            } else {
                self.add(NULL);
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        states[0].as_primitive::<Int64Type>().iter().flatten().for_each(|sum| self.add(sum));
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Int64(self.sum)])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Binary(self.sum.map(|sum| sum.to_le_bytes().to_vec())))
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }
}
