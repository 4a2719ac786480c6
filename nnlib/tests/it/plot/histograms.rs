//! Tests of `histogram` and `histograms`.

use super::panic_message;
use super::svg::{contents, fills, texts, y_scale};
use nnlib::plot;
use nnlib::rng::RandomState;

const BLUE: &str = "#0072B2";

/// Left, right and height of each bar, in counts.
fn bars(svg: &str, low: &str, high: &str) -> Vec<(f64, f64, f64)> {
    let value = y_scale(svg, low, high);
    fills(svg, BLUE).iter().map(|&[left, top, right, _]| (left, right, value(top))).collect()
}

#[test]
fn bars_are_as_high_as_numpy_counts() {
    // np.histogram(np.random.RandomState(0).randn(1000), bins=10)[0], and .mean(), .std() of the values.
    let counts = [9.0, 20.0, 70.0, 146.0, 217.0, 239.0, 160.0, 86.0, 38.0, 15.0];
    let values = RandomState::new(0).normal(0.0, 1.0, 1000);
    let plot = plot::histogram(values.as_slice().expect("one piece"), 10).title("Normal").x_label("value");
    let svg = plot.to_svg();
    let bars = bars(&svg, "0", "200");
    assert_eq!(bars.len(), counts.len());
    for ((_, _, height), count) in bars.iter().zip(counts) {
        assert!((height - count).abs() < 0.6, "{height} {count}");
    }
    // Bars stand beside each other, one pixel apart.
    assert!(bars.windows(2).all(|pair| pair[1].0 - pair[0].1 == 1.0), "{bars:?}");
    let contents = contents(&svg);
    for expected in ["Normal", "value", "count", "mean -0.045, std 0.987", "0", "200"] {
        assert!(contents.iter().any(|content| content == expected), "no {expected} in {contents:?}");
    }
    assert!(svg.contains("aria-label=\"[histogram: Normal; mean -0.045, std 0.987]\""));
}

#[test]
fn a_single_value_is_seen_beside_thousands() {
    let mut values = vec![0.0; 100_000];
    values.push(1.0);
    let areas = fills(&plot::histogram(&values, 20).to_svg(), BLUE);
    assert_eq!(areas.len(), 2);
    assert_eq!(areas[1][3] - areas[1][1], 1.0);
}

#[test]
fn several_histograms_are_in_even_rows_with_a_panel_each() {
    let layers: Vec<Vec<f64>> = (1..=5).map(|layer| RandomState::new(layer).normal(0.0, 1.0, 500).to_vec()).collect();
    let names = ["layer 1", "layer 2", "layer 3", "layer 4", "layer 5"];
    let groups: Vec<(&str, &[f64])> = names.into_iter().zip(layers.iter().map(Vec::as_slice)).collect();
    let svg = plot::histograms(&groups).x_label("activation").to_svg();
    assert!(svg.starts_with("<svg ") && svg.contains("width=\"918\" height=\"480\""), "{}", &svg[..200]);
    let texts = texts(&svg);
    let titles: Vec<_> = texts.iter().filter(|text| text.content.starts_with("layer ")).collect();
    assert_eq!(titles.iter().filter(|text| text.y < 240.0).count(), 3);
    assert_eq!(titles.len(), 5);
    assert_eq!(texts.iter().filter(|text| text.content.starts_with("mean ")).count(), 5);
    assert_eq!(texts.iter().filter(|text| text.content == "count").count(), 2, "one for each row");
    assert_eq!(texts.iter().filter(|text| text.content == "activation").count(), 5);
}

#[test]
fn shared_axes_are_the_same_for_all() {
    let (wide, narrow) = ([-8.0, -4.0, -0.5, 0.5, 4.0, 8.0], [-0.2, -0.1, 0.0, 0.0, 0.1, 0.2]);
    let groups: [(&str, &[f64]); 2] = [("wide", &wide), ("narrow", &narrow)];
    let histograms = plot::histograms(&groups).bins(16);
    let count = |svg: &str, label: &str| contents(svg).iter().filter(|content| *content == label).count();
    let own = histograms.to_svg();
    assert_eq!((count(&own, "8"), count(&own, "0.10")), (1, 1));
    let shared = histograms.clone().share_x().share_y().to_svg();
    assert_eq!((count(&shared, "8"), count(&shared, "0.10")), (2, 0));
    // Of 16 bins from -8 to 8, the narrow ones are in the two about 0: three below, three above.
    let highest = |svg: &str| {
        let tops = fills(svg, BLUE).into_iter().map(|[left, top, ..]| (left > 460.0, top));
        [false, true].map(|second| {
            tops.clone().filter(|(right, _)| *right == second).map(|(_, top)| top).fold(f64::MAX, f64::min)
        })
    };
    let [first, second] = highest(&shared);
    assert!(first > second + 50.0, "{first} {second}");
}

#[test]
fn values_that_are_not_finite_are_left_out_and_told() {
    let values = [f64::NAN, 1.0, 2.0, f64::INFINITY, 3.0];
    let svg = plot::histogram(&values, 3).to_svg();
    assert_eq!(fills(&svg, BLUE).len(), 3);
    assert!(contents(&svg).iter().any(|content| content == "2 of 5 not finite"), "{:?}", contents(&svg));
    assert!(svg.contains("[histogram: ; mean 2.000, std 0.816, 2 of 5 not finite]"));
    let none = contents(&plot::histogram(&[f64::NAN], 3).to_svg());
    for expected in ["1 of 1 not finite", "no values to show"] {
        assert!(none.iter().any(|content| content == expected), "no {expected} in {none:?}");
    }
}

#[test]
fn any_values_make_a_picture() {
    let cases: [&[f64]; 8] = [
        &[0.0],
        &[5.0; 100],
        &[1e-8, 3e-8],
        &[-1e6, 1e6],
        &[-1e300, 1e300],
        &[f64::MAX],
        &[1e-320, 0.0],
        &[-2.5, -2.5],
    ];
    for values in cases {
        for bins in [1, 7, 1000] {
            let single = plot::histogram(values, bins);
            let groups: [(&str, &[f64]); 3] =
                [("a", values), ("a group with a very long name indeed", values), ("c", &[1.0])];
            let several = plot::histograms(&groups).bins(bins).share_x();
            for (svg, width, height) in [(single.to_svg(), 620.0, 380.0), (several.to_svg(), 918.0, 240.0)] {
                for area in fills(&svg, BLUE) {
                    let inside = area[0] >= 0.0 && area[2] <= width && area[1] >= 0.0 && area[3] <= height;
                    assert!(inside && area[0] < area[2] && area[1] < area[3], "{values:?}: {area:?}");
                }
                for text in texts(&svg).iter().filter(|text| !text.upward) {
                    assert!(text.left >= 0.0 && text.right <= width, "{values:?}: {text:?}");
                }
            }
        }
    }
}

#[test]
fn misuse_is_told() {
    let cases = [
        (panic_message(|| plot::histogram(&[], 10)), "plot::histogram: got no values, expected at least one"),
        (panic_message(|| plot::histogram(&[1.0], 0)), "plot::histogram: got 0 bins, expected 1 to 1000"),
        (panic_message(|| plot::histograms(&[])), "plot::histograms: got 0 groups, expected 1 to 50"),
        (
            panic_message(|| plot::histograms(&[("layer 1", &[1.0]), ("layer 2", &[])])),
            "plot::histograms: group `layer 2` got no values, expected at least one",
        ),
        (
            panic_message(|| plot::histograms(&[("layer 1", &[1.0])]).bins(1001)),
            "Histograms::bins: got 1001 bins, expected 1 to 1000",
        ),
        (
            panic_message(|| plot::histogram(&[1.0], 1).size(100, 100)),
            "Histogram::size: got 100 x 100 pixels, expected 240 x 180 to 2000 x 2000",
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(message, expected);
    }
}
