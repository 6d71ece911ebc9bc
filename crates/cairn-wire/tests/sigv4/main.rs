//! SigV4 against the public signing test suite, and against mutants of it.

mod dice;
mod meaning;
mod mutants;
mod neutral;
mod request;
mod tamper;
mod vectors;
