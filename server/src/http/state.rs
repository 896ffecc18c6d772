//! What handlers share.

use crate::config::Config;
use anyhow::Context;
use app::shell::Assets;
use axum::extract::FromRef;
use bytes::Bytes;
use leptos::config::LeptosOptions;
use moka::future::Cache;
use services::{Error, Services};
use std::{ops::Deref, path::PathBuf, sync::Arc};

use super::{
    assets::{BROTLI_HARDEST, brotli},
    catalogue_cache::PageCache,
    rate::Limiter,
    staff::SignInPace,
};

/// Shared by all handlers. A request clones it at every layer: one counter, not dozens.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// What the clones share.
pub struct Parts {
    /// The use cases.
    pub services: Services,
    /// Addresses of the built browser half.
    pub assets: Assets,
    /// Folder of the built browser half.
    pub site_dir: PathBuf,
    /// Where the hosted payment page stands.
    pub payment_origin: String,
    /// Whether cookies can be `Secure`.
    pub https: bool,
    /// Rendered pages of the catalogue.
    pub pages: PageCache,
    /// Requests by address.
    pub limiter: Limiter,
    /// Tries to sign in.
    pub sign_ins: SignInPace,
    /// Geometry assets, compressed.
    geometries: Cache<String, Arc<Geometry>>,
    leptos: LeptosOptions,
}

/// A geometry asset, ready to be sent.
pub struct Geometry {
    /// As it is stored.
    pub plain: Bytes,
    /// The same, compressed.
    pub brotli: Bytes,
}

impl AppState {
    /// A geometry asset by its content hash; compressed once, while others wait.
    pub async fn geometry(&self, hash: &str) -> services::Result<Option<Arc<Geometry>>> {
        let read = async {
            let plain = self.services.geometry(hash).await?.ok_or(Error::NotFound("plan"))?;
            let compress = move || {
                let brotli = brotli(&plain, BROTLI_HARDEST)?.into();
                Ok::<_, std::io::Error>(Geometry { brotli, plain: plain.into() })
            };
            let made = tokio::task::spawn_blocking(compress).await.map_err(Error::internal)?;
            Ok(Arc::new(made.map_err(Error::internal)?))
        };
        match self.geometries.try_get_with_by_ref(hash, read).await {
            Ok(geometry) => Ok(Some(geometry)),
            Err(error) if matches!(*error, Error::NotFound(_)) => Ok(None),
            Err(error) => Err((*error).clone()),
        }
    }

    /// Reads the manifest of the browser half.
    pub fn new(config: &Config, services: Services) -> anyhow::Result<Self> {
        let assets = assets(config)?;
        Ok(Self(Arc::new(Parts {
            services,
            assets,
            site_dir: config.site_dir.clone(),
            payment_origin: config.payment_origin(),
            https: config.is_https(),
            pages: PageCache::default(),
            geometries: Cache::new(64),
            limiter: Limiter::new(config.rate_per_second),
            sign_ins: SignInPace::default(),
            leptos: LeptosOptions::builder().output_name("parterre").build(),
        })))
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl FromRef<AppState> for Services {
    fn from_ref(state: &AppState) -> Self {
        state.services.clone()
    }
}

fn assets(config: &Config) -> anyhow::Result<Assets> {
    #[derive(serde::Deserialize)]
    struct Manifest {
        js: String,
        wasm: String,
        css: String,
    }
    let path = config.site_dir.join("pkg/manifest.json");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} (build the browser half with `make web`)", path.display()))?;
    let manifest: Manifest = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let at = |name: &str| if name.starts_with('/') { name.to_owned() } else { format!("/pkg/{name}") };
    Ok(Assets { js: at(&manifest.js), wasm: at(&manifest.wasm), css: at(&manifest.css) })
}
