//! Control-plane state: accounts, identities, keys, cursors and the outbox, in one SQLite file.
//!
//! One module for each entity. What changes goes through a [`Txn`], so that an effect and the
//! record of it commit together:
//!
//! ```
//! # use cairn_store::{Store, StoreError, User, outbox, user};
//! # async fn create(
//! #     store: Store, account: cairn_core::AccountId, record: &[u8],
//! # ) -> Result<User, StoreError> {
//! let mut txn = store.begin().await?;
//! let user = user::create(&mut txn, account, "alice", false).await?;
//! outbox::put(&mut txn, account, record).await?;
//! txn.commit().await?;
//! # Ok(user)
//! # }
//! ```
//!
//! Whatever belongs to an account is asked for with its [`cairn_core::AccountId`]; another
//! account's entity is not found. Credentials are also kept in memory, in step with the table,
//! because every request asks for one ([`Store::credential`]).

pub mod access_key;
pub mod account;
mod bootstrap;
pub mod channel;
pub mod cursor;
pub mod dashboard;
pub mod dashboard_refresh;
pub mod delivery;
pub mod digest;
pub mod digest_key;
mod directory;
mod error;
pub mod event_data_store;
pub mod import;
mod keyring;
pub mod kms_alias;
pub mod kms_grant;
pub mod kms_key;
pub mod kms_material;
pub mod kms_tag;
pub mod lake_plan;
pub mod lake_table;
pub mod lesson;
pub mod message;
mod name;
pub mod notice;
pub mod notice_key;
pub mod objects;
pub mod outbox;
mod plan;
mod principal;
pub mod query;
pub mod query_alias;
pub mod queue;
pub mod resource_policy;
pub mod resource_tag;
pub mod role;
mod schema;
mod secret;
pub mod session;
mod setting;
mod store;
pub mod subscription;
pub mod tag;
pub mod topic;
pub mod trail;
pub mod trail_plan;
pub mod trail_status;
mod txn;
pub mod user;

pub use access_key::{AccessKey, Owner, Status};
pub use account::Account;
pub use bootstrap::Bootstrap;
pub use channel::{Channel, NewChannel};
pub use dashboard::{Dashboard, Widget};
pub use dashboard_refresh::DashboardRefresh;
pub use digest_key::{DigestKey, SigningKey};
pub use error::{Entity, StoreError};
pub use event_data_store::{EventDataStore, NewStore, StoreSettings};
pub use import::{Import, ImportFilter, ImportOrigin, NewImport};
pub use keyring::{Keyring, KeyringError};
pub use kms_alias::KmsAlias;
pub use kms_grant::KmsGrant;
pub use kms_key::{KmsKey, NewKmsKey};
pub use kms_material::KmsMaterial;
pub use lake_plan::{LakeDocument, LakeStep};
pub use lake_table::LakeTable;
pub use lesson::Lesson;
pub use outbox::{OutboxId, OutboxRecord};
pub use plan::PlanId;
pub use principal::{Credential, Principal};
pub use query::{NewQuery, Query, QueryStatus};
pub use query_alias::QueryAlias;
pub use resource_tag::{ResourceTag, TagChange};
pub use role::{NewRole, Role};
pub use secret::Secret;
pub use session::{Holder, IssuedSession, NewSession, Session, SessionError};
pub use store::{Parts, Store};
pub use tag::Tag;
pub use trail::{NewTrail, Trail, TrailSettings};
pub use trail_plan::{PlanDocument, PlanStep};
pub use trail_status::{Course, TrailStatus};
pub use txn::{Turn, Txn};
pub use user::User;
