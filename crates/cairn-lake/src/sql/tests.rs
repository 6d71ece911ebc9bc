//! What statements mean, over tables in memory.

mod fixture;
mod suite;
