//! Products bought together: the published pairs, which of them count, and their order.
//!
//! Input: products. Output: pairs that lead from them, best first. A pair counts when lift is above 1, both stand in at
//! least [`MIN_BOTH`] orders, and chance explains it with a probability of at most [`MAX_P_VALUE`]: among thousands of
//! pairs a high lift over a handful of orders is noise.
//! Order: leverage (the share of orders with both beyond what chance gives; Piatetsky-Shapiro 1991), then lift, then the
//! smaller id. By lift alone the first places go to rare goods that one household buys every week: on real orders the
//! best ten for bananas came from one to three customers, by leverage from more than eighty.

use std::collections::HashSet;

use domain::{ids::ProductId, table::Table};
use query::SqlValue;

use crate::{
    contract::{ToolContext, ToolError},
    related_products::PairOrder,
    sql::{Statement, placeholders, read},
};

/// Orders that must hold both products: below ten, one order more or less moves the lift by more than a tenth.
pub(crate) const MIN_BOTH: i64 = 10;

/// Of the published hypergeometric test; a product has some hundred partners, so 0.001 lets through one by chance in
/// ten products.
pub(crate) const MAX_P_VALUE: f64 = 0.001;

/// Products that one call may start from.
pub(crate) const MAX_PRODUCTS: usize = 50;

/// One directed pair.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    pub(crate) antecedent: ProductId,
    pub(crate) consequent: ProductId,
    /// Orders that hold both.
    pub(crate) n_both: i64,
    /// Share of orders that hold both, 0 to 1.
    pub(crate) support: f64,
    /// Share of the antecedent's orders that hold the consequent too, 0 to 1.
    pub(crate) confidence: f64,
    /// Confidence over the consequent's share of all orders; above 1 = more often than by chance.
    pub(crate) lift: f64,
    /// Share of orders that hold both, less the share that chance would give.
    pub(crate) leverage: f64,
}

/// The pairs that lead from these products to others, best first. Whoever asks for another order than by leverage gets
/// every published pair in it.
pub(crate) async fn pairs_of(
    context: &ToolContext,
    products: &[ProductId],
    order: PairOrder,
) -> Result<(Statement, Vec<Pair>), ToolError> {
    let (counts, ranks, mut parameters): (_, _, Vec<SqlValue>) = match order {
        PairOrder::Leverage => (
            "n_both >= $1 AND p_value <= $2 AND lift > 1.0",
            "leverage DESC, lift DESC",
            vec![MIN_BOTH.into(), MAX_P_VALUE.into()],
        ),
        PairOrder::Orders => ("n_both > $1", "n_both DESC, lift DESC", vec![0_i64.into()]),
        PairOrder::Lift => ("n_both > $1", "lift DESC, n_both DESC", vec![0_i64.into()]),
    };
    let sql = format!(
        "SELECT antecedent, consequent, n_both, support, confidence, lift, leverage FROM affinity \
         WHERE antecedent IN ({}) AND {counts} ORDER BY {ranks}, consequent, antecedent",
        placeholders(parameters.len() + 1, products.len())
    );
    parameters.extend(products.iter().map(|product| SqlValue::from(product.0)));
    let statement = Statement::new(sql, parameters);
    let table = read(context, &statement).await?;
    let pairs: Option<Vec<Pair>> = (0..table.rows.len()).map(|row| pair(&table, row)).collect();
    let mut pairs =
        pairs.ok_or_else(|| ToolError::Upstream("an affinity row with a missing cell".to_owned()))?;
    pairs.retain(|pair| !products.contains(&pair.consequent));
    Ok((statement, pairs))
}

/// Of several pairs that lead to the same product the first, which is the best.
pub(crate) fn best_by_consequent(pairs: Vec<Pair>) -> Vec<Pair> {
    let mut seen = HashSet::new();
    pairs.into_iter().filter(|pair| seen.insert(pair.consequent)).collect()
}

fn pair(table: &Table, row: usize) -> Option<Pair> {
    let product = |column| Some(ProductId(u32::try_from(table.integer(row, column)?).ok()?));
    Some(Pair {
        antecedent: product("antecedent")?,
        consequent: product("consequent")?,
        n_both: table.integer(row, "n_both")?,
        support: table.number(row, "support")?,
        confidence: table.number(row, "confidence")?,
        lift: table.number(row, "lift")?,
        leverage: table.number(row, "leverage")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_pairs_to_the_same_product_the_best_is_kept() {
        let pair = |antecedent, consequent, leverage| Pair {
            antecedent: ProductId(antecedent),
            consequent: ProductId(consequent),
            n_both: 10,
            support: 0.1,
            confidence: 0.1,
            lift: 2.0,
            leverage,
        };
        let best = best_by_consequent(vec![pair(1, 9, 0.3), pair(2, 8, 0.2), pair(2, 9, 0.1)]);
        assert_eq!(best, vec![pair(1, 9, 0.3), pair(2, 8, 0.2)]);
    }
}
