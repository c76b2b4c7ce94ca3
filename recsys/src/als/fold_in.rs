//! The factors of a customer who is newer than the run.
//!
//! Purchases + published factors of products + their YᵀY → the factors that solve the customer's normal equations
//! exactly, which is what another half sweep over customers would give. Nothing of the model changes. YᵀY is taken from
//! outside because it is a pass over all products; with it, a customer is some ten microseconds (docs/benchmarks.md).

use super::{inference::FactorTable, interactions::rating, normal_equations::Equations};
use crate::{RecsysError, error::require, linalg::NotPositiveDefinite};

/// Folds customers into a published model.
#[derive(Debug, Clone, Copy)]
pub struct FoldIn<'a> {
    items: &'a FactorTable,
    gram: &'a [f64],
    alpha: f32,
    regularization: f32,
}

impl<'a> FoldIn<'a> {
    /// Takes the products' factors, their YᵀY ([`FactorTable::gram`]), and alpha and λ of the training.
    pub fn new(
        items: &'a FactorTable,
        gram: &'a [f64],
        alpha: f32,
        regularization: f32,
    ) -> Result<Self, RecsysError> {
        require(alpha.is_finite() && alpha >= 0.0, "als alpha", alpha, "finite and at least 0")?;
        let right = regularization.is_finite() && regularization >= 0.0;
        require(right, "als regularization", regularization, "finite and at least 0")?;
        let expected = items.dimension() * items.dimension();
        if gram.len() != expected {
            return Err(RecsysError::Shape { what: "gram matrix", found: gram.len(), expected });
        }
        if let Some(position) = gram.iter().position(|value| !value.is_finite()) {
            return Err(RecsysError::NotFinite { what: "gram matrix", value: gram[position], position });
        }
        Ok(Self { items, gram, alpha, regularization })
    }

    /// The factors of a customer who bought each product in `count` orders.
    ///
    /// As in training, counts of the same product are added up, the order does not matter, and a count of 0 is no
    /// purchase. Products that the model does not have are left out; `None` where none is left. `user_id` is only
    /// for the error.
    pub fn user_factors(
        &self,
        user_id: u32,
        purchases: &[(u32, u32)],
    ) -> Result<Option<Vec<f32>>, RecsysError> {
        let mut known: Vec<(u32, u32)> = purchases
            .iter()
            .filter(|(_, count)| *count > 0)
            .filter_map(|(product, count)| Some((self.items.position(*product)? as u32, *count)))
            .collect();
        known.sort_unstable();
        known.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            same
        });
        if known.is_empty() {
            return Ok(None);
        }
        let (columns, ratings): (Vec<u32>, Vec<f32>) =
            known.into_iter().map(|(column, count)| (column, rating(count))).unzip();
        let equations = Equations {
            fixed: self.items.data(),
            gram: self.gram,
            rank: self.items.dimension(),
            alpha: self.alpha,
            regularization: self.regularization,
        };
        equations.solve_one(&columns, &ratings).map(Some).map_err(|NotPositiveDefinite| {
            RecsysError::Singular { side: "user", id: user_id, regularization: self.regularization }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::als::{AlsModel, AlsParams, Interactions, InteractionsBuilder, Solver, train};

    /// 30 customers, 12 products, each customer with six of them in a pattern of its own.
    fn triples() -> Vec<(u32, u32, u32)> {
        (0..30)
            .flat_map(|user| (0..6).map(move |k| (user, 100 + (user * 5 + k * k) % 12, 1 + (user + k) % 4)))
            .collect()
    }

    fn interactions() -> Interactions {
        let mut builder = InteractionsBuilder::new();
        triples().iter().for_each(|(u, p, c)| builder.push(*u, *p, *c));
        builder.build().unwrap()
    }

    fn fit(solver: Solver, iterations: usize) -> AlsModel {
        let params = AlsParams {
            rank: 4,
            regularization: 0.5,
            alpha: 3.0,
            iterations,
            seed: 2,
            solver,
            report_loss: false,
        };
        train(&interactions(), &params, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    fn purchases(user: u32) -> Vec<(u32, u32)> {
        triples().iter().filter(|t| t.0 == user).map(|t| (t.1, t.2)).collect()
    }

    #[test]
    fn a_customer_of_the_training_gets_the_factors_of_the_training() {
        for solver in [Solver::Cholesky, Solver::default()] {
            let model = fit(solver, 2_000);
            let gram = model.items.gram();
            let fold = FoldIn::new(&model.items, &gram, 3.0, 0.5).unwrap();
            for (user, trained) in model.users.rows() {
                let mut bought = purchases(user);
                bought.reverse();
                let folded = fold.user_factors(user, &bought).unwrap().unwrap();
                let off = trained.iter().zip(&folded).map(|(t, f)| (t - f).abs()).fold(0.0, f32::max);
                assert!(off < 1e-3, "{solver:?}, customer {user}: {trained:?} {folded:?}");
            }
        }
    }

    #[test]
    fn one_product_meets_the_closed_form() {
        // y = (2, 1), YᵀY = [[4, 2], [2, 1]] (one product), count 3, alpha 2, λ = 1: c = 1 + 2 · (1 + ln 4) and
        // (c y yᵀ + I) x = c y has x = y · c / (c |y|² + 1), |y|² = 5.
        let items = FactorTable::new(vec![8], 2, vec![2.0, 1.0]).unwrap();
        let gram = items.gram();
        assert_eq!((gram[0], gram[1], gram[3]), (4.0, 2.0, 1.0));
        let fold = FoldIn::new(&items, &gram, 2.0, 1.0).unwrap();
        let c = 3.0 + 2.0 * 4.0_f32.ln();
        let along = c / (c * 5.0 + 1.0);
        let found = fold.user_factors(1, &[(8, 3)]).unwrap().unwrap();
        assert!((found[0] - 2.0 * along).abs() < 1e-6 && (found[1] - along).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn repeated_products_add_up_and_unknown_ones_are_left_out() {
        let model = fit(Solver::Cholesky, 3);
        let gram = model.items.gram();
        let fold = FoldIn::new(&model.items, &gram, 3.0, 0.5).unwrap();
        let once = fold.user_factors(99, &[(101, 5), (104, 1)]).unwrap();
        assert_eq!(fold.user_factors(99, &[(104, 1), (101, 2), (7, 9), (101, 3), (105, 0)]).unwrap(), once);
        assert_ne!(fold.user_factors(99, &[(101, 1), (104, 1)]).unwrap(), once);
        assert_eq!(fold.user_factors(99, &[(7, 9), (101, 0)]).unwrap(), None);
        assert_eq!(fold.user_factors(99, &[]).unwrap(), None);
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let items = FactorTable::new(vec![8], 2, vec![2.0, 1.0]).unwrap();
        let message = |error: Result<FoldIn<'_>, RecsysError>| error.unwrap_err().to_string();
        let short = message(FoldIn::new(&items, &[1.0; 3], 2.0, 1.0));
        assert_eq!(short, "gram matrix has length 3, it must be 4");
        assert!(message(FoldIn::new(&items, &[f64::NAN; 4], 2.0, 1.0)).contains("must be finite"));
        assert!(message(FoldIn::new(&items, &[1.0; 4], -2.0, 1.0)).contains("als alpha is -2"));
        assert!(message(FoldIn::new(&items, &[1.0; 4], 2.0, f32::NAN)).contains("als regularization is NaN"));
        // One product spans one direction of two.
        let gram = items.gram();
        let error = FoldIn::new(&items, &gram, 2.0, 0.0).unwrap().user_factors(5, &[(8, 1)]).unwrap_err();
        assert_eq!(error, RecsysError::Singular { side: "user", id: 5, regularization: 0.0 });
    }
}
