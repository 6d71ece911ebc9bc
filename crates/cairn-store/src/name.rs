//! What users, roles and accounts may be called.

use crate::{Entity, StoreError};

/// `[\w+=,.@-]{1,64}`, as IAM has it.
pub(crate) fn check_identity(what: Entity, name: &str) -> Result<(), StoreError> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let rule = "1 to 64 characters of A-Z, a-z, 0-9 and _+=,.@-";
    check(what, name, rule, (1..=64).contains(&name.len()) && name.bytes().all(legal))
}

/// 1 to 50 characters, none of them a control character.
pub(crate) fn check_account(name: &str) -> Result<(), StoreError> {
    let length = name.chars().count();
    let rule = "1 to 50 characters, none of them a control character";
    let legal = (1..=50).contains(&length) && !name.chars().any(char::is_control);
    check(Entity::Account, name, rule, legal)
}

fn check(what: Entity, name: &str, rule: &'static str, legal: bool) -> Result<(), StoreError> {
    if legal {
        return Ok(());
    }
    Err(StoreError::invalid_name(what, name, rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_repeats_the_beginning_of_a_name() {
        let error = check_identity(Entity::User, &"ü".repeat(100_000)).unwrap_err();
        assert!(matches!(error, StoreError::InvalidName { name, .. } if name == "ü".repeat(128)));
        let error = StoreError::not_found(Entity::AccessKey, "A".repeat(100_000));
        assert!(matches!(error, StoreError::NotFound { name, .. } if name == "A".repeat(128)));
    }

    #[test]
    fn names_follow_iam() {
        let longest = "a".repeat(64);
        for good in ["a", "Alice_1", "a+b=c,d.e@f-g", &longest] {
            assert!(check_identity(Entity::User, good).is_ok(), "{good:?}");
        }
        let too_long = "a".repeat(65);
        for bad in ["", "a b", "a/b", "a:b", "ä", "a\n", "a\0", "*", &too_long] {
            assert!(check_identity(Entity::User, bad).is_err(), "{bad:?}");
        }
        assert!(check_account("Überwachung & Co").is_ok());
        assert!(check_account(&"ü".repeat(50)).is_ok());
        for bad in ["", "a\nb", &"ü".repeat(51)] {
            assert!(check_account(bad).is_err(), "{bad:?}");
        }
    }
}
