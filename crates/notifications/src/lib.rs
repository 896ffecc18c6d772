//! What reaches a buyer outside the site: mail, text messages, the printed ticket, the calendar entry.
//!
//! This crate renders and sends; it decides nothing. Which message follows which fact, and that it goes out once, is
//! `services::delivery`. Everything a message says comes in as a [`Booking`], a
//! receipt as a [`Receipt`].
//!
//! To add a message: a line in [`Template`], its subject in `subject.rs`, a pair of files in `templates/` (HTML and
//! text, the same words), an entry in `words.rs`, and a row in the test that renders all of them.

mod booking;
mod calendar;
mod config;
mod dates;
mod error;
mod letter;
mod mailer;
mod pdf;
mod png;
mod qr;
mod receipt;
mod sms;
mod subject;
mod template;
mod wallet;
mod words;

pub use booking::{Booking, EventFacts, TicketFacts};
pub use calendar::calendar;
pub use config::{Brand, MailSettings, Settings, SmsSettings};
pub use dates::{moment, time_of_day};
pub use domain::secret::Secret;
pub use error::{ConfigError, RenderError, SendError};
pub use letter::{Attachment, InlineImage, Letter};
pub use mailer::Mailer;
pub use pdf::{PageSize, receipt_pdf, tickets_pdf};
pub use qr::QrImage;
pub use receipt::{Receipt, ReceiptKind, ReceiptLine, SellerFacts};
pub use sms::{Sms, TextSender, signature_fits};
pub use template::{Details, Template};
pub use wallet::{PassSigner, wallet_pass};
pub use words::Words;
