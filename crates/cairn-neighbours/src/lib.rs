//! The subset of the neighbouring services that audit needs: STS and identities.
