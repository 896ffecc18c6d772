//! Who works here: signing in, and acting on what belongs to others. A session is a random token whose digest is kept;
//! whoever acts does so under their own name, from an address, with a reason.

mod password;

use crate::{Error, Result, Services, clock, digest};
use chrono::TimeDelta;
use domain::contact::Email;
use store_pg::{
    StoreError,
    audit::Cause,
    staff::{NewSession, NewStaff},
};
use uuid::Uuid;

pub use store_pg::staff::{Role, StaffMember};

/// A session ends after so long, used or not.
const SESSION_MAX: TimeDelta = TimeDelta::hours(12);
/// A session that nobody used for so long is over.
const SESSION_IDLE: TimeDelta = TimeDelta::hours(1);
/// Shorter passwords are guessed.
const PASSWORD_CHARS_MIN: usize = 12;
/// Longer ones only cost time.
const PASSWORD_BYTES_MAX: usize = 200;
/// What a reason may be long.
const REASON_CHARS_MAX: usize = 300;
/// Accounts on one page.
const STAFF_MAX: u32 = 200;
/// The account of the demo.
const DEMO_EMAIL: &str = "support@parterre.example";

/// An account that the demo made, to be shown to whoever started it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// How to sign in.
    pub email: String,
    /// The password: drawn once for this installation.
    pub password: String,
}

/// A member of the staff who is about to change something.
#[derive(Clone, Debug)]
pub struct Hand {
    member: StaffMember,
    actor: String,
    origin: String,
    reason: String,
}

impl Hand {
    /// Somebody at an address, with a reason that others can read later.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a reason, or with one of more than 300 characters.
    pub fn new(member: &StaffMember, origin: &str, reason: &str) -> Result<Self> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Error::invalid("/reason", "Say why: it is written down with what you do."));
        }
        if reason.chars().count() > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
            return Err(Error::invalid(
                "/reason",
                format!("At most {REASON_CHARS_MAX} characters, in one line."),
            ));
        }
        Ok(Self {
            member: member.clone(),
            actor: format!("staff:{}", member.email),
            origin: origin.to_owned(),
            reason: reason.to_owned(),
        })
    }

    /// Who.
    pub fn member(&self) -> &StaffMember {
        &self.member
    }

    /// Their name in the audit log.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// Why.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// As the audit log takes it, now.
    pub(crate) fn cause(&self) -> Cause<'_> {
        Cause::because(&self.actor, &self.reason, clock::now()).with_origin(&self.origin)
    }
}

impl Services {
    /// Makes an account. `by` is whoever did it, for the audit log.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the address is none or is taken, or the password is too short or too long.
    pub async fn add_staff(&self, email: &str, role: Role, password: &str, by: &str) -> Result<()> {
        let email = Email::parse(email).map_err(|e| Error::invalid("/email", format!("{e}.")))?;
        let password_hash = password::hash(check_password(password)?).await?;
        let new = NewStaff { id: Uuid::now_v7(), email: email.as_str(), role, password_hash: &password_hash };
        match self.pg.add_staff(&new, &Cause::by(by, clock::now())).await {
            Err(StoreError::Duplicate { .. }) => {
                Err(Error::invalid("/email", "There is an account with this address."))
            }
            other => Ok(other?),
        }
    }

    /// Gives an account another password, opens it if it was disabled, and ends its sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such an account; [`Error::Invalid`] as of [`Self::add_staff`].
    pub async fn change_staff_password(&self, email: &str, password: &str, by: &str) -> Result<()> {
        let member = self.pg.staff_by_email(email).await?.ok_or(Error::NotFound("account"))?;
        let password_hash = password::hash(check_password(password)?).await?;
        let cause = Cause::by(by, clock::now());
        Ok(self.pg.change_staff_password(member.id, &password_hash, &cause).await?)
    }

    /// Begins a session: the token that proves it. `None` when address and password do not open an account; which of
    /// them is wrong is not told, nor how long it took to find out: an unknown address costs a hash as well.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many sign in at once.
    pub async fn sign_in_staff(&self, email: &str, password: &str, origin: &str) -> Result<Option<String>> {
        if password.len() > PASSWORD_BYTES_MAX || email.len() > domain::limits::SEARCH_BYTES_MAX {
            return Ok(None);
        }
        let account = self.pg.staff_to_sign_in(email.trim()).await?;
        let known = account.as_ref().map(|(_, hash)| hash.clone());
        let fits = password::verify(password, known).await?;
        let staff = account.map(|(staff, _)| staff);
        let Some(staff) = staff.filter(|_| fits) else {
            count("refused");
            // What a stranger typed is not kept: it may be a password in the wrong field.
            let cause = Cause::by("stranger", clock::now()).with_origin(origin);
            self.pg.note_refused_sign_in(staff, &cause).await?;
            return Ok(None);
        };
        let actor = format!("staff:{}", email.trim().to_lowercase());
        let cause = Cause::by(&actor, clock::now()).with_origin(origin);
        let token = hex::encode(clock::random::<32>());
        let session = NewSession { digest: &digest(&token), staff, expires_at: clock::now() + SESSION_MAX };
        self.pg.begin_staff_session(&session, &cause).await?;
        count("opened");
        Ok(Some(token))
    }

    /// Who a session's token belongs to, while it lives.
    pub async fn staff_of(&self, token: &str) -> Result<Option<StaffMember>> {
        if token.len() != 64 {
            return Ok(None);
        }
        Ok(self.pg.staff_of_session(&digest(token), clock::now(), SESSION_IDLE).await?)
    }

    /// Ends a session; one that is over stays over.
    pub async fn sign_out_staff(&self, token: &str, member: &StaffMember, origin: &str) -> Result<()> {
        let actor = format!("staff:{}", member.email);
        let cause = Cause::by(&actor, clock::now()).with_origin(origin);
        self.pg.end_staff_session(&digest(token), &cause).await?;
        Ok(())
    }

    /// All accounts, by address.
    pub async fn staff(&self) -> Result<Vec<StaffMember>> {
        Ok(self.pg.staff(STAFF_MAX).await?)
    }

    /// The account opens nothing any more; its sessions end. `false` when that was so.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one's own account: somebody must be left.
    pub async fn disable_staff(&self, account: Uuid, by: &Hand) -> Result<bool> {
        if account == by.member.id {
            return Err(Error::invalid("/account", "Nobody closes their own account."));
        }
        Ok(self.pg.disable_staff(account, &by.cause()).await?)
    }

    /// The same by address, for the command line.
    pub async fn disable_staff_by_email(&self, email: &str, by: &str) -> Result<bool> {
        let member = self.pg.staff_by_email(email).await?.ok_or(Error::NotFound("account"))?;
        Ok(self.pg.disable_staff(member.id, &Cause::by(by, clock::now())).await?)
    }

    /// The demo's support account, made at the first call. Its password is drawn once and kept, so that every start can
    /// show it: for installations without real money only. `None` when somebody changed it.
    pub async fn demo_staff(&self) -> Result<Option<DemoAccount>> {
        let drawn = hex::encode(clock::random::<8>());
        let kept = self.pg.ensure_secret("demo_staff", drawn.as_bytes(), clock::now()).await?;
        let password = String::from_utf8(kept).map_err(Error::internal)?;
        if self.pg.staff_by_email(DEMO_EMAIL).await?.is_none() {
            match self.add_staff(DEMO_EMAIL, Role::Support, &password, "seed").await {
                // Another process was faster.
                Ok(()) | Err(Error::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let Some((_, hash)) = self.pg.staff_to_sign_in(DEMO_EMAIL).await? else { return Ok(None) };
        let fits = password::verify(&password, Some(hash)).await?;
        Ok(fits.then(|| DemoAccount { email: DEMO_EMAIL.to_owned(), password }))
    }
}

fn check_password(password: &str) -> Result<&str> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(Error::invalid("/password", format!("At least {PASSWORD_CHARS_MIN} characters.")));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(Error::invalid("/password", format!("At most {PASSWORD_BYTES_MAX} bytes.")));
    }
    Ok(password)
}

fn count(result: &'static str) {
    metrics::counter!("parterre_staff_sign_ins_total", "result" => result).increment(1);
}
