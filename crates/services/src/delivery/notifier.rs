//! The ways to a buyer, put together.

use crate::Services;
use notifications::{Brand, ConfigError, Mailer, PassSigner, Secret, Settings, TextSender, Words};
use std::sync::Arc;

/// Words, mail server, text messages.
#[derive(Debug)]
pub struct Notifier {
    pub(crate) words: Words,
    pub(crate) mailer: Mailer,
    pub(crate) texts: TextSender,
    pub(crate) brand: Brand,
    /// Callbacks of the text message provider are signed with it.
    pub(crate) sms_token: Secret,
    /// Signs passes for phone wallets.
    pub(crate) passes: PassSigner,
}

/// Why there is no [`Notifier`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifierError {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A template is broken: a defect.
    #[error(transparent)]
    Template(#[from] notifications::RenderError),
}

impl Services {
    /// Where buyers write to: the sender of their mail.
    pub fn contact(&self) -> &str {
        self.notifier.mailer.address()
    }
}

impl Notifier {
    /// Reads the templates; connects to nobody yet.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub fn new(settings: &Settings, passes: PassSigner) -> Result<Arc<Self>, NotifierError> {
        Ok(Arc::new(Self {
            words: Words::new(settings.brand.clone())?,
            mailer: Mailer::new(&settings.mail)?,
            texts: TextSender::new(&settings.sms)?,
            brand: settings.brand.clone(),
            sms_token: settings.sms.token.clone(),
            passes,
        }))
    }
}
