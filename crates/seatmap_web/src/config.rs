//! What the page gives to the map, and what the map tells the page.

use domain::seat::{AreaIx, SeatIx};
use seatmap::{space::Insets, zones::ZoneInfo};

/// What the map is made of besides the plan.
#[derive(Clone, Debug, Default)]
pub struct MapConfig {
    /// The event's zones. Their order gives colours and shapes: the legend uses the same order.
    pub zones: Vec<ZoneInfo>,
    /// Edges of the element that something else covers.
    pub insets: Insets,
    /// What a screen reader calls the map.
    pub label: String,
    /// Draw with Canvas2D even where WebGL2 works.
    pub flat: bool,
}

/// Something under the pointer, for a tooltip beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct HoverInfo {
    /// The seat; `None` for a section or area.
    pub seat: Option<SeatIx>,
    /// The section, where seats are too small.
    pub section: Option<u16>,
    /// The area.
    pub area: Option<AreaIx>,
    /// Where it points, in CSS pixels from the element's left.
    pub x: f32,
    /// Where it points, in CSS pixels from the element's top.
    pub y: f32,
    /// Keep this distance, so that neither seat nor finger is covered.
    pub clearance: f32,
    /// What to say.
    pub text: String,
}

/// What part of the plan is seen, told when it changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewInfo {
    /// The section in the middle.
    pub section: Option<u16>,
    /// Seats can be chosen at this zoom.
    pub seats: bool,
    /// Everything is in view.
    pub whole: bool,
    /// No closer.
    pub closest: bool,
}

/// A callback with an argument.
pub type Callback<T> = Box<dyn Fn(T)>;

/// What the map tells the page. A callback may call the map again.
pub struct MapCallbacks {
    /// A free seat or one of the buyer's own was chosen.
    pub on_toggle: Callback<SeatIx>,
    /// A section was chosen; the map comes closer by itself.
    pub on_section: Callback<u16>,
    /// An area was chosen.
    pub on_area: Callback<AreaIx>,
    /// The keyboard focus moved; the text is to be read aloud.
    pub on_focus: Callback<(Option<SeatIx>, String)>,
    /// The pointer is over something else.
    pub on_hover: Callback<Option<HoverInfo>>,
    /// Another part is in view.
    pub on_view: Callback<ViewInfo>,
    /// The wheel was turned without Ctrl or ⌘: the page scrolls, and may say how to zoom.
    pub on_hint: Callback<()>,
}

impl Default for MapCallbacks {
    fn default() -> Self {
        Self {
            on_toggle: Box::new(|_| {}),
            on_section: Box::new(|_| {}),
            on_area: Box::new(|_| {}),
            on_focus: Box::new(|_| {}),
            on_hover: Box::new(|_| {}),
            on_view: Box::new(|_| {}),
            on_hint: Box::new(|()| {}),
        }
    }
}

/// What is to be told once the state is no longer borrowed.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    Toggle(SeatIx),
    Section(u16),
    Area(AreaIx),
    Focus(Option<SeatIx>, String),
    Hover(Option<HoverInfo>),
    View(ViewInfo),
    Hint,
}

impl MapCallbacks {
    pub(crate) fn tell(&self, effect: Effect) {
        match effect {
            Effect::Toggle(seat) => (self.on_toggle)(seat),
            Effect::Section(section) => (self.on_section)(section),
            Effect::Area(area) => (self.on_area)(area),
            Effect::Focus(seat, text) => (self.on_focus)((seat, text)),
            Effect::Hover(info) => (self.on_hover)(info),
            Effect::View(info) => (self.on_view)(info),
            Effect::Hint => (self.on_hint)(()),
        }
    }
}
