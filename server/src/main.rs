//! The one program of Parterre; what it does is its role.

use clap::{Parser, Subcommand};
use server::{compose, config::Config, logging, roles};
use services::OrganizerChange;
use std::{path::PathBuf, process::ExitCode};

/// A tenth of a request's processor time was the C library's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Live-seat ticketing.
#[derive(Parser)]
#[command(name = "parterre", version, about)]
struct Cli {
    #[command(flatten)]
    config: Config,
    #[command(subcommand)]
    role: Role,
}

/// What this process does.
#[derive(Subcommand)]
enum Role {
    /// Everything: databases, migrations, demo, sandbox, site and workers.
    Run,
    /// The site alone.
    Serve {
        /// And the workers beside it.
        #[arg(long)]
        workers: bool,
    },
    /// The workers alone.
    Work,
    /// Bring the tables up to date.
    Migrate,
    /// Bring the demo catalogue in.
    Seed,
    /// Compare Redis with PostgreSQL.
    Doctor {
        /// Load events that differ anew, under a new epoch.
        #[arg(long)]
        rebuild: bool,
    },
    /// The sandbox alone: payments, mail server, telephone.
    Sandbox,
    /// Send the tickets of an order to its buyer again.
    Resend {
        /// The order's number, as people read it out.
        number: String,
        /// Why, for the audit log.
        #[arg(long, default_value = "asked for by the buyer")]
        reason: String,
    },
    /// Seating plans.
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Events.
    #[command(subcommand)]
    Event(EventCommand),
    /// Who sells: what stands on invoices.
    #[command(subcommand)]
    Organizer(OrganizerCommand),
    /// Ticket signing keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Accounts of the people who work here.
    #[command(subcommand)]
    Staff(StaffCommand),
}

/// What to do with a seating plan.
#[derive(Subcommand)]
enum PlanCommand {
    /// Check and store it; nothing is stored when something is wrong.
    Import {
        /// The plan, in the own format or in the one of pretix.
        file: PathBuf,
        /// Also put an invented event on sale from it, to see how it looks and sells.
        #[arg(long)]
        trial: bool,
    },
    /// Check it: every problem with its JSON pointer.
    Check {
        /// The plan, in the own format or in the one of pretix.
        file: PathBuf,
    },
    /// Write a demo plan to the standard output.
    Generate {
        /// theatre, arena, stadium, club or hall.
        kind: String,
        /// The same seed gives the same plan.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

/// What to do with an event.
#[derive(Subcommand)]
enum EventCommand {
    /// Put one on sale again that was paused, or halted by the product itself.
    Resume {
        /// Its name in the address of its page, or its id.
        event: String,
        /// Why, for the audit log.
        #[arg(long)]
        reason: String,
    },
}

/// What to do with the organizers.
#[derive(Subcommand)]
enum OrganizerCommand {
    /// Change one, or make it. What is not named stays; documents that were issued stay as they are.
    Set {
        /// Its name in addresses; `house` is the one that every installation has.
        slug: String,
        /// Its name for buyers.
        #[arg(long)]
        name: Option<String>,
        /// Its name on invoices.
        #[arg(long)]
        legal_name: Option<String>,
        /// A line of its address; may be given several times.
        #[arg(long)]
        address: Vec<String>,
        /// Its number at the tax office.
        #[arg(long)]
        tax_id: Option<String>,
        /// How the names of its invoices begin: PRE gives PRE-2026-000123.
        #[arg(long)]
        prefix: Option<String>,
        /// Tax rate of new events in hundredths of a percent: 700 is 7 %.
        #[arg(long)]
        tax_rate: Option<u16>,
        /// Why, for the audit log.
        #[arg(long, default_value = "set up")]
        reason: String,
    },
    /// Show all of them.
    List,
}

impl OrganizerCommand {
    async fn run(self, config: Config) -> anyhow::Result<()> {
        match self {
            Self::List => roles::organizer::list(config).await,
            Self::Set { slug, name, legal_name, address, tax_id, prefix, tax_rate, reason } => {
                let change = OrganizerChange {
                    name,
                    legal_name,
                    address: (!address.is_empty()).then_some(address),
                    tax_id,
                    invoice_prefix: prefix,
                    tax_rate_bp: tax_rate,
                };
                roles::organizer::set(config, &slug, change, &reason).await
            }
        }
    }
}

/// What to do with the keys.
#[derive(Subcommand)]
enum KeysCommand {
    /// Sign with a new key from the next start on; tickets signed before stay good.
    Rotate,
}

/// What to do with the accounts.
#[derive(Subcommand)]
enum StaffCommand {
    /// Make one. The password is the first line of the standard input; from a terminal one is drawn and shown.
    Add {
        /// How they sign in.
        email: String,
        /// support or admin.
        #[arg(long)]
        role: String,
    },
    /// Give one another password, in the same way; opens it again and ends its sessions.
    Password {
        /// Whose.
        email: String,
    },
    /// Close one and end its sessions.
    Close {
        /// Whose.
        email: String,
    },
    /// Show all of them.
    List,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        // What went wrong and why, without a backtrace: it is read by an operator.
        Err(error) => {
            eprintln!("parterre: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let _exports = logging::start()?;
    for warning in cli.config.warnings() {
        tracing::warn!("{warning}");
    }
    let config = cli.config;
    match cli.role {
        Role::Run => roles::run(config).await,
        Role::Serve { workers } => roles::serve(config, workers).await,
        Role::Work => roles::work(config).await,
        Role::Migrate => roles::migrate(config).await,
        Role::Seed => roles::seed(config).await,
        Role::Doctor { rebuild } => roles::doctor(config, rebuild).await,
        Role::Sandbox => compose::sandbox(&config).await,
        Role::Resend { number, reason } => roles::resend(config, number, reason).await,
        Role::Plan(PlanCommand::Import { file, trial }) => roles::plans::import(config, &file, trial).await,
        Role::Plan(PlanCommand::Check { file }) => roles::plans::check(&file),
        Role::Plan(PlanCommand::Generate { kind, seed }) => roles::plans::generate(&kind, seed),
        Role::Staff(StaffCommand::Add { email, role }) => roles::staff::add(config, &email, &role).await,
        Role::Staff(StaffCommand::Password { email }) => roles::staff::password(config, &email).await,
        Role::Staff(StaffCommand::Close { email }) => roles::staff::close(config, &email).await,
        Role::Staff(StaffCommand::List) => roles::staff::list(config).await,
        Role::Event(EventCommand::Resume { event, reason }) => roles::resume(config, event, reason).await,
        Role::Organizer(command) => command.run(config).await,
        Role::Keys(KeysCommand::Rotate) => roles::rotate_keys(config).await,
    }
}
