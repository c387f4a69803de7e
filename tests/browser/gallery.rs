//! Every page that there is, also those that a journey seldom meets: waits, faults, dead ends.

use std::collections::HashMap;

use axum::Router;
use axum::extract::Path;
use axum::response::Html;
use axum::routing::get;
use guichet::kit::assets;
use guichet::kit::locale::Locale;
use tokio::net::TcpListener;

use crate::browser::{Browser, BrowserTools, Language};
use crate::catalogue::{Catalogue, as_written};
use crate::inspection::Inspection;

/// By these the script knows pages that go on by themselves; here they stay, to be looked at.
const GOING_ON: [&str; 2] = ["data-goes-by-itself", "id=\"signed-out-continue\""];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_french_is_accessible_and_fits_the_smallest_telephone() {
    look_at_every_page(Language::French, Locale::Fr).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_in_english_is_accessible_and_fits_the_smallest_telephone() {
    look_at_every_page(Language::English, Locale::En).await;
}

async fn look_at_every_page(language: Language, locale: Locale) {
    let Some(tools) = BrowserTools::find() else { return };
    let mut pages = Catalogue::new(locale, as_written).all();
    for (_, page) in &mut pages {
        for mark in GOING_ON {
            *page = page.replace(mark, "data-held");
        }
        // An application's logo, which nobody serves here.
        *page = page.replace("https://covoiturage.example/logo.svg", &assets::href("favicon.svg"));
    }
    let names: Vec<String> = pages.iter().map(|(name, _)| name.clone()).collect();
    let address = serve(pages.into_iter().collect()).await;
    let browser = Browser::open(&tools, language).await;
    let mut inspection = Inspection::of("gallery", language, &tools);
    for name in names {
        browser.visit(format!("{address}/{name}")).await;
        inspection.look(&browser, &name).await;
    }
    inspection.end();
}

/// Serves pages under their names, and what they are made of, for as long as the test runs.
async fn serve(pages: HashMap<String, String>) -> String {
    let page = async move |Path(name): Path<String>| Html(pages.get(&name).cloned().unwrap_or_default());
    let router = Router::new().route("/{name}", get(page)).merge(assets::routes(None));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
