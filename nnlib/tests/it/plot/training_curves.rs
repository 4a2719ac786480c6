//! Tests of `training_curves`, dots, marked curves, runs and the legend's position.

use super::svg::{contents, dots, fills, legend_box, lines, texts, y_scale};
use super::{is_to_show, panic_message, shown_by};
use nnlib::plot::{self, CurvePlot, LegendPosition};

const BLUE: &str = "#0072B2";
const VERMILLION: &str = "#D55E00";
const INK: &str = "#212121";

/// Losses of mini-batches as they are: falling, in noise.
fn losses(count: usize) -> Vec<f64> {
    let noise = |i: usize| ((i * 7919) % 1009) as f64 / 1009.0 + ((i * 104_729) % 997) as f64 / 997.0 - 1.0;
    (0..count).map(|i| 1.4 + 0.9 * (-5.0 * i as f64 / count as f64).exp() + 0.3 * noise(i)).collect()
}

const TRAIN: [f64; 6] = [0.10, 0.38, 0.45, 0.50, 0.54, 0.57];
const VAL: [f64; 6] = [0.12, 0.36, 0.43, 0.47, 0.50, 0.51];

#[test]
fn both_plots_have_their_titles_and_labels() {
    let svg = plot::training_curves(&losses(500), &TRAIN, &VAL).to_svg();
    let contents = contents(&svg);
    for expected in ["Training loss", "Iteration", "Accuracy", "Epoch", "train", "val", "0.5700", "0.5100", "0", "5"] {
        assert!(contents.iter().any(|content| content == expected), "no {expected} in {contents:?}");
    }
    assert!(svg.starts_with("<svg ") && svg.contains("width=\"620\" height=\"600\""));
    let loss = texts(&svg).into_iter().find(|text| text.content == "Training loss").expect("the title");
    let accuracy = texts(&svg).into_iter().find(|text| text.content == "Accuracy").expect("the title");
    assert_eq!(accuracy.y - loss.y, 300.0);
}

#[test]
fn losses_are_dots_at_their_iterations() {
    let losses = [2.5, 2.0, 1.5, 1.0];
    let svg = plot::training_curves(&losses, &[0.1], &[0.1]).to_svg();
    let (color, diameter, places) = dots(&svg).swap_remove(0);
    assert_eq!((color.as_str(), diameter, places.len()), (BLUE, 6.0, 4));
    let value = y_scale(&svg, "1.0", "2.5");
    for ((_, y), loss) in places.iter().zip(losses) {
        assert!((value(*y) - loss).abs() < 0.01, "{} {loss}", value(*y));
    }
    let steps: Vec<_> = places.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(steps.iter().all(|step| (step - steps[0]).abs() <= 0.25), "{steps:?}");
}

#[test]
fn accuracies_are_marked_lines_over_epochs() {
    let svg = plot::training_curves(&losses(20), &TRAIN, &VAL).to_svg();
    let value = y_scale(&svg, "0.2", "0.4");
    for (color, history) in [(BLUE, TRAIN), (VERMILLION, VAL)] {
        // The legend has a sample of each, a line of two points.
        let (_, line) =
            lines(&svg).into_iter().find(|(stroke, points)| stroke == color && points.len() == 6).expect("the curve");
        let (_, _, marks) = dots(&svg)
            .into_iter()
            .rfind(|(stroke, _, places)| stroke == color && places.len() == 6)
            .expect("its marks");
        assert_eq!(line, marks);
        for ((_, y), expected) in marks.iter().zip(history) {
            assert!((value(*y) - expected).abs() < 0.004, "{} {expected}", value(*y));
        }
    }
}

#[test]
fn thousands_of_losses_stay_small_and_keep_their_outline() {
    for count in [4900, 9800, 100_000] {
        let losses = losses(count);
        let svg = plot::training_curves(&losses, &TRAIN, &VAL).threshold(0.5).to_svg();
        assert!(svg.len() < 100_000, "{count}: {} bytes", svg.len());
        let (_, diameter, places) = dots(&svg).swap_remove(0);
        assert_eq!(diameter, 3.5);
        let value = y_scale(&svg, "1.5", "2.0");
        let shown: Vec<_> = places.iter().map(|&(_, y)| value(y)).collect();
        for extreme in [f64::min, f64::max] {
            let [shown, given] =
                [&shown, &losses].map(|values| values.iter().copied().reduce(extreme).expect("values"));
            assert!((shown - given).abs() < 0.02, "{count}: {shown} {given}");
        }
    }
}

#[test]
fn the_threshold_is_dashed_and_black_at_its_value() {
    let curves = plot::training_curves(&losses(20), &TRAIN, &VAL);
    assert!(fills(&curves.to_svg(), INK).is_empty());
    let svg = curves.threshold(0.5).to_svg();
    let dashes = fills(&svg, INK);
    assert!(dashes.len() > 40, "{}", dashes.len());
    let value = y_scale(&svg, "0.2", "0.4");
    for pair in dashes.windows(2) {
        assert_eq!((pair[0][1], pair[0][3]), (pair[1][1], pair[1][3]), "all at one height");
        assert!(pair[1][0] - pair[0][2] > 3.0, "a gap after each dash");
    }
    assert!((value((dashes[0][1] + dashes[0][3]) / 2.0) - 0.5).abs() < 0.004);
}

#[test]
fn regression_and_metric_name_the_second_plot() {
    let curves = plot::training_curves(&[1.0], &[1.2, 0.8, 0.7], &[1.2, 0.9, 0.8]);
    let title_is = |svg: &str, title: &str| contents(svg).iter().any(|content| content == title);
    assert!(title_is(&curves.clone().regression().to_svg(), "RMS Error"));
    assert!(title_is(&curves.metric("F1 score").to_svg(), "F1 score"));
}

#[test]
fn the_legend_is_where_it_is_wanted() {
    let plot = CurvePlot::new("").curve("a", &[0, 1], &[0.0, 0.0]).curve("b", &[0, 1], &[1.0, 1.0]).size(400, 300);
    let place = |position| legend_box(&plot.clone().legend(position).to_svg());
    let corners = [
        (LegendPosition::UpperRight, false, true),
        (LegendPosition::LowerRight, false, false),
        (LegendPosition::LowerLeft, true, false),
        (LegendPosition::UpperLeft, true, true),
    ];
    for (position, is_left, is_upper) in corners {
        let [left, top, right, bottom] = place(position).expect("a box");
        assert_eq!(((left + right) / 2.0 < 200.0, (top + bottom) / 2.0 < 150.0), (is_left, is_upper), "{position:?}");
        assert!(left > 20.0 && right < 380.0 && top > 0.0 && bottom < 280.0, "{position:?}");
    }
    assert_eq!((place(LegendPosition::Above), place(LegendPosition::Hidden)), (None, None));
    let names = |position| contents(&plot.clone().legend(position).to_svg()).iter().filter(|text| *text == "b").count();
    assert_eq!((names(LegendPosition::Above), names(LegendPosition::Hidden)), (1, 0));

    let figure = plot::side_by_side(&[&plot, &plot]).legend(LegendPosition::LowerLeft).to_svg();
    let boxes = fills(&figure, "#C8C8C8");
    assert_eq!(boxes.len(), 2);
    assert!(boxes.iter().all(|[_, top, ..]| *top > 150.0), "{boxes:?}");

    // By default it is lower right where accuracies rise, and covers nothing where they do not.
    let rising = legend_box(&plot::training_curves(&[1.0], &TRAIN, &VAL).threshold(0.5).to_svg()).expect("a box");
    assert!(rising[0] > 400.0 && rising[1] > 450.0, "{rising:?}");
    let flat = plot::training_curves(&[1.0], &[0.1; 6], &[0.1; 6]).threshold(0.5).to_svg();
    let [.., bottom] = legend_box(&flat).expect("a box");
    let curve = dots(&flat).into_iter().find(|(_, _, places)| places.len() == 6).expect("the marks").2[0].1;
    assert!(bottom < curve, "{bottom} {curve}");
}

#[test]
fn runs_share_a_colour_and_an_entry_of_the_legend() {
    let folds =
        |end: f64| -> Vec<Vec<f64>> { (0..5).map(|fold| vec![0.9, 0.95, end + 0.001 * f64::from(fold)]).collect() };
    let plot =
        CurvePlot::new("Accuracy").runs("train", &[1, 2, 3], &folds(0.99)).runs("test", &[1, 2, 3], &folds(0.98));
    let svg = plot.to_svg();
    let count =
        |color: &str| lines(&svg).iter().filter(|(stroke, points)| stroke == color && points.len() == 3).count();
    assert_eq!((count(BLUE), count(VERMILLION)), (5, 5));
    for name in ["train", "test"] {
        assert_eq!(contents(&svg).iter().filter(|content| *content == name).count(), 1, "{name}");
    }
    let description = "[curve plot: Accuracy; train 0.9900 to 0.9940 in 5 runs, test 0.9800 to 0.9840 in 5 runs]";
    assert!(svg.contains(description), "{svg}");
}

#[test]
fn any_values_make_a_picture() {
    let cases: [&[f64]; 9] = [
        &[1.0],
        &[0.1; 4],
        &[1e-8, 2e-8, 3e-8],
        &[1e6, 3e6, 2e6],
        &[-1.0, -5.0, -2.0],
        &[f64::NAN],
        &[1.0, f64::NAN, 2.0, f64::INFINITY],
        &[f64::MAX, f64::MIN],
        &[f64::NEG_INFINITY, 1e300, -1e300],
    ];
    for values in cases {
        let curves = plot::training_curves(values, values, values).threshold(0.5);
        let svg = curves.to_svg();
        for (_, _, places) in dots(&svg) {
            assert!(places.iter().all(|(x, y)| (0.0..=620.0).contains(x) && (0.0..=600.0).contains(y)), "{values:?}");
        }
        for text in texts(&svg) {
            assert!(text.left >= 0.0 && text.right <= 620.0, "{values:?}: {text:?}");
        }
        let pixels = image::load_from_memory(&curves.to_png()).expect("the PNG is sound");
        assert_eq!((pixels.width(), pixels.height()), (1240, 1200));
    }
    let gaps = plot::training_curves(&[1.0, f64::NAN, 2.0, f64::INFINITY], &[0.1, f64::NAN], &[0.1, 0.2]).to_svg();
    assert_eq!(dots(&gaps)[0].2.len(), 2, "a value that is not finite is no dot");
    assert!(contents(&gaps).iter().any(|content| content.ends_with(" → inf")), "{:?}", contents(&gaps));
}

#[test]
fn display_and_save_are_those_of_every_picture() {
    let curves = plot::training_curves(&[2.0, 1.0], &[0.1, 0.5], &[0.1, 0.4]);
    if is_to_show() {
        curves.evcxr_display();
        return;
    }
    let blocks = shown_by("plot::training_curves::display_and_save_are_those_of_every_picture");
    let types: Vec<_> = blocks.iter().map(|(mime_type, _)| mime_type.as_str()).collect();
    assert_eq!(types, ["image/svg+xml", "image/png", "text/plain"]);
    assert_eq!(blocks[0].1, curves.to_svg());
    assert_eq!(blocks[2].1, "[curve plot: Training loss; 1.000] [curve plot: Accuracy; train 0.5000, val 0.4000]");
    let folder = tempfile::tempdir().expect("a temporary folder");
    curves.save(folder.path().join("curves.svg")).expect("the picture is saved");
    assert_eq!(std::fs::read_to_string(folder.path().join("curves.svg")).expect("a file"), curves.to_svg());
    assert!(curves.save("curves.jpg").is_err());
}

#[test]
fn misuse_is_told() {
    let one = || plot::training_curves(&[1.0], &[1.0], &[1.0]);
    let cases = [
        (
            panic_message(|| plot::training_curves(&[], &[1.0], &[1.0])),
            "plot::training_curves: `loss_history` is empty, expected at least one value",
        ),
        (
            panic_message(|| plot::training_curves(&[1.0], &[], &[1.0])),
            "plot::training_curves: `train_history` is empty, expected at least one value",
        ),
        (
            panic_message(|| plot::training_curves(&[1.0], &[1.0], &[])),
            "plot::training_curves: `val_history` is empty, expected at least one value",
        ),
        (
            panic_message(|| plot::training_curves(&[1.0], &[1.0], &[1.0, 2.0])),
            "plot::training_curves: got 1 values in `train_history` and 2 in `val_history`, expected as many of each",
        ),
        (
            panic_message(move || one().threshold(f64::NAN)),
            "TrainingCurves::threshold: got the value NaN, expected a finite one",
        ),
        (
            panic_message(|| CurvePlot::new("").dots("loss", &[0, 1], &[1.0])),
            "CurvePlot::dots: curve `loss` got 2 x values and 1 y values, expected as many of each",
        ),
        (
            panic_message(|| CurvePlot::new("").marked_curve("val", &[], &[1.0])),
            "CurvePlot::marked_curve: curve `val` got 0 x values and 1 y values, expected as many of each",
        ),
        (
            panic_message(|| CurvePlot::new("").runs("test", &[0], &[])),
            "CurvePlot::runs: `test` got no runs, expected at least one",
        ),
        (
            panic_message(|| CurvePlot::new("").runs("test", &[0], &[vec![1.0], vec![]])),
            "CurvePlot::runs: curve `test` got 1 x values and 0 y values, expected as many of each",
        ),
    ];
    for (message, expected) in cases {
        assert_eq!(message, expected);
    }
}
