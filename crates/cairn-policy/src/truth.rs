//! Three-valued logic.

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    No,
    /// It cannot be evaluated.
    Unknown,
}

impl Truth {
    pub(crate) fn of(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }

    pub(crate) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }

    pub(crate) fn not_if(self, negated: bool) -> Self {
        if negated { self.not() } else { self }
    }

    /// No, if any is no; else unknown, if any is unknown.
    pub(crate) fn all(values: impl IntoIterator<Item = Self>) -> Self {
        let mut found = Self::Yes;
        for value in values {
            match value {
                Self::No => return Self::No,
                Self::Unknown => found = Self::Unknown,
                Self::Yes => {}
            }
        }
        found
    }

    /// Yes, if any is yes; else unknown, if any is unknown.
    pub(crate) fn any(values: impl IntoIterator<Item = Self>) -> Self {
        Self::all(values.into_iter().map(Self::not)).not()
    }
}
