//! Why a model could not be trained or asked: one variant a cause.

/// Errors of this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecsysError {
    /// A parameter is outside its range.
    #[error("{name} is {value}, it must be {expected}")]
    InvalidParameter {
        /// The parameter.
        name: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// There is nothing to learn from.
    #[error("there are no {what} to learn from, at least one is needed")]
    NoData {
        /// The kind of rows.
        what: &'static str,
    },
    /// An array has the wrong length.
    #[error("{what} has length {found}, it must be {expected}")]
    Shape {
        /// The array.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The right one.
        expected: usize,
    },
    /// An array holds a value that is infinite or not a number.
    #[error("{what} has {value} at position {position}, every value must be finite")]
    NotFinite {
        /// The array.
        what: &'static str,
        /// The value.
        value: f64,
        /// Where it stands.
        position: usize,
    },
    /// An id stands twice where it must be unique.
    #[error("{what} has id {id} twice, ids must be unique")]
    DuplicateId {
        /// The table.
        what: &'static str,
        /// The id.
        id: u32,
    },
    /// Rows come in another order than they must.
    #[error("{what} {found} comes after {before}, rows must come in ascending order")]
    NotAscending {
        /// The column.
        what: &'static str,
        /// The value before.
        before: u32,
        /// The one that is lower.
        found: u32,
    },
    /// There is more than the indices can name.
    #[error("there are more than {limit} {what}")]
    TooMany {
        /// The kind of rows.
        what: &'static str,
        /// What fits.
        limit: usize,
    },
    /// The trees could not be grown.
    #[error("the ranker could not be trained: {reason}")]
    Ranker {
        /// What the library says.
        reason: String,
    },
    /// The normal equations of one row have no unique solution.
    #[error(
        "the factors of {side} {id} have no unique solution: raise the regularization (it is {regularization})"
    )]
    Singular {
        /// `user` or `item`.
        side: &'static str,
        /// Its id.
        id: u32,
        /// λ of the training.
        regularization: f32,
    },
    /// The caller asked to stop.
    #[error("training was cancelled after iteration {iteration}")]
    Cancelled {
        /// The last complete iteration, from 1.
        iteration: usize,
    },
    /// There are fewer different points than clusters.
    #[error(
        "{k} clusters need as many different points, there are {distinct}: ask for at most {distinct} clusters"
    )]
    TooFewDistinctPoints {
        /// The clusters asked for.
        k: usize,
        /// The different points.
        distinct: usize,
    },
    /// Counts contradict each other.
    #[error("counts contradict each other: {found}, they must satisfy {expected}")]
    InconsistentCounts {
        /// The counts.
        found: String,
        /// What holds for any real counts.
        expected: &'static str,
    },
}

/// Checks that a parameter satisfies a condition.
pub(crate) fn require(
    holds: bool,
    name: &'static str,
    value: impl ToString,
    expected: &'static str,
) -> Result<(), RecsysError> {
    if holds {
        Ok(())
    } else {
        Err(RecsysError::InvalidParameter { name, value: value.to_string(), expected })
    }
}
