//! Recognises a request as an operation and records the call: the one recorder.
