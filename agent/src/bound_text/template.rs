//! Cells, rows and results as objects of a template, and the environment that answer templates render in.
//!
//! A cell renders to its binding as JSON between two private-use characters; whoever resolves the text reads it back.

use std::sync::{Arc, LazyLock};

use domain::answer::Format;
use minijinja::{
    Environment, Error, ErrorKind, context,
    value::{Enumerator, Object, ObjectRepr, Value},
};
use prompts::{
    PromptError,
    plain::{MARK_END, MARK_START},
};

use super::{BoundTextError, Cell, Inner, ResultTable};
use crate::figures::raise_first;

impl Object for Cell {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "value").then(|| bare(&self.binding.value))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let json = serde_json::to_string(&**self).map_err(|_| std::fmt::Error)?;
        // The markers can only stand inside JSON strings, where their escapes mean the same.
        let json = json.replace(MARK_START, "\\ue000").replace(MARK_END, "\\ue001");
        write!(f, "{MARK_START}{json}{MARK_END}")
    }
}

/// A row in a template: its columns are attributes.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) table: ResultTable,
    pub(super) row: usize,
}

impl Object for Row {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let cell = self.table.cell(self.row, key.as_str()?)?;
        match &cell.binding.value {
            scalar @ (serde_json::Value::Null | serde_json::Value::Bool(_)) => Some(bare(scalar)),
            _ => Some(Value::from_object(cell)),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let columns = &self.table.0.table.columns;
        Enumerator::Values(columns.iter().map(|column| Value::from(column.name.as_str())).collect())
    }
}

impl Object for Inner {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let table = ResultTable(Arc::clone(self));
        match key.as_str()? {
            "rows" => Some(table.rows()),
            "first" => Some(table.row(0).unwrap_or_else(|| Value::from(()))),
            "len" => Some(Value::from(self.table.rows.len())),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["rows", "first", "len"])
    }
}

fn bare(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Bool(truth) => Value::from(*truth),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::from(integer),
            None => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        // Cells are scalars; anything else is nothing to a template.
        _ => Value::from(()),
    }
}

pub(super) fn with_results(context: Value, results: &[ResultTable]) -> Value {
    let named =
        |name: &str, result: &ResultTable| (name.to_owned(), Value::from_dyn_object(Arc::clone(&result.0)));
    let first = results.first().map(|result| named("result", result));
    let results: Value =
        Value::from_pairs(results.iter().map(|result| named(result.evidence(), result)).chain(first));
    if context.is_undefined() || context.is_none() {
        results
    } else {
        context! { ..context, ..results }
    }
}

static ENVIRONMENT: LazyLock<Result<Environment<'static>, PromptError>> = LazyLock::new(|| {
    let mut environment = prompts::environment::environment()?;
    for (name, format) in [
        ("integer", Format::Integer),
        ("percent", Format::Percent),
        ("decimal", Format::Decimal),
        ("hour", Format::Hour),
        ("days", Format::Days),
        ("name", Format::Name),
        ("id", Format::Id),
    ] {
        environment.add_filter(name, move |value: Value| as_format(&value, format));
    }
    environment.add_filter("and_list", and_list);
    environment.add_filter("sentence", |text: String| raise_first(&text));
    environment.add_function("plural", plural);
    environment
        .add_function("question_number", |words: Value| Value::from_object(Cell::quote(&words.to_string())));
    environment.add_function("question_name", |words: String| Value::from_object(Cell::quote(&words)));
    environment.set_formatter(|out, state, value| {
        if value.is_none() {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "a null cell has no text: test it with `is none`",
            ));
        }
        minijinja::escape_formatter(out, state, value)
    });
    Ok(environment)
});

pub(super) fn answer_environment() -> Result<&'static Environment<'static>, BoundTextError> {
    ENVIRONMENT.as_ref().map_err(|error| {
        BoundTextError::Template(PromptError::Render {
            name: "(environment)".into(),
            reason: error.to_string(),
        })
    })
}

fn as_format(value: &Value, format: Format) -> Result<Value, Error> {
    let cell = value.downcast_object_ref::<Cell>().ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, "only cells have a format: use row.<column>")
    })?;
    let mut cell = cell.clone();
    cell.binding.format = format;
    Ok(Value::from_object(cell))
}

/// "A", "A and B", "A, B and C".
fn and_list(values: &Value) -> Result<String, Error> {
    let words: Vec<String> = values.try_iter()?.map(|value| value.to_string()).collect();
    Ok(match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    })
}

/// The word that fits the number.
fn plural(value: &Value, one: String, many: String) -> String {
    let number =
        value.downcast_object_ref::<Cell>().map_or_else(|| value.clone(), |cell| bare(&cell.binding.value));
    if number == Value::from(1) { one } else { many }
}
