//! The map behind the island: mounts it, tells it what is held, hears what is tapped. On the server there is none.

#[cfg(feature = "hydrate")]
mod live;
#[cfg(feature = "hydrate")]
mod rehearsal;

#[cfg(feature = "hydrate")]
pub use live::*;

#[cfg(not(feature = "hydrate"))]
pub use nothing::*;

/// On the server nothing of this runs; the signatures are the browser's.
#[cfg(not(feature = "hydrate"))]
mod nothing {
    use super::super::{
        desk::{Desk, Wanted},
        taps::Batch,
    };

    /// Mounts the map.
    pub fn start(_: Desk) {}
    /// Marks the buyer's seats.
    pub fn show(_: &[u32], _: &Batch) {}
    /// Shows the filter.
    pub fn filter(_: Desk, _: &Wanted) {}
    /// Closer.
    pub fn zoom_in() {}
    /// Further away.
    pub fn zoom_out() {}
    /// All of it.
    pub fn fit() {}
    /// Something else lies over the map now.
    pub fn cover_changed() {}
    /// Brings seats into view.
    pub fn look_at(_: &[u32]) {}
    /// Seats in words.
    pub fn words_of(_: &[u32]) -> String {
        String::new()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use domain::plan::import::parse;

    /// `BLESS=1` writes the asset anew.
    #[test]
    fn the_house_of_the_rehearsal_is_the_asset_of_its_plan() {
        let plan = parse(include_bytes!("map/rehearsal.json")).unwrap();
        let asset = protocol::geometry::encode(&plan);
        if std::env::var_os("BLESS").is_some() {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/seats/picker/map/rehearsal.bin");
            return std::fs::write(file, &asset).unwrap();
        }
        assert_eq!(asset, include_bytes!("map/rehearsal.bin"));
        assert_eq!(plan.categories.len(), 2, "as many as it has zones");
    }
}
