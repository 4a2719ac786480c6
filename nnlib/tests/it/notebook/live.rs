//! Displays, bars and live plots.

use super::{Seen, listeners, run};
use nnlib::notebook::{Display, Output, Progress, clear_output, progress};
use nnlib::plot::{CurvePlot, LivePlot};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::Duration;

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn text(command: &Value) -> &str {
    command["data"]["text/plain"].as_str().unwrap()
}

#[test]
#[ignore = "a cell of the test below"]
fn display_cell() {
    println!("first");
    let mut display = Display::show("one\nline \"more\"");
    display.update("one\nline \"more\"");
    display.update(Output::text("two").html("<b>2</b>").png(b"png"));
    let other = Display::show(&CurvePlot::new("Loss").curve("train", &[0, 1], &[2.0, 1.0]));
    other.evcxr_display();
    clear_output(true);
    println!("last");
}

#[test]
fn a_display_is_replaced_in_the_notebook_and_printed_elsewhere() {
    let Seen { lines, commands, .. } = run("live::display_cell", true);
    assert_eq!(lines, ["first", "last"]);
    let id = commands[0]["id"].clone();
    let shown = |action: &str, data: Value| json!({"action": action, "id": id, "data": data});
    assert_eq!(commands[0], shown("display", json!({"text/plain": "one\nline \"more\""})));
    assert_eq!(commands[1], shown("update", json!({"text/plain": "one\nline \"more\""})));
    let forms = json!({"text/plain": "two", "text/html": "<b>2</b>", "image/png": "cG5n"});
    assert_eq!(commands[2], shown("update", forms));
    assert!(commands[3]["action"] == "display" && commands[3]["id"] != id);
    assert_eq!(
        commands[3]["data"].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["image/png", "image/svg+xml", "text/plain"]
    );
    assert_eq!(commands[4..], [json!({"action": "clear", "wait": true})]);

    let Seen { lines, commands, .. } = run("live::display_cell", false);
    assert_eq!(lines, ["first", "one", "line \"more\"", "two", "[curve plot: Loss; train 1.000]", "last"]);
    assert!(commands.is_empty());
}

#[test]
#[ignore = "a cell of the test below"]
fn bar_cell() {
    for _ in progress("quick", 0..1000) {}
    let mut outer = Progress::start("outer", 3).unit("trial");
    for trial in 0..3 {
        for _ in progress("<inner>", vec![0; 5]) {
            sleep(milliseconds(60));
        }
        outer.step(&[("score", trial as f64)]);
    }
    drop(outer);
    let mut unbounded = Progress::start_unbounded("silent").silent();
    sleep(milliseconds(600));
    unbounded.step(&[]);
    println!("printed");
}

#[test]
fn nested_bars_share_a_display_that_ends_as_a_line() {
    let Seen { lines, commands, .. } = run("live::bar_cell", true);
    assert_eq!(lines, ["printed"]);
    let actions: Vec<_> = commands.iter().map(|command| command["action"].as_str().unwrap()).collect();
    assert!((3..=5).contains(&actions.len()), "{commands:?}");
    assert!(actions[0] == "display" && actions[1..].iter().all(|action| *action == "update"), "{actions:?}");
    assert!(commands.iter().all(|command| command["id"] == commands[0]["id"]));
    let (drawn, last) = commands.split_at(commands.len() - 1);
    for command in drawn {
        let lines: Vec<&str> = text(command).lines().collect();
        assert!(lines[0].starts_with("outer ") && lines[0].contains("|") && lines.len() <= 2, "{lines:?}");
        let html = command["data"]["text/html"].as_str().unwrap();
        assert_eq!(html.matches("<progress value=").count(), lines.len());
        assert!(!html.contains('\n'));
    }
    let inner = drawn.iter().find(|command| text(command).lines().count() == 2).expect("an inner bar");
    assert!(text(inner).lines().nth(1).unwrap().starts_with("<inner> "));
    assert!(inner["data"]["text/html"].as_str().unwrap().contains("&lt;inner&gt; "));
    assert!(drawn.iter().any(|command| text(command).contains(" left, score 1.0000")), "{drawn:?}");
    assert!(text(&last[0]).starts_with("outer: 3 trials in "), "{}", text(&last[0]));
    assert_eq!(last[0]["data"].as_object().unwrap().len(), 1);

    // Ten seconds must go by before there is a line.
    let Seen { lines, commands, .. } = run("live::bar_cell", false);
    assert_eq!((lines, commands), (vec!["printed".to_owned()], Vec::new()));
}

#[test]
#[ignore = "a cell of the test below"]
fn panicking_cell() {
    let caught = std::panic::catch_unwind(|| {
        std::panic::set_hook(Box::new(|_| {}));
        let mut progress = Progress::start("training", 10);
        assert_eq!(listeners(), 1);
        sleep(milliseconds(600));
        progress.step(&[]);
        panic!("in the loop");
    });
    assert!(caught.is_err() && listeners() == 0);
    let mut progress = Progress::start("again", 10);
    progress.step(&[]);
}

#[test]
fn a_panic_ends_the_bar() {
    let commands = run("live::panicking_cell", true).commands;
    assert_eq!(commands.len(), 2);
    assert_eq!(text(&commands[1]), "training: 1 of 10 steps in 0.6 s");
}

#[test]
#[ignore = "a cell of the test below"]
fn live_plot_cell() {
    let plot = CurvePlot::new("Accuracy").x_label("epoch").y_label("accuracy").threshold(0.9, "to reach");
    let mut live = LivePlot::new(plot);
    for epoch in 1..=12 {
        sleep(milliseconds(100));
        let accuracy = 1.0 - 1.0 / f64::from(epoch + 1);
        live.push("train accuracy", epoch as usize, accuracy);
        live.push_at("test accuracy", f64::from(epoch), accuracy - 0.03 * f64::from(epoch % 3));
    }
    live.finish();
    live.evcxr_display();
    LivePlot::new(CurvePlot::new("nothing"));
}

#[test]
fn a_live_plot_grows_in_its_place_and_is_drawn_once_elsewhere() {
    let Seen { lines, commands, .. } = run("live::live_plot_cell", true);
    assert!(lines.is_empty());
    assert!((2..=4).contains(&commands.len()), "{}", commands.len());
    assert!(commands[0]["action"] == "display" && commands[1]["action"] == "update");
    assert!(commands.iter().all(|command| command["id"] == commands[0]["id"]));
    let (drawn, last) = commands.split_at(commands.len() - 1);
    assert!(drawn.iter().all(|command| command["data"].as_object().unwrap().len() == 2), "text and PNG");
    assert_eq!(text(&last[0]), "[curve plot: Accuracy; train accuracy 0.9231, test accuracy 0.9231]");
    let svg = last[0]["data"]["image/svg+xml"].as_str().unwrap();
    for expected in ["epoch", "accuracy", "train accuracy", "test accuracy", "to reach"] {
        assert!(svg.contains(&format!(">{expected}<")), "no {expected}");
    }
    if let Some(path) = std::env::var_os("SAVE_LIVE_PLOT") {
        use base64::Engine;
        let png = drawn[0]["data"]["image/png"].as_str().unwrap();
        std::fs::write(path, base64::engine::general_purpose::STANDARD.decode(png).unwrap()).unwrap();
    }

    let Seen { lines, commands, .. } = run("live::live_plot_cell", false);
    assert!(commands.is_empty());
    let blocks = lines.iter().filter(|line| line.starts_with("EVCXR_BEGIN_CONTENT "));
    assert_eq!(blocks.count(), 3, "one picture in three forms");
}
