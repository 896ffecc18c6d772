//! Somebody with a browser and without scripts: cookies, links, forms, redirects.

use crate::{
    client::{Client, Reply},
    world::World,
};
use axum::http::Method;
use std::{cell::RefCell, collections::BTreeMap};

/// Redirects in a row that a browser follows.
const REDIRECTS_MAX: u32 = 10;

pub struct Visitor {
    http: Client,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// A page as it came, and its address.
pub struct Seen {
    pub path: String,
    pub reply: Reply,
}

impl Visitor {
    pub fn of(world: &World) -> Self {
        Self { http: world.http.clone(), cookies: RefCell::default() }
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Seen {
        let mut path = path.to_owned();
        for _ in 0..REDIRECTS_MAX {
            let reply = self.ask(Method::GET, &path, None, None).await;
            match next(&reply) {
                Some(on) => path = absolute(&path, &on),
                None => return Seen { path, reply },
            }
        }
        panic!("no end of redirects at {path}");
    }

    /// Sends a form that stands on `page`, and opens where it leads.
    pub async fn send(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Seen {
        let reply = self.post(page, action, fields).await;
        match next(&reply) {
            Some(on) => self.open(&absolute(action, &on)).await,
            None => Seen { path: action.to_owned(), reply },
        }
    }

    /// Sends a form; the answer as it comes.
    pub async fn post(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Reply {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        self.ask(Method::POST, action, Some(page), Some(body.finish())).await
    }

    async fn ask(&self, method: Method, path: &str, from: Option<&str>, form: Option<String>) -> Reply {
        let cookies = self.cookies.borrow().iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>();
        let mut call =
            self.http.call(method, path).header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let own = path.starts_with('/') || path.starts_with(&self.http.base);
        if own && !cookies.is_empty() {
            call = call.header("cookie", &cookies.join("; "));
        }
        if let Some(form) = form {
            call = call.header("origin", &self.http.base).body("application/x-www-form-urlencoded", form);
        }
        if let Some(page) = from.filter(|page| !page.is_empty()) {
            let page =
                if page.starts_with("http") { page.to_owned() } else { format!("{}{page}", self.http.base) };
            call = call.header("referer", &page);
        }
        let reply = call.send().await;
        for cookie in reply.headers.get_all("set-cookie") {
            let text = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = text.split_once('=').unwrap();
            self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        reply
    }

    /// Whether a way on leads somewhere: a link is opened; a form is sent as it stands, with what its fields hold.
    pub async fn leads_on(&self, seen: &Seen, text: &str) -> Result<(), String> {
        let html = seen.reply.text();
        if let Some(href) = link(&html, text) {
            if href.starts_with("mailto:") {
                return Ok(());
            }
            let on = self.open(&absolute(&seen.path, &href)).await;
            return if on.reply.status < 400 || href == seen.path {
                Ok(())
            } else {
                Err(format!("{href} answers {}", on.reply.status))
            };
        }
        let form = form_of(&html, text).ok_or_else(|| format!("neither a link nor a button: {text}"))?;
        let fields: Vec<_> = form.fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let reply = self.post(&seen.path, &absolute(&seen.path, &form.action), &fields).await;
        // The sandbox shows its form again for a card that is no good.
        match reply.status {
            200..400 | 402 | 422 => Ok(()),
            status => Err(format!("{} answers {status}: {}", form.action, reply.text())),
        }
    }
}

fn next(reply: &Reply) -> Option<String> {
    (300..400).contains(&reply.status).then(|| reply.header("location").to_owned())
}

/// A link of a page as an address.
fn absolute(page: &str, href: &str) -> String {
    let base = if page.starts_with("http") { page.to_owned() } else { format!("http://own.invalid{page}") };
    let joined = url::Url::parse(&base).unwrap().join(href).unwrap();
    let text = joined.to_string();
    text.strip_prefix("http://own.invalid").map_or(text.clone(), str::to_owned)
}

struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

/// Where the link with this text leads.
fn link(html: &str, text: &str) -> Option<String> {
    elements(html, "a")
        .into_iter()
        .find(|(_, inside)| words(inside) == text)
        .and_then(|(tag, _)| value(tag, "href"))
}

/// The form that the button with this text sends.
fn form_of(html: &str, text: &str) -> Option<Form> {
    let forms = elements(html, "form");
    let (tag, inside) = forms
        .into_iter()
        .find(|(_, inside)| elements(inside, "button").iter().any(|(_, label)| words(label) == text))?;
    let fields = inside.split("<input").skip(1).filter_map(|rest| {
        let tag = rest.split_once('>')?.0;
        let ticks = value(tag, "type").is_some_and(|kind| kind == "checkbox" || kind == "radio");
        (!ticks || tag.contains(" checked")).then_some(())?;
        Some((value(tag, "name")?, value(tag, "value").unwrap_or_default()))
    });
    Some(Form { action: value(tag, "action")?, fields: fields.collect() })
}

/// The elements of a name: their opening tags and what is in them.
fn elements<'a>(html: &'a str, name: &str) -> Vec<(&'a str, &'a str)> {
    let (open, close) = (format!("<{name} "), format!("</{name}>"));
    html.match_indices(&open)
        .filter_map(|(at, _)| {
            let rest = &html[at + open.len()..];
            let (tag, inside) = rest.split_once('>')?;
            Some((tag, inside.split_once(&close)?.0))
        })
        .collect()
}

fn value(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {tag}");
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    Some(unescaped(rest.split_once('"')?.0))
}

/// What a person reads of a piece of a page.
pub fn words(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        // A comment only parts two texts; an element of a block parts two sentences.
        let (tag, on) = match after.strip_prefix("!--") {
            Some(comment) => ("", comment.split_once("-->").map_or("", |(_, on)| on)),
            None => after.split_once('>').unwrap_or((after, "")),
        };
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if !matches!(name, "" | "!" | "a" | "b" | "span" | "small" | "strong" | "code") {
            text.push(' ');
        }
        rest = match name {
            "script" | "style" if !tag.starts_with('/') => on.split_once("</").map_or("", |(_, on)| on),
            _ => on,
        };
    }
    text.push_str(rest);
    unescaped(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}
