//! What the agent can do: the tool contract, the registry, and one file a tool.
//!
//! ```text
//! registry.call(name, context, arguments) ─> role ─> typed arguments ─> tool ─> table (+ products, notes, SQL)
//!                                                                        │
//!                          run: engine, catalogue, index, factors, next-basket model, segments, metrics
//! ```
//! A tool never widens what its principal may see: customers' rows come through the row policy of the engine
//! (`sql`), which customer is meant is decided in `customer`, and what the shop hides in [`merchandising`].

pub mod contract;
pub mod registry;
pub mod run;

pub mod catalogue;
pub mod merchandising;
pub mod names;
pub mod words;

mod affinity;
mod customer;
mod factors;
mod kind;
mod name_head;
mod narrower;
mod next_basket;
mod product_rows;
mod relevance;
mod scope;
mod segments;
mod selection;
mod sql;

pub mod customer_profile;
pub mod describe_data;
pub mod get_product;
pub mod popular_products;
pub mod purchase_history;
pub mod query_metrics;
pub mod recommend;
pub mod related_products;
pub mod score_products;
pub mod search_catalog;
pub mod segment_popularity;
pub mod similar_customers;
