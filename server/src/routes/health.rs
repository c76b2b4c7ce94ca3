//! `/healthz`: the process answers. `/readyz`: it can answer questions, and from what.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};
use tools::run::Run;

use crate::app::AppState;

/// Alive.
pub async fn healthz() -> Json<Value> {
    Json(json!({"status": "alive"}))
}

/// Ready: run, search and model. 503 while there is no run.
pub async fn readyz(State(state): State<AppState>) -> (StatusCode, Json<Value>) {
    let model = state.llm_model.as_deref();
    match state.runs.get() {
        Some(run) => {
            let body = json!({
                "status": "ready",
                "run_id": run.id(),
                "index": index_state(&run),
                "model": model,
                // A newer run that cannot be loaded: still ready, with the one before.
                "problem": state.runs.problem(),
            });
            (StatusCode::OK, Json(body))
        }
        None => {
            let reason = state.runs.problem();
            let body = json!({"status": "not_ready", "run_id": null, "reason": reason, "model": model});
            (StatusCode::SERVICE_UNAVAILABLE, Json(body))
        }
    }
}

/// How search works with a run, and why not better.
fn index_state(run: &Run) -> Value {
    if run.search.is_none() {
        return json!({"mode": "none", "reason": "the run was made without an index: run `insightflow index build`"});
    }
    if !run.lexical_only {
        let model = run.manifest.embedding_model.as_ref().map(|model| model.id.as_str());
        return json!({"mode": "hybrid", "embedding_model": model});
    }
    let reason = if run.manifest.embedding_model.is_some() {
        "the index has vectors but the models are not here: run `insightflow models pull` and start again"
    } else {
        "the index was built without models: run `insightflow models pull`, then `insightflow index build`"
    };
    json!({"mode": "lexical", "reason": reason})
}
