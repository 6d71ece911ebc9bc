//! What an operation is.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{OperationError, Structure};

/// One operation of the API, as a type: the table of handlers is keyed by it.
pub trait Operation: 'static {
    /// The name in `X-Amz-Target`, and the `eventName` of the call's own record.
    const NAME: &'static str;
    /// Whether the call changes nothing: the `readOnly` of its own record.
    const READ_ONLY: bool;
    type Input: DeserializeOwned + fmt::Debug + Send + 'static;
    type Output: Serialize + fmt::Debug + Send + 'static;
    type Error: OperationError;

    /// What the model demands of a request beyond its types.
    fn constraints() -> &'static Structure;
}

/// Declares the unit types of all operations, in the order of their names, and `OPERATIONS`.
macro_rules! operations {
    ($(
        $name:ident: $access:ident {
            input: $input:ident under $constraints:ident,
            output: $output:ident,
            error: $error:ident,
        }
    )+) => {
        $(
            #[doc = concat!(
                "[", stringify!($name), "](https://docs.aws.amazon.com/awscloudtrail/latest/",
                "APIReference/API_", stringify!($name), ".html)."
            )]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl crate::Operation for $name {
                const NAME: &'static str = stringify!($name);
                const READ_ONLY: bool = crate::operation::Access::$access.is_read();
                type Input = super::shapes::$input;
                type Output = super::shapes::$output;
                type Error = super::errors::$error;

                fn constraints() -> &'static crate::Structure {
                    &super::constraints::$constraints
                }
            }
        )+

        /// The names of all operations, sorted.
        pub const OPERATIONS: &[&str] = &[$(stringify!($name),)+];

        /// `READ_ONLY` of each of [`OPERATIONS`].
        pub(crate) const READ_ONLY: &[bool] = &[$(<$name as crate::Operation>::READ_ONLY,)+];

        #[cfg(test)]
        pub(crate) fn every_constraints() -> Vec<&'static crate::Structure> {
            vec![$(<$name as crate::Operation>::constraints(),)+]
        }
    };
}

pub(crate) use operations;

/// What an operation does to the service's state.
pub(crate) enum Access {
    Read,
    Write,
}

impl Access {
    pub(crate) const fn is_read(&self) -> bool {
        matches!(self, Access::Read)
    }
}
