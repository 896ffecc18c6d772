//! What can go wrong between a message and its reader.

/// A message was not handed over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may go through later: nobody answers, or asks to come again.
    #[error("not sent for now: {0}")]
    Transient(String),
    /// It will never go through as it is: the address or the message is refused.
    #[error("refused: {0}")]
    Permanent(String),
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The mail server's address.
    #[error("SMTP_URL is no address of a mail server")]
    SmtpUrl,
    /// The sender.
    #[error("MAIL_FROM is no mail address")]
    From,
    /// The text message provider's address.
    #[error("TWILIO_API_BASE is no http or https address")]
    SmsBase,
    /// Key and certificates of wallet passes.
    #[error("WALLET_PEM has to hold a key (PKCS #8) and its certificate for a pass type")]
    Wallet,
}

/// Something could not be drawn or written: a defect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A template.
    #[error("the template {name} did not render: {cause}")]
    Template {
        /// Which.
        name: String,
        /// Why, for the log.
        cause: String,
    },
    /// A ticket's code is longer than a QR code holds.
    #[error("the code does not fit a QR code")]
    Code,
    /// The PDF.
    #[error("the PDF was not written: {0}")]
    Pdf(String),
    /// The signature of a wallet pass.
    #[error("the pass was not signed: {0}")]
    Pass(String),
}
