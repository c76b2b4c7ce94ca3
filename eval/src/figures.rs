//! Unbound figures, found from the answer alone: code of its own, that shares nothing with the agent's checker.

use domain::answer::{Answer, BindingKind};

/// The figures of the text that no binding covers, or whose binding does not hold.
pub fn unbound(answer: &Answer, question: &str) -> Vec<String> {
    let text: Vec<char> = answer.text.chars().collect();
    let mut covered = vec![false; text.len()];
    let mut wrong = Vec::new();
    for binding in &answer.bindings {
        let written: String = text.get(binding.start..binding.end).unwrap_or_default().iter().collect();
        let holds = match binding.kind {
            BindingKind::Question => question.to_lowercase().contains(&written.to_lowercase()),
            BindingKind::Evidence => cell(answer, binding).is_some_and(|value| *value == binding.value),
        };
        if holds && !written.is_empty() {
            if let Some(range) = covered.get_mut(binding.start..binding.end) {
                range.fill(true);
            }
        } else {
            wrong.push(written);
        }
    }
    let mut figure = String::new();
    for (at, character) in text.iter().enumerate() {
        if character.is_ascii_digit() && covered.get(at) == Some(&false) {
            figure.push(*character);
        } else if !figure.is_empty() {
            wrong.push(std::mem::take(&mut figure));
        }
    }
    if !figure.is_empty() {
        wrong.push(figure);
    }
    wrong
}

fn cell<'a>(answer: &'a Answer, binding: &domain::answer::Binding) -> Option<&'a serde_json::Value> {
    let evidence = answer.evidence.iter().find(|evidence| evidence.id == binding.evidence)?;
    let column = evidence.columns.iter().position(|column| column.name == binding.column)?;
    evidence.result.get(binding.row)?.get(column)
}
