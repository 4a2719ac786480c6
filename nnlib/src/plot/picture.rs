//! What every picture of curves, bars or boxes can do: become SVG or PNG, a file, or the output of a cell.

use super::drawing::Drawing;
use super::inline::{self, Content};
use super::save;
use crate::error::Result;
use crate::notebook::Output;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;

/// Gives a type that has `fn drawing(&self) -> Drawing` the methods of a picture.
macro_rules! picture_methods {
    ($type:ident, $noun:literal) => {
        impl $type {
            #[doc = concat!("The ", $noun, " as an SVG document: one line of text.")]
            pub fn to_svg(&self) -> String {
                self.drawing().to_svg()
            }

            #[doc = concat!("The ", $noun, " as a PNG file, with two pixels to a CSS pixel.")]
            pub fn to_png(&self) -> Vec<u8> {
                self.drawing().to_png(2)
            }

            #[doc = concat!("Writes the ", $noun, " to `path`, whose extension is `.svg` or `.png`.")]
            ///
            /// A file that is there is replaced, never half-written.
            ///
            /// # Errors
            ///
            /// If the extension is another, or the file cannot be written.
            pub fn save(&self, path: impl AsRef<std::path::Path>) -> crate::error::Result<()> {
                super::picture::save(path.as_ref(), || self.drawing())
            }

            #[doc = concat!("Shows the ", $noun, " below the cell, in a notebook.")]
            pub fn evcxr_display(&self) {
                super::picture::show(&self.drawing());
            }
        }

        #[doc = concat!("The ", $noun, ", for a [`Display`](crate::notebook::Display).")]
        impl From<&$type> for crate::notebook::Output {
            fn from(picture: &$type) -> Self {
                super::picture::output(&picture.drawing())
            }
        }
    };
}
pub(super) use picture_methods;

/// Writes a drawing to `path`.
pub(super) fn save(path: &Path, draw: impl FnOnce() -> Drawing) -> Result<()> {
    save::save(path, &["svg", "png"], |extension| match extension {
        "svg" => draw().to_svg().into_bytes(),
        _ => draw().to_png(2),
    })
}

/// A drawing in the forms in which it is shown.
pub(super) fn output(drawing: &Drawing) -> Output {
    Output::text(&drawing.description).form("image/svg+xml", drawing.to_svg()).png(&drawing.to_png(1))
}

/// Shows a drawing below the cell: as SVG, which is crisp on every screen. The PNG beside it is for what takes no SVG
/// from strangers, such as pages of feedback and notebooks not yet trusted, and small, as every notebook carries it
/// along.
pub(super) fn show(drawing: &Drawing) {
    inline::show(&[
        Content { mime_type: "image/svg+xml", text: &drawing.to_svg() },
        Content { mime_type: "image/png", text: &STANDARD.encode(drawing.to_png(1)) },
        Content { mime_type: "text/plain", text: &drawing.description },
    ]);
}
