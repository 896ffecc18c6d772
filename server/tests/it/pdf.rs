//! Reads the words off a PDF's pages: streams unpacked, glyphs turned into letters by each font's own map.

use flate2::read::ZlibDecoder;
use std::{collections::HashMap, io::Read as _};

/// The words of all pages, a line for each piece of text.
pub fn words(pdf: &[u8]) -> String {
    let objects = objects(pdf);
    let mut words = String::new();
    for (head, _) in objects.values().filter(|(head, _)| compact(head).contains("/Type/Page/")) {
        let page = compact(head);
        let content = reference(&page, "/Contents").and_then(|id| objects.get(&id)).unwrap();
        let resources = match reference(&page, "/Resources") {
            Some(id) => compact(&objects[&id].0),
            None => page,
        };
        let fonts = fonts(&resources, &objects);
        shown(&content.1, &fonts, &mut words);
    }
    words
}

type Objects = HashMap<u32, (String, Vec<u8>)>;

/// Each object's head (all before its stream), and its stream unpacked.
fn objects(pdf: &[u8]) -> Objects {
    let mut objects = HashMap::new();
    let mut at = 0;
    while let Some(start) = find(&pdf[at..], b" 0 obj").map(|n| at + n) {
        let digits = pdf[..start].iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let id: u32 = std::str::from_utf8(&pdf[start - digits..start]).unwrap().parse().unwrap();
        let body = &pdf[start + 6..];
        let end = find(body, b"endobj").unwrap();
        let (head, stream) = match find(&body[..end], b"stream") {
            Some(stream) => {
                let head = String::from_utf8_lossy(&body[..stream]).into_owned();
                let data = body[stream + 6..].strip_prefix(b"\r\n").unwrap_or(&body[stream + 7..]);
                let mut unpacked = Vec::new();
                if head.contains("/FlateDecode") {
                    ZlibDecoder::new(data).read_to_end(&mut unpacked).unwrap();
                }
                (head, unpacked)
            }
            None => (String::from_utf8_lossy(&body[..end]).into_owned(), Vec::new()),
        };
        objects.insert(id, (head, stream));
        at = start + 6 + end;
    }
    objects
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}

/// Without spaces around names, so that a dictionary reads the same however it is laid out.
fn compact(head: &str) -> String {
    head.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" /", "/")
        .replace("<< ", "<<")
        .replace(" >>", ">>")
}

/// The object that an entry of a dictionary names.
fn reference(dictionary: &str, key: &str) -> Option<u32> {
    let rest = dictionary.split_once(key)?.1.trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    if rest[digits.len()..].starts_with(" 0 R") { digits.parse().ok() } else { None }
}

/// The letters of each glyph, by the name that a page gives to a font.
fn fonts(resources: &str, objects: &Objects) -> HashMap<String, HashMap<u16, String>> {
    let named = resources.split_once("/Font<<").unwrap().1.split_once(">>").unwrap().0;
    let mut fonts = HashMap::new();
    for entry in named.split('/').filter(|entry| !entry.is_empty()) {
        let (name, _) = entry.split_once(' ').unwrap();
        let font = reference(entry, name).unwrap();
        let map = reference(&compact(&objects[&font].0), "/ToUnicode").unwrap();
        fonts.insert(name.to_owned(), letters(&String::from_utf8_lossy(&objects[&map].1)));
    }
    fonts
}

fn letters(map: &str) -> HashMap<u16, String> {
    let mut letters = HashMap::new();
    let sections = map.split("beginbfchar").skip(1);
    for section in sections.map(|section| section.split("endbfchar").next().unwrap()) {
        for line in section.lines().filter(|line| line.starts_with('<')) {
            let mut codes = line.split(['<', '>']).filter(|part| !part.trim().is_empty());
            let glyph = u16::from_str_radix(codes.next().unwrap(), 16).unwrap();
            let units: Vec<u16> = hex::decode(codes.next().unwrap())
                .unwrap()
                .chunks(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                .collect();
            letters.insert(glyph, String::from_utf16(&units).unwrap());
        }
    }
    letters
}

/// What a page shows, a line for each operator that shows text.
fn shown(content: &[u8], fonts: &HashMap<String, HashMap<u16, String>>, words: &mut String) {
    let none = HashMap::new();
    let (mut font, mut at) = (&none, 0);
    while at < content.len() {
        match content[at] {
            b'/' => {
                let len = content[at + 1..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
                let name = std::str::from_utf8(&content[at + 1..][..len]).unwrap();
                font = fonts.get(name).unwrap_or(font);
                at += len + 1;
            }
            b'<' if content.get(at + 1) != Some(&b'<') => {
                let len = find(&content[at..], b">").unwrap();
                let bytes = hex::decode(&content[at + 1..at + len]).unwrap();
                put(&bytes, font, words);
                at += len + 1;
            }
            b'<' => at += 2,
            b'(' => {
                let (bytes, len) = literal(&content[at + 1..]);
                put(&bytes, font, words);
                at += len + 1;
            }
            b'E' if content[at..].starts_with(b"ET") => {
                words.push('\n');
                at += 2;
            }
            _ => at += 1,
        }
    }
}

fn put(bytes: &[u8], font: &HashMap<u16, String>, words: &mut String) {
    for pair in bytes.chunks_exact(2) {
        if let Some(letter) = font.get(&u16::from_be_bytes([pair[0], pair[1]])) {
            words.push_str(letter);
        }
    }
}

/// A string in parentheses: its bytes, and how long it is with the closing one.
fn literal(text: &[u8]) -> (Vec<u8>, usize) {
    let (mut bytes, mut at, mut depth) = (Vec::new(), 0, 1);
    loop {
        match text[at] {
            b'\\' if text[at + 1].is_ascii_digit() => {
                let octal = std::str::from_utf8(&text[at + 1..at + 4]).unwrap();
                bytes.push(u8::from_str_radix(octal, 8).unwrap());
                at += 3;
            }
            b'\\' => {
                at += 1;
                bytes.push(match text[at] {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'f' => 12,
                    other => other,
                });
            }
            b')' if depth == 1 => return (bytes, at + 1),
            other => {
                depth += i32::from(other == b'(') - i32::from(other == b')');
                bytes.push(other);
            }
        }
        at += 1;
    }
}
