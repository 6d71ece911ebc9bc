//! The query protocol: parameters in, XML out.

mod params;
mod response;
mod xml;

pub use params::Params;
pub use response::{Shape, code, fault_response, response};
pub use xml::Xml;
