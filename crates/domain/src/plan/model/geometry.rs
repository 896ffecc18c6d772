//! Points, boxes and outlines, in metres.

use crate::plan::path::sin_cos;
use serde::{Deserialize, Serialize};

/// A place on the drawing in metres, x to the right, y downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

impl Point {
    /// A point of its two coordinates.
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// Distance in metres. A square root is one instruction everywhere and rounds alike; `hypot` is a program of its
    /// own in a browser.
    pub fn distance(self, other: Self) -> f32 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt()
    }
}

/// An upright box, in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Left and upper corner.
    pub min: Point,
    /// Right and lower corner.
    pub max: Point,
}

impl Rect {
    /// Width in metres.
    pub fn width(&self) -> f32 {
        self.max.x - self.min.x
    }

    /// Height in metres.
    pub fn height(&self) -> f32 {
        self.max.y - self.min.y
    }

    /// The middle.
    pub fn center(&self) -> Point {
        Point::new((self.min.x + self.max.x) / 2.0, (self.min.y + self.max.y) / 2.0)
    }

    /// Whether the point lies inside or on the border.
    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.min.x && p.x <= self.max.x && p.y >= self.min.y && p.y <= self.max.y
    }

    /// The smallest box around the points; `None` without a point.
    pub fn around(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points.into_iter().fold(None, |acc: Option<Self>, p| {
            let r = acc.unwrap_or(Self { min: p, max: p });
            Some(Self {
                min: Point::new(r.min.x.min(p.x), r.min.y.min(p.y)),
                max: Point::new(r.max.x.max(p.x), r.max.y.max(p.y)),
            })
        })
    }
}

/// The geometry of an area or a shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AreaShape {
    /// Closed polygon without a repeated last point.
    Polygon {
        /// At least three corners.
        points: Vec<Point>,
    },
    /// Rectangle, turned about its centre.
    Rectangle {
        /// The middle.
        center: Point,
        /// Before turning.
        width: f32,
        /// Before turning.
        height: f32,
        /// Degrees clockwise.
        rotation: f32,
    },
    /// Ellipse or circle, turned about its centre.
    Ellipse {
        /// The middle.
        center: Point,
        /// Half width before turning.
        radius_x: f32,
        /// Half height before turning.
        radius_y: f32,
        /// Degrees clockwise.
        rotation: f32,
    },
}

impl AreaShape {
    /// The shape as a closed polygon (an ellipse in 48 steps): for painting, outlines and hit-testing alike.
    pub fn polygon(&self) -> Vec<Point> {
        let turned = |center: Point, rotation: f32, dx: f32, dy: f32| {
            let (sin, cos) = sin_cos(f64::from(rotation).to_radians());
            let (dx, dy) = (f64::from(dx), f64::from(dy));
            Point::new(center.x + (dx * cos - dy * sin) as f32, center.y + (dx * sin + dy * cos) as f32)
        };
        match self {
            Self::Polygon { points } => points.clone(),
            Self::Rectangle { center, width, height, rotation } => {
                [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
                    .iter()
                    .map(|(fx, fy)| turned(*center, *rotation, fx * width, fy * height))
                    .collect()
            }
            Self::Ellipse { center, radius_x, radius_y, rotation } => (0..48_u8)
                .map(|step| {
                    let (sin, cos) = sin_cos(f64::from(step) * std::f64::consts::TAU / 48.0);
                    turned(*center, *rotation, radius_x * cos as f32, radius_y * sin as f32)
                })
                .collect(),
        }
    }

    /// The smallest upright box around it.
    pub fn bounds(&self) -> Rect {
        Rect::around(self.polygon()).unwrap_or_default()
    }

    /// A point for its label: the middle of its box.
    pub fn center(&self) -> Point {
        match self {
            Self::Polygon { .. } => self.bounds().center(),
            Self::Rectangle { center, .. } | Self::Ellipse { center, .. } => *center,
        }
    }
}
