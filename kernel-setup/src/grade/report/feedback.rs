//! The page for a student: marks and why, then the notebook.

use super::cells::Drawing;
use super::{page, text, words};
use crate::grade::marks::{Cell, Marked, Question, Status};
use crate::grade::run::Run;
use crate::html::{escape, push};
use anyhow::Result;

/// So many notes help; more are noise.
const NOTES: usize = 40;
/// The same for the remarks on a question.
const REMARKS: usize = 20;

/// Makes pages for the students of a run.
pub struct Pages<'a> {
    assignment: &'a str,
    drawing: Drawing,
}

impl<'a> Pages<'a> {
    /// For the students of `run`.
    pub fn new(run: &'a Run) -> Self {
        Pages { assignment: &run.assignment, drawing: Drawing::new() }
    }

    /// A name for all that the page shows.
    pub fn origin(&self, marked: &Marked) -> Result<String> {
        let Marked { student, questions, cells, notes, refusal, .. } = marked;
        Ok(page::origin(&serde_json::to_vec(&(self.assignment, student, questions, cells, notes, refusal))?))
    }

    /// The page for one of them.
    pub fn page(&self, marked: &Marked, origin: &str) -> String {
        let mut body = String::new();
        self.head(&mut body, marked);
        if let Some(refusal) = &marked.refusal {
            push(
                &mut body,
                format_args!(
                    "<section class=\"refusal\"><h2>This notebook could not be graded</h2>\n<p>{}</p></section>\n",
                    text::html(refusal, text::REMARK)
                ),
            );
        }
        questions(&mut body, marked);
        notes(&mut body, marked);
        body += "<h2>Your notebook</h2>\n<p class=\"legend\">Cells with a line at their left are yours; all others are as they were handed \
                 out.</p>\n";
        body += &self.drawing.notebook(&marked.cells, |cell| badge(cell, &marked.questions));
        page::page(&format!("{}: feedback for {}", self.assignment, marked.student), &body, origin)
    }

    fn head(&self, body: &mut String, marked: &Marked) {
        let (points, max_points) = (marked.points(), marked.max_points());
        let open: f64 =
            marked.questions.iter().filter(|question| question.status.is_open()).map(|q| q.max_points).sum();
        let share = |points: f64| if max_points > 0.0 { 100.0 * points / max_points } else { 0.0 };
        push(
            body,
            format_args!(
                "<header>\n<p class=\"kind\">Feedback for {}</p>\n<h1>{}</h1>\n\
                 <p class=\"total\"><strong>{}</strong> of {} points{}</p>\n\
                 <div class=\"meter\"><i class=\"good\" style=\"width:{:.2}%\"></i><i class=\"open\" style=\"width:{:.2}%\"></i></div>\n\
                 </header>\n",
                escape(&marked.student),
                escape(self.assignment),
                words::points(points),
                words::points(max_points),
                if open > 0.0 { format!(", {} still to come", words::points(open)) } else { String::new() },
                share(points),
                share(open),
            ),
        );
    }
}

fn questions(body: &mut String, marked: &Marked) {
    *body += "<table class=\"questions\">\n<thead><tr><th>Question</th><th>Result</th><th class=\"number\">Points</th></tr></thead>\n<tbody>\n";
    for question in &marked.questions {
        let name = text::html(&question.id, text::REMARK);
        let name = match marked.cells.iter().position(|cell| cell.id.as_ref() == Some(&question.id)) {
            Some(index) => format!("<a href=\"#cell-{index}\">{name}</a>"),
            None => name,
        };
        push(
            body,
            format_args!(
                "<tr class=\"{}\"><th scope=\"row\">{name}</th><td><span class=\"badge\">{}</span> {}{}</td>\
                 <td class=\"number\">{}</td></tr>\n",
                words::class(question.status),
                words::status(question.status),
                escape(&words::meaning(question)),
                remarks(question),
                given(question),
            ),
        );
    }
    *body += "</tbody>\n</table>\n";
}

/// The points, as far as they are given.
fn given(question: &Question) -> String {
    let given = if question.status.is_open() { "?".to_owned() } else { words::points(question.points) };
    format!("{given} / {}", words::points(question.max_points))
}

fn remarks(question: &Question) -> String {
    let more = question.remarks.len().saturating_sub(REMARKS);
    let more = (more > 0).then(|| format!("… and {more} more"));
    let remarks = question.remarks.iter().take(REMARKS).cloned().chain(more).chain(words::on_reference(question));
    let items: String = remarks.map(|remark| format!("<li>{}</li>", text::html(&remark, text::REMARK))).collect();
    if items.is_empty() { items } else { format!("<ul>{items}</ul>") }
}

fn notes(body: &mut String, marked: &Marked) {
    if marked.notes.is_empty() {
        return;
    }
    *body += "<section class=\"notes\"><h2>What else was noticed</h2>\n<ul>\n";
    for note in marked.notes.iter().take(NOTES) {
        push(body, format_args!("<li>{}</li>\n", text::html(note, text::REMARK)));
    }
    if marked.notes.len() > NOTES {
        push(body, format_args!("<li>… and {} more</li>\n", marked.notes.len() - NOTES));
    }
    *body += "</ul></section>\n";
}

/// Above the cell that a question is graded by: what it was given.
fn badge(cell: &Cell, questions: &[Question]) -> String {
    let Some(question) = questions.iter().find(|question| cell.id.as_ref() == Some(&question.id)) else {
        return String::new();
    };
    let reason = match question.status {
        Status::Passed | Status::Manual => String::new(),
        _ => question.remarks.first().map(|remark| text::html(remark, text::REMARK)).unwrap_or_default(),
    };
    format!(
        "<p class=\"mark {}\"><span class=\"badge\">{}</span> <b>{}</b> {} points <span>{reason}</span></p>\n",
        words::class(question.status),
        words::status(question.status),
        text::html(&question.id, text::REMARK),
        given(question),
    )
}
