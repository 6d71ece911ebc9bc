//! The journal from outside: what is stored, what is found again, and what damage does.

mod crash;
mod damage;
mod faulty;
mod full;
mod ids;
mod kit;
mod model;
mod poison;
mod round_trip;
