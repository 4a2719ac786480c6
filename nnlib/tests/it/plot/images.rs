//! Tests of `ImageGrid` and `ColorMap`.

use super::{is_to_show, panic_message, shown_by};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use ndarray::{Array2, Array3, array, s};
use nnlib::ndarray;
use nnlib::plot::{ColorMap, ImageGrid};

const BLACK: [u8; 3] = [0, 0, 0];
const WHITE: [u8; 3] = [255, 255, 255];
const RED: [u8; 3] = [103, 0, 31];
const BLUE: [u8; 3] = [5, 48, 97];
const BORDER: [u8; 3] = [200, 200, 200];

/// The pixels of a grid, two to a CSS pixel.
pub fn pixels(grid: &ImageGrid) -> RgbImage {
    image::load_from_memory(&grid.to_png()).expect("the PNG is sound").to_rgb8()
}

/// The colours of an image of a grid with neither title nor titles, pixel by pixel; each must be one even square.
///
/// The first image begins at (10, 10) CSS pixels, and the next ones follow at distances of 10.
pub fn image_at(picture: &RgbImage, (row, column): (u32, u32), (height, width): (u32, u32), side: u32) -> Array3<u8> {
    let (top, left) = (2 * (10 + row * (height * side + 10)), 2 * (10 + column * (width * side + 10)));
    let mut colors = Array3::zeros((height as usize, width as usize, 3));
    for y in 0..height * side * 2 {
        for x in 0..width * side * 2 {
            let color = picture.get_pixel(left + x, top + y).0;
            let mut square = colors.slice_mut(s![(y / (2 * side)) as usize, (x / (2 * side)) as usize, ..]);
            if y % (2 * side) == 0 && x % (2 * side) == 0 {
                square.assign(&array![color[0], color[1], color[2]]);
            }
            assert_eq!(square.to_vec(), color, "pixel {x}, {y} of the image");
        }
    }
    colors
}

pub fn color_of(colors: &Array3<u8>, row: usize, column: usize) -> [u8; 3] {
    [0, 1, 2].map(|channel| colors[[row, column, channel]])
}

/// Ten templates with every value from low to high somewhere, as a trained classifier's are.
fn typical_templates() -> Array2<f64> {
    Array2::from_shape_fn((784, 10), |(pixel, class)| {
        let (y, x) = ((pixel / 28) as f64 - 13.5, (pixel % 28) as f64 - 13.5);
        let noise = ((pixel * 7919 + class * 104_729) % 1009) as f64 / 1009.0 - 0.5;
        0.3 * (-((y.hypot(x) - class as f64) / 3.0).powi(2)).exp() - 0.1 + 0.1 * noise
    })
}

#[test]
fn each_pixel_becomes_an_even_square_of_its_colour() {
    let images = [array![[0.0, 1.0, 0.5], [0.2, 0.8, 1.0]], array![[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]];
    let picture = pixels(&ImageGrid::new(&images).columns(2).enlarge(3));
    assert_eq!(picture.dimensions(), (2 * (10 + 9 + 10 + 9 + 10), 2 * (10 + 6 + 10)));
    let colors = image_at(&picture, (0, 0), (2, 3), 3);
    let greys = [[0, 255, 128], [51, 204, 255]];
    for (row, column) in (0..2).flat_map(|row| (0..3).map(move |column| (row, column))) {
        assert_eq!(color_of(&colors, row, column), [greys[row][column]; 3]);
    }
    let colors = image_at(&picture, (0, 1), (2, 3), 3);
    assert_eq!((color_of(&colors, 0, 2), color_of(&colors, 1, 0)), (WHITE, BLACK));
    assert_eq!(picture.get_pixel(19, 19).0, BORDER);
    assert_eq!(picture.get_pixel(0, 0).0, WHITE);
}

#[test]
fn rows_of_a_batch_are_images_row_by_row() {
    let batch = array![[0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]];
    let picture = pixels(&ImageGrid::from_rows(batch.view(), 2, 2).columns(1).enlarge(5));
    let first = image_at(&picture, (0, 0), (2, 2), 5);
    assert_eq!([color_of(&first, 0, 0), color_of(&first, 0, 1), color_of(&first, 1, 0)], [BLACK, BLACK, WHITE]);
    let second = image_at(&picture, (1, 0), (2, 2), 5);
    assert_eq!([color_of(&second, 0, 0), color_of(&second, 0, 1), color_of(&second, 1, 1)], [WHITE, BLACK, WHITE]);
}

#[test]
fn bytes_are_grey_from_0_to_255() {
    let batch = array![[100_u8, 101, 102, 103]];
    let colors = image_at(&pixels(&ImageGrid::from_u8(batch.view(), 2, 2).enlarge(4)), (0, 0), (2, 2), 4);
    assert_eq!(color_of(&colors, 0, 0), [100; 3]);
    assert_eq!(color_of(&colors, 1, 1), [103; 3]);
}

#[test]
fn templates_show_the_sign_on_one_scale() {
    let weights = array![[0.5, 0.0], [0.25, -1.0], [0.0, 0.0], [-0.5, 1.0]];
    let grid = ImageGrid::templates(&weights, 2, 2).columns(2).enlarge(4);
    let picture = pixels(&grid);
    let first = image_at(&picture, (0, 0), (2, 2), 4);
    assert_eq!(color_of(&first, 1, 0), WHITE);
    assert_eq!(color_of(&first, 0, 0), [214, 96, 77]);
    assert_eq!(color_of(&first, 1, 1), [67, 147, 195]);
    let second = image_at(&picture, (0, 1), (2, 2), 4);
    assert_eq!((color_of(&second, 0, 1), color_of(&second, 1, 1)), (BLUE, RED));

    let own = image_at(&pixels(&grid.clone().scale_each_image()), (0, 0), (2, 2), 4);
    assert_eq!((color_of(&own, 0, 0), color_of(&own, 1, 0), color_of(&own, 1, 1)), (RED, WHITE, BLUE));
    let set = image_at(&pixels(&grid.range(-0.1, 0.5)), (0, 0), (2, 2), 4);
    assert_eq!((color_of(&set, 0, 0), color_of(&set, 1, 0), color_of(&set, 1, 1)), (RED, WHITE, BLUE));
}

#[test]
fn a_color_bar_goes_from_the_low_end_to_the_high_end() {
    let weights = Array2::from_shape_fn((400, 1), |(pixel, _)| pixel as f64 / 399.0 - 0.5);
    let grid = ImageGrid::templates(&weights, 20, 20).enlarge(6);
    let picture = pixels(&grid);
    // 20 right of the image, and as high as it is.
    let x = 2 * (10 + 120 + 20 + 7);
    assert_eq!(picture.get_pixel(x, 2 * 10 + 1).0, RED);
    assert_eq!(picture.get_pixel(x, 2 * (10 + 60)).0, WHITE);
    assert_eq!(picture.get_pixel(x, 2 * (10 + 120) - 2).0, BLUE);
    assert_eq!(pixels(&grid.color_bar(false)).dimensions(), (2 * 140, 2 * 140));
}

#[test]
fn values_that_are_equal_or_not_finite_have_a_colour() {
    let zeros = [Array2::zeros((2, 2))];
    let black = image_at(&pixels(&ImageGrid::new(&zeros).enlarge(4)), (0, 0), (2, 2), 4);
    assert_eq!(color_of(&black, 0, 0), BLACK);
    let diverging = ImageGrid::new(&zeros).color_map(ColorMap::Diverging).enlarge(4);
    assert_eq!(color_of(&image_at(&pixels(&diverging), (0, 0), (2, 2), 4), 0, 0), WHITE);
    let odd = [array![[f64::NAN, f64::INFINITY], [f64::NEG_INFINITY, 0.0]]];
    let colors = image_at(&pixels(&ImageGrid::new(&odd).enlarge(4)), (0, 0), (2, 2), 4);
    assert_eq!(color_of(&colors, 0, 0), [255, 0, 255]);
    let mixed = [array![[f64::NAN, f64::INFINITY], [0.0, 1.0]]];
    let colors = image_at(&pixels(&ImageGrid::new(&mixed).enlarge(4)), (0, 0), (2, 2), 4);
    assert_eq!([color_of(&colors, 0, 1), color_of(&colors, 1, 0), color_of(&colors, 1, 1)], [WHITE, BLACK, WHITE]);
}

#[test]
fn titles_take_their_lines_above_the_images() {
    let images = vec![Array2::zeros((10, 10)); 3];
    let plain = ImageGrid::new(&images).columns(3).enlarge(10);
    let (width, height) = pixels(&plain).dimensions();
    let titled = plain.clone().titles(&["predicted 7\ntrue 1", "", "x"]);
    assert_eq!(pixels(&titled).dimensions(), (width, height + 2 * 2 * 17));
    let owned: Vec<String> = (0..3).map(|class| class.to_string()).collect();
    let whole = plain.title("Three <zeros>\nin two lines").titles(&owned);
    assert_eq!(pixels(&whole).dimensions(), (width, height + 2 * (17 + 2 * 21 + 5)));
    let ink = |picture: &RgbImage| picture.pixels().filter(|pixel| pixel.0 == [33, 33, 33]).count();
    assert!(ink(&pixels(&titled)) > 50 && ink(&pixels(&whole)) > ink(&pixels(&titled)));
}

#[test]
fn grids_fill_the_width_of_a_notebook_and_stay_small() {
    let grid = ImageGrid::templates(&typical_templates(), 28, 28).columns(5).title("Templates");
    let png = grid.to_png();
    assert!(png.len() < 40_000, "{} bytes", png.len());
    let (width, _) = pixels(&grid).dimensions();
    assert!((2 * 600..2 * 760).contains(&width), "{width}");

    let gallery = Array2::from_shape_fn((70, 784), |(image, pixel)| ((image * 31 + pixel / 28 * 9) % 256) as u8);
    let (width, height) = pixels(&ImageGrid::from_u8(gallery.view(), 28, 28).columns(10)).dimensions();
    assert!(width < 2 * 760 && height < 2 * 560, "{width} x {height}");
}

#[test]
fn display_shows_html_png_and_text() {
    if is_to_show() {
        let names: Vec<String> = (0..10).map(|class| class.to_string()).collect();
        let grid = ImageGrid::templates(&typical_templates(), 28, 28).columns(5).titles(&names);
        grid.title("Tem\"plates\"\n<of> 10").evcxr_display();
        return;
    }
    let blocks = shown_by("plot::images::display_shows_html_png_and_text");
    let types: Vec<_> = blocks.iter().map(|(mime_type, _)| mime_type.as_str()).collect();
    assert_eq!(types, ["text/html", "image/png", "text/plain"]);
    let bytes: usize = blocks.iter().map(|(_, content)| content.len()).sum();
    assert!(bytes < 80_000, "{bytes} bytes");

    let html = blocks[0].1.strip_prefix("<img src=\"data:image/png;base64,").expect("an image");
    let (data, attributes) = html.split_once('"').expect("the end of the data");
    let decode = |data: &str| image::load_from_memory(&STANDARD.decode(data).expect("base64")).expect("a PNG");
    let (fine, coarse) = (decode(data), decode(&blocks[1].1));
    assert_eq!((fine.width(), fine.height()), (2 * coarse.width(), 2 * coarse.height()));
    let text = "[image grid: Tem\"plates\" <of> 10; 10 images of 28 x 28: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
    let alt = text.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
    assert_eq!(attributes, format!(" width=\"{}\" height=\"{}\" alt=\"{alt}\">", coarse.width(), coarse.height()));
    assert_eq!(blocks[2].1, text);
}

#[test]
fn save_writes_png_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let grid = ImageGrid::new(&[Array2::zeros((2, 2))]);
    grid.save(folder.path().join("grid.png")).expect("the grid is saved");
    assert_eq!(std::fs::read(folder.path().join("grid.png")).expect("the file is there"), grid.to_png());
    let message = grid.save("grid.svg").expect_err("an error").to_string();
    assert_eq!(message, "grid.svg: expected the extension `.png`, found `.svg`");
}

#[test]
fn colour_maps_have_their_ends_and_centre() {
    assert_eq!([0.0, 0.5, 1.0].map(|position| ColorMap::Grey.color(position)), [BLACK, [128; 3], WHITE]);
    assert_eq!([0.0, 0.5, 1.0].map(|position| ColorMap::Diverging.color(position)), [BLUE, WHITE, RED]);
    for map in [ColorMap::Grey, ColorMap::Diverging] {
        assert_eq!(map.color(-3.0), map.color(0.0));
        assert_eq!(map.color(f64::INFINITY), map.color(1.0));
        assert_eq!(map.color(f64::NAN), [255, 0, 255]);
    }
}

#[test]
fn misuse_is_told() {
    let two = || ImageGrid::new(&vec![Array2::zeros((2, 2)); 2]);
    let part = "(take a part, as in `images.slice(s![..70, ..])`)";
    let cases = [
        (panic_message(|| ImageGrid::new(&[])), format!("ImageGrid::new: got 0 images, expected 1 to 1000 {part}")),
        (
            panic_message(|| ImageGrid::from_u8(Array2::zeros((60_000, 4)).view(), 2, 2)),
            format!("ImageGrid::from_u8: got 60000 images, expected 1 to 1000 {part}"),
        ),
        (
            panic_message(|| ImageGrid::new(&[Array2::zeros((2, 2)), Array2::zeros((2, 3))])),
            "ImageGrid::new: image 1 has shape (2, 3), expected (2, 2) (that of image 0)".to_owned(),
        ),
        (
            panic_message(|| ImageGrid::from_rows(Array2::zeros((3, 784)).view(), 28, 27)),
            "ImageGrid::from_rows: got images of 784 values, expected 28 * 27 = 756".to_owned(),
        ),
        (
            panic_message(|| ImageGrid::templates(&Array2::zeros((10, 784)), 28, 28)),
            "ImageGrid::templates: got images of 10 values, expected 28 * 28 = 784".to_owned(),
        ),
        (
            panic_message(|| ImageGrid::new(&[Array2::zeros((0, 2))])),
            "ImageGrid::new: got 1 images of 0 x 2 pixels, expected 1 to 4000000 pixels in all".to_owned(),
        ),
        (
            panic_message(move || two().titles(&["one"])),
            "ImageGrid::titles: got 1 titles, expected 2, one for each image".to_owned(),
        ),
        (panic_message(move || two().columns(0)), "ImageGrid::columns: got 0, expected at least 1".to_owned()),
        (panic_message(move || two().enlarge(0)), "ImageGrid::enlarge: got 0, expected 1 to 32".to_owned()),
        (
            panic_message(|| ImageGrid::new(&[Array2::zeros((100, 100))]).enlarge(32)),
            "ImageGrid::enlarge: got 32, which makes 10240000 pixels, expected at most 4000000".to_owned(),
        ),
        (
            panic_message(move || two().range(1.0, -1.0)),
            "ImageGrid::range: got 1 to -1, expected two finite numbers in ascending order".to_owned(),
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(message, expected);
    }
}
