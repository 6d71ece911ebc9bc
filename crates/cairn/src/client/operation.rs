//! The operations of Cairn's own API.

/// One operation of `Cairn_20261121`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    AdvanceClock,
    GetImportReport,
    GetTrustAnchor,
    RedeliverTrail,
    RehearseTrail,
    SearchEvents,
    TailEvents,
    ListQuarantine,
    ListWorkers,
    CreateAccount,
    ListAccounts,
    CreateUser,
    ListUsers,
    DeleteUser,
    CreateRole,
    ListRoles,
    DeleteRole,
    CreateAccessKey,
    ListAccessKeys,
    UpdateAccessKey,
    DeleteAccessKey,
}

impl Operation {
    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }

    /// Whether a second call does what the first did: what reads, and what sets a state.
    pub(crate) fn repeatable(self) -> bool {
        match self {
            Self::GetImportReport
            | Self::GetTrustAnchor
            | Self::RedeliverTrail
            | Self::RehearseTrail
            | Self::SearchEvents
            | Self::TailEvents
            | Self::ListQuarantine
            | Self::ListWorkers
            | Self::ListAccounts
            | Self::ListUsers
            | Self::ListRoles
            | Self::ListAccessKeys
            | Self::UpdateAccessKey => true,
            Self::AdvanceClock
            | Self::CreateAccount
            | Self::CreateUser
            | Self::DeleteUser
            | Self::CreateRole
            | Self::DeleteRole
            | Self::CreateAccessKey
            | Self::DeleteAccessKey => false,
        }
    }
}
