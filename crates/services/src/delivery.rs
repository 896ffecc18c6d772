//! What buyers get when something happened to their order.

use crate::{Result, Services};

impl Services {
    /// Sends what a fact calls for.
    pub(crate) async fn deliver(&self, _fact: &store_pg::facts::Fact) -> Result<()> {
        Ok(())
    }
}
