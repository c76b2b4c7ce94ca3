//! A raw record of the stream → a normalised [`OrderEvent`], or the reason why it is none.
//!
//! Missing days in any spelling → null, days above 30 → 30, numbers written as text or `3.0` → whole numbers, the
//! schema tagged. A record without a tag counts as the present schema; one of another schema is not guessed at.
//! Looks at one record alone: what a customer's other orders say is the business of silver. Pure, does no IO.

use domain::ids::{OrderId, ProductId, UserId};
use serde::Serialize;
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::event::{CENSORED_DAYS, EventLine, MAX_EVENT_BYTES, ORDER_SCHEMA, OrderEvent};

/// Characters of an event id, at most: a UUID has 36.
const MAX_EVENT_ID_CHARS: usize = 128;

/// Words that mean that a value is missing.
const NULL_WORDS: [&str; 7] = ["", "null", "none", "na", "n/a", "nan", "\\n"];

/// Other spellings of a field, in lower case, with the canonical one.
const SPELLINGS: [(&str, &str); 2] =
    [("days_since_prior", "days_since_prior_order"), ("day_since_prior_order", "days_since_prior_order")];

/// The fields of an event.
const FIELDS: [&str; 10] = [
    "schema",
    "event_id",
    "order_id",
    "user_id",
    "order_number",
    "order_dow",
    "order_hour_of_day",
    "days_since_prior_order",
    "lines",
    "emitted_at",
];

/// The fields of a line.
const LINE_FIELDS: [&str; 3] = ["product_id", "add_to_cart_order", "reordered"];

/// Why a record is no event; also the folder that it lands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BadKind {
    /// Not one JSON object of UTF-8 text.
    NotJson,
    /// More bytes than a record may have.
    Oversized,
    /// Tagged with a schema that this build does not know.
    UnknownSchema,
    /// A field that must be there is not.
    MissingField,
    /// A field that the schema does not have.
    UnknownField,
    /// A field twice, in two spellings.
    RepeatedField,
    /// A value of another type.
    WrongType,
    /// A value of the right type that cannot be.
    OutOfRange,
}

impl BadKind {
    /// The kind as folders and reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::Oversized => "oversized",
            Self::UnknownSchema => "unknown_schema",
            Self::MissingField => "missing_field",
            Self::UnknownField => "unknown_field",
            Self::RepeatedField => "repeated_field",
            Self::WrongType => "wrong_type",
            Self::OutOfRange => "out_of_range",
        }
    }
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRecord {
    /// The cause.
    pub kind: BadKind,
    /// The value that is wrong and what would be right.
    pub reason: String,
}

impl BadRecord {
    pub(super) fn new(kind: BadKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }
}

/// Transforms a record that must carry its event id.
pub fn transform(record: &[u8]) -> Result<OrderEvent, BadRecord> {
    transform_or_name(record, None)
}

/// Transforms a record; one without an event id gets the one that `name` makes.
pub fn transform_or_name(record: &[u8], name: Option<&dyn Fn() -> String>) -> Result<OrderEvent, BadRecord> {
    if record.len() > MAX_EVENT_BYTES {
        let reason = format!("{} bytes, at most {MAX_EVENT_BYTES} are taken", record.len());
        return Err(BadRecord::new(BadKind::Oversized, reason));
    }
    let json: Value = serde_json::from_slice(record)
        .map_err(|e| BadRecord::new(BadKind::NotJson, format!("no JSON text: {e}")))?;
    let Value::Object(object) = json else {
        return Err(BadRecord::new(BadKind::NotJson, format!("{}, not an object", described(&json))));
    };
    // The schema first: the fields of another one mean nothing here.
    let tag = object.iter().find(|(key, _)| key.trim().eq_ignore_ascii_case("schema")).map(|(_, tag)| tag);
    if let Some(tag) = tag.filter(|tag| !tag.is_null() && tag.as_str() != Some(ORDER_SCHEMA)) {
        let reason = format!("schema {}, this build knows {ORDER_SCHEMA:?}", described(tag));
        return Err(BadRecord::new(BadKind::UnknownSchema, reason));
    }
    let fields = Fields::of(object, &FIELDS, "")?;
    let event_id = match (fields.optional("event_id"), name) {
        (None, Some(name)) => name(),
        (Some(id), _) => event_id(id)?,
        (None, None) => return Err(fields.missing("event_id")),
    };
    Ok(OrderEvent {
        schema: ORDER_SCHEMA.to_owned(),
        event_id,
        order_id: OrderId(fields.whole("order_id", 1, u32::MAX)?),
        user_id: UserId(fields.whole("user_id", 1, u32::MAX)?),
        order_number: fields.whole("order_number", 1, u32::MAX)?,
        order_dow: fields.whole("order_dow", 0, 6)? as u8,
        order_hour_of_day: fields.whole("order_hour_of_day", 0, 23)? as u8,
        days_since_prior_order: fields.optional("days_since_prior_order").map(days).transpose()?.flatten(),
        lines: lines(fields.required("lines")?)?,
        emitted_at: fields.optional("emitted_at").map(emitted_at).transpose()?,
    })
}

/// The fields of one JSON object under their canonical names.
struct Fields {
    values: Map<String, Value>,
    /// `lines[3].` inside a line, for messages.
    place: String,
}

impl Fields {
    fn of(object: Map<String, Value>, known: &[&str], place: &str) -> Result<Self, BadRecord> {
        let mut values = Map::new();
        for (received, value) in object {
            let name = canonical(&received);
            if !known.contains(&name.as_str()) {
                let reason = format!("field {place}{received}, the known ones are: {}", known.join(", "));
                return Err(BadRecord::new(BadKind::UnknownField, reason));
            }
            if values.insert(name.clone(), value).is_some() {
                let reason = format!("field {place}{name} twice, it must stand there once");
                return Err(BadRecord::new(BadKind::RepeatedField, reason));
            }
        }
        Ok(Self { values, place: place.to_owned() })
    }

    fn optional(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| !value.is_null())
    }

    fn required(&self, name: &str) -> Result<&Value, BadRecord> {
        self.optional(name).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> BadRecord {
        BadRecord::new(BadKind::MissingField, format!("no field {}{name}", self.place))
    }

    fn whole(&self, name: &str, least: u32, most: u32) -> Result<u32, BadRecord> {
        let value = self.required(name)?;
        let place = &self.place;
        let number = number(value).filter(|number| number.fract() == 0.0).ok_or_else(|| {
            let reason = format!("{place}{name} is {}, it must be a whole number", described(value));
            BadRecord::new(BadKind::WrongType, reason)
        })?;
        if number < f64::from(least) || number > f64::from(most) {
            let reason = format!("{place}{name} is {}, it must be {least} to {most}", described(value));
            return Err(BadRecord::new(BadKind::OutOfRange, reason));
        }
        Ok(number as u32)
    }
}

fn canonical(received: &str) -> String {
    let lower = received.trim().to_lowercase();
    SPELLINGS.iter().find(|(spelling, _)| *spelling == lower).map_or(lower, |(_, name)| (*name).to_owned())
}

/// A number, or a text that is one. Every id of ours is exact as a float: 32 bits.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let text = text.trim();
            // "inf", "nan" and "1e5" parse as floats too and are no way to write a count.
            let is_plain =
                text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
            text.parse().ok().filter(|_| is_plain)?
        }
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn event_id(value: &Value) -> Result<String, BadRecord> {
    let id = value.as_str().map(str::trim).ok_or_else(|| {
        BadRecord::new(BadKind::WrongType, format!("event_id is {}, it must be a text", described(value)))
    })?;
    let is_plain =
        !id.is_empty() && id.len() <= MAX_EVENT_ID_CHARS && id.bytes().all(|b| b.is_ascii_graphic());
    if !is_plain {
        let reason = format!(
            "event_id is {}, it must be 1 to {MAX_EVENT_ID_CHARS} visible ASCII characters",
            described(value)
        );
        return Err(BadRecord::new(BadKind::OutOfRange, reason));
    }
    Ok(id.to_owned())
}

fn days(value: &Value) -> Result<Option<f64>, BadRecord> {
    if let Some(text) = value.as_str()
        && NULL_WORDS.contains(&text.trim().to_lowercase().as_str())
    {
        return Ok(None);
    }
    let days = number(value).ok_or_else(|| {
        let reason = format!("days_since_prior_order is {}, it must be a number or null", described(value));
        BadRecord::new(BadKind::WrongType, reason)
    })?;
    if days < 0.0 {
        let reason = format!("days_since_prior_order is {}, it must be 0 or more", described(value));
        return Err(BadRecord::new(BadKind::OutOfRange, reason));
    }
    Ok(Some(days.min(CENSORED_DAYS)))
}

fn lines(value: &Value) -> Result<Vec<EventLine>, BadRecord> {
    let Value::Array(lines) = value else {
        let reason = format!("lines is {}, it must be a list", described(value));
        return Err(BadRecord::new(BadKind::WrongType, reason));
    };
    lines.iter().enumerate().map(|(at, line)| event_line(at, line)).collect()
}

fn event_line(at: usize, value: &Value) -> Result<EventLine, BadRecord> {
    let Value::Object(object) = value else {
        let reason = format!("lines[{at}] is {}, it must be an object", described(value));
        return Err(BadRecord::new(BadKind::WrongType, reason));
    };
    let fields = Fields::of(object.clone(), &LINE_FIELDS, &format!("lines[{at}]."))?;
    let reordered = fields.required("reordered")?;
    Ok(EventLine {
        product_id: ProductId(fields.whole("product_id", 1, u32::MAX)?),
        add_to_cart_order: fields.whole("add_to_cart_order", 1, u32::MAX)?,
        reordered: match truth(reordered) {
            Some(truth) => u8::from(truth),
            None => fields.whole("reordered", 0, 1)? as u8,
        },
    })
}

/// Whether a value says yes or no in words.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(word) => match word.trim().to_lowercase().as_str() {
            "true" | "t" | "yes" | "y" => Some(true),
            "false" | "f" | "no" | "n" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn emitted_at(value: &Value) -> Result<String, BadRecord> {
    let text = value.as_str().filter(|text| OffsetDateTime::parse(text.trim(), &Rfc3339).is_ok());
    text.map(|text| text.trim().to_owned()).ok_or_else(|| {
        let reason =
            format!("emitted_at is {}, it must be a time such as 2026-01-31T10:15:00Z", described(value));
        BadRecord::new(BadKind::WrongType, reason)
    })
}

/// A value as messages show it, cut where it is long.
fn described(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests;
