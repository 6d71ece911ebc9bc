//! AWS wire protocols: JSON, query, SigV4, faults.
