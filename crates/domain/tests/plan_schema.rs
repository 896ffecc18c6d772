//! The served JSON Schema and the import say the same about the structure of a plan.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use domain::plan::{generate, import, source};
use serde_json::Value;

const SCHEMA: &str = include_str!("../../../public/schemas/plan-v1.json");
const OWN: &str = include_str!("plans/own.json");

/// The part of JSON Schema that ours uses; answers where the first fault is.
fn fault(root: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(Value::String(target)) = schema.get("$ref") {
        let target = root.pointer(target.strip_prefix('#').unwrap()).expect("the definition exists");
        if let Some(fault) = fault(root, target, value, at) {
            return Some(fault);
        }
    }
    let told = |what: &str| Some(format!("{at}: {what}"));
    if schema.get("const").is_some_and(|only| only != value) {
        return told("const");
    }
    if schema.get("enum").and_then(Value::as_array).is_some_and(|all| !all.contains(value)) {
        return told("enum");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.as_f64().is_some_and(|n| n.fract() == 0.0) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = |name: &Value| name == kind || (name == "number" && kind == "integer");
    let type_is_right = match schema.get("type") {
        None => true,
        Some(Value::Array(names)) => names.iter().any(fits),
        Some(name) => fits(name),
    };
    if !type_is_right {
        return told("type");
    }
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let outside = |size: f64, min: &str, max: &str| {
        bound(min).is_some_and(|min| size < min) || bound(max).is_some_and(|max| size > max)
    };
    match value {
        Value::Number(n) if outside(n.as_f64().unwrap(), "minimum", "maximum") => told("bounds"),
        Value::String(s) if outside(s.chars().count() as f64, "minLength", "maxLength") => told("length"),
        Value::Array(items) if outside(items.len() as f64, "minItems", "maxItems") => told("items"),
        Value::Array(items) => {
            let schema = schema.get("items")?;
            items.iter().enumerate().find_map(|(n, item)| fault(root, schema, item, &format!("{at}/{n}")))
        }
        Value::Object(fields) => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            if let Some(missing) = required.filter_map(Value::as_str).find(|key| !fields.contains_key(*key)) {
                return told(&format!("{missing} is missing"));
            }
            let properties = schema.get("properties");
            fields.iter().find_map(|(key, value)| {
                let at = format!("{at}/{key}");
                match properties.and_then(|p| p.get(key)) {
                    Some(schema) => fault(root, schema, value, &at),
                    None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                        Some(format!("{at}: unknown"))
                    }
                    None => None,
                }
            })
        }
        _ => None,
    }
}

fn check(text: &str) -> Option<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    fault(&schema, &schema, &serde_json::from_str(text).unwrap(), "")
}

#[test]
fn sound_plans_satisfy_the_schema() {
    assert_eq!(check(OWN), None);
    for kind in generate::Kind::ALL {
        assert_eq!(check(&generate::generate(kind, 1)), None, "{}", kind.name());
    }
    let hall = import::parse(generate::generate(generate::Kind::Hall, 1).as_bytes()).unwrap();
    assert_eq!(check(&serde_json::to_string(&source::export(&hall)).unwrap()), None);
}

#[test]
fn what_breaks_the_schema_is_refused_by_the_import_too() {
    for (from, to) in [
        (r#""x": 1.65"#, r#""z": 1.65"#),
        (r#""x": 1.65"#, r#""x": "far""#),
        (r#""count": 6"#, r#""count": 0"#),
        (r#""capacity": 40"#, r#""capacity": -1"#),
        (r#"["wheelchair"]"#, r#"["flying"]"#),
        (r#""sold": "whole""#, r#""sold": "half""#),
        (r#""text_at": [15, 0]"#, r#""text_at": [15]"#),
        (r#""name": "Small room","#, ""),
    ] {
        let broken = OWN.replacen(from, to, 1);
        assert!(broken != OWN && check(&broken).is_some(), "{from} → {to}");
        assert!(import::parse(broken.as_bytes()).is_err(), "{from} → {to}");
    }
}
