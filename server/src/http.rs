//! The site: pages, the public contract, live sockets, assets; and beside it the admin listener.

mod admin;
mod api;
mod assets;
mod buyer;
mod cache;
mod calendar;
mod catalogue_cache;
mod guard;
mod live;
mod pages;
mod papers;
mod params;
mod problem;
mod rate;
mod security;
mod staff;
mod state;
mod summary;

use crate::config::Config;
use anyhow::Context;
use axum::{Router, extract::DefaultBodyLimit, middleware, serve::ListenerExt};
use domain::limits::BODY_BYTES_MAX;
use security::Origins;
use services::{Services, staff::DemoAccount};
use state::AppState;
use std::{net::SocketAddr, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::compression::{
    CompressionLayer,
    predicate::{DefaultPredicate, Predicate, SizeAbove},
};

/// What is said once the site is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Announce {
    /// Addresses, how to pay in the sandbox, and the accounts of the demo.
    Fully(Option<DemoAccount>),
    /// The address.
    Address,
}

/// Serves until told to stop.
pub async fn serve(
    config: &Config,
    services: Services,
    stop: CancellationToken,
    announce: Announce,
) -> anyhow::Result<()> {
    let state = AppState::new(config, services)?;
    let site = router(state.clone(), stop.clone());
    let admin = TcpListener::bind((config.host, config.admin_port())).await;
    let admin = admin.with_context(|| format!("port {}", config.admin_port()))?;
    let listener = TcpListener::bind((config.host, config.port)).await;
    let listener = listener.with_context(|| format!("port {} (set PORT to another)", config.port))?;
    // A live frame must not wait until the one before it was confirmed.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "small packets may wait");
        }
    });
    tokio::spawn(axum::serve(admin, admin::routes(state.services.clone())).into_future());
    say(config, &announce);
    let app = site.into_make_service_with_connect_info::<SocketAddr>();
    let drained = stop.clone();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move { stop.cancelled().await });
    // Sockets and slow clients do not hold the end up.
    tokio::select! {
        served = serving.into_future() => served?,
        () = async { drained.cancelled().await; tokio::time::sleep(Duration::from_secs(3)).await } => {}
    }
    Ok(())
}

/// The site as a router, to be served with the address of the caller; live sockets end when told to stop.
///
/// # Errors
/// When the browser half is not built.
pub fn site(config: &Config, services: Services, stop: CancellationToken) -> anyhow::Result<Router> {
    Ok(router(AppState::new(config, services)?, stop))
}

/// Serves metrics and readiness of a process that has no site. Several may run on one machine: without a free port it
/// works all the same, and says so.
pub async fn serve_admin(config: &Config, services: Services) {
    match TcpListener::bind((config.host, config.admin_port())).await {
        Ok(listener) => {
            tokio::spawn(axum::serve(listener, admin::routes(services)).into_future());
        }
        Err(error) => tracing::warn!(%error, port = config.admin_port(), "no metrics of this process"),
    }
}

/// The admin listener's routes.
pub fn admin(services: Services) -> Router {
    admin::routes(services)
}

/// What fits into one packet arrives no sooner when it is smaller, and a hold's answer is compressed longer than it is
/// made.
const PACKET_BYTES: u16 = 1_400;

fn worth_compressing() -> impl Predicate {
    DefaultPredicate::new().and(SizeAbove::new(PACKET_BYTES))
}

/// All routes of the site.
fn router(state: AppState, stop: CancellationToken) -> Router {
    let origins = Origins::new(state.services.base_url());
    let style = guard::Style(state.assets.css.as_str().into());
    let plain = Router::new()
        .merge(pages::routes(&state))
        .merge(api::routes())
        .merge(assets::routes())
        .merge(calendar::routes())
        .merge(staff::routes())
        .merge(papers::routes())
        .layer(
            // One stack, not four layers: each layer of a router costs every request a box more.
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(state.clone(), rate::limit))
                .layer(CompressionLayer::new().br(true).gzip(true).compress_when(worth_compressing()))
                .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
                .layer(middleware::from_fn_with_state(origins.clone(), security::same_origin)),
        );
    plain
        .merge(live::routes(state.clone(), origins, stop))
        .fallback_service(assets::files(&state))
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn(summary::summarise))
                .layer(middleware::from_fn_with_state(style, guard::guard)),
        )
        .with_state(state)
}

#[expect(clippy::print_stdout, reason = "the addresses are what the operator waits for")]
fn say(config: &Config, announce: &Announce) {
    println!("Parterre is at {}", config.public_base());
    if let Announce::Fully(demo) = announce {
        println!("Metrics: http://127.0.0.1:{}/metrics", config.admin_port());
        if config.stripe_secret_key.is_none() {
            println!("Payment sandbox: http://127.0.0.1:{} (no real money)", config.sandbox_port());
            println!(
                "Test cards: 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined, 4000 0025 0000 3155 asks"
            );
        }
        if let Some(demo) = demo {
            println!(
                "Support: {}/staff, demo account {}, password {}",
                config.public_base(),
                demo.email,
                demo.password
            );
        }
        if config.smtp_url.is_none() {
            println!("Mailbox (what would be sent): http://127.0.0.1:{}/mailbox", config.sandbox_port());
        }
        println!("Buying needs no account. Ctrl-C stops everything.");
    }
}
