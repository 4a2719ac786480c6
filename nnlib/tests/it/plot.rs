//! Tests of `nnlib::plot`.

mod box_plot;
mod color_images;
mod curves;
mod galleries;
mod histograms;
mod images;
mod svg;
mod training_curves;

use super::checks::panic_message;
use std::process::Command;

/// Runs the named test of this program again with `SHOW_PICTURE` set, and reads the rich output in what it prints as
/// evcxr does: the MIME type and the content of each block.
fn shown_by(test: &str) -> Vec<(String, String)> {
    let program = std::env::current_exe().expect("the test program has a path");
    let output = Command::new(program).args([test, "--exact", "--nocapture"]).env("SHOW_PICTURE", "1").output();
    let stdout = String::from_utf8(output.expect("the test program runs").stdout).expect("the output is text");
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut lines = stdout.lines();
    while let Some(line) = lines.next() {
        if let Some((_, mime_type)) = line.split_once("EVCXR_BEGIN_CONTENT ") {
            let content: Vec<_> = lines.by_ref().take_while(|&line| line != "EVCXR_END_CONTENT").collect();
            blocks.push((mime_type.to_owned(), content.join("\n")));
        }
    }
    blocks
}

/// Whether this run is one that [`shown_by`] started.
fn is_to_show() -> bool {
    std::env::var_os("SHOW_PICTURE").is_some()
}

#[test]
fn other_charts_need_no_font_of_the_system() {
    use nnlib::plotters::prelude::*;

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (400, 300)).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .caption("Histogram", ("sans-serif", 20))
            .set_all_label_area_size(40)
            .build_cartesian_2d(0.0..1.0, 0.0..2.0)
            .expect("the chart is laid out");
        chart.configure_mesh().draw().expect("the axes are drawn");
        chart.draw_series([Rectangle::new([(0.2, 0.0), (0.4, 1.5)], BLUE.filled())]).expect("the bar is drawn");
    }
    assert!(svg.contains("Histogram") && svg.contains("1.6"), "{svg}");
}
