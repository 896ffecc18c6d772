//! Bytes as the scripts pack them: big endian, lengths before texts.

use crate::error::{Error, Result};

/// Reads packed bytes from the front; short input is [`Error::Corrupt`], never a panic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn bytes(&mut self, n: usize) -> Result<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n).ok_or(Error::Corrupt)?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.bytes(N)?.try_into().map_err(|_| Error::Corrupt)
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    pub(crate) fn id(&mut self) -> Result<uuid::Uuid> {
        Ok(uuid::Uuid::from_bytes(self.array()?))
    }

    /// `n` bytes of text.
    pub(crate) fn text(&mut self, n: usize) -> Result<String> {
        String::from_utf8(self.bytes(n)?.to_vec()).map_err(|_| Error::Corrupt)
    }

    /// A text after its length in one byte.
    pub(crate) fn short_text(&mut self) -> Result<String> {
        let n = self.u8()?;
        self.text(usize::from(n))
    }
}

/// Appends a text after its length in one byte; what does not fit is cut (callers bound it long before).
pub(crate) fn put_short_text(out: &mut Vec<u8>, text: &str) {
    let text = &text.as_bytes()[..text.len().min(255)];
    out.push(text.len() as u8);
    out.extend_from_slice(text);
}

/// Appends numbers of four bytes.
pub(crate) fn put_u32s(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    for n in numbers {
        out.extend_from_slice(&n.to_be_bytes());
    }
}
