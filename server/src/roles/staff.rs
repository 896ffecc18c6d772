//! Accounts of the people who work here, from the command line.

use super::with_services;
use crate::config::Config;
use anyhow::{Context, bail};
use services::{Error, clock, staff::Role};
use std::io::{BufRead, IsTerminal};

/// Who did it, in the audit log.
const OPERATOR: &str = "operator";

/// Makes an account.
///
/// # Errors
/// When the role is unknown, or address or password will not do.
pub async fn add(config: Config, email: &str, role: &str) -> anyhow::Result<()> {
    let Some(role) = Role::parse(role) else { bail!("{role}: the roles are support and admin") };
    let (password, drawn) = password_of_input()?;
    with_services(config, async |_, services| {
        services.add_staff(email, role, &password, OPERATOR).await.map_err(in_words)?;
        println!("{email} may sign in at {}/staff as {}.", services.base_url(), role.name());
        show(drawn, &password);
        Ok(())
    })
    .await
}

/// Gives an account another password.
///
/// # Errors
/// When there is no such account, or the password will not do.
pub async fn password(config: Config, email: &str) -> anyhow::Result<()> {
    let (password, drawn) = password_of_input()?;
    with_services(config, async |_, services| {
        services.change_staff_password(email, &password, OPERATOR).await.map_err(in_words)?;
        println!("{email} has another password; whoever was signed in is not any more.");
        show(drawn, &password);
        Ok(())
    })
    .await
}

/// Closes an account.
///
/// # Errors
/// When there is no such account.
pub async fn close(config: Config, email: &str) -> anyhow::Result<()> {
    with_services(config, async |_, services| {
        let done = services.disable_staff_by_email(email, OPERATOR).await.map_err(in_words)?;
        println!("{email} {}.", if done { "is closed" } else { "was closed before" });
        Ok(())
    })
    .await
}

/// Shows all accounts.
///
/// # Errors
/// When the stores do not answer.
pub async fn list(config: Config) -> anyhow::Result<()> {
    with_services(config, async |_, services| {
        for account in services.staff().await? {
            let closed = if account.disabled_at.is_some() { " (closed)" } else { "" };
            println!("{}  {}{closed}", account.email, account.role.name());
        }
        Ok(())
    })
    .await
}

fn show(drawn: bool, password: &str) {
    if drawn {
        println!("Password: {password}");
    }
}

/// The first line of the standard input. A terminal would show it to the room, so there one is drawn.
fn password_of_input() -> anyhow::Result<(String, bool)> {
    let input = std::io::stdin();
    let mut line = String::new();
    if !input.is_terminal() {
        input.lock().read_line(&mut line).context("the password")?;
    }
    let given = line.trim_end_matches(['\r', '\n']);
    if given.is_empty() {
        Ok((hex::encode(clock::random::<12>()), true))
    } else {
        Ok((given.to_owned(), false))
    }
}

fn in_words(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(problems) => {
            anyhow::anyhow!(problems.into_iter().map(|p| p.message).collect::<Vec<_>>().join(" "))
        }
        other => other.into(),
    }
}
