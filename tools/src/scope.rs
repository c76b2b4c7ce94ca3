//! Which part of the catalogue a call is about: an aisle, a department, or all of it.
//!
//! Names are tolerant (case, punctuation, plural, typing errors); a name that fits none is an error with the nearest.

use domain::ids::{AisleId, DepartmentId};

use crate::{
    catalogue::{Catalogue, Product},
    contract::ToolError,
    names::NameMatch,
};

/// A part of the catalogue; where both are set, both must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Scope {
    /// The aisle, where one is named.
    pub(crate) aisle: Option<AisleId>,
    /// The department, where one is named.
    pub(crate) department: Option<DepartmentId>,
}

impl Scope {
    /// Resolves the names.
    pub(crate) fn resolve(
        catalogue: &Catalogue,
        aisle: Option<&str>,
        department: Option<&str>,
    ) -> Result<Self, ToolError> {
        let aisle = aisle.map(|name| resolve_aisle(catalogue, name)).transpose()?;
        let department = department.map(|name| resolve_department(catalogue, name)).transpose()?;
        Ok(Self { aisle, department })
    }

    /// Whether a product is in it.
    pub(crate) fn contains(&self, product: &Product) -> bool {
        self.aisle.is_none_or(|id| product.aisle_id == id)
            && self.department.is_none_or(|id| product.department_id == id)
    }

    /// Whether it is the whole catalogue.
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

fn resolve_aisle(catalogue: &Catalogue, name: &str) -> Result<AisleId, ToolError> {
    match catalogue.find_aisle(name) {
        NameMatch::Found(id) | NameMatch::Corrected(id) => Ok(AisleId(id)),
        NameMatch::Near(ids) => {
            let nearest = ids.into_iter().map(|id| catalogue.aisle_name(AisleId(id)).to_owned()).collect();
            Err(ToolError::NotFound { what: format!("aisle {name:?}"), nearest })
        }
    }
}

fn resolve_department(catalogue: &Catalogue, name: &str) -> Result<DepartmentId, ToolError> {
    match catalogue.find_department(name) {
        NameMatch::Found(id) | NameMatch::Corrected(id) => Ok(DepartmentId(id)),
        NameMatch::Near(ids) => {
            let mut nearest: Vec<String> =
                ids.into_iter().map(|id| catalogue.department_name(DepartmentId(id)).to_owned()).collect();
            if nearest.is_empty() {
                // Few enough to list them all, and whoever chose the name sees what there is.
                nearest = catalogue.departments().iter().map(|(_, name)| name.clone()).collect();
            }
            Err(ToolError::NotFound { what: format!("department {name:?}"), nearest })
        }
    }
}
