//! The rules of the shop, in one place: what is never shown, what stands first, what guests do not see.
//!
//! Every tool that returns products asks [`Merchandising::allows`] for each, and the rankings (`recommend`,
//! `popular_products`) put [`Merchandising::pinned`] first. An excluded product behaves as if it were not in the
//! catalogue, for every role. Figures of `query_metrics` are not filtered: they are sums, not offers.

use std::collections::HashSet;

use config::merchandising::MerchandisingSettings;
use domain::{
    ids::{DepartmentId, ProductId},
    principal::{Principal, Role},
};

use crate::{
    catalogue::{Catalogue, Product},
    names::NameMatch,
};

/// The rules, resolved against the catalogue of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merchandising {
    excluded: HashSet<ProductId>,
    pinned: Vec<ProductId>,
    restricted: HashSet<DepartmentId>,
}

impl Merchandising {
    /// Resolves the settings. A department or product that this run's catalogue does not have is logged and has
    /// no effect: the same settings serve catalogues of different shops and days.
    pub fn new(settings: &MerchandisingSettings, catalogue: &Catalogue) -> Self {
        let known = |id: &u32| {
            let found = catalogue.product(ProductId(*id)).is_some();
            if !found {
                tracing::warn!(product_id = id, "merchandising names a product that this run does not have");
            }
            found.then_some(ProductId(*id))
        };
        let excluded: HashSet<_> = settings.exclude_products.iter().filter_map(known).collect();
        let mut pinned: Vec<_> = settings.pin_products.iter().filter_map(known).collect();
        pinned.retain(|id| !excluded.contains(id));
        let restricted = settings
            .age_restricted_departments
            .iter()
            .filter_map(|name| match catalogue.find_department(name) {
                NameMatch::Found(id) => Some(DepartmentId(id)),
                NameMatch::Corrected(_) | NameMatch::Near(_) => {
                    tracing::warn!(
                        department = name,
                        "merchandising restricts a department that this run does not have"
                    );
                    None
                }
            })
            .collect();
        Self { excluded, pinned, restricted }
    }

    /// Whether this principal may be shown the product.
    pub fn allows(&self, principal: &Principal, product: &Product) -> bool {
        !self.excluded.contains(&product.id)
            && (principal.role() != Role::Guest || !self.restricted.contains(&product.department_id))
    }

    /// Whether the product counts among what the shop has. Numbers and places are no offers, so nothing is hidden from
    /// guests here.
    pub fn lists(&self, product: &Product) -> bool {
        !self.excluded.contains(&product.id)
    }

    /// Whether guests see none of this department's products.
    pub fn is_restricted(&self, department: DepartmentId) -> bool {
        self.restricted.contains(&department)
    }

    /// Products that stand first, in the configured order.
    pub fn pinned(&self) -> &[ProductId] {
        &self.pinned
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::UserId;

    use super::*;
    use crate::catalogue::ProductRow;

    fn catalogue() -> Catalogue {
        let product = |id, name: &str, department_id| ProductRow {
            id,
            name: name.to_owned(),
            aisle_id: department_id,
            department_id,
            purchases: 1,
            customers: 1,
            reorder_rate: None,
            avg_cart_position: None,
        };
        Catalogue::new(
            vec![product(1, "Banana", 4), product(2, "Red Wine", 5), product(3, "Recalled Soup", 4)],
            vec![(4, "fresh fruits".into()), (5, "red wines".into())],
            vec![(4, "produce".into()), (5, "alcohol".into())],
        )
    }

    fn rules() -> Merchandising {
        let settings = MerchandisingSettings {
            exclude_products: vec![3, 99],
            pin_products: vec![3, 1],
            age_restricted_departments: vec!["Alcohol".into(), "fireworks".into()],
        };
        Merchandising::new(&settings, &catalogue())
    }

    fn allows(principal: &Principal, id: u32) -> bool {
        rules().allows(principal, catalogue().product(ProductId(id)).unwrap())
    }

    #[test]
    fn guests_do_not_see_age_restricted_departments() {
        assert!(!allows(&Principal::guest(), 2));
        assert!(allows(&Principal::shopper(UserId(1)), 2));
        assert!(allows(&Principal::guest(), 1));
    }

    #[test]
    fn what_is_hidden_from_guests_still_counts_and_what_is_excluded_does_not() {
        let lists = |id: u32| rules().lists(catalogue().product(ProductId(id)).unwrap());
        assert!(lists(2));
        assert!(!lists(3));
    }

    #[test]
    fn an_excluded_product_is_shown_to_nobody_and_cannot_be_pinned() {
        assert!(!allows(&Principal::guest(), 3));
        assert!(!allows(&Principal::analyst(), 3));
        assert_eq!(rules().pinned(), [ProductId(1)]);
    }
}
