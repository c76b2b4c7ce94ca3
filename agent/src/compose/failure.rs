//! What is said when a call gave nothing: what would be right, in words that hold no unbound figure.

use domain::answer::{Clarify, ClarifyOption, Note, Refusal};

use crate::{bound_text::BoundText, builtin::PlanInput, draft::Draft, plan::CallFailure};

/// Options offered at most.
const MOST_OPTIONS: usize = 5;

/// The answer to a failed call.
pub(crate) fn draft(failure: &CallFailure, input: &PlanInput<'_>) -> Draft {
    if failure.code == "not_found" && !failure.nearest.is_empty() {
        return did_you_mean(failure);
    }
    if let Some(draft) = unknown_customer(failure, input) {
        return draft;
    }
    let (code, text, nearest) = match failure.code.as_str() {
        "not_found" => (
            "not_found",
            "That customer, product or segment is not in the data; check the number or the name.",
            if input.principal.role().is_staff() {
                "How many customers are there?"
            } else {
                "What are the most popular products?"
            },
        ),
        "permission_denied" => {
            ("not_allowed", "That is not open to you.", "What are the most popular products?")
        }
        "invalid_arguments" => (
            "invalid_arguments",
            "That cannot be asked in this way; the note says what would be right.",
            "What can you do?",
        ),
        "unavailable" => (
            "unavailable",
            "This run of the data does not hold what that needs; the note says what is missing.",
            "What can you do?",
        ),
        _ => ("unavailable", "The data engine did not answer in time; please try again.", "What can you do?"),
    };
    let mut draft = Draft::refused(Refusal {
        code: code.into(),
        text: text.into(),
        nearest_question: Some(nearest.into()),
    });
    draft.notes.push(Note::new(failure.code.clone(), sentence(&failure.message)));
    draft
}

/// "Customer 999999 is not in the data", with the number as it stands in the question.
fn unknown_customer(failure: &CallFailure, input: &PlanInput<'_>) -> Option<Draft> {
    let id = failure.message.strip_prefix("customer ")?.split(' ').next()?;
    if failure.code != "not_found" || !input.message.contains(id) {
        return None;
    }
    let mut text = BoundText::new();
    text.push_text("Customer ").push_question(id).push_text(" is not in the data; check the number.");
    let (text, bindings) = text.finish();
    let nearest = Some("How many customers are there?".to_owned());
    let refused = Draft::refused(Refusal { code: "not_found".into(), text, nearest_question: nearest });
    Some(Draft { bindings, ..refused })
}

/// A name that is near to others: one question back.
fn did_you_mean(failure: &CallFailure) -> Draft {
    let option =
        |name: &String| ClarifyOption { label: name.clone(), question: format!("Details for {name}") };
    let mut draft = Draft::clarify(Clarify {
        question: "There is nothing of exactly that name. Did you mean one of these?".into(),
        options: failure.nearest.iter().take(MOST_OPTIONS).map(option).collect(),
    });
    draft.notes.push(Note::new("not_found", sentence(&failure.message)));
    draft
}

/// The answer when a plan or a template failed, which only a mistake of ours can cause.
pub(crate) fn lost() -> Draft {
    Draft::refused(Refusal {
        code: "internal".into(),
        text: "The answer could not be put into words; the failure is logged.".into(),
        nearest_question: None,
    })
}

fn sentence(message: &str) -> String {
    let mut text = crate::figures::raise_first(message);
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}
