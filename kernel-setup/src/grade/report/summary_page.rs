//! `summary.html`: the class, for the teacher. What needs a person comes first.

use super::summary::{Place, QuestionSummary, Summary};
use super::{page, text, words};
use crate::grade::marks::{Marked, Status};
use crate::grade::run::Run;
use crate::html::{escape, push};
use std::fmt::Write as _;

/// How many of the slowest submissions are named.
const SLOWEST: usize = 10;
/// How many lines of a list are shown.
const LINES: usize = 200;

/// The page.
pub fn page(run: &Run, summary: &Summary, marked: &[Marked]) -> String {
    let mut body = String::new();
    head(&mut body, run, summary);
    attention(&mut body, summary);
    body += "<h2>Questions</h2>\n";
    questions(&mut body, summary);
    body += "<h2>Points</h2>\n";
    histogram(&mut body, summary);
    body += "<h2>Submissions</h2>\n";
    submissions(&mut body, marked);
    body += "<h2>Slowest</h2>\n";
    slowest(&mut body, marked);
    page::page(&format!("{}: the class", run.assignment), &body, &page::origin(&[]))
}

fn head(body: &mut String, run: &Run, summary: &Summary) {
    let number = |value: Option<f64>| value.map_or("–".to_owned(), words::points);
    push(
        body,
        format_args!(
            "<header>\n<p class=\"kind\">The class</p>\n<h1>{}</h1>\n<p class=\"total\"><strong>{}</strong> submissions, on average \
             <strong>{}</strong> of {} points (median {})</p>\n<p class=\"kind\">{}; nnkernel {}{}</p>\n</header>\n",
            escape(&run.assignment),
            summary.submissions,
            number(summary.mean),
            words::points(summary.max_points),
            number(summary.median),
            escape(&run.toolchain),
            escape(&run.nnkernel_version),
            run.shard.map(|shard| format!("; shard {shard}")).unwrap_or_default(),
        ),
    );
}

fn attention(body: &mut String, summary: &Summary) {
    let place = |place: &Place| {
        let remarks: String =
            place.remarks.iter().take(3).map(|remark| format!(" {}", text::line(remark, text::REMARK))).collect();
        format!("{}: <b>{}</b>{}", link(&place.student_id), text::html(&place.question, text::REMARK), escape(&remarks))
    };
    let places = |places: &[Place]| places.iter().map(place).collect::<Vec<_>>();
    let refusals = summary.refusals.iter();
    let refusals =
        refusals.map(|refusal| format!("{}: {}", link(&refusal.student_id), text::html(&refusal.reason, text::REMARK)));
    let same = summary.same.iter().map(|students| students.iter().map(|s| link(s)).collect::<Vec<_>>().join(", "));
    list(
        body,
        "refusal",
        &format!("The grader has failed here, grade again: {}", summary.faults.len()),
        &places(&summary.faults),
    );
    list(body, "refusal", &format!("Not graded: {}", summary.refusals.len()), &refusals.collect::<Vec<_>>());
    list(
        body,
        "notes",
        &format!("To be marked by a person: {}", summary.to_mark.len()),
        &by_question(&summary.to_mark),
    );
    list(body, "notes", "Marked by hand before the notebook was handed in again", &places(&summary.marked_before));
    list(body, "notes", "The same file", &same.collect::<Vec<_>>());
}

/// A question a line, with all students of whom it is to be marked.
fn by_question(places: &[Place]) -> Vec<String> {
    let mut questions: Vec<(&str, Vec<String>)> = Vec::new();
    for place in places {
        let link = link(&place.student_id);
        match questions.iter_mut().find(|(question, _)| *question == place.question) {
            Some((_, students)) => students.push(link),
            None => questions.push((&place.question, vec![link])),
        }
    }
    let line = |(question, students): &(&str, Vec<String>)| {
        format!(
            "<b>{}</b>, {} submissions: {}",
            text::html(question, text::REMARK),
            students.len(),
            students.join(", ")
        )
    };
    questions.iter().map(line).collect()
}

fn list(body: &mut String, class: &str, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    push(body, format_args!("<section class=\"{class}\"><h2>{title}</h2>\n<ul>\n"));
    for line in lines.iter().take(LINES) {
        push(body, format_args!("<li>{line}</li>\n"));
    }
    if lines.len() > LINES {
        push(body, format_args!("<li>… and {} more, in report.json</li>\n", lines.len() - LINES));
    }
    *body += "</ul></section>\n";
}

/// A student's name, which leads to the page for the student.
fn link(student: &str) -> String {
    let student = escape(student);
    format!("<a href=\"students/{student}/feedback.html\">{student}</a>")
}

fn questions(body: &mut String, summary: &Summary) {
    *body += "<table class=\"questions\">\n<thead><tr><th>Question</th><th>How it ended</th><th class=\"number\">Points given</th></tr></thead>\n<tbody>\n";
    for question in &summary.questions {
        let success = question.success.map_or("–".to_owned(), |success| format!("{:.0} %", success * 100.0));
        push(
            body,
            format_args!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{success}<br><span class=\"faint\">of {}</span></td></tr>\n",
                text::html(&question.id, text::REMARK),
                bar(question),
                words::points(question.max_points),
            ),
        );
    }
    *body += "</tbody>\n</table>\n";
}

/// A bar with a part for every status, and the numbers below it.
fn bar(question: &QuestionSummary) -> String {
    let all: usize = question.statuses.values().sum();
    let (mut parts, mut legend) = (String::new(), Vec::new());
    for (&status, &count) in &question.statuses {
        let (class, width) = (words::class(status), 100.0 * count as f64 / all as f64);
        write!(parts, "<i class=\"{class}\" style=\"width:{width:.2}%\" title=\"{} {count}\"></i>", status.name())
            .expect("a String takes all that is written to it");
        legend.push(format!("<span class=\"{class}\"><b class=\"badge\">{count}</b>{}</span>", status.name()));
    }
    format!("<div class=\"meter\">{parts}</div><p class=\"statuses\">{}</p>", legend.join(" "))
}

/// How many submissions have how many points.
fn histogram(body: &mut String, summary: &Summary) {
    const WIDTH: f64 = 640.0;
    const HEIGHT: f64 = 150.0;
    let most = summary.totals.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / summary.totals.len() as f64;
    push(
        body,
        format_args!(
            "<svg class=\"histogram\" viewBox=\"0 -18 {WIDTH} 190\" role=\"img\" aria-label=\"A histogram of points\">\n"
        ),
    );
    for (index, &count) in summary.totals.iter().enumerate() {
        let (left, height) = (index as f64 * step, HEIGHT * count as f64 / most);
        push(
            body,
            format_args!(
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\">{count}</text>\n",
                left + 2.0,
                HEIGHT - height,
                step - 4.0,
                left + step / 2.0,
                HEIGHT - height - 5.0,
            ),
        );
    }
    for index in 0..=summary.totals.len() {
        let points = summary.max_points * index as f64 / summary.totals.len() as f64;
        let anchor = match index {
            0 => "start",
            last if last == summary.totals.len() => "end",
            _ => "middle",
        };
        push(
            body,
            format_args!(
                "<text class=\"faint\" style=\"text-anchor:{anchor}\" x=\"{:.1}\" y=\"167\">{}</text>\n",
                index as f64 * step,
                words::points(points)
            ),
        );
    }
    push(body, format_args!("<line x1=\"0\" y1=\"{HEIGHT}\" x2=\"{WIDTH}\" y2=\"{HEIGHT}\"/>\n</svg>\n"));
}

fn submissions(body: &mut String, marked: &[Marked]) {
    *body += "<table class=\"questions dense\">\n<thead><tr><th>Student</th><th>Questions</th><th class=\"number\">Points</th></tr></thead>\n<tbody>\n";
    for marked in marked {
        let mut questions = String::new();
        for question in &marked.questions {
            let (class, name) = (words::class(question.status), question.status.name());
            let id = escape(&text::line(&question.id, text::REMARK));
            push(
                &mut questions,
                format_args!("<i class=\"dot {class}\" title=\"{id}: {name}\">{}</i>", symbol(question.status)),
            );
        }
        let open = if marked.questions.iter().any(|question| question.status.is_open()) { " + ?" } else { "" };
        push(
            body,
            format_args!(
                "<tr><th scope=\"row\">{}</th><td>{questions}</td><td class=\"number\">{}{open}</td></tr>\n",
                link(&marked.student),
                words::points(marked.points()),
            ),
        );
    }
    *body += "</tbody>\n</table>\n";
}

/// For those who do not see colors.
fn symbol(status: Status) -> &'static str {
    match words::class(status) {
        "good" => "✓",
        "some" => "~",
        "open" => "?",
        _ => "✗",
    }
}

fn slowest(body: &mut String, marked: &[Marked]) {
    let mut marked: Vec<&Marked> = marked.iter().collect();
    marked.sort_by(|a, b| b.times.total.total_cmp(&a.times.total).then_with(|| a.student.cmp(&b.student)));
    *body += "<table class=\"questions dense\">\n<thead><tr><th>Student</th><th class=\"number\">Seconds</th><th class=\"number\">Compiler's</th>\
              <th class=\"number\">Notebook's own</th></tr></thead>\n<tbody>\n";
    for Marked { student, times, .. } in marked.into_iter().take(SLOWEST) {
        push(
            body,
            format_args!(
                "<tr><th scope=\"row\">{}</th><td class=\"number\">{:.1}</td><td class=\"number\">{:.1}</td><td class=\"number\">{:.1}</td></tr>\n",
                link(student),
                times.total,
                times.compile,
                times.run,
            ),
        );
    }
    *body += "</tbody>\n</table>\n";
}
