use crate::fault::Fault;

/// The bytes that a `Range` header asks for: from, up to and exclusive. `None` for a header that
/// is no range, or is several: it counts as absent.
pub(crate) fn parse(text: &str, size: u64) -> Result<Option<(u64, u64)>, Fault> {
    let Some((from, to)) = text.trim().strip_prefix("bytes=").and_then(|text| text.split_once('-'))
    else {
        return Ok(None);
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let found = match (from.trim().is_empty(), to.trim().is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => number(to).map(|last| (size.saturating_sub(last), size)),
        (false, true) => number(from).map(|from| (from, size)),
        (false, false) => match (number(from), number(to)) {
            (Some(from), Some(to)) if from <= to => Some((from, size.min(to.saturating_add(1)))),
            _ => None,
        },
    };
    match found {
        Some((from, to)) if from < to => Ok(Some((from, to))),
        Some(_) => Err(Fault::new(416, "InvalidRange", "The requested range is not satisfiable")
            .fact("RangeRequested", text)
            .fact("ActualObjectSize", size.to_string())
            .header("content-range", format!("bytes */{size}"))),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn ranges_are_read() {
        for (text, expected) in [
            ("bytes=0-0", Some((0, 1))),
            ("bytes=2-4", Some((2, 5))),
            ("bytes=2-", Some((2, 10))),
            ("bytes=-3", Some((7, 10))),
            ("bytes=-30", Some((0, 10))),
            ("bytes=5-100", Some((5, 10))),
            ("bytes=5-4", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
            ("bytes=-", None),
        ] {
            assert_eq!(parse(text, 10).unwrap(), expected, "{text}");
        }
        for bad in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
            assert_eq!(parse(bad, 10).unwrap_err().code, "InvalidRange", "{bad}");
        }
        assert!(parse("bytes=0-", 0).is_err());
    }
}
