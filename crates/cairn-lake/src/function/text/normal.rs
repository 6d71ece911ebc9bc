//! One way to write what Unicode lets be written in several.

use arrow::array::ArrayRef;
use datafusion::common::Result;
use icu_normalizer::{
    ComposingNormalizerBorrowed as Composing, DecomposingNormalizerBorrowed as Apart,
};

use super::super::call::{Call, known};
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};

pub(super) const FUNCTIONS: &[Function] = &[function(
    "normalize",
    &[form("varchar -> varchar", normalize), form("varchar, varchar -> varchar", normalize)],
)];

fn normalize(call: &Call<'_>) -> Result<ArrayRef> {
    let texts = call.text(0);
    let forms = (call.count() > 1).then(|| call.text(1));
    call.texts(|row| {
        let text = known!(texts.get(row));
        let form = match &forms {
            Some(forms) => known!(forms.get(row)),
            None => "NFC",
        };
        Ok(Some(match form {
            "NFC" => Composing::new_nfc().normalize(text),
            "NFKC" => Composing::new_nfkc().normalize(text),
            "NFD" => Apart::new_nfd().normalize(text),
            "NFKD" => Apart::new_nfkd().normalize(text),
            _ => return Err(fault(format!("'{form}' is no normal form"))),
        }))
    })
}
