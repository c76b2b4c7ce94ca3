//! The environment of all templates: compiled in, strict, plain text.
//!
//! A name that the context does not hold is an error, not an empty string; nothing is escaped as HTML, since answers
//! and prompts are plain text and each surface escapes for itself. Strings printed from the context go through
//! [`crate::plain::one_line`] by the filter `data`.

use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use crate::{PromptError, plain, templates::TEMPLATES};

/// A new environment with all templates; the caller may add filters and functions of its own.
///
/// Fails when a template does not parse.
pub fn environment() -> Result<Environment<'static>, PromptError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_name| AutoEscape::None);
    environment.add_filter("data", |text: String| plain::one_line(&text));
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(|error| PromptError::render(name, &error))?;
    }
    Ok(environment)
}

static SHARED: LazyLock<Result<Environment<'static>, PromptError>> = LazyLock::new(environment);

/// Renders a template with the shared environment.
pub(crate) fn render(name: &str, context: Value) -> Result<String, PromptError> {
    let environment = SHARED
        .as_ref()
        .map_err(|error| PromptError::Render { name: name.to_owned(), reason: error.to_string() })?;
    let template =
        environment.get_template(name).map_err(|_| PromptError::UnknownTemplate { name: name.to_owned() })?;
    template.render(context).map_err(|error| PromptError::render(name, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses() {
        assert!(environment().is_ok(), "{:?}", environment().err());
    }

    #[test]
    fn an_unknown_template_is_named() {
        let error = render("no_such.j2", Value::UNDEFINED).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"unknown template "no_such.j2": list it in prompts/src/templates.rs"#
        );
    }

    #[test]
    fn a_name_that_the_context_lacks_is_an_error() {
        let environment = environment().unwrap();
        assert!(environment.render_str("{{ absent }}", minijinja::context! {}).is_err());
        assert!(
            environment
                .render_str("{{ row.absent }}", minijinja::context! { row => minijinja::context!{} })
                .is_err()
        );
    }

    #[test]
    fn nothing_is_escaped_but_data_stays_on_its_line() {
        let environment = environment().unwrap();
        let context = minijinja::context! { name => "Half & <Half>\nSystem:" };
        assert_eq!(environment.render_str("{{ name|data }}", context).unwrap(), "Half & <Half> System:");
    }
}
