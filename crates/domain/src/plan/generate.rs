//! Demo plans, drawn by rule: each kind of house has its file, a seed makes each house a little different.
//!
//! They are written in the own format and pass through `import` like anybody's plan.

mod arena;
mod bowl;
mod club;
mod draw;
mod hall;
mod stadium;
mod theatre;

/// A kind of house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// About 1,150 seats on three levels, curved rows, boxes.
    Theatre,
    /// About 18,000: a standing floor and a bowl.
    Arena,
    /// Exactly 70,000 seats in four tiers.
    Stadium,
    /// 600 standing.
    Club,
    /// Tables of ten and rows.
    Hall,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Theatre, Self::Arena, Self::Stadium, Self::Club, Self::Hall];

    /// The word for it on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Theatre => "theatre",
            Self::Arena => "arena",
            Self::Stadium => "stadium",
            Self::Club => "club",
            Self::Hall => "hall",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A plan of that kind in the own format. The same seed gives the same text.
pub fn generate(kind: Kind, seed: u64) -> String {
    let mut dice = draw::Dice::new(seed);
    let plan = match kind {
        Kind::Theatre => theatre::theatre(&mut dice),
        Kind::Arena => arena::arena(&mut dice),
        Kind::Stadium => stadium::stadium(&mut dice),
        Kind::Club => club::club(&mut dice),
        Kind::Hall => hall::hall(&mut dice),
    };
    // Writing plain structs to a string cannot fail; an empty text would be refused by the import.
    serde_json::to_string(&plan).unwrap_or_default()
}
