//! The frame of every page, and the small pages.

use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use std::fmt::Write as _;

/// The title and the inside of `main`.
pub(super) struct Body {
    pub title: String,
    pub main: String,
}

/// Text that may stand between tags and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// `€45.50` from minor units and a lower-case code.
pub(super) fn amount(minor: i64, currency: &str) -> String {
    let digits = match currency {
        "jpy" | "krw" | "clp" | "vnd" | "xaf" | "xof" => 0,
        "kwd" | "bhd" | "tnd" | "omr" | "jod" => 3,
        _ => 2,
    };
    let mark = match currency {
        "eur" => "€".to_owned(),
        "gbp" => "£".to_owned(),
        "usd" => "$".to_owned(),
        other => format!("{}\u{a0}", other.to_ascii_uppercase()),
    };
    let unit = 10_i64.pow(digits);
    let mut text = format!("{mark}{}", minor / unit);
    if minor % unit != 0 {
        let _ = write!(text, ".{:0width$}", minor % unit, width = digits as usize);
    }
    text
}

/// A whole page.
pub(super) fn page(status: StatusCode, body: &Body) -> Response {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{} · Test payments</title>
<link rel="stylesheet" href="/sandbox.css">
</head>
<body>
<header class="bar"><p><strong>Test payments</strong> <span>No real money moves here.</span></p></header>
<main>
{}
</main>
</body>
</html>
"#,
        escape(&body.title),
        body.main
    );
    let policy =
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, Html(html)).into_response()
}

/// A page that says one thing.
pub(super) fn plain(title: &str, text: &str) -> Body {
    pay_again(title, text, None, "")
}

/// A page that says one thing and shows a way on.
pub(super) fn pay_again(title: &str, text: &str, link: Option<String>, link_text: &str) -> Body {
    let link = link.map_or_else(String::new, |url| {
        format!(
            r#"<p class="actions"><a class="button" href="{}">{}</a></p>"#,
            escape(&url),
            escape(link_text)
        )
    });
    let main =
        format!(r#"<div class="card lone"><h1>{}</h1><p>{}</p>{link}</div>"#, escape(title), escape(text));
    Body { title: title.to_owned(), main }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        for (minor, currency, text) in
            [(4_500, "eur", "€45"), (4_505, "gbp", "£45.05"), (900, "jpy", "JPY\u{a0}900")]
        {
            assert_eq!(amount(minor, currency), text);
        }
    }

    #[test]
    fn names_cannot_break_out_of_the_page() {
        assert_eq!(escape(r#"<b a="x">'&"#), "&lt;b a=&quot;x&quot;&gt;&#39;&amp;");
    }
}
