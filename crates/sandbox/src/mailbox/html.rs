//! The mailbox's pages.

use crate::{
    mail::{Reading, Text},
    pages::escape,
};
use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use std::fmt::Write as _;

/// A letter in the list.
pub(super) struct Row {
    pub id: u64,
    pub at: String,
    pub to: String,
    pub subject: String,
}

/// Everything that was sent.
pub(super) fn list(letters: &[Row], texts: &[Text]) -> Response {
    let mut main = String::from(
        "<h1>Mailbox</h1><p class=\"muted\">What would have left this machine, the newest first.</p>",
    );
    if letters.is_empty() {
        main.push_str("<div class=\"card\"><p>No mail yet. Buy a ticket: it arrives here.</p></div>");
    } else {
        main.push_str("<ul class=\"letters\" role=\"list\">");
        for row in letters {
            let _ = write!(
                main,
                r#"<li><a href="/mailbox/{}"><b>{}</b><span class="muted">{}</span><span class="muted">{}</span></a></li>"#,
                row.id,
                escape(if row.subject.is_empty() { "(no subject)" } else { &row.subject }),
                escape(&row.to),
                escape(&row.at),
            );
        }
        main.push_str("</ul>");
    }
    if !texts.is_empty() {
        main.push_str("<h2 class=\"apart\">Text messages</h2>");
    }
    for text in texts {
        let _ = write!(
            main,
            r#"<article class="card text"><p>{}</p><p class="muted">To {}, {}</p>
<form method="post" action="/mailbox/texts/{}/reply"><label for="r-{}">Answer as the reader</label>
<input id="r-{}" name="body" value="STOP" maxlength="160"><button class="button" type="submit">Send the answer</button></form></article>"#,
            escape(&text.body),
            escape(&text.to),
            text.status,
            escape(&text.sid),
            escape(&text.sid),
            escape(&text.sid),
        );
    }
    frame(StatusCode::OK, "Mailbox", &main)
}

/// One letter: as a page, as text, its files.
pub(super) fn letter(id: u64, at: &str, reading: &Reading) -> Response {
    let mut main = format!(
        r#"<p><a href="/mailbox">All mail</a></p><h1>{}</h1><dl class="facts"><div><dt>From</dt><dd>{}</dd></div><div><dt>To</dt><dd>{}</dd></div><div><dt>At</dt><dd>{}</dd></div></dl>"#,
        escape(&reading.subject),
        escape(&reading.from),
        escape(&reading.to),
        escape(at),
    );
    let files: Vec<(usize, &str)> =
        reading.parts.iter().enumerate().filter_map(|(at, part)| Some((at, part.name.as_deref()?))).collect();
    main.push_str("<p class=\"files\">");
    for (at, name) in files {
        let _ = write!(main, r#"<a href="/mailbox/{id}/parts/{at}">{}</a> "#, escape(name));
    }
    let _ = write!(main, r#"<a href="/mailbox/{id}/raw">The message as it travelled</a></p>"#);
    if reading.html.is_some() {
        let _ = write!(
            main,
            r#"<h2>As a page</h2><iframe class="letter" title="The letter as a page" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mailbox/{id}/html"></iframe>"#
        );
    }
    if let Some(text) = &reading.text {
        let _ = write!(main, r#"<h2>As text</h2><pre class="card letter-text">{}</pre>"#, escape(text));
    }
    frame(StatusCode::OK, &reading.subject, &main)
}

/// Not there any more.
pub(super) fn gone() -> Response {
    let main = r#"<div class="card lone"><h1>No such mail</h1><p>The mailbox keeps the last 500, and forgets with a restart.</p><p><a class="button" href="/mailbox">All mail</a></p></div>"#;
    frame(StatusCode::NOT_FOUND, "No such mail", main)
}

fn frame(status: StatusCode, title: &str, main: &str) -> Response {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{} · Mailbox</title>
<link rel="stylesheet" href="/sandbox.css">
</head>
<body>
<header class="bar"><p><strong>Mailbox of the demo</strong> <span>Nothing here was really sent.</span></p></header>
<main>
{main}
</main>
</body>
</html>
"#,
        escape(title)
    );
    let policy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; \
        base-uri 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, Html(html)).into_response()
}
