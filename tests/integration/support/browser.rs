//! A browser without a screen: cookies, redirects within the site, forms found by their names.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use guichet::server::proxies::Peer;
use http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderValue, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;

use super::App;
use super::app::{ISSUER, PASSWORD};

/// A browser and its cookies.
#[derive(Clone)]
pub struct Browser {
    app: App,
    pub cookies: BTreeMap<String, String>,
    /// Headers sent with every request.
    pub headers: HeaderMap,
    /// Where its requests come from, if that matters.
    pub address: Option<IpAddr>,
}

/// An answer as the browser has it.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// The path and query that were asked for.
    pub address: String,
}

impl Browser {
    pub fn new(app: App) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        Self { app, cookies: BTreeMap::new(), headers, address: None }
    }

    /// The same browser, now talking to another node.
    pub fn at(&self, app: &App) -> Self {
        Self { app: app.clone(), ..self.clone() }
    }

    /// Asks for a page, without following where it leads.
    pub async fn get(&mut self, address: &str) -> Page {
        self.send(Method::GET, address, None).await
    }

    /// Sends a form, without following where it leads.
    pub async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let form = ("application/x-www-form-urlencoded".to_owned(), body.into_bytes());
        self.send(Method::POST, address, Some(form)).await
    }

    /// Sends a form with a file in it, after the other fields (RFC 7578), without following where it leads.
    pub async fn upload(
        &mut self,
        address: &str,
        form: &[(&str, &str)],
        (name, file): (&str, &[u8]),
    ) -> Page {
        const BOUNDARY: &str = "a-boundary-of-the-tests";
        let mut body = Vec::new();
        for (field, value) in form {
            let part = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: text/csv\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let form = (format!("multipart/form-data; boundary={BOUNDARY}"), body);
        self.send(Method::POST, address, Some(form)).await
    }

    /// Sends a form, or asks for a page, and gives the answer as it begins to come.
    pub async fn begin(&mut self, method: Method, address: &str, form: &[(&str, &str)]) -> Body {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let form = ("application/x-www-form-urlencoded".to_owned(), body.into_bytes());
        let form = Some(form).filter(|_| method == Method::POST);
        let request = self.request(method, address, form);
        self.app.answer(request).await.into_body()
    }

    /// Asks for the headers of a page alone.
    pub async fn head(&mut self, address: &str) -> StatusCode {
        self.send(Method::HEAD, address, None).await.status
    }

    /// Follows redirects as long as they stay on the site.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(location) = page.location() else { return page };
            let Some(within) = within_site(&location) else { return page };
            page = self.get(&within).await;
        }
        panic!("redirects without end at {}", page.address);
    }

    /// Asks for a page and follows where it leads within the site.
    pub async fn open(&mut self, address: &str) -> Page {
        let page = self.get(address).await;
        self.follow(page).await
    }

    /// Sends a form and follows where it leads within the site.
    pub async fn submit(&mut self, address: &str, form: &[(&str, &str)]) -> Page {
        let page = self.post(address, form).await;
        self.follow(page).await
    }

    /// Goes from an authorization request to the password form of external people.
    pub async fn password_form(&mut self, authorization: &str) -> Page {
        let choice = self.open(authorization).await;
        let door = choice.link_to("/sign-in/external");
        self.open(&door).await
    }

    /// Signs in with a personal password and comes back to the application: the last redirect.
    pub async fn sign_in(&mut self, authorization: &str, identifier: &str) -> Page {
        let form = self.password_form(authorization).await;
        let action = form.form_action();
        self.submit(&action, &[("username", identifier), ("password", PASSWORD)]).await
    }

    fn request(&self, method: Method, address: &str, form: Option<(String, Vec<u8>)>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(address);
        let headers = request.headers_mut().expect("headers");
        headers.extend(self.headers.clone());
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.insert(COOKIE, cookies.join("; ").parse().expect("cookies fit a header"));
        }
        if let Some((kind, _)) = &form {
            headers.insert(CONTENT_TYPE, kind.parse().expect("a type fits a header"));
            headers.insert(ORIGIN, HeaderValue::from_static(ISSUER));
        }
        if let Some(address) = self.address {
            // Whoever comes over a connection names the host.
            request = request.header(HOST, "id.test");
            request = request.extension(Peer(SocketAddr::new(address, 50_000)));
        }
        let body = form.map(|(_, body)| body).unwrap_or_default();
        request.body(Body::from(body)).expect("a request")
    }

    async fn send(&mut self, method: Method, address: &str, form: Option<(String, Vec<u8>)>) -> Page {
        let request = self.request(method, address, form);
        let response = self.app.answer(request).await;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            self.keep(cookie.to_str().expect("a readable cookie"));
        }
        let body = body.collect().await.expect("a whole body").to_bytes();
        Page {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            address: address.to_owned(),
        }
    }

    fn keep(&mut self, set_cookie: &str) {
        let (pair, attributes) = set_cookie.split_once(';').unwrap_or((set_cookie, ""));
        let (name, value) = pair.split_once('=').expect("a named cookie");
        if attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Page {
    /// Where the answer redirects to.
    pub fn location(&self) -> Option<String> {
        if !self.status.is_redirection() {
            return None;
        }
        Some(self.header(LOCATION.as_str()))
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().expect("readable").to_owned()).unwrap_or_default()
    }

    /// The parameters of the address that the answer redirects to.
    pub fn redirect_parameters(&self) -> BTreeMap<String, String> {
        let location =
            self.location().unwrap_or_else(|| panic!("{} did not redirect: {}", self.address, self.body));
        let query = location.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The code that the answer brings to the application.
    pub fn code(&self) -> String {
        let parameters = self.redirect_parameters();
        parameters.get("code").cloned().unwrap_or_else(|| panic!("no code in {:?}", self.location()))
    }

    /// The error that the answer brings to the application.
    pub fn error(&self) -> String {
        let parameters = self.redirect_parameters();
        parameters.get("error").cloned().unwrap_or_else(|| panic!("no error in {:?}", self.location()))
    }

    /// The first link whose address begins so.
    pub fn link_to(&self, start: &str) -> String {
        self.attribute_starting("href=\"", start)
    }

    /// Where the page's form goes.
    pub fn form_action(&self) -> String {
        self.attribute_starting("action=\"", "/")
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let field = self.body.split("<input").find(|field| field.contains(&format!("name=\"{name}\"")));
        let field = field.unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        let value = field.split_once("value=\"").map_or("", |(_, rest)| rest);
        unescape(value.split('"').next().unwrap_or_default())
    }

    fn attribute_starting(&self, attribute: &str, start: &str) -> String {
        let mut values = self.body.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
        let found = values.find(|value| value.starts_with(start));
        unescape(found.unwrap_or_else(|| panic!("no {attribute}{start} on {}: {}", self.address, self.body)))
    }
}

fn within_site(location: &str) -> Option<String> {
    if location.starts_with('/') {
        return Some(location.to_owned());
    }
    location.strip_prefix(ISSUER).filter(|rest| rest.starts_with('/')).map(str::to_owned)
}

fn unescape(text: &str) -> String {
    text.replace("&#38;", "&").replace("&amp;", "&").replace("&#39;", "'").replace("&quot;", "\"")
}
