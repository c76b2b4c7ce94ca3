//! The nearest question that can be answered, where one about something outside the data is refused.
//!
//! "How much is a Banana?" names a product that the data knows: what can be told of it is nearer than any general
//! question. The planner keeps it only where it is answered itself.

use super::{link_entities::Entities, vocabulary::NameKind};

/// A question about what the message names; none where it names nothing that the data knows, or several things.
pub(super) fn about_what_is_named(entities: &Entities, staff: bool) -> Option<String> {
    let mut named = entities.named.iter().filter(|named| !named.excluded);
    let (Some(only), None) = (named.next(), named.next()) else { return None };
    let name = &only.name.text;
    Some(match (only.name.kind, staff) {
        (NameKind::Product, true) => format!("How many times was {name} bought?"),
        (NameKind::Product, false) => format!("What goes well with {name}?"),
        (NameKind::Department, _) => format!("What are the most popular products in the {name} department?"),
        (NameKind::Aisle, _) => format!("What are the most popular products in the {name} aisle?"),
        (NameKind::Segment, true) => format!("How many customers are in the segment {name}?"),
        (NameKind::Segment, false) => return None,
    })
}
