//! Identifiers as newtypes, so that a customer can never be passed where a product is meant.
//!
//! All are the source's own positive integers; they serialise as plain numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A product of the catalogue.
    ProductId
);
id!(
    /// A customer; the source calls them users.
    UserId
);
id!(
    /// An order of one customer.
    OrderId
);
id!(
    /// An aisle, the finer of the two levels of the catalogue.
    AisleId
);
id!(
    /// A department, the coarser of the two levels of the catalogue.
    DepartmentId
);
