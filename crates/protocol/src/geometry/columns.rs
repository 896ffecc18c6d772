//! Numbers as bytes: variable length, signs folded in, several columns beside each other.

use super::GeometryError;
use domain::plan::{Point, path};

/// Writes one column.
#[derive(Default)]
pub(super) struct Column(pub(super) Vec<u8>);

impl Column {
    /// Seven bits a byte, low ones first.
    pub(super) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// Small numbers of either sign stay small.
    pub(super) fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)) as u64);
    }

    pub(super) fn count(&mut self, value: usize) {
        self.number(value as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(super) fn opt_text(&mut self, text: Option<&str>) {
        self.number(u64::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    pub(super) fn cm(&mut self, metres: f32) {
        self.signed(i64::from(path::centimetres(f64::from(metres))));
    }

    pub(super) fn point(&mut self, point: Point) {
        self.cm(point.x);
        self.cm(point.y);
    }

    /// Points as differences.
    pub(super) fn points(&mut self, points: &[Point]) {
        self.count(points.len());
        let mut last = (0, 0);
        for point in points {
            let (x, y) = whole(*point);
            self.signed(x - last.0);
            self.signed(y - last.1);
            last = (x, y);
        }
    }
}

/// A point in whole centimetres.
pub(super) fn whole(point: Point) -> (i64, i64) {
    (i64::from(path::centimetres(f64::from(point.x))), i64::from(path::centimetres(f64::from(point.y))))
}

/// Joins columns: all lengths, then all bytes.
pub(super) fn join(columns: &[Column]) -> Vec<u8> {
    let mut out = Column::default();
    columns.iter().for_each(|column| out.count(column.0.len()));
    columns.iter().for_each(|column| out.0.extend_from_slice(&column.0));
    out.0
}

type Read<T> = Result<T, GeometryError>;

/// Reads one column.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn byte(&mut self) -> Read<u8> {
        let (first, rest) = self.0.split_first().ok_or(GeometryError::CutOff)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Read<u64> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(GeometryError::OutOfBounds)
    }

    pub(super) fn signed(&mut self) -> Read<i64> {
        let folded = self.number()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// A number of at most `max`.
    pub(super) fn below(&mut self, max: u64) -> Read<u64> {
        let value = self.number()?;
        if value > max { Err(GeometryError::OutOfBounds) } else { Ok(value) }
    }

    pub(super) fn count(&mut self, max: usize) -> Read<usize> {
        Ok(self.below(max as u64)? as usize)
    }

    pub(super) fn text(&mut self, bytes_max: usize) -> Read<&'a str> {
        let len = self.count(bytes_max)?;
        let (text, rest) = self.0.split_at_checked(len).ok_or(GeometryError::CutOff)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| GeometryError::Text)
    }

    pub(super) fn string(&mut self, bytes_max: usize) -> Read<String> {
        self.text(bytes_max).map(str::to_owned)
    }

    pub(super) fn opt_string(&mut self, bytes_max: usize) -> Read<Option<String>> {
        match self.below(1)? {
            0 => Ok(None),
            _ => self.string(bytes_max).map(Some),
        }
    }

    pub(super) fn cm(&mut self) -> Read<f32> {
        metres(self.signed()?)
    }

    pub(super) fn point(&mut self) -> Read<Point> {
        Ok(Point::new(self.cm()?, self.cm()?))
    }

    pub(super) fn points(&mut self, max: usize) -> Read<Vec<Point>> {
        let mut last = (0_i64, 0_i64);
        (0..self.count(max)?)
            .map(|_| {
                last = (last.0.wrapping_add(self.signed()?), last.1.wrapping_add(self.signed()?));
                Ok(Point::new(metres(last.0)?, metres(last.1)?))
            })
            .collect()
    }

    /// The column must be used up.
    pub(super) fn end(&self) -> Read<()> {
        if self.0.is_empty() { Ok(()) } else { Err(GeometryError::TooLong) }
    }
}

/// Centimetres within what a plan may have.
pub(super) fn metres(centimetres: i64) -> Read<f32> {
    i32::try_from(centimetres)
        .ok()
        .filter(|cm| cm.abs() < 8_000_000)
        .map(path::metres)
        .ok_or(GeometryError::OutOfBounds)
}

/// Takes joined columns apart; they must fill the bytes.
pub(super) fn split<const N: usize>(bytes: &[u8]) -> Read<[Reader<'_>; N]> {
    let mut reader = Reader(bytes);
    let mut lens = [0; N];
    for len in &mut lens {
        *len = reader.count(bytes.len())?;
    }
    let mut columns = [Reader(&[]); N];
    for (column, len) in columns.iter_mut().zip(lens) {
        let (bytes, rest) = reader.0.split_at_checked(len).ok_or(GeometryError::CutOff)?;
        *column = Reader(bytes);
        reader.0 = rest;
    }
    reader.end().map(|()| columns)
}
