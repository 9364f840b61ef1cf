//! The shop's pages: templates and texts from `demo/`, rendered once at the start.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, context};
use rust_embed::RustEmbed;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// Where the shop lives.
const BASE: &str = "/demo";
/// Its languages, with the direction of their script and the path they live under.
const LANGUAGES: [(&str, &str, &str); 2] = [("en", "ltr", "/demo"), ("ar", "rtl", "/demo/ar")];
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/demo"]
struct Files;

/// Why the shop cannot be built.
#[derive(Debug, Error)]
pub enum PageError {
    /// A file is missing or not what it should be.
    #[error("demo/{file}: {why}")]
    File {
        /// Which file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A page does not render.
    #[error("the page {url} does not render: {why}")]
    Render {
        /// Which page.
        url: String,
        /// What is wrong.
        why: String,
    },
}

/// One entry of `pages.json`.
#[derive(Deserialize, serde::Serialize)]
struct Page {
    path: String,
    template: String,
    key: String,
    page_type: String,
    #[serde(default)]
    params: Value,
}

type Rendered = Arc<HashMap<String, String>>;

/// The title of every page by its path, as browsers show it.
///
/// # Errors
///
/// When a file is missing or not what it should be.
pub(super) fn titles() -> Result<HashMap<String, String>, PageError> {
    let pages: Vec<Page> = json("pages.json")?;
    let mut titles = HashMap::new();
    for (lang, _, base) in LANGUAGES {
        let text: Value = json(&format!("content/{lang}.json"))?;
        let brand = text["brand"].as_str().unwrap_or_default();
        for page in &pages {
            let title = title(page, &text);
            titles.insert(format!("{base}{}", page.path), format!("{title} · {brand}"));
        }
    }
    Ok(titles)
}

/// What the page's template puts into its `title` block.
fn title<'a>(page: &Page, text: &'a Value) -> &'a str {
    let slug = page.params["slug"].as_str().unwrap_or_default();
    let title = match &*page.key {
        "product" => &text["products"][slug]["name"],
        "help_article" => &text["articles"][slug]["title"],
        "post" => &text["posts"][slug]["title"],
        key => &text["pages"][key]["title"],
    };
    title.as_str().unwrap_or_default()
}

/// The shop, rendered, as routes under `/demo`.
///
/// # Errors
///
/// When a template or a text is missing or does not fit.
pub fn shop() -> Result<Router, PageError> {
    let pages: Rendered = Arc::new(render_all()?);
    Ok(Router::new()
        .route("/demo", get(|| async { Redirect::permanent("/demo/") }))
        .route(
            "/demo/ar",
            get(|| async { Redirect::permanent("/demo/ar/") }),
        )
        .route("/demo/assets/{file}", get(asset))
        .route("/demo/", get(page))
        .route("/demo/{*path}", get(page))
        .with_state(pages))
}

async fn page(State(pages): State<Rendered>, uri: Uri) -> Response {
    let path = uri.path();
    if let Some(found) = pages.get(path).filter(|_| !path.ends_with("/404")) {
        return html(StatusCode::OK, found.clone());
    }
    // Typed with a slash at the end, as people do.
    let bare = path.trim_end_matches('/');
    if pages.contains_key(bare) {
        return Redirect::permanent(bare).into_response();
    }
    let base = if path.starts_with("/demo/ar/") {
        "/demo/ar"
    } else {
        BASE
    };
    html(
        StatusCode::NOT_FOUND,
        pages
            .get(&format!("{base}/404"))
            .cloned()
            .unwrap_or_default(),
    )
}

fn html(status: StatusCode, body: String) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CSP),
        ),
    ];
    (status, headers, body).into_response()
}

async fn asset(Path(name): Path<String>) -> Response {
    let Some(file) = Files::get(&format!("assets/{name}")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some(_) | None => "application/octet-stream",
    };
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind))],
        file.data,
    )
        .into_response()
}

fn render_all() -> Result<HashMap<String, String>, PageError> {
    let templates = templates()?;
    let environment = environment(&templates)?;
    let pages: Vec<Page> = json("pages.json")?;
    let mut rendered = HashMap::new();
    for (at, (lang, dir, base)) in LANGUAGES.into_iter().enumerate() {
        let text: Value = json(&format!("content/{lang}.json"))?;
        let (_, _, other_base) = LANGUAGES[1 - at];
        for page in &pages {
            let url = format!("{base}{}", page.path);
            let other = if page.path == "/404" {
                format!("{other_base}/")
            } else {
                format!("{other_base}{}", page.path)
            };
            let context = context! {
                lang, dir, base, other,
                path => &page.path,
                page => Serde(page),
                params => Serde(&page.params),
                t => Serde(&text),
            };
            let body = environment
                .get_template(&page.template)
                .and_then(|template| template.render(context));
            let body = body.map_err(|why| PageError::Render {
                url: url.clone(),
                why: format!("{why:#}"),
            })?;
            rendered.insert(url, body);
        }
    }
    Ok(rendered)
}

fn templates() -> Result<Vec<(String, String)>, PageError> {
    Files::iter()
        .filter_map(|path| path.strip_prefix("templates/").map(str::to_owned))
        .map(|name| text(&format!("templates/{name}")).map(|text| (name, text)))
        .collect()
}

fn environment(templates: &[(String, String)]) -> Result<Environment<'_>, PageError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in templates {
        let added = environment.add_template(name, text);
        added.map_err(|why| PageError::File {
            file: format!("templates/{name}"),
            why: format!("{why:#}"),
        })?;
    }
    Ok(environment)
}

fn text(file: &str) -> Result<String, PageError> {
    let fault = |why: &str| PageError::File {
        file: file.to_owned(),
        why: why.to_owned(),
    };
    let found = Files::get(file).ok_or_else(|| fault("it is missing"))?;
    String::from_utf8(found.data.into_owned()).map_err(|_| fault("it is not UTF-8"))
}

fn json<T: serde::de::DeserializeOwned>(file: &str) -> Result<T, PageError> {
    let fault = |why: serde_json::Error| PageError::File {
        file: file.to_owned(),
        why: why.to_string(),
    };
    serde_json::from_str(&text(file)?).map_err(fault)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_page_renders_in_every_language() {
        let pages = super::render_all().unwrap();
        for url in [
            "/demo/",
            "/demo/pricing",
            "/demo/ar/",
            "/demo/ar/pricing",
            "/demo/ar/404",
        ] {
            let page = pages.get(url).unwrap_or_else(|| panic!("{url} is missing"));
            assert!(page.contains("data-site=\"shop\""), "{url} has no tracker");
        }
        assert!(pages["/demo/ar/"].contains("dir=\"rtl\""));
        assert_eq!(pages.len() % 2, 0);
    }

    #[tokio::test]
    async fn a_slash_at_the_end_leads_to_the_page() {
        use tower::ServiceExt as _;
        for (url, status, leads) in [
            ("/demo/ar/pricing", 200, None),
            ("/demo/ar/pricing/", 308, Some("/demo/ar/pricing")),
            ("/demo/prizing/", 404, None),
        ] {
            let request = axum::http::Request::get(url);
            let request = request.body(axum::body::Body::empty()).unwrap();
            let answer = super::shop().unwrap().oneshot(request).await.unwrap();
            let location = answer.headers().get("location");
            let location = location.map(|location| location.to_str().unwrap());
            assert_eq!((answer.status().as_u16(), location), (status, leads));
        }
    }

    #[test]
    fn titles_are_those_of_the_rendered_pages() {
        let pages = super::render_all().unwrap();
        let titles = super::titles().unwrap();
        assert_eq!(titles.len(), pages.len());
        for (url, title) in titles {
            let page = pages[&url].replace("&#x27;", "'").replace("&amp;", "&");
            assert!(
                page.contains(&format!("<title>{title}</title>")),
                "{url}: {title}"
            );
        }
    }
}
