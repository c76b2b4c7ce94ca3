//! The agent: one message in, one grounded [`domain::answer::Answer`] out.
//!
//! [`turn`] is the state machine of a turn, without IO; [`driver`] does its waiting. Two planners stand behind it:
//! [`builtin`], which needs no model, and [`llm`], any OpenAI-compatible model through `rig-core`.
//! [`compose`] writes text whose figures are bound to evidence, [`grounding`] refuses text whose figures are not,
//! whoever wrote it. [`memory`] is the seam of conversations, [`trace`] the record of a turn.
//! The turn, the driver and the LLM planner name no concrete tool.

pub mod answer_cache;
pub mod bound_text;
pub mod builtin;
pub mod compose;
pub mod draft;
pub mod driver;
pub mod error;
pub mod events;
pub mod evidence;
pub mod figures;
pub mod grounding;
pub mod llm;
pub mod memory;
pub mod plan;
pub mod request;
pub mod trace;
pub mod turn;
