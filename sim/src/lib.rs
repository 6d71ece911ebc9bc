//! A simulated disk and the crash schedules that run over it.
