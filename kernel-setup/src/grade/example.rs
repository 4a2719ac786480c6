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

/// One of a class that did this and that, with a notebook that has something of everything.
pub fn various(number: usize) -> Marked {
    let mut marked = marked(&format!("student{number:02}"));
    let ids =
        ["affine-forward", "affine-backward", "softmax-loss", "train-two-layers", "why-it-overfits", "learning-rate"];
    let all = [
        Status::Passed,
        Status::Partial,
        Status::Failed,
        Status::CompileError,
        Status::Panic,
        Status::Timeout,
        Status::OutOfMemory,
        Status::Killed,
        Status::NotRun,
    ];
    marked.questions = (0..ids.len()).map(|index| {
        let dice = (number * 7 + index * 13 + number * number * index) % 23;
        let status = match (index, dice) {
            (4, _) => Status::Manual,
            (_, 0) if number == 11 => Status::GraderFault,
            (_, dice) => all.get(dice.saturating_sub(12)).copied().unwrap_or(Status::Passed),
        };
        let max_points = [2.0, 3.0, 2.5, 4.0, 2.0, 1.5][index];
        let points = match status {
            Status::Passed => max_points,
            Status::Partial => max_points * 0.75,
            _ => 0.0,
        };
        let mut question = question(ids[index], status, points, max_points);
        question.remarks = match status {
            Status::Partial => vec![
                "For 3 inputs and 4 outputs, `out` is as expected. For 1 input, its shape is (1,), and (1, 4) was expected.".to_owned(),
            ],
            Status::Failed => vec!["`dw` differs from the gradient by differences by 0.31, and 1e-6 is allowed.".to_owned()],
            _ => vec![],
        };
        if index > 0 && status != Status::NotRun && dice.is_multiple_of(3) {
            question.on_reference = vec![ids[index - 1].to_owned()];
        }
        question
    }).collect();
    marked.times.total = 2.0 + (number * 37 % 100) as f64 / 10.0;
    if number == 5 {
        marked.refusal = Some("it is no notebook: expected an object at line 1, found the end of the file".to_owned());
        marked.questions.iter_mut().for_each(|it| (it.status, it.points) = (Status::NotRun, 0.0));
    }
    marked.notes = vec![
        "The cell affine-forward-test was changed; it was graded as it was handed out.".to_owned(),
        "Two cells were added after train-two-layers.".to_owned(),
    ];
    let given = |cell: Cell| Cell { is_own: false, ..cell };
    let test = |index: usize, source: &str| Cell { id: Some(ids[index].to_owned()), ..given(cell(false, source)) };
    marked.cells = vec![
        given(cell(true, "# Two layers\n\nAn affine layer computes $y = xW + b$, where $x$ has the shape $(N, D)$:\n\n\
                          $$\\frac{\\partial L}{\\partial W} = x^\\top \\frac{\\partial L}{\\partial y}$$\n\n\
                          | name | shape |\n|---|---|\n| `x` | (N, D) |\n| `w` | (D, M) |\n")),
        cell(false, "/// The layer's output, and what its backward pass needs.\n\
                     fn affine_forward(x: &Array2, w: &Array2, b: &Array1) -> (Array2, AffineCache) {\n    \
                     let out = x.dot(w) + b; // broadcast over the rows\n    \
                     (out, AffineCache { x: x.clone(), w: w.clone() })\n}\n"),
        test(0, "let (out, _) = affine_forward(&x, &w, &b);\nprintln!(\"{out:?}\");\nassert_eq!(out.shape(), &[3, 4]);\n"),
        Cell { failure: Some("error[E0308]: mismatched types\n --> affine-backward, line 3, column 5\n  |\n3 |     dout.dot(w)\n  |     \
                              ^^^^^^^^^^^ expected `Array2`, found `()`\n".to_owned()),
               ..cell(false, "fn affine_backward(dout: &Array2, cache: &AffineCache) -> Array2 {\n    let AffineCache { x, w } = cache;\n    \
                              dout.dot(w);\n}\n") },
        test(1, "check_gradient(affine_backward);\n"),
        Cell { shown: vec![Shown::Text((1..=8).map(|epoch| format!("epoch {epoch}: loss {:.4}\n", 2.3 / epoch as f64)).collect()),
                           Shown::Png(png(420, 260, |_| {}))],
               ..test(3, "let history = train(&mut model, &data, 8)?;\nplot(&history);\n") },
        Cell { id: Some(ids[4].to_owned()),
               ..cell(true, "The model has **more parameters than examples**, see [this page](https://example.org/overfitting), and \
                             `weight_decay` is 0. <b>So it learns the noise.</b>\n\n![my drawing](drawing.png)\n") },
    ];
    marked
}
