//! Who asks, and which rows exist for them.
//!
//! A [`Principal`] is the first field of every tool context. Its [`RowPolicy`] is derived, never supplied, and the
//! query engine puts it into every scan: the tool table says who may call what, the policy says which rows there are.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ids::UserId;

/// The part somebody plays. What each may call stands with the tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A visitor who is not signed in: no customer's rows.
    Guest,
    /// A signed-in customer: their own rows.
    Shopper,
    /// A member of staff: all rows, customer ids included.
    Analyst,
    /// An analyst who also sees runs, audit and config.
    Admin,
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Role; 4] = [Role::Guest, Role::Shopper, Role::Analyst, Role::Admin];

    /// The name used in tokens, on the command line and in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Guest => "guest",
            Role::Shopper => "shopper",
            Role::Analyst => "analyst",
            Role::Admin => "admin",
        }
    }

    /// Whether the role sees the rows of every customer.
    pub fn is_staff(self) -> bool {
        matches!(self, Role::Analyst | Role::Admin)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = PrincipalError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == name)
            .ok_or_else(|| PrincipalError::UnknownRole(name.to_owned()))
    }
}

/// What is wrong with the claims that should make a principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    /// A role name that does not exist.
    #[error("unknown role {0:?}: use guest, shopper, analyst or admin")]
    UnknownRole(String),
    /// A shopper without a customer id.
    #[error("a shopper needs a customer: give the user id")]
    ShopperWithoutUser,
    /// A guest with a customer id.
    #[error("a guest has no customer: leave the user id out or sign in as a shopper")]
    GuestWithUser,
}

/// Who asks. Built once at the edge (token, command line); nothing in a message can widen it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Principal {
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    subject: String,
}

impl Principal {
    /// Checks the claims: a shopper has a customer, a guest has none, staff may have one ("I" in their questions).
    pub fn new(
        role: Role,
        user_id: Option<UserId>,
        subject: impl Into<String>,
    ) -> Result<Self, PrincipalError> {
        match (role, user_id) {
            (Role::Shopper, None) => Err(PrincipalError::ShopperWithoutUser),
            (Role::Guest, Some(_)) => Err(PrincipalError::GuestWithUser),
            _ => Ok(Self { role, user_id, subject: subject.into() }),
        }
    }

    /// A visitor who is not signed in.
    pub fn guest() -> Self {
        Self { role: Role::Guest, user_id: None, subject: "guest".into() }
    }

    /// A signed-in customer.
    pub fn shopper(user_id: UserId) -> Self {
        Self { role: Role::Shopper, user_id: Some(user_id), subject: format!("shopper:{user_id}") }
    }

    /// A member of staff on this machine, without a customer of their own.
    pub fn analyst() -> Self {
        Self { role: Role::Analyst, user_id: None, subject: "analyst".into() }
    }

    /// The part they play.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The customer that "I" means; always there for a shopper, never for a guest.
    pub fn user_id(&self) -> Option<UserId> {
        self.user_id
    }

    /// A stable name for sessions and audit, unique to whoever holds the token.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Which customers' rows exist for this principal.
    pub fn row_policy(&self) -> RowPolicy {
        match (self.role, self.user_id) {
            (Role::Analyst | Role::Admin, _) => RowPolicy::AllCustomers,
            (Role::Shopper, Some(user_id)) => RowPolicy::OwnRows(user_id),
            // `new` refuses a shopper without a customer; should one exist all the same, they see nobody.
            (Role::Shopper, None) | (Role::Guest, _) => RowPolicy::NoCustomer,
        }
    }
}

/// Which customers' rows exist. Part of the cache key of every result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "rows", content = "user_id")]
pub enum RowPolicy {
    /// Every customer.
    AllCustomers,
    /// One customer.
    OwnRows(UserId),
    /// None; only aggregates that were computed before the policy.
    NoCustomer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_derived_from_the_role() {
        assert_eq!(Principal::guest().row_policy(), RowPolicy::NoCustomer);
        assert_eq!(Principal::shopper(UserId(7)).row_policy(), RowPolicy::OwnRows(UserId(7)));
        assert_eq!(Principal::analyst().row_policy(), RowPolicy::AllCustomers);
    }

    #[test]
    fn a_shopper_needs_a_customer_and_a_guest_has_none() {
        assert_eq!(Principal::new(Role::Shopper, None, "x"), Err(PrincipalError::ShopperWithoutUser));
        assert_eq!(Principal::new(Role::Guest, Some(UserId(1)), "x"), Err(PrincipalError::GuestWithUser));
        assert!(Principal::new(Role::Analyst, Some(UserId(1)), "x").is_ok());
    }

    #[test]
    fn an_unknown_role_names_the_known_ones() {
        let message = "root".parse::<Role>().map_err(|e| e.to_string());
        assert_eq!(message, Err(r#"unknown role "root": use guest, shopper, analyst or admin"#.to_owned()));
    }
}
