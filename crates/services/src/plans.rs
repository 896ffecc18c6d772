//! Bringing seating plans in.

use crate::{Error, Result, Services, clock};
use domain::{
    ids::PlanId,
    plan::{
        Plan,
        import::{Problem, parse},
    },
};
use sha2::{Digest, Sha256};
use store_pg::{audit::Cause, plans::NewPlan};
use uuid::Uuid;

/// A stored plan version.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedPlan {
    /// Its id.
    pub id: PlanId,
    /// Its version under its name.
    pub version: u32,
    /// The plan.
    pub plan: Plan,
    /// Bytes of its geometry asset.
    pub geometry_bytes: usize,
}

impl Services {
    /// Checks and freezes a plan; every problem at once, and nothing stored then. The same plan again is the same
    /// version.
    pub async fn import_plan(
        &self,
        source: &str,
        actor: &str,
    ) -> Result<std::result::Result<ImportedPlan, Vec<Problem>>> {
        let plan = match parse(source.as_bytes()) {
            Ok(plan) => plan,
            Err(problems) => return Ok(Err(problems)),
        };
        let geometry = protocol::geometry::encode(&plan);
        let meta = self
            .pg
            .insert_plan(
                &NewPlan {
                    id: PlanId(Uuid::now_v7()),
                    name: &plan.name,
                    source,
                    source_hash: &hex::encode(Sha256::digest(source.as_bytes())),
                    geometry: &geometry,
                    geometry_hash: &hex::encode(Sha256::digest(&geometry)),
                    seats: plan.seat_count(),
                    areas: u32::try_from(plan.areas.len()).map_err(Error::internal)?,
                },
                &Cause::because(actor, "import", clock::now()),
            )
            .await?;
        Ok(Ok(ImportedPlan { id: meta.id, version: meta.version, plan, geometry_bytes: geometry.len() }))
    }
}
