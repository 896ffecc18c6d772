//! What pages link to: posters, the geometry asset, a still picture of the plan.

use crate::{Result, Sale, Services};
use domain::{
    ids::ZoneId,
    plan::{Point, Section, ShapeKind},
    seat::SeatIx,
};
use std::{collections::BTreeMap, fmt::Write};

impl Services {
    /// The poster of an event, as SVG.
    pub async fn poster(&self, slug: &str) -> Result<Option<String>> {
        Ok(self.pg.poster_by_slug(slug).await?.filter(|svg| !svg.is_empty()))
    }

    /// A geometry asset by its content hash.
    pub async fn geometry(&self, hash: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.pg.geometry_by_hash(hash).await?)
    }

    /// A still picture of the plan with the zones in their colours, as SVG.
    pub fn plan_preview_svg(&self, sale: &Sale) -> String {
        preview(sale)
    }
}

/// Sections and areas as soft shapes, the stage in ink; follows the page's colour scheme.
fn preview(sale: &Sale) -> String {
    let plan = &sale.house.plan;
    let bounds = plan.bounds;
    let margin = bounds.width().max(bounds.height()) * 0.02;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{:.1} {:.1} {:.1} {:.1}\" role=\"img\">\
         <title>Plan of the house</title><style>.s{{fill:#e9e3d8;stroke:#1b1820}}.t{{fill:#1b1820}}\
         @media(prefers-color-scheme:dark){{.s{{fill:#2c2836;stroke:#f1ecf4}}.t{{fill:#f1ecf4}}}}</style>",
        bounds.min.x - margin,
        bounds.min.y - margin,
        bounds.width() + 2.0 * margin,
        bounds.height() + 2.0 * margin
    );
    let color = |zone: Option<&ZoneId>| {
        zone.and_then(|z| sale.prices.zone(z)).map_or("#9a94a0", |z| z.color.as_str()).to_owned()
    };
    let line = margin * 0.15;
    for section in &plan.sections {
        let zone = zone_of_most(sale, section);
        polygon(&mut svg, &section.outline, &format!("fill=\"{}\" fill-opacity=\".75\"", color(zone)));
    }
    for (ix, area) in (0_u16..).zip(&plan.areas) {
        let zone = sale.zone_of_area(domain::seat::AreaIx(ix));
        polygon(&mut svg, &area.shape.polygon(), &format!("fill=\"{}\" fill-opacity=\".55\"", color(zone)));
    }
    for shape in plan.shapes.iter().filter(|s| s.kind == ShapeKind::Stage) {
        if let Some(geometry) = &shape.geometry {
            polygon(&mut svg, &geometry.polygon(), &format!("class=\"s\" stroke-width=\"{line:.2}\""));
        }
    }
    svg.push_str("</svg>");
    svg
}

/// The zone that most seats of a section are in: the map colours it so, too.
fn zone_of_most<'a>(sale: &'a Sale, section: &Section) -> Option<&'a ZoneId> {
    let mut seats: BTreeMap<&ZoneId, usize> = BTreeMap::new();
    let zones =
        (section.first.0..section.first.0 + section.len).filter_map(|ix| sale.zone_of_seat(SeatIx(ix)));
    zones.for_each(|zone| *seats.entry(zone).or_default() += 1);
    seats.into_iter().max_by_key(|(_, count)| *count).map(|(zone, _)| zone)
}

fn polygon(svg: &mut String, points: &[Point], attributes: &str) {
    svg.push_str("<polygon points=\"");
    for point in points {
        // Writing to a string does not fail.
        let _ = write!(svg, "{:.1},{:.1} ", point.x, point.y);
    }
    let _ = write!(svg, "\" {attributes}/>");
}
