//! Makes joins give way to their task's other wakes, so that a stopped query really stops.
//!
//! DataFusion lets the leaves of a plan yield. A join can make thousands of batches out of one batch of a leaf, and an
//! aggregation above takes them all without a pause: neither a time-out nor a cancellation reaches such a task. With
//! every join wrapped, the task yields after some hundred batches, and an abort takes effect there.
//! Last rule of the physical optimizer; changes neither rows nor their order.

use std::sync::Arc;

use datafusion::{
    common::{
        config::ConfigOptions,
        tree_node::{Transformed, TreeNode},
    },
    error::Result as DfResult,
    physical_optimizer::PhysicalOptimizerRule,
    physical_plan::{ExecutionPlan, coop::CooperativeExec},
};

/// Wraps every join in a node that yields.
#[derive(Debug)]
pub(crate) struct YieldingJoins;

impl PhysicalOptimizerRule for YieldingJoins {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            // `HashJoinExec`, `NestedLoopJoinExec`, `CrossJoinExec`, `SortMergeJoinExec`, ….
            if node.name().ends_with("JoinExec") {
                return Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>));
            }
            Ok(Transformed::no(node))
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &'static str {
        "yielding_joins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
