//! What the outside relies on: the reference page of the settings says what the code says.

mod config_page;
