//! Percent-encoded text: segments of paths, and forms.

/// Undoes escapes; in a form a plus is a space. `None` for what is no text.
pub(super) fn unescape(text: &str, plus: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                (high * 16 + low) as u8
            }
            b'+' if plus => b' ',
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

/// The value of a form's field, or of a query's parameter.
pub(super) fn field(form: &str, name: &str) -> Option<String> {
    let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(found, _)| *found == name)?;
    unescape(value, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_and_decoded() {
        let form = "a=1&client_secret=x%2By%2f+z&b";
        assert_eq!(field(form, "client_secret").as_deref(), Some("x+y/ z"));
        assert_eq!(field(form, "b"), None);
        assert_eq!(field("a=%zz", "a"), None);
        assert_eq!(unescape("aws%3Acloudtrail", false).as_deref(), Some("aws:cloudtrail"));
        assert_eq!(unescape("%ff", false), None);
        assert_eq!(unescape("a%", false), None);
    }
}
