//! What is indexed: one document a product, an aisle and a department.
//!
//! Input: the catalogue's rows. Output: [`Document`]s with derived attributes, the text for the embedder, the
//! fields for BM25, and a content hash, by which a later build knows what has changed. Does no IO.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use domain::{
    attributes::{Attribute, attributes_of_name},
    ids::{AisleId, DepartmentId, ProductId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::size::{pack_count_of_name, size_of_name};

/// Part of every content hash: raise it when the texts below or the attributes change their rules, so that
/// documents are embedded and indexed again.
pub const TEXT_TEMPLATE_VERSION: u32 = 1;

/// What a document stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A product of the catalogue.
    Product,
    /// An aisle.
    Aisle,
    /// A department.
    Department,
}

impl DocumentKind {
    /// The name in files and filters.
    pub fn code(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Aisle => "aisle",
            Self::Department => "department",
        }
    }
}

/// A document's id: the kind and the number within it. Ordered by kind, then number; ties of rankings are
/// broken by this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentId {
    /// What it stands for.
    pub kind: DocumentKind,
    /// The product's, aisle's or department's id.
    pub number: u32,
}

impl DocumentId {
    /// The product, where it is one.
    pub fn product_id(self) -> Option<ProductId> {
        (self.kind == DocumentKind::Product).then_some(ProductId(self.number))
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.code(), self.number)
    }
}

/// One product with the names of its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueProduct {
    /// The product.
    pub product_id: ProductId,
    /// Its name.
    pub product_name: String,
    /// Its aisle.
    pub aisle_id: AisleId,
    /// Its department.
    pub department_id: DepartmentId,
}

/// One thing that can be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Kind and number.
    pub id: DocumentId,
    /// The product's, aisle's or department's name.
    pub title: String,
    /// None for departments.
    pub aisle_id: Option<AisleId>,
    /// The aisle's name; empty for departments.
    pub aisle: String,
    /// None for aisles without products.
    pub department_id: Option<DepartmentId>,
    /// The department's name.
    pub department: String,
    /// What the name states; empty for aisles and departments.
    pub attributes: BTreeSet<Attribute>,
    /// Package size as the name states it, in one spelling: "12 fl oz".
    pub size: Option<String>,
    /// Pieces in a package as the name states it.
    pub pack_count: Option<u32>,
    /// What the embedder sees.
    pub text: String,
}

impl Document {
    /// The document of a product.
    ///
    /// Its embedding text is the name alone: the aisle's words are in the lexical fields, and each further word
    /// costs embedding time on every product.
    pub fn product(product: &CatalogueProduct, aisle: &str, department: &str) -> Self {
        let name = product.product_name.trim();
        Self {
            id: DocumentId { kind: DocumentKind::Product, number: product.product_id.0 },
            title: name.to_owned(),
            aisle_id: Some(product.aisle_id),
            aisle: aisle.to_owned(),
            department_id: Some(product.department_id),
            department: department.to_owned(),
            attributes: attributes_of_name(name),
            size: size_of_name(name),
            pack_count: pack_count_of_name(name),
            text: name.to_owned(),
        }
    }

    /// The document of an aisle; `department` is the one most of its products are in.
    pub fn aisle(aisle_id: AisleId, aisle: &str, department: Option<(DepartmentId, &str)>) -> Self {
        let department_name = department.map(|(_, name)| name).unwrap_or_default();
        let text =
            if department_name.is_empty() { aisle.to_owned() } else { format!("{aisle}, {department_name}") };
        Self {
            id: DocumentId { kind: DocumentKind::Aisle, number: aisle_id.0 },
            title: aisle.to_owned(),
            aisle_id: Some(aisle_id),
            aisle: aisle.to_owned(),
            department_id: department.map(|(id, _)| id),
            department: department_name.to_owned(),
            attributes: BTreeSet::new(),
            size: None,
            pack_count: None,
            text,
        }
    }

    /// The document of a department.
    pub fn department(department_id: DepartmentId, department: &str) -> Self {
        Self {
            id: DocumentId { kind: DocumentKind::Department, number: department_id.0 },
            title: department.to_owned(),
            aisle_id: None,
            aisle: String::new(),
            department_id: Some(department_id),
            department: department.to_owned(),
            attributes: BTreeSet::new(),
            size: None,
            pack_count: None,
            text: department.to_owned(),
        }
    }

    /// Sha-256 over every field and [`TEXT_TEMPLATE_VERSION`]. Fields are written with their length, so that no
    /// two documents share a canonical form.
    pub fn content_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        let optional = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
        field(&TEXT_TEMPLATE_VERSION.to_le_bytes());
        field(self.id.to_string().as_bytes());
        field(self.title.as_bytes());
        field(optional(self.aisle_id.map(|id| id.0)).as_bytes());
        field(self.aisle.as_bytes());
        field(optional(self.department_id.map(|id| id.0)).as_bytes());
        field(self.department.as_bytes());
        let codes: Vec<&str> = self.attributes.iter().map(|attribute| attribute.code()).collect();
        field(codes.join(",").as_bytes());
        field(self.size.as_deref().unwrap_or_default().as_bytes());
        field(optional(self.pack_count).as_bytes());
        field(self.text.as_bytes());
        hash.finalize().into()
    }
}

/// The documents of a whole catalogue: its products, then its aisles, then its departments.
///
/// A product whose aisle or department has no name gets an empty one; the rows themselves were checked before.
pub fn catalogue_documents(
    products: &[CatalogueProduct],
    aisles: &[(AisleId, String)],
    departments: &[(DepartmentId, String)],
) -> Vec<Document> {
    let aisle_names: BTreeMap<_, _> = aisles.iter().map(|(id, name)| (*id, name.as_str())).collect();
    let department_names: BTreeMap<_, _> =
        departments.iter().map(|(id, name)| (*id, name.as_str())).collect();
    let department_of = departments_of_aisles(products);
    let name_of_aisle = |id: &AisleId| aisle_names.get(id).copied().unwrap_or_default();
    let name_of_department = |id: &DepartmentId| department_names.get(id).copied().unwrap_or_default();

    let products = products.iter().map(|product| {
        Document::product(
            product,
            name_of_aisle(&product.aisle_id),
            name_of_department(&product.department_id),
        )
    });
    let aisles = aisles.iter().map(|(id, name)| {
        let department =
            department_of.get(id).map(|department| (*department, name_of_department(department)));
        Document::aisle(*id, name, department)
    });
    let departments = departments.iter().map(|(id, name)| Document::department(*id, name));
    products.chain(aisles).chain(departments).collect()
}

/// The department that most products of an aisle are in; of equal ones the lower id.
fn departments_of_aisles(products: &[CatalogueProduct]) -> BTreeMap<AisleId, DepartmentId> {
    let mut counts: BTreeMap<AisleId, BTreeMap<DepartmentId, usize>> = BTreeMap::new();
    for product in products {
        *counts.entry(product.aisle_id).or_default().entry(product.department_id).or_default() += 1;
    }
    counts
        .into_iter()
        .filter_map(|(aisle, departments)| {
            let most = departments.into_iter().min_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
            most.map(|(department, _)| (aisle, department))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(number: u32, name: &str, aisle: u32, department: u32) -> CatalogueProduct {
        CatalogueProduct {
            product_id: ProductId(number),
            product_name: name.to_owned(),
            aisle_id: AisleId(aisle),
            department_id: DepartmentId(department),
        }
    }

    #[test]
    fn a_product_carries_what_its_name_states() {
        let source = product(7, " Organic 2% Milk, 64 fl oz ", 84, 16);
        let document = Document::product(&source, "milk", "dairy eggs");
        assert_eq!(document.id.to_string(), "product:7");
        assert_eq!(document.title, "Organic 2% Milk, 64 fl oz");
        assert_eq!(document.attributes, BTreeSet::from([Attribute::Organic]));
        assert_eq!(document.size.as_deref(), Some("64 fl oz"));
    }

    #[test]
    fn the_content_hash_changes_with_every_field() {
        let base = Document::product(&product(1, "Banana", 24, 4), "fresh fruits", "produce");
        let mut other = vec![base.clone(); 6];
        other[0].title.push('s');
        other[1].aisle = "fresh fruit".into();
        other[2].aisle_id = Some(AisleId(25));
        other[3].department_id = None;
        other[4].attributes.insert(Attribute::Organic);
        other[5].text.push('s');
        for changed in other {
            assert_ne!(changed.content_hash(), base.content_hash(), "{changed:?}");
        }
        assert_eq!(base.clone().content_hash(), base.content_hash());
    }

    #[test]
    fn text_cannot_move_between_fields_unseen() {
        let mut a = Document::department(DepartmentId(1), "frozen");
        let mut b = a.clone();
        (a.aisle, a.department) = ("ab".into(), "c".into());
        (b.aisle, b.department) = ("a".into(), "bc".into());
        assert_ne!(a.content_hash(), b.content_hash());
    }

    #[test]
    fn an_aisle_is_in_the_department_of_most_of_its_products() {
        let products = [product(1, "A", 5, 2), product(2, "B", 5, 3), product(3, "C", 5, 3)];
        let aisles = [(AisleId(5), "nuts".to_owned()), (AisleId(6), "empty".to_owned())];
        let departments = [(DepartmentId(2), "snacks".to_owned()), (DepartmentId(3), "bulk".to_owned())];
        let documents = catalogue_documents(&products, &aisles, &departments);
        assert_eq!(documents.len(), 7);
        assert_eq!(documents[3].department, "bulk");
        assert_eq!(documents[3].text, "nuts, bulk");
        assert_eq!(documents[4].department_id, None);
        assert_eq!(documents[0].aisle, "nuts");
    }
}
