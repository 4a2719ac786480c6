//! Pictures of submissions: decoded within bounds, and encoded anew, so that a page shows pixels and nothing else that came with them.

use anyhow::{Context, Result, ensure};
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Limits, Transformations, Unit};
use std::collections::HashMap;
use std::io::Cursor;

/// A picture's longest side, in pixels.
const LONGEST: u32 = 8192;
/// All its pixels: of a plot on a large screen there are fewer.
const MOST_PIXELS: u64 = 4_000_000;
/// What decoding may take besides the pixels.
const MEMORY: usize = 32 << 20;
/// The largest file, as handed in and as made.
pub const LARGEST: usize = 4 << 20;
/// Pixels to a meter at one pixel to a CSS pixel, which is 1/96 inch.
const PIXELS_PER_METER: f64 = 96.0 / 0.0254;

/// A picture that was made here.
pub struct Picture {
    /// A PNG file.
    pub png: Vec<u8>,
    /// How wide it is shown, in CSS pixels.
    pub width: u32,
    /// How high.
    pub height: u32,
}

/// The same picture in a file of our own.
pub fn made_anew(file: &[u8]) -> Result<Picture> {
    ensure!(file.len() <= LARGEST, "a file of {} bytes, more than {LARGEST}", file.len());
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), Limits { bytes: MEMORY });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    let (width, height) = decoder.read_header_info().context("no PNG file")?.size();
    let pixels = u64::from(width) * u64::from(height);
    ensure!(
        width <= LONGEST && height <= LONGEST && pixels <= MOST_PIXELS,
        "{width} x {height} pixels, more than {LONGEST} on a side or {MOST_PIXELS} together"
    );
    let mut reader = decoder.read_info().context("a broken PNG file")?;
    let mut data = vec![0; reader.output_buffer_size().context("a broken PNG file")?];
    let frame = reader.next_frame(&mut data).context("a broken PNG file")?;
    data.truncate(frame.buffer_size());
    let data = match frame.color_type {
        ColorType::Rgba => data,
        ColorType::GrayscaleAlpha => {
            data.as_chunks().0.iter().flat_map(|&[gray, alpha]| [gray, gray, gray, alpha]).collect()
        }
        other => anyhow::bail!("a PNG file of the unexpected kind {other:?}"),
    };
    let density = reader
        .info()
        .pixel_dims
        .filter(|dims| dims.unit == Unit::Meter)
        .map(|dims| (f64::from(dims.xppu) / PIXELS_PER_METER).round().clamp(1.0, 4.0))
        .unwrap_or(1.0);
    let png = encode(&data, width, height)?;
    ensure!(png.len() <= LARGEST, "{} bytes when encoded, more than {LARGEST}", png.len());
    let shown = |pixels: u32| (f64::from(pixels) / density).ceil() as u32;
    Ok(Picture { png, width: shown(width), height: shown(height) })
}

/// RGBA pixels as a file, with a palette if there are few colors and none lets anything through: plots are half as large then.
fn encode(data: &[u8], width: u32, height: u32) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    let palette = with_palette(data);
    let data = match &palette {
        Some((colors, indices)) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_palette(colors.as_flattened());
            indices
        }
        None => {
            encoder.set_color(ColorType::Rgba);
            data
        }
    };
    encoder.write_header()?.write_image_data(data)?;
    Ok(file)
}

/// The colors, and the number of each pixel's.
fn with_palette(data: &[u8]) -> Option<(Vec<[u8; 3]>, Vec<u8>)> {
    let (pixels, _) = data.as_chunks::<4>();
    let mut numbers: HashMap<[u8; 3], u8> = HashMap::new();
    let mut colors = Vec::new();
    let mut indices = Vec::with_capacity(pixels.len());
    for run in pixels.chunk_by(|a, b| a == b) {
        let [red, green, blue, 255] = run[0] else { return None };
        let color = [red, green, blue];
        let number = match numbers.get(&color) {
            Some(&number) => number,
            None => {
                let number = u8::try_from(colors.len()).ok()?;
                colors.push(color);
                numbers.insert(color, number);
                number
            }
        };
        indices.extend(std::iter::repeat_n(number, run.len()));
    }
    Some((colors, indices))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::example;

    fn pixels(file: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut decoder = Decoder::new(Cursor::new(file));
        decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
        let mut reader = decoder.read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut data).unwrap();
        (frame.width, frame.height, data)
    }

    #[test]
    fn pixels_stay_and_all_else_goes() {
        let file = example::png(3, 2, |encoder| {
            encoder.add_text_chunk("Comment".to_owned(), "<script>".to_owned()).unwrap();
        });
        let mut file = file;
        file.extend(b"<script>alert(1)</script>");
        let picture = made_anew(&file).unwrap();
        assert_eq!(pixels(&picture.png), pixels(&file));
        assert!(!picture.png.windows(6).any(|window| window == b"script"));
        assert_eq!((picture.width, picture.height), (3, 2));
        assert_eq!(picture.png[25], 3, "a palette");
    }

    #[test]
    fn dense_pictures_are_shown_as_large_as_they_say() {
        let file = example::png(300, 200, |encoder| {
            let dims = png::PixelDimensions { xppu: 7559, yppu: 7559, unit: Unit::Meter };
            encoder.set_pixel_dims(Some(dims));
        });
        let picture = made_anew(&file).unwrap();
        assert_eq!((picture.width, picture.height), (150, 100));
    }

    #[test]
    fn many_colors_and_transparency_stay() {
        let data: Vec<u8> =
            (0..40 * 40u32).flat_map(|i| [(i % 256) as u8, (i / 7) as u8, 9, (i % 3 * 100) as u8]).collect();
        let file = encode(&data, 40, 40).unwrap();
        assert_eq!(pixels(&made_anew(&file).unwrap().png), (40, 40, data));
    }

    #[test]
    fn bombs_and_broken_files_are_refused_before_they_are_decoded() {
        let error = |file: &[u8]| format!("{:#}", made_anew(file).err().expect("it is refused"));
        let mut bomb = example::png(1, 1, |_| {});
        // The size in the header, with its checksum.
        bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        let mut checksum = checksum_of(&bomb[12..29]);
        bomb[29..33].swap_with_slice(&mut checksum);
        assert!(error(&bomb).contains("65536 x 65536 pixels"), "{}", error(&bomb));
        assert!(error(b"<svg onload=alert(1)>").contains("no PNG file"));
        assert!(error(&[]).contains("no PNG file"));
        let whole = example::png(30, 30, |_| {});
        for length in 0..whole.len() - 12 {
            error(&whole[..length]);
        }
        assert!(error(&vec![0; LARGEST + 1]).contains("more than"));
    }

    /// CRC-32 (PNG specification, third edition, annex D), bit by bit.
    fn checksum_of(data: &[u8]) -> [u8; 4] {
        let mut crc = u32::MAX;
        for &byte in data {
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            }
        }
        (!crc).to_be_bytes()
    }
}
