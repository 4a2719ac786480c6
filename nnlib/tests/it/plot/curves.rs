//! Tests of `CurvePlot`, `side_by_side` and `stack`.

use super::svg::{contents, legend_box, lines, number, texts};
use super::{is_to_show, panic_message, shown_by};
use nnlib::plot::{self, CurvePlot};
use roxmltree::Document;
use std::fs;

/// A plot as most are: a cost that falls, and a second one that rises again.
fn typical() -> CurvePlot {
    let steps: Vec<usize> = (0..=3000).step_by(5).collect();
    let cost = |rise: f64| -> Vec<f64> {
        let part = |step: &usize| *step as f64 / 3000.0;
        steps.iter().map(|step| 0.28 + 2.02 * (-6.0 * part(step)).exp() + rise * part(step).powi(2)).collect()
    };
    CurvePlot::new("Cost versus iterations")
        .x_label("iteration")
        .y_label("cost J")
        .curve("train", &steps, &cost(0.05))
        .curve("test", &steps, &cost(0.25))
}

#[test]
fn a_plot_has_its_title_labels_legend_and_final_values() {
    let contents = contents(&typical().to_svg());
    for expected in ["Cost versus iterations", "iteration", "cost J", "train", "test", "0.335", "0.535"] {
        assert!(contents.iter().any(|content| content == expected), "no {expected} in {contents:?}");
    }
    let without = typical().annotate_final_values(false).to_svg();
    assert!(texts(&without).iter().all(|text| text.content != "0.335"));
}

#[test]
fn no_text_is_cut_off() {
    let long = "a label so long that it does not fit into any legend, however wide the plot may be made";
    let plots = [
        typical(),
        CurvePlot::new(&format!("{long} and {long} and {long}")).x_label(long).y_label(long),
        typical().curve_at(long, &[0.0, 3000.0], &[1e-9, 12_345.678]).threshold(1.0, long),
        typical().y_range(0.0, 1e-12),
        typical().curve_at("diverges", &[0.0, 1.0, 2.0], &[1.0, -1e250, f64::NEG_INFINITY]),
    ];
    for plot in plots {
        for (width, height) in [(620, 380), (240, 180), (1200, 300)] {
            for text in texts(&plot.clone().size(width, height).to_svg()) {
                let inside = text.left >= 0.0 && text.right <= f64::from(width);
                assert!(text.upward || inside, "{width} x {height}: {text:?}");
                assert!((0.0..f64::from(height)).contains(&text.y), "{width} x {height}: {text:?}");
            }
        }
    }
}

#[test]
fn text_of_any_kind_makes_one_line_of_well_formed_xml() {
    let hostile = "</text><script>&amp; \"a\" 'b' ]]> \u{1}\u{b}\u{fffe} \r\t é 中";
    let plot = CurvePlot::new("EVCXR_END_CONTENT\nEVCXR_END_CONTENT")
        .x_label(hostile)
        .y_label(hostile)
        .curve_at(hostile, &[0.0, 1.0], &[0.0, 1.0])
        .threshold(0.5, hostile);
    let svg = plot.to_svg();
    assert_eq!(svg.lines().count(), 1);
    let contents = contents(&svg);
    assert_eq!(contents.iter().filter(|content| *content == "EVCXR_END_CONTENT").count(), 2);
    let cleaned = "</text><script>&amp; \"a\" 'b' ]]>   \u{fffd}    é 中";
    assert_eq!(contents.iter().filter(|content| *content == cleaned).count(), 2, "{contents:?}");
    let document = Document::parse(&svg).expect("the SVG is well-formed");
    assert!(document.descendants().all(|node| !node.has_tag_name("script")));
}

#[test]
fn final_values_that_are_close_are_written_apart() {
    let xs = [0.0, 1.0, 2.0];
    let svg = CurvePlot::new("")
        .curve_at("a", &xs, &[10.0, 90.0, 92.04])
        .curve_at("b", &xs, &[10.0, 89.0, 91.97])
        .curve_at("c", &xs, &[10.0, 80.0, 91.95])
        .to_svg();
    let height = |value: &str| {
        let texts = texts(&svg);
        texts.iter().find(|text| text.content == value).unwrap_or_else(|| panic!("no {value} in {texts:?}")).y
    };
    let heights = ["92.04", "91.97", "91.95"].map(height);
    assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= 15.0), "{heights:?}");
}

#[test]
fn a_diverging_curve_says_so() {
    let svg = CurvePlot::new("").curve_at("a", &[0.0, 1.0, 2.0, 3.0], &[2.3, 0.5, 0.8, f64::NAN]).to_svg();
    assert!(contents(&svg).iter().any(|content| content == "0.800 → NaN"), "{svg}");
}

#[test]
fn values_that_are_not_finite_break_the_line() {
    let ys = [1.0, 2.0, f64::NAN, 1.5, 1.0, f64::INFINITY, 0.5];
    let xs: Vec<f64> = (0..7).map(f64::from).collect();
    let plot = CurvePlot::new("").curve_at("", &xs, &ys).annotate_final_values(false);
    let lines = lines(&plot.to_svg());
    // The last is a dot, for the point alone at the end: a line of no length, with round ends.
    assert_eq!(lines.iter().map(|(_, points)| points.len()).collect::<Vec<_>>(), [2, 2, 2]);
    assert_eq!(lines[2].1[0], lines[2].1[1]);
}

#[test]
fn any_values_make_a_picture() {
    let cases: [&[f64]; 9] = [
        &[],
        &[1.0],
        &[0.0, 0.0],
        &[5.0, 5.0, 5.0],
        &[f64::NAN, f64::NAN],
        &[f64::INFINITY, f64::NEG_INFINITY],
        &[-f64::MAX, f64::MAX],
        &[f64::MIN_POSITIVE, 0.0, 1e300],
        &[1.0, 1.0 + f64::EPSILON],
    ];
    for ys in cases {
        let steps: Vec<usize> = (0..ys.len()).collect();
        for plot in [CurvePlot::new("any"), CurvePlot::new("any").log_y()] {
            let plot = plot.curve("y", &steps, ys).curve_at("x", ys, ys);
            let svg = plot.to_svg();
            assert!(contents(&svg).len() >= 3, "{ys:?}: {svg}");
            for (_, points) in lines(&svg) {
                assert!(
                    points.iter().all(|(x, y)| (0.0..=620.0).contains(x) && (0.0..=380.0).contains(y)),
                    "{points:?}"
                );
            }
        }
    }
    let empty = CurvePlot::new("").to_svg();
    assert!(contents(&empty).iter().any(|content| content == "no values to show"));
}

#[test]
fn numbers_along_the_axes_are_short() {
    let ys = [0.1 + 0.2, 0.7, 1.1 - 0.2];
    let svg = CurvePlot::new("").curve_at("", &[0.0, 1.0, 2.0], &ys).annotate_final_values(false).to_svg();
    let contents = contents(&svg);
    for expected in ["0", "1", "2", "0.3", "0.4", "0.9"] {
        assert!(contents.iter().any(|content| content == expected), "no {expected} in {contents:?}");
    }
    assert!(contents.iter().all(|content| content.len() <= 3), "{contents:?}");
}

#[test]
fn a_logarithmic_axis_counts_in_powers_of_ten() {
    let plot = CurvePlot::new("").curve_at("", &[0.0, 1.0, 2.0, 3.0], &[100.0, 1.0, 0.0, 0.001]).log_y();
    let svg = plot.annotate_final_values(false).to_svg();
    let contents = contents(&svg);
    for expected in ["0.001", "0.01", "0.1", "1", "10", "100"] {
        assert!(contents.iter().any(|content| content == expected), "no {expected} in {contents:?}");
    }
    assert_eq!(lines(&svg).len(), 2, "0 has no logarithm");
}

#[test]
fn many_points_make_a_small_picture() {
    let steps: Vec<usize> = (0..24_000).collect();
    let noise = |seed: usize| -> Vec<f64> {
        let value = |step: &usize| 2.0 / (1.0 + *step as f64 / 2000.0) + ((step * 7919 + seed) % 1009) as f64 / 2000.0;
        steps.iter().map(value).collect()
    };
    let svg = CurvePlot::new("Noise").curve("a", &steps, &noise(0)).curve("b", &steps, &noise(5)).to_svg();
    assert!(svg.len() < 100_000, "{} bytes", svg.len());
    // All that the noise covers is pale, the median upon it is not.
    let colors: Vec<_> =
        lines(&svg).into_iter().filter(|(_, points)| points.len() > 100).map(|(color, _)| color).collect();
    assert_eq!(colors, ["#B3D5E8", "#F2CFB3", "#0072B2", "#D55E00"]);
}

#[test]
fn thinning_keeps_a_spike() {
    let steps: Vec<usize> = (0..100_000).collect();
    let mut ys = vec![1.0; steps.len()];
    ys[61_803] = 2.0;
    let svg = CurvePlot::new("").curve("", &steps, &ys).y_range(0.0, 2.0).annotate_final_values(false).to_svg();
    let heights: Vec<f64> = lines(&svg).iter().flat_map(|(_, points)| points.iter().map(|point| point.1)).collect();
    let top = heights.iter().copied().fold(f64::INFINITY, f64::min);
    let bottom = heights.iter().copied().fold(0.0, f64::max);
    assert!(bottom - top > 100.0, "{top} to {bottom}");
}

#[test]
fn a_set_range_clips_the_curve() {
    let xs: Vec<f64> = (0..8).map(f64::from).collect();
    let plot = CurvePlot::new("").curve_at("", &xs, &[0.1, 9.0, 0.2, -8.0, 0.3, 0.4, 0.5, 7.0]).y_range(0.0, 1.0);
    let svg = plot.size(400, 300).to_svg();
    for (_, points) in lines(&svg) {
        assert!(points.iter().all(|&(_, y)| (10.0..=280.0).contains(&y)), "{points:?}");
    }
    assert!(contents(&svg).iter().any(|content| content == "7.000"), "the last value is told all the same");
}

#[test]
fn the_legend_covers_no_curve() {
    let crowded = CurvePlot::new("")
        .curve_at("rises", &[0.0, 1.0, 2.0], &[0.0, 0.2, 1.0])
        .curve_at("falls", &[0.0, 1.0, 2.0], &[1.0, 0.3, 0.0])
        .threshold(0.95, "target");
    for plot in [typical(), crowded] {
        let svg = plot.to_svg();
        let [left, top, right, bottom] = legend_box(&svg).expect("a legend in a box");
        let covered = |&&(x, y): &&(f64, f64)| (left..right).contains(&x) && (top..bottom).contains(&y);
        // The samples of the legend itself are lines of two points.
        let curves: Vec<_> = lines(&svg).into_iter().filter(|(_, points)| points.len() > 2).collect();
        assert!(!curves.is_empty());
        assert!(curves.iter().all(|(_, points)| points.iter().filter(covered).count() == 0));
    }

    let xs: Vec<f64> = (0..400).map(f64::from).collect();
    let ys: Vec<f64> = xs.iter().map(|x| (0.7 * x).sin()).collect();
    let everywhere = CurvePlot::new("").curve_at("oscillates", &xs, &ys).to_svg();
    assert_eq!(legend_box(&everywhere), None);
    let texts = texts(&everywhere);
    let label = texts.iter().find(|text| text.content == "oscillates").expect("a legend above the plot");
    let highest =
        lines(&everywhere).iter().flat_map(|(_, points)| points.clone()).map(|(_, y)| y).fold(400.0, f64::min);
    // The sample of the line lies in the legend; all else is below.
    assert!(label.y <= highest + 5.0, "{} {highest}", label.y);
}

#[test]
fn a_threshold_is_a_dashed_line_in_the_legend() {
    let plain = CurvePlot::new("").curve_at("train", &[0.0, 1.0], &[0.1, 0.9]);
    let svg = plain.clone().threshold(0.92, "92 % asked").to_svg();
    assert!(contents(&svg).iter().any(|content| content == "92 % asked"));
    let dashes = |svg: &str| svg.matches("fill=\"#212121\" stroke=\"none\"").count();
    assert!(dashes(&svg) > 20);
    let beyond = plain.threshold(0.92, "").y_range(0.0, 0.5).to_svg();
    assert_eq!(dashes(&beyond), 0);
}

#[test]
fn figures_arrange_their_plots() {
    let size = |svg: &str| {
        let document = Document::parse(svg).expect("the SVG is well-formed");
        ["width", "height"].map(|attribute| number(&document.root_element(), attribute))
    };
    let (cost, accuracy) = (typical(), CurvePlot::new("Accuracy").curve_at("train", &[0.0, 3000.0], &[10.0, 92.0]));
    assert_eq!(size(&cost.to_svg()), [620.0, 380.0]);
    let beside = plot::side_by_side(&[&cost, &accuracy]).to_svg();
    assert_eq!(size(&beside), [920.0, 340.0]);
    let stacked = plot::stack(&[&cost, &accuracy]).to_svg();
    assert_eq!(size(&stacked), [620.0, 600.0]);
    let sized = plot::stack(&[&cost.clone().size(500, 200), &accuracy.clone().size(400, 250)]).to_svg();
    assert_eq!(size(&sized), [500.0, 450.0]);

    let place = |svg: &str, content: &str| {
        let text = texts(svg).into_iter().find(|text| text.content == content).expect("the title");
        (text.left, text.y)
    };
    assert!(place(&beside, "Accuracy").0 > 460.0);
    assert!(place(&stacked, "Accuracy").1 > 300.0);
    // Both plots of a stack begin at the same place, though the numbers along their axes differ in width.
    let starts: Vec<_> =
        lines(&stacked).iter().filter(|(_, points)| points.len() > 100).map(|(_, points)| points[0].0).collect();
    let last = lines(&stacked).iter().rfind(|(_, points)| points.len() == 2 && points[0].0 != points[1].0).cloned();
    assert!(starts.iter().all(|&start| start == starts[0]) && last.is_some(), "{starts:?}");
}

#[test]
fn a_png_has_two_pixels_to_a_css_pixel() {
    let image = image::load_from_memory(&typical().to_png()).expect("the PNG is sound").to_rgb8();
    assert_eq!(image.dimensions(), (1240, 760));
    assert_eq!(image.get_pixel(0, 0).0, [255, 255, 255]);
    for color in [[0, 114, 178], [213, 94, 0]] {
        let count = image.pixels().filter(|pixel| pixel.0 == color).count();
        assert!(count > 1000, "{color:?}: {count} pixels");
    }
}

#[test]
fn display_shows_svg_png_and_text() {
    if is_to_show() {
        CurvePlot::new("Cost\n<1>").curve_at("train", &[0.0, 1.0], &[2.3, 0.31]).evcxr_display();
        return;
    }
    let blocks = shown_by("plot::curves::display_shows_svg_png_and_text");
    let types: Vec<_> = blocks.iter().map(|(mime_type, _)| mime_type.as_str()).collect();
    assert_eq!(types, ["image/svg+xml", "image/png", "text/plain"]);
    assert!(Document::parse(&blocks[0].1).is_ok());
    let png = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &blocks[1].1).expect("base64");
    let image = image::load_from_memory(&png).expect("the PNG is sound");
    assert_eq!((image.width(), image.height()), (620, 380));
    assert_eq!(blocks[2].1, "[curve plot: Cost <1>; train 0.3100]");
}

#[test]
fn save_goes_by_the_extension() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plot = typical();
    for (name, start) in [("cost.svg", &b"<svg "[..]), ("cost.PNG", &b"\x89PNG"[..])] {
        let path = folder.path().join(name);
        fs::write(&path, "what was there before").expect("the folder can be written");
        plot.save(&path).expect("the picture is saved");
        assert!(fs::read(&path).expect("the file is there").starts_with(start), "{name}");
    }
    plot::stack(&[&plot]).save(folder.path().join("figure.svg")).expect("the figure is saved");
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    names.sort();
    assert_eq!(names, ["cost.PNG", "cost.svg", "figure.svg"], "nothing else is left behind");
}

#[test]
fn save_errors_name_the_file_and_change_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let message = |name: &str| typical().save(path(name)).expect_err("an error").to_string();
    let shown = |name: &str| path(name).display().to_string();
    let extensions = "expected the extension `.svg` or `.png`";
    assert_eq!(message("cost.jpg"), format!("{}: {extensions}, found `.jpg`", shown("cost.jpg")));
    assert_eq!(message("cost"), format!("{}: {extensions}, found none", shown("cost")));
    let missing = message("missing/cost.svg");
    assert!(missing.starts_with(&format!("cannot write {}: ", shown("missing/cost.svg"))), "{missing}");

    // A folder cannot be replaced by a file: the last step fails, and what was written beside it is removed.
    fs::create_dir(path("folder.svg")).expect("the folder can be written");
    fs::write(path("folder.svg").join("kept"), "").expect("the folder can be written");
    assert!(message("folder.svg").starts_with(&format!("cannot write {}: ", shown("folder.svg"))));
    assert!(path("folder.svg").join("kept").exists());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn misuse_is_told() {
    let plot = CurvePlot::new("");
    let cases = [
        (
            panic_message(|| CurvePlot::new("").curve_at("train", &[0.0, 1.0], &[2.3])),
            "CurvePlot::curve_at: curve `train` got 2 x values and 1 y values, expected as many of each",
        ),
        (
            panic_message(|| CurvePlot::new("").curve("test", &[0], &[])),
            "CurvePlot::curve: curve `test` got 1 x values and 0 y values, expected as many of each",
        ),
        (
            panic_message(|| CurvePlot::new("").y_range(1.0, 1.0)),
            "CurvePlot::y_range: got 1 to 1, expected two finite numbers in ascending order",
        ),
        (
            panic_message(|| CurvePlot::new("").y_range(0.0, f64::NAN)),
            "CurvePlot::y_range: got 0 to NaN, expected two finite numbers in ascending order",
        ),
        (
            panic_message(|| CurvePlot::new("").log_y().y_range(0.0, 1.0)),
            "CurvePlot::y_range: got 0 to 1 on a logarithmic axis, expected positive numbers",
        ),
        (
            panic_message(|| CurvePlot::new("").y_range(-1.0, 1.0).log_y()),
            "CurvePlot::log_y: got -1 to 1 on a logarithmic axis, expected positive numbers",
        ),
        (
            panic_message(|| CurvePlot::new("").threshold(f64::INFINITY, "")),
            "CurvePlot::threshold: got the value inf, expected a finite one",
        ),
        (
            panic_message(|| CurvePlot::new("").size(10, 10)),
            "CurvePlot::size: got 10 x 10 pixels, expected 240 x 180 to 2000 x 2000",
        ),
        (panic_message(|| plot::side_by_side(&[])), "plot::side_by_side: got no plots, expected at least one"),
        (panic_message(|| plot::stack(&[])), "plot::stack: got no plots, expected at least one"),
        (
            panic_message(|| plot::side_by_side(&[&CurvePlot::new("").size(2000, 2000); 2])),
            "plot::side_by_side: got plots that make 4000 x 2000 pixels together, expected at most 4000000",
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(message, expected);
    }
    assert_eq!(plot.to_svg(), CurvePlot::new("").to_svg(), "the same picture every time");
}
