//! Lets one bounded, reading query through and nothing else; every statement passes it, whoever wrote it.
//!
//! ```text
//! text ──parse──> one query ──names──> known, visible tables ──plan──> reading nodes only ──optimise──> bounded joins
//! ```
//! The session it is planned in has no other tables and functions than the allowed ones (`session`), and whose rows
//! they hold is part of the tables (`policy`): what is checked here is what those two cannot hold.

use std::ops::ControlFlow;

use datafusion::{
    common::{TableReference, tree_node::TreeNodeRecursion},
    execution::{SessionState, context::SQLOptions},
    logical_expr::{FetchType, JoinType, LogicalPlan},
    sql::{
        parser::Statement,
        sqlparser::{
            ast::{self, visit_relations},
            dialect::GenericDialect,
            keywords::Keyword,
            tokenizer::{Token, Tokenizer},
        },
    },
};
use domain::principal::RowPolicy;

use crate::{
    error::QueryError,
    policy::{OpenTables, is_visible},
    session::SCHEMA,
    sql::Complexity,
};

/// Characters of a statement: a hundred times what is written by hand.
const MAX_CHARS: usize = 64_000;

/// Row pairs of a join without equality: every product with every department ten times over, no two tables of orders.
const MAX_PAIRS: u64 = 10_000_000;

/// Stack of the threads that parse and plan, where the planner recurses over a statement's tree: a test plans the deepest
/// statements that pass on it in an unoptimised build. Only what is used is ever backed by memory.
pub(crate) const STACK_BYTES: usize = 64 << 20;

/// Reads exactly one query.
pub(crate) fn parse(
    session: &SessionState,
    sql: &str,
    complexity: Complexity,
) -> Result<Statement, QueryError> {
    let chars = sql.chars().count();
    if chars > MAX_CHARS {
        return Err(QueryError::TooComplex { what: "characters", found: chars, limit: MAX_CHARS });
    }
    let operators = count_operators(sql)?;
    if operators > complexity.operators {
        return Err(QueryError::TooComplex {
            what: "operators",
            found: operators,
            limit: complexity.operators,
        });
    }
    let dialect = session.config().options().sql_parser.dialect;
    let statement = session.sql_to_statement(sql, &dialect).map_err(|e| match QueryError::planning(e) {
        QueryError::Invalid(text) if text.contains("SQL statement") => QueryError::NotOneQuery(text),
        other => other,
    })?;
    let Statement::Statement(inner) = &statement else {
        return Err(not_a_query(&statement));
    };
    let ast::Statement::Query(query) = inner.as_ref() else {
        return Err(not_a_query(&statement));
    };
    if !query.locks.is_empty() {
        return Err(QueryError::Forbidden { what: "FOR UPDATE or FOR SHARE".to_owned() });
    }
    let mut relations = 0;
    let _ = visit_relations(inner.as_ref(), |_| {
        relations += 1;
        ControlFlow::<()>::Continue(())
    });
    if relations > complexity.relations {
        return Err(QueryError::TooComplex { what: "tables", found: relations, limit: complexity.relations });
    }
    Ok(statement)
}

fn not_a_query(statement: &Statement) -> QueryError {
    let text = statement.to_string();
    let first = text.split_whitespace().next().unwrap_or("nothing").to_uppercase();
    QueryError::NotOneQuery(format!("{first} is not a query"))
}

fn count_operators(sql: &str) -> Result<usize, QueryError> {
    let tokens =
        Tokenizer::new(&GenericDialect {}, sql).tokenize().map_err(|e| QueryError::Invalid(e.to_string()))?;
    Ok(tokens.iter().filter(|token| deepens(token)).count())
}

fn deepens(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::XOR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::BETWEEN
                | Keyword::CASE
                | Keyword::WHEN
                | Keyword::JOIN
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::SELECT
        ),
        // Everything that is not a name, a value or plain punctuation is taken for an operator.
        Token::EOF
        | Token::Number(..)
        | Token::Char(_)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::Placeholder(_)
        | Token::Comma
        | Token::Whitespace(_)
        | Token::Period
        | Token::SemiColon
        | Token::RParen => false,
        _ => true,
    }
}

/// Checks the named tables before planning, so that the answer says what exists rather than what does not.
pub(crate) fn check_tables(
    session: &SessionState,
    statement: &Statement,
    tables: &OpenTables,
    policy: RowPolicy,
) -> Result<(), QueryError> {
    let references = session.resolve_table_references(statement).map_err(QueryError::planning)?;
    for reference in &references {
        let name = reference.table();
        let plain = match reference {
            TableReference::Bare { .. } => true,
            TableReference::Partial { schema, .. } => schema.as_ref() == SCHEMA,
            TableReference::Full { .. } => false,
        };
        match tables.get(name) {
            Some(table) if plain && is_visible(table, policy) => {}
            Some(_) if plain => return Err(QueryError::CustomerTable { table: name.to_owned() }),
            _ => {
                let visible = tables.iter().filter(|(_, table)| is_visible(table, policy));
                let known = visible.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
                return Err(QueryError::UnknownTable { table: reference.to_string(), known });
            }
        }
    }
    Ok(())
}

/// Lets only nodes through that read, subqueries included.
pub(crate) fn check_plan(plan: &LogicalPlan) -> Result<(), QueryError> {
    let reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    reading
        .verify_plan(plan)
        .map_err(|e| QueryError::Forbidden { what: first_sentence(&e.strip_backtrace()) })?;
    let mut refused = None;
    plan.apply_with_subqueries(|node| {
        let what = match node {
            LogicalPlan::Projection(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Join(_)
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::TableScan(_)
            | LogicalPlan::EmptyRelation(_)
            | LogicalPlan::Subquery(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Values(_)
            | LogicalPlan::Distinct(_) => return Ok(TreeNodeRecursion::Continue),
            LogicalPlan::Unnest(_) => "UNNEST",
            LogicalPlan::RecursiveQuery(_) => "WITH RECURSIVE",
            LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_) => "EXPLAIN",
            LogicalPlan::Dml(_) | LogicalPlan::Copy(_) | LogicalPlan::Ddl(_) | LogicalPlan::Statement(_) => {
                "a statement that writes"
            }
            LogicalPlan::Extension(_) => "an extension",
        };
        refused = Some(what.to_owned());
        Ok(TreeNodeRecursion::Stop)
    })
    .map_err(QueryError::planning)?;
    refused.map_or(Ok(()), |what| Err(QueryError::Forbidden { what }))
}

/// Refuses joins without equality keys whose sides are both large. Wants the optimised plan: only there
/// `FROM a, b WHERE a.x = b.x` has become a join on keys.
pub(crate) fn check_joins(plan: &LogicalPlan, tables: &OpenTables) -> Result<(), QueryError> {
    let mut refused = None;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Join(join) = node
            && join.on.is_empty()
        {
            let left = row_bound(&join.left, tables);
            let right = row_bound(&join.right, tables);
            if left > 1 && right > 1 && left.saturating_mul(right) > MAX_PAIRS {
                refused = Some((left, right));
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .map_err(QueryError::planning)?;
    match refused {
        None => Ok(()),
        Some((left, right)) => Err(QueryError::UnboundedJoin {
            left: left.to_string(),
            right: right.to_string(),
            limit: MAX_PAIRS,
        }),
    }
}

/// The most rows a node gives. Exact upper bound, but for joins on keys, which are taken for many-to-one.
fn row_bound(plan: &LogicalPlan, tables: &OpenTables) -> u64 {
    let of_inputs =
        || plan.inputs().iter().map(|input| row_bound(input, tables)).fold(0, u64::saturating_add);
    let capped =
        |fetch: Option<usize>, rows: u64| fetch.map_or(rows, |n| rows.min(u64::try_from(n).unwrap_or(rows)));
    match plan {
        LogicalPlan::TableScan(scan) => {
            let rows = tables.get(scan.table_name.table()).map_or(u64::MAX, |table| table.rows);
            capped(scan.fetch, rows)
        }
        LogicalPlan::EmptyRelation(_) => 1,
        LogicalPlan::Values(values) => u64::try_from(values.values.len()).unwrap_or(u64::MAX),
        LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => 1,
        LogicalPlan::Sort(sort) => capped(sort.fetch, of_inputs()),
        LogicalPlan::Limit(limit) => match limit.get_fetch_type() {
            Ok(FetchType::Literal(fetch)) => capped(fetch, of_inputs()),
            _ => of_inputs(),
        },
        LogicalPlan::Join(join) => {
            let left = row_bound(&join.left, tables);
            let right = row_bound(&join.right, tables);
            match join.join_type {
                JoinType::LeftSemi | JoinType::LeftAnti | JoinType::LeftMark => left,
                JoinType::RightSemi | JoinType::RightAnti | JoinType::RightMark => right,
                _ if join.on.is_empty() => left.saturating_mul(right),
                JoinType::Full => left.saturating_add(right),
                _ => left.max(right),
            }
        }
        _ => of_inputs(),
    }
}

fn first_sentence(text: &str) -> String {
    text.lines().next().unwrap_or(text).trim().to_owned()
}

#[cfg(test)]
mod tests;
