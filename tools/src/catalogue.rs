//! The catalogue of a run, in memory: products with their aisle and department, names and popularity.
//!
//! Read once when a run is opened, shared by all tools and by the built-in planner.
//! Catalogue and popularity are no customer's rows: every role may see them, but for the merchandising rules.

use std::collections::HashMap;

use domain::ids::{AisleId, DepartmentId, ProductId};

use crate::{
    name_head::{HeadCounts, head_part},
    names::{NameIndex, NameMatch},
    words::stems,
};

/// A product of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// The product.
    pub id: ProductId,
    /// Its name, as the source spells it.
    pub name: String,
    /// Its aisle.
    pub aisle_id: AisleId,
    /// Its department.
    pub department_id: DepartmentId,
    /// Prior and train lines that hold it.
    pub purchases: u64,
    /// Customers who bought it at least once.
    pub customers: u64,
    /// Share of its lines that are re-purchases, 0 to 1; absent without lines.
    pub reorder_rate: Option<f64>,
    /// Mean position in the cart, from 1; absent without lines.
    pub avg_cart_position: Option<f64>,
    /// Stems of its name and aisle, sorted.
    word_stems: Vec<String>,
    /// Stems of its name alone, sorted.
    name_stems: Vec<String>,
    /// Stems of the part of its name that says what it is, in order.
    head_part: Vec<String>,
}

impl Product {
    /// Whether the name alone holds a stem.
    pub(crate) fn name_holds(&self, stem: &str) -> bool {
        self.name_stems.binary_search_by(|held| held.as_str().cmp(stem)).is_ok()
    }

    /// The stems of the part of its name that says what it is, in order; its head stands last or near the end.
    pub(crate) fn head_part(&self) -> &[String] {
        &self.head_part
    }

    /// Whether the name or aisle holds a word, as a stem.
    pub fn holds(&self, stem: &str) -> bool {
        self.word_stems.binary_search_by(|held| held.as_str().cmp(stem)).is_ok()
    }

    /// Whether the name and aisle hold all words of a term, plurals folded. `stems` come from [`crate::words::stems`].
    pub fn matches(&self, stems: &[String]) -> bool {
        !stems.is_empty() && stems.iter().all(|stem| self.word_stems.binary_search(stem).is_ok())
    }
}

/// A product as it is read from the tables of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductRow {
    /// The product.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its aisle.
    pub aisle_id: u32,
    /// Its department.
    pub department_id: u32,
    /// Lines that hold it.
    pub purchases: u64,
    /// Customers who bought it.
    pub customers: u64,
    /// Share of re-purchases.
    pub reorder_rate: Option<f64>,
    /// Mean position in the cart.
    pub avg_cart_position: Option<f64>,
}

/// Products, aisles and departments by id and by name.
#[derive(Debug, Default)]
pub struct Catalogue {
    products: Vec<Product>,
    by_id: HashMap<ProductId, usize>,
    by_popularity: Vec<usize>,
    aisles: Vec<(AisleId, String)>,
    departments: Vec<(DepartmentId, String)>,
    product_names: NameIndex,
    aisle_names: NameIndex,
    department_names: NameIndex,
    purchases: u64,
    aisle_stems: HashMap<AisleId, Vec<String>>,
    head_counts: HeadCounts,
}

impl Catalogue {
    /// Builds it from rows; `aisles` and `departments` are `(id, name)`.
    pub fn new(
        rows: Vec<ProductRow>,
        mut aisles: Vec<(u32, String)>,
        mut departments: Vec<(u32, String)>,
    ) -> Self {
        aisles.sort_unstable();
        departments.sort_unstable();
        let aisle_stems: HashMap<u32, Vec<String>> =
            aisles.iter().map(|(id, name)| (*id, stems(name))).collect();
        let mut products: Vec<Product> = rows.into_iter().map(|row| product(row, &aisle_stems)).collect();
        products.sort_unstable_by_key(|product| product.id);
        let mut by_popularity: Vec<usize> = (0..products.len()).collect();
        // A stable sort over ids in order: ties stand by id.
        by_popularity.sort_by_key(|position| std::cmp::Reverse(products.get(*position).map(|p| p.purchases)));
        let mut of_aisle: HashMap<u32, u64> = HashMap::new();
        let mut of_department: HashMap<u32, u64> = HashMap::new();
        for product in &products {
            *of_aisle.entry(product.aisle_id.0).or_default() += product.purchases;
            *of_department.entry(product.department_id.0).or_default() += product.purchases;
        }
        let named = |names: &[(u32, String)], weights: &HashMap<u32, u64>| {
            let weight = |id| weights.get(id).copied().unwrap_or(0);
            NameIndex::new(names.iter().map(|(id, name)| (*id, name.as_str(), weight(id))))
        };
        Self {
            product_names: NameIndex::new(products.iter().map(|p| (p.id.0, p.name.as_str(), p.purchases))),
            aisle_names: named(&aisles, &of_aisle),
            department_names: named(&departments, &of_department),
            purchases: of_department.values().sum(),
            head_counts: count_heads(&products),
            aisle_stems: aisle_stems.into_iter().map(|(id, stems)| (AisleId(id), stems)).collect(),
            by_id: products.iter().enumerate().map(|(position, p)| (p.id, position)).collect(),
            by_popularity,
            aisles: aisles.into_iter().map(|(id, name)| (AisleId(id), name)).collect(),
            departments: departments.into_iter().map(|(id, name)| (DepartmentId(id), name)).collect(),
            products,
        }
    }

    /// All products, by id.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// All products, the most bought first, ties by id.
    pub fn by_popularity(&self) -> impl Iterator<Item = &Product> {
        self.by_popularity.iter().filter_map(|position| self.products.get(*position))
    }

    /// A product.
    pub fn product(&self, id: ProductId) -> Option<&Product> {
        self.products.get(*self.by_id.get(&id)?)
    }

    /// All aisles with their names, by id.
    pub fn aisles(&self) -> &[(AisleId, String)] {
        &self.aisles
    }

    /// All departments with their names, by id.
    pub fn departments(&self) -> &[(DepartmentId, String)] {
        &self.departments
    }

    /// The name of an aisle; empty for an id that is not in the catalogue.
    pub fn aisle_name(&self, id: AisleId) -> &str {
        name_in(&self.aisles, id)
    }

    /// The name of a department; empty for an id that is not in the catalogue.
    pub fn department_name(&self, id: DepartmentId) -> &str {
        name_in(&self.departments, id)
    }

    /// Lines of all products together.
    pub fn purchases(&self) -> u64 {
        self.purchases
    }

    /// Looks a product up by name; ids are [`ProductId`]s.
    pub fn find_product(&self, name: &str) -> NameMatch {
        self.product_names.find(name)
    }

    /// How many products' names hold a stem ([`crate::words::stem`]).
    pub fn products_with_word(&self, stem: &str) -> usize {
        self.product_names.names_with(stem)
    }

    /// Products whose name holds a stem, the most bought first.
    pub(crate) fn products_called_with(&self, stem: &str) -> impl Iterator<Item = &Product> + use<'_> {
        self.product_names.ids_with(stem).filter_map(|id| self.product(ProductId(id)))
    }

    /// Which words goods are called by.
    pub(crate) fn head_counts(&self) -> &HeadCounts {
        &self.head_counts
    }

    /// Whether the name of an aisle begins with a stem.
    pub(crate) fn aisle_leads_with(&self, id: AisleId, stem: &str) -> bool {
        self.aisle_stems.get(&id).and_then(|stems| stems.first()).is_some_and(|first| first == stem)
    }

    /// Whether the name of an aisle holds a stem.
    pub(crate) fn aisle_holds(&self, id: AisleId, stem: &str) -> bool {
        self.aisle_stems.get(&id).is_some_and(|stems| stems.iter().any(|held| held == stem))
    }

    /// Looks an aisle up by name; ids are [`AisleId`]s.
    pub fn find_aisle(&self, name: &str) -> NameMatch {
        self.aisle_names.find(name)
    }

    /// Looks a department up by name; ids are [`DepartmentId`]s.
    pub fn find_department(&self, name: &str) -> NameMatch {
        self.department_names.find(name)
    }
}

fn count_heads(products: &[Product]) -> HeadCounts {
    let mut counts = HeadCounts::default();
    for product in products {
        counts.add(&product.name_stems, &product.head_part);
    }
    counts
}

fn product(row: ProductRow, aisle_stems: &HashMap<u32, Vec<String>>) -> Product {
    let mut name_stems = stems(&row.name);
    let mut word_stems = name_stems.clone();
    name_stems.sort_unstable();
    name_stems.dedup();
    word_stems.extend(aisle_stems.get(&row.aisle_id).into_iter().flatten().cloned());
    word_stems.sort_unstable();
    word_stems.dedup();
    Product {
        id: ProductId(row.id),
        head_part: head_part(&row.name),
        name: row.name,
        aisle_id: AisleId(row.aisle_id),
        department_id: DepartmentId(row.department_id),
        purchases: row.purchases,
        customers: row.customers,
        reorder_rate: row.reorder_rate,
        avg_cart_position: row.avg_cart_position,
        word_stems,
        name_stems,
    }
}

fn name_in<I: Ord + Copy>(names: &[(I, String)], id: I) -> &str {
    names
        .binary_search_by_key(&id, |(id, _)| *id)
        .ok()
        .and_then(|position| names.get(position))
        .map_or("", |(_, name)| name)
}
