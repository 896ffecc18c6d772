//! `/api/docs`: the OpenAPI document, drawn. Plain HTML of our own: drawing tools bring scripts from elsewhere.

use super::openapi::spec;
use axum::response::Html;
use serde_json::Value;
use std::fmt::Write;

/// The stable codes of problem documents, with what each means for the caller.
const CODES: [(&str, &str); 29] = [
    ("admission_required", "The event has a waiting room; join it first."),
    ("bad_signature", "The webhook's signature does not fit its body."),
    ("body_too_large", "The body is over the limit; nothing was read."),
    ("busy", "Too much at once; try again after Retry-After."),
    ("cross_origin", "The request comes from a page of another site."),
    ("extension_limit", "The hold cannot be renewed any more."),
    ("hold_expired", "The hold's time is over; its seats are free again."),
    ("idempotency_mismatch", "The key was used for another request."),
    ("in_checkout", "Checkout of these seats is running."),
    ("invalid_header", "A header cannot be read."),
    ("invalid_query", "The query cannot be read."),
    ("invalid_request", "A field is wrong; `problems` lists each with its JSON pointer."),
    ("limit_exceeded", "More seats than allowed; `max` tells how many are."),
    ("malformed_json", "The body is no JSON."),
    ("malformed_body", "The body could not be read to its end."),
    ("method_not_allowed", "This address does not take that method."),
    ("no_block", "No block of that size; `largest` is the largest there is."),
    ("not_found", "There is no such thing, or it is not yours to see."),
    ("not_on_sale", "Tickets cannot be had now; `sale_status` tells why."),
    ("payment_declined", "The bank said no; no money was taken and the hold stays."),
    (
        "refund_not_allowed",
        "The tickets cannot be given back; `reason` and `policy` tell why, and nothing was changed.",
    ),
    ("rule_broken", "A rule of the event forbids it; `alternatives` are near and legal."),
    ("seats_unavailable", "Somebody was faster; nothing was taken."),
    ("sold_out", "Nothing is left."),
    ("too_many_requests", "One address asked for too many changes; wait as long as Retry-After says."),
    ("unauthorized", "A proof is missing, or is not of this hold or order."),
    ("unavailable", "Something of ours is broken; nothing was changed, and it is in our log."),
    ("unknown_field", "The request has a field that is not in the contract."),
    ("unsupported_media_type", "The body is not sent as application/json."),
];

/// The page.
pub async fn page() -> Html<String> {
    let spec = spec();
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" \
         content=\"light dark\"><title>HTTP contract · Parterre</title><style>\
         :root{--paper:#faf7f2;--ink:#1b1820;--muted:#5d5866;--line:#ddd5c8;--accent:#b03a26}\
         @media(prefers-color-scheme:dark){:root{--paper:#131118;--ink:#f1ecf4;--muted:#b3abbd;--line:#3a3444;\
         --accent:#ff7a5c}}body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;\
         max-width:60rem;margin:0 auto;padding:2rem 1rem}h1,h2{font-family:Georgia,serif;line-height:1.15}\
         h2{font-size:1.1rem;border-top:1px solid var(--line);padding-top:1rem;margin-top:2rem}code{font-size:.95em}\
         .m{color:var(--accent);font-weight:600}table{border-collapse:collapse;width:100%;margin:.5rem 0}\
         td,th{text-align:left;border-bottom:1px solid var(--line);padding:.25rem .75rem .25rem 0;vertical-align:top}\
         p{color:var(--muted)}a{color:var(--accent)}</style></head><body><main><h1>HTTP contract</h1>\
         <p>JSON, UTF-8; times RFC 3339 UTC; money in minor units; errors are RFC 9457 problem documents. The same as \
         <a href=\"/api/v1/openapi.json\">OpenAPI document</a>.</p>",
    );
    for (path, item) in spec["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            operation_html(&mut html, path, method, operation);
        }
    }
    html.push_str(
        "<h2>Codes of problems</h2><table><thead><tr><th>Code</th><th>Meaning</th></tr></thead><tbody>",
    );
    for (code, meaning) in CODES {
        let _ = write!(html, "<tr id=\"{code}\"><td><code>{code}</code></td><td>{meaning}</td></tr>");
    }
    html.push_str("</tbody></table></main></body></html>");
    Html(html)
}

// Writing to a string does not fail.
fn operation_html(html: &mut String, path: &str, method: &str, operation: &Value) {
    let text = |value: &Value| escaped(value.as_str().unwrap_or_default());
    let method = method.to_uppercase();
    let _ = write!(html, "<h2><span class=\"m\">{method}</span> <code>{}</code></h2>", escaped(path));
    let _ = write!(html, "<p>{}</p>", text(&operation["summary"]));
    let parameters = operation["parameters"].as_array();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    if let Some(parameters) = parameters.filter(|p| !p.is_empty()) {
        html.push_str("<table><thead><tr><th>Parameter</th><th>In</th><th>Required</th></tr></thead><tbody>");
        for parameter in parameters {
            let required = if parameter["required"] == true { "yes" } else { "no" };
            let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
            let _ = write!(html, "<tr><td><code>{name}</code></td><td>{place}</td><td>{required}</td></tr>");
        }
        html.push_str("</tbody></table>");
    }
    if let Some(schema) = body.as_str().and_then(|r| r.rsplit('/').next()) {
        let _ = write!(html, "<p>Body: <code>{}</code></p>", escaped(schema));
    }
    html.push_str("<table><thead><tr><th>Answer</th><th>Body</th></tr></thead><tbody>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let content = response["content"].as_object().and_then(|kinds| kinds.values().next());
        let schema = content.and_then(|kind| kind["schema"]["$ref"].as_str()).unwrap_or_default();
        let name = schema.rsplit('/').next().unwrap_or_default();
        let _ = write!(html, "<tr><td>{}</td><td><code>{}</code></td></tr>", escaped(status), escaped(name));
    }
    html.push_str("</tbody></table>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
