//! Images as PNG files, a folder a digit: `Train/7/00015.png` shows a 7.
//!
//! [`read`] takes one folder with the ten folders `0` to `9` in it; MNIST in this form is two of those, and
//! [`mnist::load_from`](super::mnist::load_from) reads both. The rules:
//!
//! - Images come **digit by digit**, and within a digit by file name in the order of its bytes, so that `10.png` comes
//!   before `9.png`. Shuffle them before training on mini-batches.
//! - Every digit has its folder, with at least one image; all images have the same size.
//! - An image is grey with 8 bits a pixel, or of another kind but without colour, transparency or finer greys.
//! - Files that begin with a dot, `Thumbs.db` and `desktop.ini` belong to the system and are passed over. Anything else
//!   that is not expected is an error, as it may be an image in the wrong place or a half unpacked archive.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufWriter, Cursor, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::thread;

use image::codecs::png::{PngDecoder, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError};
use ndarray::{Array1, Array2};

use super::{ImageSet, MAX_PIXELS};
use crate::notebook::Progress;
use crate::parallel::num_threads;
use crate::staging::write_folder;
use crate::{Error, Result};

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Reads the images of the folders `0` to `9` in `folder`, with all cores.
///
/// # Errors
///
/// If the folder breaks one of the rules above or cannot be read; the error names the file.
pub fn read(folder: impl AsRef<Path>) -> Result<ImageSet> {
    let (files, labels) = list_images(folder.as_ref())?;
    let first = decode(&files[0], None)?;
    let size = first.pixels.len();
    let count = files.len();
    if size as u64 * count as u64 > MAX_PIXELS {
        let found = format!("{count} images of {}x{}", first.height, first.width);
        return Err(Error::format(folder.as_ref(), format!("at most {MAX_PIXELS} pixels"), found));
    }
    let mut pixels = vec![0; count * size];
    let threads = num_threads();
    let share = count.div_ceil(threads);
    let mut progress = Progress::watch("reading images", count).unit("image");
    thread::scope(|scope| {
        let mut shares = files.chunks(share).zip(pixels.chunks_mut(share * size));
        let own = shares.next();
        let first = &first;
        let workers: Vec<_> =
            shares.map(|(files, pixels)| scope.spawn(move || read_share(files, pixels, first, |_| {}))).collect();
        if let Some((files, pixels)) = own {
            // The other threads are about as far.
            read_share(files, pixels, first, |done| progress.advance(threads.min(count - done * threads)))?;
        }
        // In order, so that of several bad files the first is named, whatever the number of threads.
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|cause| panic::resume_unwind(cause)))
    })?;
    let pixels = Array2::from_shape_vec((count, size), pixels).expect("as many pixels as files of that size");
    Ok(ImageSet::new(pixels, Array1::from_vec(labels), first.height, first.width))
}

/// Reads images of the size of `first`, and calls `note` with how many are done before each.
fn read_share(files: &[PathBuf], pixels: &mut [u8], first: &Picture, mut note: impl FnMut(usize)) -> Result<()> {
    for (done, (file, image)) in files.iter().zip(pixels.chunks_exact_mut(first.pixels.len())).enumerate() {
        note(done);
        image.copy_from_slice(&decode(file, Some(first))?.pixels);
    }
    Ok(())
}

/// Writes image `i` of label `d` to `d/i.png` in `folder`, which must not exist yet.
///
/// Missing folders above it are created. The folder appears whole or not at all.
///
/// # Errors
///
/// If the folder exists, if the images are not grey or the set lacks a digit (nobody could read the folder), or if a file
/// cannot be written.
pub fn write(set: &ImageSet, folder: impl AsRef<Path>) -> Result<()> {
    let folder = folder.as_ref();
    if set.channels() != 1 {
        let found = format!("images of {} channels", set.channels());
        return Err(Error::format(folder, "a set of grey images to write there", found));
    }
    if let Some(digit) = set.class_counts().iter().position(|&count| count == 0) {
        return Err(Error::format(folder, "a set with images of every digit to write there", format!("no {digit}")));
    }
    write_folder(folder, |staged| {
        for digit in DIGITS {
            let path = staged.join(digit);
            fs::create_dir(&path).map_err(|error| Error::io(&path, "create", error))?;
        }
        let (height, width) = (set.height() as u32, set.width() as u32);
        for (index, (row, &label)) in set.pixels().rows().into_iter().zip(set.labels()).enumerate() {
            // Padded, so that the order of the names is that of the images.
            let path = staged.join(DIGITS[usize::from(label)]).join(format!("{index:06}.png"));
            let failed = |error| Error::io(&path, "write", error);
            let mut file = BufWriter::new(File::create(&path).map_err(failed)?);
            let pixels = row.to_slice().expect("an image set lies row by row in memory");
            let encoded = PngEncoder::new(&mut file).write_image(pixels, width, height, ExtendedColorType::L8);
            encoded.map_err(|error| match error {
                ImageError::IoError(error) => failed(error),
                other => failed(std::io::Error::other(other)),
            })?;
            file.flush().map_err(failed)?;
        }
        Ok(())
    })
}

/// The image files of the ten folders and their labels, in order.
fn list_images(folder: &Path) -> Result<(Vec<PathBuf>, Vec<u8>)> {
    let names = list(folder)?;
    if let Some(stray) = names.iter().find(|name| !DIGITS.iter().any(|digit| digit == name)) {
        return Err(Error::format(folder, "folders 0 to 9 and nothing else", stray.display().to_string()));
    }
    let mut files = Vec::new();
    let mut labels = Vec::new();
    for (label, digit) in (0..).zip(DIGITS) {
        if !names.iter().any(|name| name == digit) {
            return Err(Error::format(folder, format!("a folder {digit}"), "none"));
        }
        let path = folder.join(digit);
        let names = list(&path)?;
        if names.is_empty() {
            return Err(Error::format(&path, format!("PNG files showing a {digit}"), "an empty folder"));
        }
        for name in names {
            let file = path.join(name);
            if !file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
                return Err(Error::format(&file, "a file whose name ends in .png", "another name"));
            }
            files.push(file);
            labels.push(label);
        }
    }
    Ok((files, labels))
}

/// The names in a folder in the order of their bytes, without those of the system.
pub(super) fn list(folder: &Path) -> Result<Vec<OsString>> {
    let failed = |error| Error::io(folder, "list", error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let hidden = name.as_encoded_bytes().starts_with(b".");
        if !hidden && name != "Thumbs.db" && name != "desktop.ini" {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// A decoded image and where it came from.
struct Picture<'a> {
    file: &'a Path,
    pixels: Vec<u8>,
    height: usize,
    width: usize,
}

/// Decodes a PNG file, which must be of the size of `like`.
fn decode<'a>(file: &'a Path, like: Option<&Picture>) -> Result<Picture<'a>> {
    let unreadable = |error: ImageError| Error::format(file, "a PNG file", error.to_string());
    let bytes = fs::read(file).map_err(|error| Error::io(file, "read", error))?;
    let decoder = PngDecoder::new(Cursor::new(bytes)).map_err(unreadable)?;
    // The size is checked before the pixels are decoded: a few bytes can promise a picture of gigabytes.
    let (columns, rows) = decoder.dimensions();
    let (height, width) = (rows as usize, columns as usize);
    let expected = match like {
        Some(like) if (like.height, like.width) != (height, width) => {
            Some(format!("{}x{} pixels as in {}", like.height, like.width, like.file.display()))
        }
        None if u64::from(rows) * u64::from(columns) > MAX_PIXELS => Some(format!("at most {MAX_PIXELS} pixels")),
        _ => None,
    };
    if let Some(expected) = expected {
        return Err(Error::format(file, expected, format!("{height}x{width}")));
    }
    let pixels = grey(DynamicImage::from_decoder(decoder).map_err(unreadable)?)
        .map_err(|found| Error::format(file, "a grey image, 8 bits a pixel", found))?;
    Ok(Picture { file, pixels, height, width })
}

/// The pixels of an image that is grey, whatever its kind; else what else it is.
fn grey(image: DynamicImage) -> Result<Vec<u8>, &'static str> {
    if let DynamicImage::ImageLuma8(image) = image {
        return Ok(image.into_raw());
    }
    let shade = |&[red, green, blue, alpha]: &[u16; 4]| match () {
        _ if alpha != u16::MAX => Err("transparency"),
        _ if red != green || red != blue => Err("colour"),
        // A byte b becomes b * 257 with 16 bits; what lies between has no byte.
        _ if red % 257 != 0 => Err("greys finer than 8 bits"),
        _ => Ok((red / 257) as u8),
    };
    let wide = image.into_rgba16().into_raw();
    let (quads, _) = wide.as_chunks::<4>();
    quads.iter().map(shade).collect()
}
