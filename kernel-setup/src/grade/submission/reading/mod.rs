//! From a submission's bytes to its cells, strictly and within bounds.
//!
//! [`crate::notebook`] reads notebooks of one's own: whole into memory, twice, outputs included, and with cells of one id refused. Here
//! only what grading needs is kept, and it is read cell by cell: text, ids, and nbgrader's metadata. Outputs are passed over. What is
//! wrong is told to the student, in words that help.

mod values;

#[cfg(test)]
mod tests;

use crate::notebook::{kernel_metadata, lines};
use nbformat::v4;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use values::{Bounded, Key, Only, Text, once};

/// Assignments have about a hundred cells.
pub const MAX_CELLS: usize = 2_000;
/// The longest cell of an assignment has ten thousand bytes.
pub const MAX_CELL: usize = 256 << 10;
/// The text of an assignment has a hundred thousand bytes.
pub const MAX_TEXT: usize = 4 << 20;
/// A notebook that was handed in.
#[derive(Debug)]
pub struct Submitted {
    /// Its cells, without outputs and attachments; a cell that came without an id, or with none that is legal, has one made of its
    /// number.
    pub notebook: v4::Notebook,
    /// The assignment that its metadata name.
    pub assignment: Option<String>,
}

/// Reads a notebook. The error is for its author.
pub fn read(bytes: &[u8]) -> Result<Submitted, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.len() as u64 > super::intake::MAX_NOTEBOOK {
        return Err(format!(
            "the notebook is larger than {} MB: delete its outputs",
            super::intake::MAX_NOTEBOOK >> 20
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        format!("the file is no notebook: expected UTF-8, found something else at byte {}", error.valid_up_to())
    })?;
    if text.trim().is_empty() {
        return Err("the file is empty: save the notebook, and hand it in again".to_owned());
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let found = Whole.deserialize(&mut deserializer).and_then(|whole| deserializer.end().map(|()| whole));
    let whole = found.map_err(|error| match error.classify() {
        serde_json::error::Category::Data => without_place(&error),
        _ => format!("the file is no notebook, or only a part of one: expected JSON, found: {error}"),
    })?;
    match whole.format {
        None => return Err("the file is no notebook: expected a number `nbformat`, found none".to_owned()),
        Some(4) => {}
        Some(other) => {
            return Err(format!(
                "expected a notebook of format 4, found format {other}: open it in JupyterLab, save it, and hand it in again"
            ));
        }
    }
    let cells = whole.cells.ok_or("the file is no notebook: expected `cells`, found none")?;
    let notebook = v4::Notebook { metadata: kernel_metadata(), nbformat: 4, nbformat_minor: 5, cells };
    Ok(Submitted { notebook, assignment: whole.assignment })
}

/// serde_json ends messages of visitors with a line and a column, which nobody sees in a notebook.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    message[..end].to_owned()
}

#[derive(Default)]
struct WholeNotebook {
    format: Option<i64>,
    assignment: Option<String>,
    cells: Option<Vec<v4::Cell>>,
}

/// The notebook as a whole.
struct Whole;

impl<'de> DeserializeSeed<'de> for Whole {
    type Value = WholeNotebook;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<WholeNotebook, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Whole {
    type Value = WholeNotebook;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a notebook, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WholeNotebook, A::Error> {
        let (mut format, mut metadata, mut cells) = (None, None, None);
        while let Some(key) = map.next_key::<Key>()? {
            match key.0.as_str() {
                "nbformat" => once(&mut format, "nbformat", map.next_value_seed(Bounded)?.as_i64())?,
                "metadata" => once(&mut metadata, "metadata", map.next_value_seed(Only("nnlib"))?)?,
                "cells" => once(&mut cells, "cells", map.next_value_seed(Cells)?)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let assignment = metadata.flatten().and_then(|ours| Some(ours.get("assignment")?.as_str()?.to_owned()));
        Ok(WholeNotebook { format: format.flatten(), assignment, cells })
    }
}

struct Cells;

impl<'de> DeserializeSeed<'de> for Cells {
    type Value = Vec<v4::Cell>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<v4::Cell>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Cells {
    type Value = Vec<v4::Cell>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a list of cells")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<v4::Cell>, A::Error> {
        let mut cells = Vec::new();
        let mut text = 0;
        while let Some((cell, size)) = sequence.next_element_seed(OneCell(cells.len()))? {
            text += size;
            if text > MAX_TEXT {
                return Err(de::Error::custom(format_args!("its cells have more than {} MB of text", MAX_TEXT >> 20)));
            }
            cells.push(cell);
        }
        Ok(cells)
    }
}

/// The cell of this number, from 0, and the bytes of its text.
struct OneCell(usize);

impl OneCell {
    fn error<E: de::Error>(&self, message: impl fmt::Display) -> E {
        E::custom(format_args!("cell {}: {message}", self.0 + 1))
    }
}

impl<'de> DeserializeSeed<'de> for OneCell {
    type Value = (v4::Cell, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.0 >= MAX_CELLS {
            return Err(de::Error::custom(format_args!("it has more than {MAX_CELLS} cells")));
        }
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneCell {
    type Value = (v4::Cell, usize);

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a cell, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut kind, mut id, mut metadata, mut source) = (None, None, None, None);
        while let Some(key) = map.next_key::<Key>()? {
            match key.0.as_str() {
                "cell_type" => once(&mut kind, "cell_type", map.next_value_seed(Bounded)?)?,
                "id" => once(&mut id, "id", map.next_value_seed(Bounded)?)?,
                "metadata" => once(&mut metadata, "metadata", map.next_value_seed(Only("nbgrader"))?)?,
                "source" => once(&mut source, "source", map.next_value_seed(Text)?)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let source = source.ok_or_else(|| self.error("expected its text (`source`), found none"))?;
        let source = source.ok_or_else(|| self.error(format_args!("its text is longer than {} KB", MAX_CELL >> 10)))?;
        let source = source.replace("\r\n", "\n");
        let size = source.len();
        let id = id.as_ref().and_then(Value::as_str).and_then(|id| v4::CellId::new(id).ok());
        let id = id.unwrap_or_else(|| made_up(self.0));
        let additional: HashMap<String, Value> =
            metadata.flatten().map(|value| ("nbgrader".to_owned(), value)).into_iter().collect();
        let metadata = v4::CellMetadata { additional, ..Default::default() };
        let source = lines(&source);
        let cell = match kind.as_ref().and_then(Value::as_str) {
            Some("code") => v4::Cell::Code { id, metadata, execution_count: None, source, outputs: Vec::new() },
            Some("markdown") => v4::Cell::Markdown { id, metadata, source, attachments: None },
            Some("raw") => v4::Cell::Raw { id, metadata, source },
            _ => return Err(self.error("expected a cell of code, markdown or raw text (`cell_type`), found another")),
        };
        Ok((cell, size))
    }
}

/// An id for a cell that has none. No source has it: ids there are made from text, as hexadecimal digits.
fn made_up(index: usize) -> v4::CellId {
    v4::CellId::new(&format!("without-id-{index}")).expect("letters, digits and dashes")
}
