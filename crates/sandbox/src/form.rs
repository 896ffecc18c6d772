//! Stripe's form encoding: `line_items[0][price_data][currency]=eur`, flattened to one sorted map.

use std::collections::{BTreeMap, BTreeSet};

/// A parsed request: bracketed paths and their values. Sorted, so two forms with the same meaning are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form(BTreeMap<String, String>);

/// Why a request is refused: Stripe's `param` and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub param: String,
    pub code: &'static str,
    pub message: String,
}

impl Invalid {
    pub(crate) fn new(param: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { param: param.to_owned(), code, message: message.into() }
    }

    fn missing(param: &str) -> Self {
        Self::new(param, "parameter_missing", format!("Missing required param: {param}."))
    }
}

impl Form {
    /// Parses a body or a query. `a[]=x&a[]=y` becomes `a[0]`, `a[1]`.
    pub(crate) fn parse(text: &str) -> Result<Self, Invalid> {
        let bad = || Invalid::new("", "parameter_invalid", "The request body is not a valid form.");
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).map_err(|_| bad())?;
        let mut map = BTreeMap::new();
        for (key, value) in pairs {
            if key.matches('[').count() != key.matches(']').count() {
                return Err(bad());
            }
            let key = match key.strip_suffix("[]") {
                Some(list) => {
                    let next = (0..).map(|ix| format!("{list}[{ix}]")).find(|key| !map.contains_key(key));
                    next.unwrap_or(key)
                }
                None => key,
            };
            map.insert(key, value);
        }
        Ok(Self(map))
    }

    /// Refuses a first-level name that is not in `known`, as Stripe does.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Invalid> {
        let unknown = self.0.keys().find(|key| !known.contains(&key.split('[').next().unwrap_or_default()));
        match unknown {
            Some(key) => {
                Err(Invalid::new(key, "parameter_unknown", format!("Received unknown parameter: {key}")))
            }
            None => Ok(()),
        }
    }

    /// A value; an empty one counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(str::to_owned)
    }

    pub(crate) fn need(&self, key: &str) -> Result<&str, Invalid> {
        self.get(key).ok_or_else(|| Invalid::missing(key))
    }

    pub(crate) fn integer(&self, key: &str) -> Result<Option<i64>, Invalid> {
        let parse = |text: &str| text.parse().map_err(|_| invalid_integer(key, text));
        self.get(key).map(parse).transpose()
    }

    pub(crate) fn need_integer(&self, key: &str) -> Result<i64, Invalid> {
        self.integer(key)?.ok_or_else(|| Invalid::missing(key))
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key) == Some("true")
    }

    /// `metadata[a]=1` as a map.
    pub(crate) fn map(&self, key: &str) -> BTreeMap<String, String> {
        let prefix = format!("{key}[");
        let inner = |(path, value): (&String, &String)| {
            let name = path.strip_prefix(&prefix)?.strip_suffix(']')?;
            (!name.contains('[')).then(|| (name.to_owned(), value.clone()))
        };
        self.0.iter().filter_map(inner).collect()
    }

    /// The indices of `line_items[…]`, in order.
    pub(crate) fn indices(&self, key: &str) -> BTreeSet<u32> {
        let prefix = format!("{key}[");
        self.0.keys().filter_map(|path| path.strip_prefix(&prefix)?.split(']').next()?.parse().ok()).collect()
    }

    /// One text that is equal for equal requests.
    pub(crate) fn canonical(&self) -> String {
        format!("{:?}", self.0)
    }
}

fn invalid_integer(key: &str, text: &str) -> Invalid {
    Invalid::new(key, "parameter_invalid_integer", format!("Invalid integer: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_names_are_read_and_order_does_not_matter() {
        let one = Form::parse("line_items%5B1%5D[quantity]=2&metadata[order_id]=x+y&expand[]=a&expand[]=b")
            .unwrap();
        let two =
            Form::parse("metadata[order_id]=x%20y&expand[]=a&expand[]=b&line_items[1][quantity]=2").unwrap();
        assert_eq!(one.canonical(), two.canonical());
        assert_eq!(one.need_integer("line_items[1][quantity]"), Ok(2));
        assert_eq!(one.indices("line_items").into_iter().collect::<Vec<_>>(), [1]);
        assert_eq!(one.map("metadata")["order_id"], "x y");
        assert_eq!(one.get("expand[1]"), Some("b"));
    }

    #[test]
    fn bad_forms_name_the_parameter() {
        let form = Form::parse("amount=12x&foo[a]=1").unwrap();
        assert_eq!(form.integer("amount").unwrap_err().code, "parameter_invalid_integer");
        assert_eq!(form.need("currency").unwrap_err().param, "currency");
        assert_eq!(form.only(&["amount"]).unwrap_err().code, "parameter_unknown");
        assert!(Form::parse("a[=1").is_err());
    }
}
