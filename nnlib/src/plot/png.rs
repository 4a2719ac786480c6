//! PNG files with a palette (PNG specification, third edition, section 11.2.2): less than half as large as with a
//! colour a pixel, and every notebook carries its pictures along. The `image` crate writes none, so this uses the
//! encoder beneath it.

use super::drawing::Rgb;
use png::{BitDepth, ColorType, Compression, Encoder, Filter, PixelDimensions, Unit};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// As many as a byte can number.
const LARGEST_PALETTE: usize = 256;

/// Pixels to a metre at one pixel to a CSS pixel, which is 1/96 inch.
const PIXELS_PER_METRE: f64 = 96.0 / 0.0254;

/// RGB pixels in rows of `width` as a PNG file that states its density, in pixels to a CSS pixel.
///
/// The `exact` colours stay as they are. If they are at most 256, the file has a palette; all other colours, which are
/// the mixed ones at smoothed edges, become the nearest of a few.
pub(super) fn encode(pixels: &[u8], width: u32, density: u32, exact: &HashSet<Rgb>) -> Vec<u8> {
    let size = (width, (pixels.len() / 3 / width as usize) as u32);
    if exact.len() > LARGEST_PALETTE {
        // Pixels enlarged to squares repeat the row above.
        return write(pixels, size, density, |encoder| {
            encoder.set_color(ColorType::Rgb);
            encoder.set_filter(Filter::Up);
        });
    }
    let (colors, _) = pixels.as_chunks::<3>();
    let simplified = |color: Rgb| if exact.contains(&color) { color } else { color.map(round_channel) };
    let palette = palette(colors, exact, simplified);
    let mut numbers: HashMap<Rgb, u8> = HashMap::new();
    let mut indices: Vec<u8> = Vec::with_capacity(colors.len());
    for run in colors.chunk_by(|a, b| a == b) {
        let number = *numbers.entry(run[0]).or_insert_with(|| nearest(&palette, simplified(run[0])));
        indices.extend(std::iter::repeat_n(number, run.len()));
    }

    write(&indices, size, density, |encoder| {
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(palette.concat());
        // Numbers of colours are not near each other because the colours are: differences would only be longer.
        encoder.set_filter(Filter::NoFilter);
    })
}

/// A file of pixels, whose `data` is in the form that `set_form` sets.
fn write(data: &[u8], size: (u32, u32), density: u32, set_form: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, size.0, size.1);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    set_form(&mut encoder);
    let dots = (PIXELS_PER_METRE * f64::from(density)).round() as u32;
    encoder.set_pixel_dims(Some(PixelDimensions { xppu: dots, yppu: dots, unit: Unit::Meter }));
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(data))
        .expect("memory takes a PNG of this size");
    file
}

/// One of 18 levels from 0 to 255: enough for the edge of a letter.
fn round_channel(channel: u8) -> u8 {
    (f64::from(channel) / 15.0).round() as u8 * 15
}

/// At most 256 simplified colours, in a fixed order: the `exact` first, then those that most pixels have.
fn palette(colors: &[Rgb], exact: &HashSet<Rgb>, simplified: impl Fn(Rgb) -> Rgb) -> Vec<Rgb> {
    let mut counts: HashMap<Rgb, usize> = HashMap::new();
    for run in colors.chunk_by(|a, b| a == b) {
        *counts.entry(simplified(run[0])).or_default() += run.len();
    }
    let mut ranked: Vec<_> = counts.into_iter().collect();
    ranked.sort_by_key(|&(color, count)| (!exact.contains(&color), Reverse(count), color));
    ranked.truncate(LARGEST_PALETTE);
    ranked.into_iter().map(|(color, _)| color).collect()
}

/// The number of the colour in `palette` that is nearest to `color`.
fn nearest(palette: &[Rgb], color: Rgb) -> u8 {
    let distance = |other: &Rgb| -> u32 {
        let squares = color.iter().zip(other).map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2));
        squares.sum()
    };
    (0..=u8::MAX).zip(palette).min_by_key(|(_, other)| distance(other)).map_or(0, |(number, _)| number)
}
