//! A bounded map that remembers the order of arrival.

use std::collections::{HashMap, VecDeque};

pub(crate) struct Table<T> {
    rows: HashMap<String, T>,
    arrivals: VecDeque<String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: HashMap::new(), arrivals: VecDeque::new() }
    }
}

impl<T> Table<T> {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(id)
    }

    /// Adds or replaces a row; beyond `max` rows the oldest goes.
    pub(crate) fn put(&mut self, id: String, row: T, max: usize) {
        if self.rows.insert(id.clone(), row).is_none() {
            self.arrivals.push_back(id);
        }
        while self.rows.len() > max {
            match self.arrivals.pop_front() {
                Some(oldest) => self.rows.remove(&oldest),
                None => break,
            };
        }
    }

    /// The rows, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.arrivals.iter().filter_map(|id| self.rows.get(id))
    }

    /// The rows, newest first.
    pub(crate) fn iter_back(&self) -> impl Iterator<Item = &T> {
        self.arrivals.iter().rev().filter_map(|id| self.rows.get(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_rows_go_first_and_a_change_is_no_arrival() {
        let mut table = Table::default();
        for (id, row) in [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("d", 5)] {
            table.put(id.to_owned(), row, 3);
        }
        assert_eq!(table.iter().copied().collect::<Vec<_>>(), [2, 4, 5]);
        assert_eq!((table.iter_back().next(), table.get("a"), table.len()), (Some(&5), None, 3));
    }
}
