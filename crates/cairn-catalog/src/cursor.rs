//! Reading the file's numbers and texts in order.

/// The file is not one that `cargo xtask catalog` wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

impl std::fmt::Display for Damaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the catalog is damaged: make it again with `cargo xtask catalog`")
    }
}

impl std::error::Error for Damaged {}

/// What is left to read. Everything that is read is part of the program or leaked, so texts are
/// `'static`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor {
    rest: &'static [u8],
}

impl Cursor {
    pub(crate) fn new(bytes: &'static [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn rest(&self) -> &'static [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'static [u8], Damaged> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Damaged)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damaged> {
        Ok(self.take(1)?[0])
    }

    /// Seven bits a byte, the lowest first; at most 32 bits.
    pub(crate) fn number(&mut self) -> Result<u32, Damaged> {
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(value).map_err(|_| Damaged);
            }
        }
        Err(Damaged)
    }

    /// A number of things, each of which takes at least a byte: no more of them than bytes.
    pub(crate) fn count(&mut self) -> Result<usize, Damaged> {
        let count = self.number()? as usize;
        if count > self.rest.len() { Err(Damaged) } else { Ok(count) }
    }

    pub(crate) fn text(&mut self) -> Result<&'static str, Damaged> {
        let length = self.number()? as usize;
        std::str::from_utf8(self.take(length)?).map_err(|_| Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_they_say() {
        let mut cursor = Cursor::new(&[0x05, 0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x80]);
        assert_eq!(cursor.number(), Ok(5));
        assert_eq!(cursor.number(), Ok(128));
        assert_eq!(cursor.number(), Ok(u32::MAX));
        assert_eq!(cursor.number(), Err(Damaged));
        assert_eq!(Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0x1f]).number(), Err(Damaged));
    }

    #[test]
    fn a_text_longer_than_the_file_is_damage() {
        assert_eq!(Cursor::new(b"\x02ab").text(), Ok("ab"));
        assert_eq!(Cursor::new(b"\x03ab").text(), Err(Damaged));
        assert_eq!(Cursor::new(b"\x01\xff").text(), Err(Damaged));
        assert_eq!(Cursor::new(b"\x09ab").count(), Err(Damaged));
    }
}
