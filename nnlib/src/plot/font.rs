//! The embedded font: measures text for the layout of every picture, and draws it in PNG.
//!
//! plotters could draw text with a registered font itself, but it keeps fonts in a global table, and ignores the
//! glyphs' side bearings, which sets letters unevenly.

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont, point};

/// Noto Sans Regular: Latin, Greek, Cyrillic and the commonest mathematical signs.
pub(super) struct Font {
    face: FontRef<'static>,
    /// Height from descender to ascender, which is how `ab_glyph` counts sizes, in units of the em, which is how
    /// everyone else does.
    height_per_em: f64,
}

/// What an SVG asks for: our own font where it is installed, else one that is no wider than [`Font::room`] allows for.
pub(super) const FAMILY: &str = "Noto Sans, Arial, Helvetica, sans-serif";

/// DejaVu Sans, the widest of the common sans-serif fonts, is wider than Noto Sans by this factor (digits: 0.636 /
/// 0.572 em).
const WIDEST: f64 = 1.12;

impl Font {
    /// The font that is compiled in.
    pub(super) fn embedded() -> Self {
        let face = FontRef::try_from_slice(ttf_noto_sans::REGULAR).expect("the embedded font is a TrueType file");
        let em = face.units_per_em().map_or(1.0, f64::from);
        let height_per_em = f64::from(face.height_unscaled()) / em;
        Font { face, height_per_em }
    }

    fn scale(&self, size: f64) -> PxScale {
        PxScale::from((size * self.height_per_em) as f32)
    }

    /// Width of `text` at `size` pixels an em.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        let face = self.face.as_scaled(self.scale(size));
        text.chars().map(|character| f64::from(face.h_advance(face.glyph_id(character)))).sum()
    }

    /// Width to leave for `text`, whichever sans-serif font a viewer sets it in.
    pub(super) fn room(&self, text: &str, size: f64) -> f64 {
        self.width(text, size) * WIDEST
    }

    /// Largest [`Font::room`] of several texts; 0 of none.
    pub(super) fn widest<'a>(&self, texts: impl Iterator<Item = &'a str>, size: f64) -> f64 {
        texts.map(|text| self.room(text, size)).fold(0.0, f64::max)
    }

    /// `text`, cut with an ellipsis where it is wider than `width`.
    pub(super) fn fit(&self, text: &str, size: f64, width: f64) -> String {
        if self.room(text, size) <= width {
            return text.to_owned();
        }
        let mut cut = text.to_owned();
        while cut.pop().is_some() {
            let candidate = format!("{}…", cut.trim_end());
            if self.room(&candidate, size) <= width {
                return candidate;
            }
        }
        String::new()
    }

    /// `text` in lines no wider than `width`, broken at its own line breaks and between words.
    pub(super) fn wrap(&self, text: &str, size: f64, width: f64) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            for word in paragraph.split_whitespace() {
                let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if line.is_empty() || self.room(&longer, size) <= width {
                    line = longer;
                } else {
                    lines.push(std::mem::replace(&mut line, word.to_owned()));
                }
            }
            lines.push(line);
        }
        lines.iter().map(|line| self.fit(line, size, width)).collect()
    }

    /// Calls `paint` with the coverage (0 to 1) of each pixel of `text`, its baseline starting at (0, `baseline`).
    pub(super) fn rasterize<E>(
        &self,
        text: &str,
        size: f64,
        baseline: f64,
        mut paint: impl FnMut(i32, i32, f64) -> Result<(), E>,
    ) -> Result<(), E> {
        let scale = self.scale(size);
        let face = self.face.as_scaled(scale);
        let mut x = 0.0;
        for character in text.chars() {
            let id = face.glyph_id(character);
            if let Some(outline) = face.outline_glyph(id.with_scale_and_position(scale, point(x, baseline as f32))) {
                let corner = outline.px_bounds().min;
                let mut result = Ok(());
                outline.draw(|dx, dy, coverage| {
                    if coverage > 0.0 && result.is_ok() {
                        result = paint(corner.x as i32 + dx as i32, corner.y as i32 + dy as i32, f64::from(coverage));
                    }
                });
                result?;
            }
            x += face.h_advance(id);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font_file() {
        // fontTools: sum of hmtx advances of NotoSans-Regular.ttf / unitsPerEm: digits 5.72 em, "MMWW" 3.67 em.
        let font = Font::embedded();
        assert!((font.width("0123456789", 100.0) - 572.0).abs() < 1.0);
        assert!((font.width("MMWW", 100.0) - 367.0).abs() < 1.0);
    }

    #[test]
    fn fit_cuts_and_wrap_breaks_to_the_width() {
        let font = Font::embedded();
        assert_eq!(font.fit("short", 12.0, 100.0), "short");
        let cut = font.fit("a label that is much too long", 12.0, 100.0);
        assert!(cut.ends_with('…') && font.room(&cut, 12.0) <= 100.0, "{cut}");
        let lines = font.wrap("one two three four five six\nseven", 12.0, 90.0);
        assert!(lines.len() >= 3 && lines.last().is_some_and(|line| line == "seven"), "{lines:?}");
        assert!(lines.iter().all(|line| font.room(line, 12.0) <= 90.0));
    }
}
