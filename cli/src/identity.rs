//! Who asks on this machine: role and user of the command line become a [`Principal`].
//!
//! No role and no user = analyst; `--user N` alone = shopper N; `--role analyst --user N` = an analyst whose "I" is N;
//! `--role shopper` without `--user` is wrong usage.

use config::agent::PlannerChoice;
use domain::{
    ids::UserId,
    principal::{Principal, PrincipalError, Role},
};

use crate::args::{IdentityArgs, PlannerArg, RoleArg};

/// The principal that the command line names.
pub(crate) fn principal(identity: &IdentityArgs) -> Result<Principal, PrincipalError> {
    let user_id = identity.user.map(UserId);
    let role = match (identity.role, user_id) {
        (None, None) => Role::Analyst,
        (None, Some(_)) => Role::Shopper,
        (Some(RoleArg::Guest), _) => Role::Guest,
        (Some(RoleArg::Shopper), _) => Role::Shopper,
        (Some(RoleArg::Analyst), _) => Role::Analyst,
    };
    let subject = match user_id {
        Some(user) => format!("local:{role}:{user}"),
        None => format!("local:{role}"),
    };
    Principal::new(role, user_id, subject)
}

/// The planner that the command line names.
pub(crate) fn planner(choice: Option<PlannerArg>) -> Option<PlannerChoice> {
    choice.map(|planner| match planner {
        PlannerArg::Builtin => PlannerChoice::Builtin,
        PlannerArg::Llm => PlannerChoice::Llm,
        PlannerArg::Auto => PlannerChoice::Auto,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(role: Option<RoleArg>, user: Option<u32>) -> Result<(Role, Option<u32>), PrincipalError> {
        principal(&IdentityArgs { role, user }).map(|p| (p.role(), p.user_id().map(|id| id.0)))
    }

    #[test]
    fn role_and_user_follow_the_rules() {
        assert_eq!(check(None, None), Ok((Role::Analyst, None)));
        assert_eq!(check(None, Some(1)), Ok((Role::Shopper, Some(1))));
        assert_eq!(check(Some(RoleArg::Analyst), Some(1)), Ok((Role::Analyst, Some(1))));
        assert_eq!(check(Some(RoleArg::Guest), None), Ok((Role::Guest, None)));
        assert_eq!(check(Some(RoleArg::Shopper), None), Err(PrincipalError::ShopperWithoutUser));
        assert_eq!(check(Some(RoleArg::Guest), Some(1)), Err(PrincipalError::GuestWithUser));
    }
}
