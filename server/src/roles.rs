//! What a process does, by role.

pub mod organizer;
pub mod plans;
pub mod staff;

use crate::{
    compose,
    config::Config,
    http,
    supervise::{self, Tenure},
};
use anyhow::Context;
use services::{Finding, InvoiceFindings, MoneyReport, Services};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long workers may take to finish what is in hand when the process is told to stop; what is left then, another
/// process takes up.
const DRAIN: Duration = Duration::from_secs(20);

/// Everything in one process.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let databases = supervise::start(&config, Tenure::Own).await?;
    let done = run_over(&config, &databases.database_url, &databases.redis_url).await;
    supervise::stop(databases).await;
    done
}

async fn run_over(config: &Config, database_url: &str, redis_url: &str) -> anyhow::Result<()> {
    let stop = stop_on_signal();
    let services = tokio::select! {
        services = compose::services(config, database_url, redis_url) => services?,
        () = stop.cancelled() => return Ok(()),
    };
    if config.needs_sandbox() {
        let config = config.clone();
        tokio::spawn(async move {
            if let Err(error) = compose::sandbox(&config).await {
                tracing::error!(%error, "the sandbox stopped");
            }
        });
    }
    let seeded = tokio::select! {
        seeded = services.seed_demo() => seeded?,
        () = stop.cancelled() => return Ok(()),
    };
    if let Some(seeded) = seeded {
        tracing::info!(
            plans = seeded.plans,
            events = seeded.events,
            tickets = seeded.tickets,
            "demo catalogue written"
        );
    }
    load(&services).await?;
    // Where real money is taken nobody has an account but those who were given one.
    let demo = match config.stripe_secret_key {
        None => services.demo_staff().await?,
        Some(_) => None,
    };
    serve_and_work(config, services, stop, http::Announce::Fully(demo)).await
}

/// Brings events into Redis. One that cannot be brought now (a master is away) comes later, and keeps no other waiting.
async fn load(services: &Services) -> anyhow::Result<()> {
    match services.load_all().await {
        Err(error @ services::Error::Busy { .. }) => {
            tracing::warn!(%error, "not every event is loaded yet");
            Ok(())
        }
        loaded => Ok(loaded.map(drop)?),
    }
}

/// The site, and the workers beside it in this process.
async fn serve_and_work(
    config: &Config,
    services: Services,
    stop: CancellationToken,
    announce: http::Announce,
) -> anyhow::Result<()> {
    let workers = tokio::spawn(services.clone().run_workers(stop.clone()));
    let served = http::serve(config, services, stop.clone(), announce).await;
    stop.cancel();
    if tokio::time::timeout(DRAIN, workers).await.is_err() {
        tracing::warn!("the workers did not finish what they had in hand");
    }
    served
}

/// The site, with or without the workers; many processes may serve over the same stores.
pub async fn serve(config: Config, workers: bool) -> anyhow::Result<()> {
    let stop = stop_on_signal();
    with_services(config, |config, services| async move {
        load(&services).await?;
        if workers {
            serve_and_work(&config, services, stop, http::Announce::Address).await
        } else {
            http::serve(&config, services, stop, http::Announce::Address).await
        }
    })
    .await
}

/// The workers alone, with metrics and readiness beside them; many processes may work over the same stores.
pub async fn work(config: Config) -> anyhow::Result<()> {
    let stop = stop_on_signal();
    with_services(config, |config, services| async move {
        http::serve_admin(&config, services.clone()).await;
        let mut workers = tokio::spawn(services.run_workers(stop.clone()));
        tokio::select! {
            ended = &mut workers => return ended.context("the workers"),
            () = stop.cancelled() => {}
        }
        match tokio::time::timeout(DRAIN, workers).await {
            Ok(ended) => ended.context("the workers"),
            Err(_) => {
                tracing::warn!("the workers did not finish what they had in hand");
                Ok(())
            }
        }
    })
    .await
}

/// Brings the tables up to date.
pub async fn migrate(config: Config) -> anyhow::Result<()> {
    with_services(config, |_, _| async {
        println!("The tables are up to date.");
        Ok(())
    })
    .await
}

/// Brings the demo catalogue in, once.
pub async fn seed(config: Config) -> anyhow::Result<()> {
    with_services(config, |_, services| async move {
        match services.seed_demo().await? {
            Some(s) => println!("{} plans, {} events, {} presold tickets.", s.plans, s.events, s.tickets),
            None => println!("There are events already; nothing was written."),
        }
        Ok(())
    })
    .await
}

/// Prints everything that is wrong; exits with 1 when something is and was not rebuilt.
pub async fn doctor(config: Config, rebuild: bool) -> anyhow::Result<()> {
    with_services(config, |_, services| async move {
        let report = services.report().await?;
        let mut sick = 0;
        for diagnosis in report.events.iter().filter(|d| !d.findings.is_empty()) {
            println!("{}: {}", diagnosis.slug, summary(&diagnosis.findings));
            sick += 1;
            if rebuild && let Some(sale) = services.sale_by_id(diagnosis.event).await? {
                println!("  rebuilt under epoch {}", services.rebuild(&sale).await?.epoch);
                sick -= 1;
            }
        }
        for sale in &report.oversold {
            println!(
                "oversold: {} tickets for {} of {} at {}",
                sale.tickets, sale.places, sale.place, sale.event
            );
        }
        let money_is_well = money(report.money.as_ref());
        invoices(&report.invoices);
        if sick > 0 {
            anyhow::bail!("{sick} events differ; `doctor --rebuild` loads them anew");
        }
        if !report.oversold.is_empty() || !money_is_well || !report.invoices.is_well() {
            anyhow::bail!("the books do not agree");
        }
        println!("Redis and PostgreSQL agree about every event, and nothing is oversold.");
        Ok(())
    })
    .await
}

/// Sends the tickets of an order to its buyer again.
pub async fn resend(config: Config, number: String, reason: String) -> anyhow::Result<()> {
    with_services(config, |_, services| async move {
        let fact = services.ask_for_tickets(&number, "operator", &reason).await?;
        match services.deliver_fact(fact).await {
            // A worker is at it already, or will be: then it is the one that sends.
            Ok(()) | Err(services::Error::Busy { .. }) => {}
            Err(error) => return Err(error).context("not sent"),
        }
        println!("The tickets of order {number} are on their way to its buyer.");
        Ok(())
    })
    .await
}

/// Puts an event on sale again.
pub async fn resume(config: Config, event: String, reason: String) -> anyhow::Result<()> {
    with_services(config, |_, services| async move {
        match services.resume_event(&event, "operator", &reason).await? {
            true => println!("{event} is on sale again, a few seconds from now at the latest."),
            false => println!("{event} was on sale already."),
        }
        Ok(())
    })
    .await
}

/// What the payment provider's books say beside ours; whether they agree.
fn money(report: Option<&MoneyReport>) -> bool {
    let Some(report) = report else {
        println!("The payment provider did not answer: money was not compared.");
        return true;
    };
    println!("{} payments compared with the provider, {} mended.", report.listed, report.mended.len());
    if report.cut_short {
        println!("The provider's list was longer than one look: older payments were not compared.");
    }
    for intent in &report.orphans {
        println!("money without an order: {intent}");
    }
    for payment in &report.missing {
        println!("money that the provider does not list, or in another amount: payment {payment}");
    }
    report.is_well()
}

/// Gaps in the numbers of invoices, and documents that are missing.
fn invoices(found: &InvoiceFindings) {
    for gap in &found.gaps {
        println!("invoice numbers with a gap: {gap}");
    }
    for order in &found.uninvoiced {
        println!("a paid order without an invoice: {order}; the workers issue it within the hour");
    }
    for refund in &found.uncredited {
        println!(
            "money that went back without a credit note: refund {refund}; the workers issue it within the hour"
        );
    }
}

/// Signs with a new key from the next start on.
pub async fn rotate_keys(config: Config) -> anyhow::Result<()> {
    with_services(config, |_, services| async move {
        println!(
            "New signing key {}. Restart the processes that serve.",
            services.rotate_ticket_key().await?
        );
        Ok(())
    })
    .await
}

fn summary(findings: &[Finding]) -> String {
    match findings {
        [Finding::NotLoaded] => "not loaded".into(),
        [first, rest @ ..] => format!("{} differences, the first: {first:?}", rest.len() + 1),
        [] => String::new(),
    }
}

/// Runs `work` over the stores: the configured ones, those of a running process, or children for the time being.
pub(crate) async fn with_services<F, R>(config: Config, work: F) -> anyhow::Result<()>
where
    F: FnOnce(Config, Services) -> R,
    R: Future<Output = anyhow::Result<()>>,
{
    let databases = supervise::start(&config, Tenure::Share).await?;
    let services = compose::services(&config, &databases.database_url, &databases.redis_url).await;
    let done = match services {
        Ok(services) => work(config, services).await,
        Err(error) => Err(error).context("the stores could not be opened"),
    };
    supervise::stop(databases).await;
    done
}

/// Cancelled by Ctrl-C or SIGTERM.
fn stop_on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(signal) => signal,
            Err(error) => {
                tracing::error!(%error, "SIGTERM is not heard");
                let _ = tokio::signal::ctrl_c().await;
                return token.cancel();
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        token.cancel();
    });
    stop
}
