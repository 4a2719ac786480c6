//! The frame of a page: one file that loads nothing, runs nothing, and sends nothing.

use crate::grade::run::hexadecimal;
use crate::html;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

const STYLE: &str = include_str!("page.css");

/// Nothing but this file's own style and pictures, whatever finds its way into the body.
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A page around `body`, which is HTML; `title` and `origin` are text. The latter tells what the page was made from: see [`is_from`].
pub fn page(title: &str, body: &str, origin: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"origin\" content=\"{}\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>\n{}{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        html::escape(origin),
        html::escape(title),
        html::STYLE,
    )
}

/// A name for what a page is made from, and for this program's way to make it.
pub fn origin(content: &[u8]) -> String {
    let mut hasher = Sha256::new();
    for part in [env!("CARGO_PKG_VERSION"), STYLE, html::STYLE] {
        hasher.update(part);
    }
    hasher.update(content);
    hexadecimal(&hasher.finalize())
}

/// Whether the file holds a page of this origin. It does not have to be made again then, which takes a while.
pub fn is_from(path: &Path, origin: &str) -> bool {
    let mut begin = Vec::new();
    let read = File::open(path).and_then(|file| file.take(500).read_to_end(&mut begin));
    let origin = format!("<meta name=\"origin\" content=\"{origin}\">");
    read.is_ok() && begin.windows(origin.len()).any(|window| window == origin.as_bytes())
}
