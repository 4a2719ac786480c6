//! PNG folders: the rules that the module states, one by one.

use std::fs;
use std::path::{Path, PathBuf};

use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage};
use nnlib::data::png_folder;
use tempfile::TempDir;

use super::{Dice, small_set};

/// A folder with two 4x5 images of each digit, and a place for it that is removed at the end.
fn small_folder() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("Train");
    png_folder::write(&small_set(20), &folder).unwrap();
    (place, folder)
}

fn error(folder: &Path) -> String {
    png_folder::read(folder).unwrap_err().to_string()
}

#[test]
fn images_come_back_digit_by_digit() {
    let (place, folder) = small_folder();
    let order: Vec<usize> = (0..10).flat_map(|digit| [digit, digit + 10]).collect();
    assert_eq!(png_folder::read(&folder).unwrap(), small_set(20).subset(&order));
    assert!(folder.join("7/000017.png").is_file());
    // Nothing is left over from writing.
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
}

#[test]
fn names_are_ordered_by_their_bytes() {
    let (_place, folder) = small_folder();
    let five = folder.join("5");
    fs::rename(five.join("000005.png"), five.join("9.png")).unwrap();
    fs::rename(five.join("000015.png"), five.join("10.PNG")).unwrap();
    let set = png_folder::read(&folder).unwrap();
    assert_eq!([set.image(10), set.image(11)], [small_set(20).image(15), small_set(20).image(5)]);
}

#[test]
fn files_of_the_system_are_passed_over() {
    let (_place, folder) = small_folder();
    for name in [".DS_Store", "3/.hidden.png", "3/Thumbs.db", "4/desktop.ini"] {
        fs::write(folder.join(name), b"anything").unwrap();
    }
    assert_eq!(png_folder::read(&folder).unwrap().len(), 20);
}

#[test]
fn anything_else_that_is_not_expected_is_an_error() {
    let (_place, folder) = small_folder();
    fs::write(folder.join("3/notes.txt"), b"").unwrap();
    let file = folder.join("3").join("notes.txt");
    assert_eq!(
        error(&folder),
        format!("{}: expected a file whose name ends in .png, found another name", file.display())
    );
    fs::remove_file(file).unwrap();
    fs::create_dir(folder.join("10")).unwrap();
    assert_eq!(error(&folder), format!("{}: expected folders 0 to 9 and nothing else, found 10", folder.display()));
}

#[test]
fn a_missing_or_empty_folder_is_named() {
    let (_place, folder) = small_folder();
    for name in ["000006.png", "000016.png"] {
        fs::remove_file(folder.join("6").join(name)).unwrap();
    }
    let six = folder.join("6");
    assert_eq!(error(&folder), format!("{}: expected PNG files showing a 6, found an empty folder", six.display()));
    fs::remove_dir(&six).unwrap();
    assert_eq!(error(&folder), format!("{}: expected a folder 6, found none", folder.display()));
    let missing = folder.join("missing");
    assert!(error(&missing).starts_with(&format!("cannot list {}: ", missing.display())));
    fs::write(&six, b"a file").unwrap();
    assert!(error(&folder).starts_with(&format!("cannot list {}: ", six.display())));
}

#[test]
fn an_unreadable_image_is_named_and_of_several_the_first() {
    let (_place, folder) = small_folder();
    let (second, last) = (folder.join("0").join("000010.png"), folder.join("9").join("000019.png"));
    for path in [&second, &last] {
        fs::write(path, b"GIF89a").unwrap();
    }
    assert!(error(&folder).starts_with(&format!("{}: expected a PNG file, found ", second.display())));
    fs::remove_file(second).unwrap();
    assert!(error(&folder).starts_with(&format!("{}: expected a PNG file, found ", last.display())));
}

#[test]
fn all_images_have_the_size_of_the_first() {
    let (_place, folder) = small_folder();
    let odd = folder.join("8").join("000018.png");
    GrayImage::new(5, 5).save(&odd).unwrap();
    let first = folder.join("0").join("000000.png");
    let expected = format!("{}: expected 4x5 pixels as in {}, found 5x5", odd.display(), first.display());
    assert_eq!(error(&folder), expected);
}

#[test]
fn grey_images_of_other_kinds_are_converted() {
    let (_place, folder) = small_folder();
    let expected = png_folder::read(&folder).unwrap();
    let grey = |digit: u32| GrayImage::from_fn(5, 4, |x, y| Luma([(20 * digit + 5 * y + x) as u8]));
    let kinds = [
        DynamicImage::ImageRgb8(RgbImage::from_fn(5, 4, |x, y| Rgb([grey(0).get_pixel(x, y)[0]; 3]))),
        DynamicImage::ImageLumaA8(GrayAlphaImage::from_fn(5, 4, |x, y| LumaA([grey(1).get_pixel(x, y)[0], 255]))),
        DynamicImage::ImageRgba8(RgbaImage::from_fn(5, 4, |x, y| {
            let value = grey(2).get_pixel(x, y)[0];
            Rgba([value, value, value, 255])
        })),
        DynamicImage::ImageLuma8(grey(3)).into_luma16().into(),
        DynamicImage::ImageLuma8(grey(4)).into_rgb16().into(),
    ];
    for (digit, image) in kinds.into_iter().enumerate() {
        image.save(folder.join(format!("{digit}/{digit:06}.png"))).unwrap();
    }
    assert_eq!(png_folder::read(&folder).unwrap(), expected);
}

#[test]
fn colour_transparency_and_finer_greys_are_errors() {
    let (_place, folder) = small_folder();
    let file = folder.join("1").join("000001.png");
    let images: [(DynamicImage, &str); 3] = [
        (RgbImage::from_pixel(5, 4, Rgb([10, 10, 11])).into(), "colour"),
        (GrayAlphaImage::from_pixel(5, 4, LumaA([10, 254])).into(), "transparency"),
        (ImageBuffer::from_pixel(5, 4, Luma([1000u16])).into(), "greys finer than 8 bits"),
    ];
    for (image, found) in images {
        image.save(&file).unwrap();
        let expected = format!("{}: expected a grey image, 8 bits a pixel, found {found}", file.display());
        assert_eq!(error(&folder), expected);
    }
}

#[test]
fn a_picture_that_promises_gigabytes_is_not_decoded() {
    let (_place, folder) = small_folder();
    let first = folder.join("0").join("000000.png");
    let mut bytes = fs::read(&first).unwrap();
    // Width and height of the header chunk, and its checksum (zlib.crc32 of Python 3.11).
    bytes[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    bytes[29..33].copy_from_slice(&0x49ef_6f3f_u32.to_be_bytes());
    fs::write(&first, bytes).unwrap();
    let expected = format!("{}: expected at most 1073741824 pixels, found 65536x65536", first.display());
    assert_eq!(error(&folder), expected);
}

#[test]
fn a_damaged_image_is_refused_or_read_whole() {
    let (_place, folder) = small_folder();
    let file = folder.join("2").join("000012.png");
    let bytes = fs::read(&file).unwrap();
    let whole = png_folder::read(&folder).unwrap();
    let mut dice = Dice(3);
    let shortened = (0..bytes.len()).map(|length| bytes[..length].to_vec());
    let damaged: Vec<_> = (0..500).map(|_| dice.damage(&bytes)).collect();
    for bytes in shortened.chain(damaged) {
        fs::write(&file, bytes).unwrap();
        // PNG carries checksums: whatever is still read is what was written.
        if let Ok(set) = png_folder::read(&folder) {
            assert_eq!(set, whole);
        }
    }
}

#[test]
fn writing_touches_nothing_that_exists_and_leaves_nothing_behind() {
    let (place, folder) = small_folder();
    let error = png_folder::write(&small_set(20), &folder).unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot create {}: ", folder.display())), "{error}");
    let lacking = place.path().join("lacking");
    assert_eq!(
        png_folder::write(&small_set(9), &lacking).unwrap_err().to_string(),
        format!("{}: expected a set with images of every digit to write there, found no 9", lacking.display())
    );
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    png_folder::write(&small_set(10), place.path().join("new/Test")).unwrap();
    assert_eq!(png_folder::read(place.path().join("new/Test")).unwrap(), small_set(10));
}
