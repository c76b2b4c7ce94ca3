//! The templates by name. A new file is added here; its text is part of the binary.

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../", $name)))),*]
    };
}

/// Name and source of every template. The name is the path under `prompts/`.
pub const TEMPLATES: &[(&str, &str)] = templates![
    "system.j2",
    "answers/describe.j2",
    "answers/history.j2",
    "answers/metric.j2",
    "answers/places.j2",
    "answers/popular.j2",
    "answers/product.j2",
    "answers/profile.j2",
    "answers/recommend.j2",
    "answers/related.j2",
    "answers/search.j2",
    "answers/segment_popularity.j2",
    "answers/similar_customers.j2",
    "answers/will_buy.j2",
];
