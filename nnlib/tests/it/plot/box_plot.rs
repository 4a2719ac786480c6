//! Tests of `BoxPlot` and `BoxStatistics`.

use super::panic_message;
use super::svg::{contents, dots, fills, lines, texts, y_scale};
use nnlib::plot::{BoxPlot, BoxStatistics};

const BLUE: &str = "#0072B2";
const PALE_BLUE: &str = "#B3D5E8";
const VERMILLION: &str = "#D55E00";
const INK: &str = "#212121";

/// Five-fold cross-validation of the convnet, in percent.
const FOLDS: [f64; 5] = [99.033, 99.050, 98.742, 99.183, 98.700];

#[test]
fn statistics_are_those_of_matplotlib() {
    // Computed with NumPy 2.4 as `matplotlib.cbook.boxplot_stats` does:
    //   q1, median, q3 = np.percentile(x, [25, 50, 75]); iqr = q3 - q1
    //   low = x[x >= q1 - 1.5 * iqr].min(), high = x[x <= q3 + 1.5 * iqr].max(), neither inside the box
    let cases: [(&[f64], [f64; 5], &[f64]); 8] = [
        (&FOLDS, [98.7, 98.742, 99.033, 99.05, 99.183], &[]),
        (&[1.0, 2.0, 3.0, 4.0, 100.0], [1.0, 2.0, 3.0, 4.0, 4.0], &[100.0]),
        (&[7.0], [7.0; 5], &[]),
        (&[-3.0, 1e6, 2.0, 2.0, 2.0, 2.0, 2.0, -4.0, 5.0], [2.0; 5], &[-4.0, -3.0, 5.0, 1e6]),
        (&[1.0, 2.0], [1.0, 1.25, 1.5, 1.75, 2.0], &[]),
        (&[0.6, 0.5, 0.4, 0.3, 0.2, 0.1], [0.1, 0.225, 0.35, 0.475, 0.6], &[]),
        (&[0.0, 0.0, 0.0, 10.0, -8.0, 0.0, 0.0], [0.0; 5], &[-8.0, 10.0]),
        (&[f64::NAN, 7.0, f64::INFINITY], [7.0; 5], &[]),
    ];
    for (values, expected, outliers) in cases {
        let got = BoxStatistics::of(values).expect("there are finite values");
        let five = [got.lower_whisker, got.lower_quartile, got.median, got.upper_quartile, got.upper_whisker];
        for (got, expected) in five.iter().zip(expected) {
            assert!((got - expected).abs() <= 1e-14 * expected.abs(), "{values:?}: {five:?}");
        }
        assert_eq!(got.outliers, outliers, "{values:?}");
    }
    assert_eq!(BoxStatistics::of(&[]), None);
    assert_eq!(BoxStatistics::of(&[f64::NAN]), None);
}

#[test]
fn a_box_is_drawn_at_its_statistics() {
    let values = [1.0, 2.0, 3.0, 4.0, 10.0];
    let svg = BoxPlot::new("").add("a", &values).to_svg();
    let value = y_scale(&svg, "2", "8");
    let close = |y: f64, expected: f64| assert!((value(y) - expected).abs() < 0.03, "{} {expected}", value(y));

    let [left, top, right, bottom] = fills(&svg, PALE_BLUE)[0];
    close(top, 4.0);
    close(bottom, 2.0);
    let (_, outline) = lines(&svg).into_iter().find(|(color, _)| color == BLUE).expect("the outline");
    assert_eq!(outline, [(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)]);
    let (_, median) = lines(&svg).into_iter().find(|(color, _)| color == VERMILLION).expect("the median");
    assert_eq!((median[0].0, median[1].0), (left, right));
    close(median[0].1, 3.0);
    let whiskers: Vec<_> = lines(&svg).into_iter().filter(|(color, _)| color == INK).collect();
    close(whiskers[0].1[1].1, 1.0);
    close(whiskers[2].1[1].1, 4.0);

    // An outlier is a ring: a dot with a white one upon it.
    let rings = dots(&svg);
    assert_eq!([rings[0].0.as_str(), rings[1].0.as_str()], [BLUE, "#FFFFFF"]);
    assert_eq!((rings[0].2.len(), rings[0].2[0].0), (1, (left + right) / 2.0));
    close(rings[0].2[0].1, 10.0);
    assert_eq!(rings[0].2, rings[1].2);
}

#[test]
fn each_box_stands_above_its_name() {
    let svg = BoxPlot::new("Five folds")
        .x_label("model")
        .y_label("accuracy in %")
        .add("baseline", &FOLDS)
        .add("deeper", &[99.1, 99.2, 99.3])
        .to_svg();
    for (name, area) in ["baseline", "deeper"].iter().zip(fills(&svg, PALE_BLUE)) {
        let text = texts(&svg).into_iter().find(|text| text.content == *name).expect("the name");
        assert!(((text.left + text.right) / 2.0 - (area[0] + area[2]) / 2.0).abs() <= 1.0, "{name}");
        assert!(text.y > area[3]);
    }
    let contents = contents(&svg);
    for expected in ["Five folds", "model", "accuracy in %", "98.8", "99.2"] {
        assert!(contents.iter().any(|content| content == expected), "no {expected} in {contents:?}");
    }
    assert!(svg.contains("aria-label=\"[box plot: Five folds; baseline median 99.03, deeper median 99.20]\""));
}

#[test]
fn values_that_are_not_finite_are_told_below_the_box() {
    let plot = BoxPlot::new("").add("diverged", &[f64::NAN, f64::INFINITY]);
    let alone = contents(&plot.to_svg());
    for expected in ["diverged", "(2 not finite)", "no values to show"] {
        assert!(alone.iter().any(|content| content == expected), "no {expected} in {alone:?}");
    }
    let svg = plot.add("some", &[f64::NAN, 1.0, 2.0]).to_svg();
    assert!(contents(&svg).iter().any(|content| content == "(1 not finite)"));
    assert!(svg.contains("[box plot: ; diverged (2 not finite) no values, some (1 not finite) median 1.500]"));
    assert_eq!(fills(&svg, PALE_BLUE).len(), 1);
}

#[test]
fn any_values_and_names_make_a_picture() {
    let long = "a model with a name that is far too long to stand below a single box of many";
    let spread: Vec<f64> =
        (0..20_000).map(|i| f64::from(i % 211).powi(3) * if i % 5 == 0 { 1e6 } else { 1e-8 }).collect();
    let cases: [&[f64]; 6] = [&[0.0], &[1e-8, 2e-8], &[-1e6, 1e6, 5.0], &[-1e300, 1e300], &[3.0; 9], &spread];
    for values in cases {
        let svg = (0..8).fold(BoxPlot::new(long), |plot, _| plot.add(long, values)).size(400, 300).to_svg();
        assert!(svg.len() < 150_000, "{} bytes", svg.len());
        for text in texts(&svg).iter().filter(|text| !text.upward) {
            let inside = text.left >= 0.0 && text.right <= 400.0 && (0.0..300.0).contains(&text.y);
            assert!(inside, "{text:?}");
        }
        let edges = lines(&svg).into_iter().flat_map(|(_, points)| points);
        assert!(edges.into_iter().all(|(x, y)| (0.0..=400.0).contains(&x) && (0.0..=300.0).contains(&y)));
    }
}

#[test]
fn values_beyond_any_axis_are_left_out() {
    let plot = BoxPlot::new("").add("huge", &[-f64::MAX, f64::MAX]).add("large", &[-1e300, 0.0, 1e300]);
    assert!(contents(&plot.to_svg()).iter().any(|content| content == "(2 not finite)"));
    let image = image::load_from_memory(&plot.to_png()).expect("the PNG is sound");
    assert_eq!(image.width(), 1240);
}

#[test]
fn a_png_has_the_box_in_its_colours() {
    let png = BoxPlot::new("").add("a", &FOLDS).to_png();
    let image = image::load_from_memory(&png).expect("the PNG is sound").to_rgb8();
    assert_eq!(image.dimensions(), (1240, 760));
    let count = |color: [u8; 3]| image.pixels().filter(|pixel| pixel.0 == color).count();
    assert!(count([179, 213, 232]) > 10_000 && count([213, 94, 0]) > 200 && count([0, 114, 178]) > 1000);
}

#[test]
fn misuse_is_told() {
    let message = panic_message(|| BoxPlot::new("").add("fold", &[]));
    assert_eq!(message, "BoxPlot::add: box `fold` got no values, expected at least one");
    let message = panic_message(|| BoxPlot::new("").size(10, 400));
    assert_eq!(message, "BoxPlot::size: got 10 x 400 pixels, expected 240 x 180 to 2000 x 2000");
    assert!(contents(&BoxPlot::new("").to_svg()).iter().any(|content| content == "no values to show"));
}
