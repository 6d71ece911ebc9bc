//! Event history: an index over the journal, derived, deletable, rebuilt with the same answers.
