//! The IDX format, in which MNIST is published: a magic number, the sizes, then the bytes.
//!
//! | file | contents, numbers big-endian |
//! |---|---|
//! | images | `0x00000803`, `N`, rows, columns (`u32` each), then the pixels, image by image and row by row |
//! | labels | `0x00000801`, `N` (`u32` each), then `N` labels |
//!
//! Source: LeCun, Cortes, Burges: *The MNIST database of handwritten digits*, "File formats".
//!
//! A file may be compressed by gzip; its first bytes say so, whatever its name is. A file is read whole or not at all:
//! one that is too short, too long, damaged, or of another kind gives an error that names it. Memory is taken only for
//! bytes that are there, however many the header promises.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, ErrorKind, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use ndarray::{Array1, Array2};

use super::image_set::stray_label;
use super::{ImageSet, MAX_PIXELS};
use crate::staging::write_file;
use crate::{Error, Result};

const IMAGES: u32 = 0x0803;
const LABELS: u32 = 0x0801;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The images of an IDX file, without their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdxImages {
    /// The pixels, `(N, height * width)`.
    pub pixels: Array2<u8>,
    /// Rows of each image.
    pub height: usize,
    /// Columns of each image.
    pub width: usize,
}

/// Reads a file of images and the file of their labels.
///
/// # Errors
///
/// As [`read_images`] and [`read_labels`], and if there are not as many labels as images.
pub fn read(images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<ImageSet> {
    let (images_path, labels_path) = (images.as_ref(), labels.as_ref());
    let IdxImages { pixels, height, width } = read_images(images_path)?;
    let labels = read_labels(labels_path)?;
    if labels.len() != pixels.nrows() {
        let expected = format!("{} labels, one for each image of {}", pixels.nrows(), images_path.display());
        return Err(Error::format(labels_path, expected, format!("{} labels", labels.len())));
    }
    Ok(ImageSet::new(pixels, labels, height, width))
}

/// Reads a file of images, plain or compressed.
///
/// # Errors
///
/// If the file cannot be read, or is not a whole IDX file of images, or holds more than a gigabyte.
pub fn read_images(path: impl AsRef<Path>) -> Result<IdxImages> {
    let path = path.as_ref();
    images_from(open(path)?, path)
}

/// Reads a file of labels, plain or compressed.
///
/// # Errors
///
/// If the file cannot be read, or is not a whole IDX file of labels, or a label is not a digit from 0 to 9.
pub fn read_labels(path: impl AsRef<Path>) -> Result<Array1<u8>> {
    let path = path.as_ref();
    labels_from(open(path)?, path)
}

/// As [`read_images`], from bytes in memory; `name` stands for the file in errors.
///
/// # Errors
///
/// As [`read_images`].
pub fn decode_images(bytes: &[u8], name: &Path) -> Result<IdxImages> {
    images_from(inflate(bytes, name)?, name)
}

/// As [`read_labels`], from bytes in memory; `name` stands for the file in errors.
///
/// # Errors
///
/// As [`read_labels`].
pub fn decode_labels(bytes: &[u8], name: &Path) -> Result<Array1<u8>> {
    labels_from(inflate(bytes, name)?, name)
}

/// Writes a set as a file of images and a file of labels, each compressed if its name ends in `.gz`.
///
/// Existing files are replaced; missing folders are created. A file appears whole or not at all.
///
/// # Errors
///
/// If the images are not grey, which is all that MNIST's format knows, or a file cannot be written.
pub fn write(set: &ImageSet, images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<()> {
    if set.channels() != 1 {
        let found = format!("images of {} channels", set.channels());
        return Err(Error::format(images.as_ref(), "a set of grey images to write there", found));
    }
    let pixels = set.pixels().as_slice().expect("an image set lies row by row in memory");
    write_words(images.as_ref(), &[IMAGES, word(set.len()), word(set.height()), word(set.width())], pixels)?;
    write_words(labels.as_ref(), &[LABELS, word(set.len())], &set.labels().to_vec())
}

fn images_from(reader: Box<dyn Read + '_>, path: &Path) -> Result<IdxImages> {
    let mut source = Source { reader, path };
    let [count, height, width] = source.header(IMAGES)?;
    let size = u64::from(height) * u64::from(width);
    // Checked by itself: a file of no images may still promise what no array can have.
    if !(1..=MAX_PIXELS).contains(&size) {
        let expected = format!("images of 1 to {MAX_PIXELS} pixels");
        return Err(Error::format(path, expected, format!("{height}x{width}")));
    }
    let pixels = source.body(u64::from(count) * size, &format!("{count} images of {height}x{width}"))?;
    let [count, height, width] = [count, height, width].map(|size| size as usize);
    let pixels = Array2::from_shape_vec((count, height * width), pixels).expect("the body has the promised size");
    Ok(IdxImages { pixels, height, width })
}

fn labels_from(reader: Box<dyn Read + '_>, path: &Path) -> Result<Array1<u8>> {
    let mut source = Source { reader, path };
    let [count] = source.header(LABELS)?;
    let labels = source.body(u64::from(count), &format!("{count} labels"))?;
    if let Some(index) = stray_label(labels.iter()) {
        return Err(Error::format(path, "labels from 0 to 9", format!("label {} at index {index}", labels[index])));
    }
    Ok(Array1::from_vec(labels))
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    let file = File::open(path).map_err(|error| Error::io(path, "read", error))?;
    inflate(file, path)
}

/// The bytes of `raw`, decompressed if they begin as gzip does.
fn inflate<'a>(mut raw: impl Read + 'a, path: &Path) -> Result<Box<dyn Read + 'a>> {
    let mut start = Vec::new();
    raw.by_ref().take(2).read_to_end(&mut start).map_err(|error| Error::io(path, "read", error))?;
    let compressed = start == GZIP;
    let whole = Cursor::new(start).chain(raw);
    Ok(if compressed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// A file that is being read.
struct Source<'a> {
    reader: Box<dyn Read + 'a>,
    path: &'a Path,
}

impl Source<'_> {
    /// The sizes after the magic number, which must be `magic`.
    fn header<const N: usize>(&mut self, magic: u32) -> Result<[u32; N]> {
        let expected = || format!("an IDX header of {} bytes, beginning with {}", 4 + 4 * N, magic_name(magic));
        let bytes = self.read_up_to(4 + 4 * N as u64)?;
        let (words, _) = bytes.as_chunks::<4>();
        if let Some(&first) = words.first()
            && u32::from_be_bytes(first) != magic
        {
            return Err(Error::format(self.path, expected(), magic_name(u32::from_be_bytes(first))));
        }
        let sizes: Vec<u32> = words.iter().skip(1).map(|&word| u32::from_be_bytes(word)).collect();
        sizes.try_into().map_err(|_| Error::format(self.path, expected(), format!("{} bytes", bytes.len())))
    }

    /// The `count` bytes after the header, which must be the last of the file.
    fn body(&mut self, count: u64, what: &str) -> Result<Vec<u8>> {
        if count > MAX_PIXELS {
            let expected = format!("a header that promises at most {MAX_PIXELS} bytes");
            return Err(Error::format(self.path, expected, what));
        }
        let expected = || format!("{count} bytes after the header ({what})");
        let bytes = self.read_up_to(count)?;
        if (bytes.len() as u64) < count {
            return Err(Error::format(self.path, expected(), format!("{} bytes", bytes.len())));
        }
        // Reading on to the end also has gzip compare its checksum.
        if !self.read_up_to(1)?.is_empty() {
            return Err(Error::format(self.path, expected(), "more bytes after those"));
        }
        Ok(bytes)
    }

    /// The next `count` bytes, or all there are; the buffer grows with what is read, not with what is asked for.
    fn read_up_to(&mut self, count: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.reader.by_ref().take(count).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            // These kinds come from gzip only: a plain file that ends just reads as shorter.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData) => {
                Err(Error::format(self.path, "an undamaged gzip file", error.to_string()))
            }
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                Err(Error::format(self.path, "a whole gzip file", "one that is cut short"))
            }
            Err(error) => Err(Error::io(self.path, "read", error)),
        }
    }
}

fn magic_name(magic: u32) -> String {
    match magic {
        IMAGES => format!("{magic:#010x} (images)"),
        LABELS => format!("{magic:#010x} (labels)"),
        _ => format!("{magic:#010x}"),
    }
}

fn word(size: usize) -> u32 {
    u32::try_from(size).expect("an image set in memory has sizes below 2^32")
}

fn write_words(path: &Path, header: &[u32], body: &[u8]) -> Result<()> {
    let header: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
    let fill = |writer: &mut dyn Write| -> io::Result<()> {
        writer.write_all(&header)?;
        writer.write_all(body)
    };
    write_file(path, |file| {
        let mut writer = BufWriter::new(file);
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
            let mut encoder = GzEncoder::new(&mut writer, Compression::default());
            fill(&mut encoder)?;
            encoder.finish()?;
        } else {
            fill(&mut writer)?;
        }
        writer.flush()
    })
}
