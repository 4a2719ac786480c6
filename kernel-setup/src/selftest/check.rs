//! `nnkernel selftest`: whether an assignment's hidden tests tell right from wrong.

use crate::assignment::Assignment;
use crate::cli;
use crate::grade::Setting;
use crate::grade::exam::Exam;
use crate::grade::marking::{self, Marker};
use crate::grade::marks::{Question, Status};
use crate::session;
use anyhow::Result;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Runs the selftest of the assignment that `options` name.
pub fn run(options: &cli::Selftest) -> Result<ExitCode> {
    let assignment = Assignment::find(&options.assignment, session::checkout().as_deref())?;
    let exam = Exam::open(assignment)?;
    let setting = Setting::sandboxed(options.seed.unwrap_or(7), Duration::from_secs(60), 2 << 30, true)?;
    let workshop = setting.workshop(&exam)?;
    let started = Instant::now();
    let marker = Marker::prepare(exam, workshop)?;
    println!("prepared in {:.1} s", started.elapsed().as_secs_f64());
    for (name, sheet) in [
        ("the reference", marking::reference_sheet(&marker.exam)),
        ("the blank notebook", marking::blank_sheet(&marker.exam)),
    ] {
        let started = Instant::now();
        let graded = marker.grade(&sheet)?;
        let points: f64 = graded.questions.iter().map(|question| question.points).sum();
        println!(
            "{name}: {points} points, {:.1} s, compile {:.1}, run {:.1}",
            started.elapsed().as_secs_f64(),
            graded.compile.as_secs_f64(),
            graded.run.as_secs_f64()
        );
        for question in &graded.questions {
            println!("  {}", line(question));
        }
        let mut slow: Vec<_> = graded.attempt.units.iter().map(|(k, u)| (u.seconds, *k, u.ending.clone())).collect();
        slow.sort_by(|a, b| b.0.total_cmp(&a.0));
        slow.iter().take(6).for_each(|unit| println!("    {unit:?}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn line(question: &Question) -> String {
    let Question { id, status, points, max_points, cases_right, cases, remarks, .. } = question;
    let why = if *status == Status::Passed { String::new() } else { remarks.join("; ") };
    format!("{id}: {} {points}/{max_points} ({cases_right} of {cases}) {why}", status.name())
}
