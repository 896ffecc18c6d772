//! What labels usually are, so that they need not be written down.

/// The label that usually follows: `1` → `2`, `A` → `B`, `Z` → `AA`; `None` when there is no usual one.
pub(super) fn next(label: &str) -> Option<String> {
    if is_number(label) {
        return label.parse::<u32>().ok()?.checked_add(1).map(|n| n.to_string());
    }
    if label.is_empty() || label.len() > 4 || !label.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut letters = label.as_bytes().to_vec();
    for letter in letters.iter_mut().rev() {
        if *letter < b'Z' {
            *letter += 1;
            return String::from_utf8(letters).ok();
        }
        *letter = b'A';
    }
    letters.insert(0, b'A');
    String::from_utf8(letters).ok()
}

/// A number that writes back as itself.
fn is_number(label: &str) -> bool {
    let digits = (1..=9).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_digit());
    digits && (label == "0" || !label.starts_with('0'))
}

/// The number that a label is, if it writes back as itself.
pub(super) fn number(label: &str) -> Option<i64> {
    if is_number(label) { label.parse().ok() } else { None }
}

/// What stands before the number in the id that a seat has when the source gave none.
pub(super) fn before_number(section: &str, row: &str) -> String {
    [section, "-", row, "-"].concat()
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn labels_count_on() {
        for (label, follows) in [
            ("1", Some("2")),
            ("99", Some("100")),
            ("A", Some("B")),
            ("Z", Some("AA")),
            ("AZ", Some("BA")),
            ("01", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(next(label).as_deref(), follows, "{label}");
        }
    }
}
