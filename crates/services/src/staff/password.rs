//! Passwords as Argon2id hashes. A hash takes 19 MiB and some tens of milliseconds, so it runs on the blocking pool,
//! one a core at most, and whoever cannot have a turn soon is told to come back.

use crate::{Error, Result, clock};
use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::SaltString,
};
use std::{num::NonZeroUsize, sync::LazyLock, time::Duration};
use tokio::sync::Semaphore;

/// Kibibytes, passes, lanes: OWASP's first choice for Argon2id.
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);
/// How long a sign-in waits for its turn.
const TURN_MAX: Duration = Duration::from_secs(5);

/// At most one hash a core.
static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, NonZeroUsize::get)));

/// The hash of a password that nobody knows: what unknown accounts are compared with.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let password = hex::encode(clock::random::<16>());
    // Without it an unknown account would answer sooner; it is no way in.
    made(&password).unwrap_or_default()
});

/// The hash of a password, in PHC form with a salt of its own.
pub(super) async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    in_turn(move || made(&password)).await?.map_err(Error::internal)
}

/// Whether a password is the one of a hash. Without a hash it takes as long and is not.
pub(super) async fn verify(password: &str, hash: Option<String>) -> Result<bool> {
    let password = password.to_owned();
    in_turn(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODYS.clone());
        let fits = PasswordHash::new(&hash)
            .is_ok_and(|hash| hasher().is_ok_and(|h| h.verify_password(password.as_bytes(), &hash).is_ok()));
        fits && known
    })
    .await
}

fn hasher() -> std::result::Result<Argon2<'static>, argon2::Error> {
    let (memory_kib, passes, lanes) = COST;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory_kib, passes, lanes, None)?))
}

fn made(password: &str) -> std::result::Result<String, argon2::password_hash::Error> {
    let salt = SaltString::encode_b64(&clock::random::<16>())?;
    Ok(hasher()?.hash_password(password.as_bytes(), &salt)?.to_string())
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let busy = || Error::Busy { retry_after_ms: 2_000 };
    let turn = tokio::time::timeout(TURN_MAX, TURNS.acquire()).await.map_err(|_| busy())?;
    let _turn = turn.map_err(|_| busy())?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_its_own_hash_and_nothing_else() {
        let (one, two) =
            (hash("correct horse battery").await.unwrap(), hash("correct horse battery").await.unwrap());
        assert_ne!(one, two, "a salt of its own");
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert!(verify("correct horse battery", Some(one.clone())).await.unwrap());
        assert!(!verify("correct horse batterz", Some(one)).await.unwrap());
        assert!(!verify("correct horse battery", None).await.unwrap());
        assert!(!verify("", Some(String::new())).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_account_takes_as_long_as_a_known_one() {
        let known = hash("correct horse battery").await.unwrap();
        verify("x", None).await.unwrap();
        // Not the clock, which a busy machine spoils: the same work, by the parameters in the hash.
        let cost = |text: &str| text.split('$').nth(3).unwrap().to_owned();
        assert_eq!(cost(&known), cost(&NOBODYS));
    }
}
