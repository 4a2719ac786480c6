//! Graded submissions for tests.

use super::marks::{Cell, Marked, Question, Shown, Status, Times};
use super::run::Run;
use png::Encoder;

/// A run without shards.
pub fn run() -> Run {
    Run {
        assignment: "softmax-regression".to_owned(),
        assignment_hash: "a1".repeat(32),
        toolchain: "rustc 1.95.0 (59807616e 2026-04-14)".to_owned(),
        nnkernel_version: "0.1.0".to_owned(),
        seed: 4_503_599_627_370_497,
        limits: serde_json::json!({ "timeout": 60 }),
        shard: None,
    }
}

/// A question that ended like this.
pub fn question(id: &str, status: Status, points: f64, max_points: f64) -> Question {
    let (cases_right, cases) = match status {
        Status::Passed => (4, 4),
        Status::Partial => (3, 4),
        Status::Manual => (0, 0),
        _ => (0, 4),
    };
    Question {
        id: id.to_owned(),
        status,
        points,
        max_points,
        cases_right,
        cases,
        remarks: vec![],
        on_reference: vec![],
    }
}

/// A submission with one right answer, one that is partly right, and a written one.
pub fn marked(student: &str) -> Marked {
    Marked {
        student: student.to_owned(),
        origin: format!("submissions/{student}.ipynb"),
        hash: super::run::hexadecimal(student.as_bytes()),
        questions: vec![
            question("softmax", Status::Passed, 2.0, 2.0),
            question("loss", Status::Partial, 1.5, 2.0),
            question("why", Status::Manual, 0.0, 1.0),
        ],
        cells: vec![cell(true, "# Softmax"), cell(false, "fn softmax() {}\n")],
        notes: vec![],
        refusal: None,
        times: Times { start: 0.25, compile: 2.5, run: 1.25, total: 3.5 },
    }
}

/// A cell of the student's own that showed nothing.
pub fn cell(is_text: bool, source: &str) -> Cell {
    Cell { is_text, id: None, source: source.to_owned(), is_own: true, shown: vec![], failure: None }
}

/// A code cell that showed this.
pub fn showing(shown: Vec<Shown>) -> Cell {
    Cell { shown, ..cell(false, "show();") }
}

/// A picture of two colors, with what `change` asks for in its file.
pub fn png(width: u32, height: u32, change: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    change(&mut encoder);
    let data: Vec<u8> =
        (0..width * height).flat_map(|i| if i % 3 == 0 { [200, 30, 30] } else { [30, 30, 200] }).collect();
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    file
}
