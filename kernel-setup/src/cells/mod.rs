//! Cells: an interpreter at work on them, what they write while they run, and how they fail.

mod content;
mod failure;
mod items;
mod location;
mod stderr;
mod worker;

pub use content::{Content, Display};
#[cfg(unix)]
pub use content::{Piece, Stdout};
pub use failure::Failure;
pub use worker::{CellResult, Completions, Interrupter, Stream, Watch, Worker};

use jupyter_protocol::{Media, MediaType};

/// What a cell shows, as a notebook keeps it.
pub fn media(content: Content) -> Media {
    let content = content.into_iter().map(|(mime_type, data)| match mime_type.as_str() {
        "text/plain" => MediaType::Plain(data),
        "text/html" => MediaType::Html(data),
        "text/markdown" => MediaType::Markdown(data),
        "image/svg+xml" => MediaType::Svg(data),
        "image/png" => MediaType::Png(data),
        "image/jpeg" => MediaType::Jpeg(data),
        _ => MediaType::Other((mime_type, data.into())),
    });
    Media { content: content.collect() }
}
