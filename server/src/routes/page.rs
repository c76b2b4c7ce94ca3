//! The chat page and its files, compiled into the binary. No build step, nothing loaded from elsewhere.

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// A year would be right for names with a hash in them; these have none, so clients ask again after a minute.
const ASSET_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// `/` and `/assets/…`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(|| asset("text/html; charset=utf-8", include_str!("../../assets/chat.html"))))
        .route(
            "/assets/chat.css",
            get(|| asset("text/css; charset=utf-8", include_str!("../../assets/chat.css"))),
        )
        .route(
            "/assets/chat.js",
            get(|| asset("text/javascript; charset=utf-8", include_str!("../../assets/chat.js"))),
        )
        .route(
            "/assets/render.js",
            get(|| asset("text/javascript; charset=utf-8", include_str!("../../assets/render.js"))),
        )
        .route("/assets/icon.svg", get(|| asset("image/svg+xml", include_str!("../../assets/icon.svg"))))
}

async fn asset(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, ASSET_CACHE),
    ];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    /// What the page's own files must not contain, since the content security policy forbids it or a product's name
    /// could become markup.
    #[test]
    fn the_page_has_no_inline_code_no_foreign_resource_and_writes_no_markup() {
        let html = include_str!("../../assets/chat.html");
        let scripts = [include_str!("../../assets/chat.js"), include_str!("../../assets/render.js")];
        for forbidden in ["style=\"", "onclick", "<style", "http://", "https://"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
        for script in scripts {
            for forbidden in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "https://"]
            {
                assert!(!script.contains(forbidden), "{forbidden}");
            }
        }
    }
}
