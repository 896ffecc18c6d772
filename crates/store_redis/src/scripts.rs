//! The scripts, named, with their digests; a server that lost them gets them again.

use crate::{error::Result, store::RedisStore};
use domain::ids::EventId;
use fred::{
    interfaces::LuaInterface,
    prelude::FromValue,
    types::{Key, Value},
};
use std::sync::LazyLock;

/// One script: the prelude and its own text.
#[derive(Debug)]
pub(crate) struct Script {
    /// Its file without `.lua`.
    pub(crate) name: &'static str,
    text: &'static str,
    digest: String,
}

impl Script {
    fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, digest: fred::util::sha1_hash(text) }
    }

    /// What `SCRIPT LOAD` gets.
    pub(crate) fn text(&self) -> &'static str {
        self.text
    }
}

macro_rules! scripts {
    ($($name:ident = $file:literal),+ $(,)?) => {
        $(pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new($file, concat!(include_str!("../lua/lib.lua"), include_str!(concat!("../lua/", $file, ".lua"))))
        });)+

        /// Every script, for the benchmark and for the check of the headers.
        #[cfg(test)]
        pub(crate) fn files() -> Vec<(&'static str, &'static str)> {
            vec![("lib", include_str!("../lua/lib.lua")), $(($file, include_str!(concat!("../lua/", $file, ".lua")))),+]
        }
    };
}

scripts! {
    CHANGE = "change",
    CONVERT = "convert",
    DELTAS = "deltas",
    EXTEND = "extend",
    FIND = "find",
    HOLD = "hold",
    REBUILD = "rebuild",
    RELEASE = "release",
    RESTATE = "restate",
    SETTLE = "settle",
    SNAPSHOT = "snapshot",
    SWEEP = "sweep",
}

/// The keys of an event, all under one hash tag; the last is the live channel.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    tag: String,
}

impl Keys {
    pub(crate) fn of(event: EventId) -> Self {
        Self { tag: format!("{{e:{event}}}") }
    }

    pub(crate) fn hash(&self) -> String {
        format!("{}:m", self.tag)
    }

    pub(crate) fn live(&self) -> String {
        format!("{}:live", self.tag)
    }

    /// What every script gets as KEYS.
    pub(crate) fn all(&self) -> Vec<Key> {
        ["s", "n", "m", "d", "x", "live"]
            .iter()
            .map(|name| Key::from(format!("{}:{name}", self.tag)))
            .collect()
    }

    /// The keys that hold something.
    pub(crate) fn stored(&self) -> Vec<Key> {
        let mut keys = self.all();
        keys.pop();
        keys
    }
}

impl RedisStore {
    /// Runs a script by its digest; a server that does not know it (restart, `SCRIPT FLUSH`) gets the text.
    pub(crate) async fn run<R: FromValue>(
        &self,
        script: &Script,
        event: EventId,
        args: Vec<Value>,
    ) -> Result<R> {
        telemetry::redis_call();
        let keys = Keys::of(event);
        let (home, keys) = (keys.hash(), keys.all());
        let mut followed = false;
        loop {
            let client = self.nodes().client(&home)?;
            let answer =
                client.evalsha::<R, _, _, _>(script.digest.as_str(), keys.clone(), args.clone()).await;
            let answer = match answer {
                Err(error) if error.details().starts_with("NOSCRIPT") => {
                    tracing::debug!(script = script.name, "loading a script");
                    client.eval(script.text, keys.clone(), args.clone()).await
                }
                other => other,
            };
            match answer {
                Err(error) if !followed && self.nodes().follow(&error).await => followed = true,
                other => return Ok(other?),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::files;

    #[test]
    fn every_script_says_what_it_takes_gives_and_when_it_fails() {
        let on_disk = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/lua")).unwrap().count();
        assert_eq!(on_disk, files().len(), "a file in lua/ is not named in scripts.rs");
        for (name, text) in files() {
            let header =
                text.strip_prefix("--[[\n").and_then(|t| t.split_once("]]")).map(|(header, _)| header);
            let header = header.unwrap_or_else(|| panic!("{name}.lua does not begin with a header"));
            let mut words = ["PURPOSE", "KEYS", "ARGV", "RETURNS", "FAILS"].into_iter();
            let mut next = words.next();
            for line in header.lines() {
                if next.is_some_and(|word| line.starts_with(word)) {
                    next = words.next();
                }
            }
            assert_eq!(next, None, "{name}.lua: the header lacks a part, or its parts are out of order");
            assert!(name == "lib" || text.contains("\n-- 1. "), "{name}.lua has no numbered steps");
        }
    }
}
