use super::*;
use crate::assignment::Assignment;
use crate::grade::submission::alignment::{self, Role};
use crate::notebook::percent;
use crate::passes::testing::{metadata, notebook};
use std::path::Path;

/// A submission of one cell of the student's own.
fn own(text: &str) -> Alignment {
    let cell = AlignedCell {
        source_index: None,
        submitted_index: Some(0),
        role: Role::Own,
        is_code: true,
        grade_id: None,
        text: text.to_owned(),
        state: State::Added,
        tampered: None,
    };
    Alignment { cells: vec![cell], notes: Vec::new() }
}

fn given() -> v4::Notebook {
    notebook(&[
        ("", "use nnlib::prelude::*;\nuse std::ops::Mul;"),
        (
            &metadata("types", "locked"),
            "struct Linear { weights: Matrix }\nfn gallery(set: &ImageSet) -> ImageGrid { todo!() }",
        ),
        (&metadata("f", "solution"), "fn asked() {\n// BEGIN SOLUTION it\n1\n// END SOLUTION\n}"),
        (
            &metadata("test_f", "test"),
            "let rate = 1.0;\nlet loss = |x: f64| x;\nexpect_at_most(\"f\", loss(rate), 1e-6);\nassert!(asked() > 0);",
        ),
    ])
}

fn found(text: &str, rules: &Rules) -> Vec<(usize, String)> {
    let findings = check(&own(text), &given(), rules);
    assert_eq!(findings.broken, [], "{text}");
    findings.violations.into_iter().map(|violation| (violation.line, violation.found)).collect()
}

#[track_caller]
fn assert_found(text: &str, expected: &[&str]) {
    let found: Vec<String> = found(text, &Rules::default()).into_iter().map(|(_, found)| found).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn the_references_break_no_rule() {
    let notebooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks");
    let assignments = Assignment::all(&notebooks).unwrap();
    assert_eq!(assignments.len(), 4);
    for assignment in assignments {
        let source = percent::parse(&std::fs::read_to_string(assignment.source()).unwrap()).unwrap();
        let rules = &assignment.manifest.rules;
        let release = crate::passes::student_version(&source, &rules.forbidden_loops_outside).unwrap();
        let aligned = alignment::align(&source, &release, &source, rules.may_add_cells);
        let answered = aligned.cells.iter().filter(|cell| is_checked(cell)).count();
        assert!(answered > 5, "{}: {answered}", assignment.name);
        assert_eq!(check(&aligned, &source, rules), Findings::default(), "{}", assignment.name);
        // The given cells of one assignment would break none as a student's code either, but for what is the grader's.
        let violations: Vec<String> = aligned
            .cells
            .iter()
            .filter(|cell| cell.is_code)
            .flat_map(|cell| check(&own(&cell.text), &notebook(&[]), &Rules::default()).violations)
            .filter(|violation| !violation.found.starts_with("probe"))
            .map(|violation| violation.to_string())
            .collect();
        assert_eq!(violations, [] as [String; 0], "{}", assignment.name);
    }
}

#[test]
fn words_that_are_forbidden_wherever_they_stand() {
    assert_found("fn f() { unsafe { g() } }", &["unsafe"]);
    assert_found("println!(\"{}\", unsafe { g() });", &["unsafe"]);
    assert_found("unsafe impl Send for A {}", &["unsafe"]);
    assert_found("extern crate libc;", &["extern"]);
    assert_found("extern \"C\" { fn exit(code: i32); }", &["extern"]);
    assert_found("let f: extern \"C\" fn() = g;", &["extern"]);
    assert_found("macro_rules! m { () => { 1 } }", &["macro_rules"]);
    assert_found("macro m() { 1 }", &["macro"]);
    assert_found("mod stolen;", &["mod stolen;"]);
    assert_found("vec![{ mod stolen; 1 }];", &["mod stolen;"]);
    assert_found("probe(\"f\", &1.0);", &["probe"]);
    assert_found("use nnlib::prelude::probe_rng as r;", &["probe_rng"]);
    assert_found("nnlib::probe::probe(\"f\", &1.0);", &["probe"]);
    assert_found("let r#probe = 1;", &["probe"]);
    assert_found("for i in 0..probe {}", &["probe"]);
    assert_found("__nnharness::end();", &["__nnharness"]);
    assert_found("nnkernel_harness::Session::new(1);", &["nnkernel_harness"]);
    assert_found("nnkernel_7_x = None;", &["nnkernel_7_x"]);
    assert_found("use include_str as text;", &["include_str!"]);
    assert_found("use std::prelude as before;\nuse before::v1::include_str as text;", &["include_str!"]);
    assert_found("x.__secret(); NNKernel::new();", &["__secret", "NNKernel"]);
}

#[test]
fn macros_that_read_what_is_not_the_students() {
    for name in ["include", "include_str", "include_bytes", "env", "option_env", "asm", "global_asm"] {
        let call = &format!("{name}!")[..];
        assert_found(&format!("let x = {name}!(\"a\");"), &[call]);
        assert_found(&format!("println!(\"{{}}\", {{ {name} ! {{\"a\"}} }});"), &[call]);
        assert_found(&format!("let x = r#{name}!(\"a\");"), &[call]);
        assert_found(&format!("const A: &str = std::{name}!(\"a\");"), &[call]);
    }
    assert_found("#[doc = include_str!(\"/etc/passwd\")] fn f() {}", &["include_str!"]);
    assert_found("use std::include_str as x; x!(\"a\");", &["std::include_str"]);
    assert_found("use ::core::{fmt, option_env as o};", &["core::option_env"]);
    assert_found("use std::prelude::v1::include_str as y;", &["include_str!"]);
    assert_found("use std::env as e; e!(\"a\");", &["std::env"]);
    assert_found("let s = include_str!(concat!(\"a\", \"b\"));", &["include_str!"]);
}

#[test]
fn attributes_are_few() {
    for (text, expected) in [
        ("#[no_mangle] pub fn write() {}", "#[no_mangle]"),
        ("#[export_name = \"write\"] fn f() {}", "#[export_name]"),
        ("#[link(name = \"c\")] mod m {}", "#[link]"),
        ("#[link_section = \".init_array\"] static A: fn() = f;", "#[link_section]"),
        ("#![feature(asm)]", "#[feature]"),
        ("#[cfg_attr(all(), no_mangle)] fn f() {}", "#[cfg_attr]"),
        ("#[path = \"/etc/passwd\"] mod m { }", "#[path]"),
        ("vec![{ #[used] static A: i32 = 1; A }];", "#[used]"),
        ("#[macro_use] mod m {}", "#[macro_use]"),
        ("#[global_allocator] static A: B = B;", "#[global_allocator]"),
    ] {
        assert_found(text, &[expected]);
    }
    assert_found("#[unsafe(no_mangle)] fn f() {}", &["#[unsafe]", "unsafe"]);
    assert_found("#[derive(Clone)] struct A; #[allow(dead_code)] #[inline(always)] #[must_use] fn f() {}", &[]);
    assert_found("#![allow(unused)]\n/// Text.\nfn f() {}\n//! More.", &[]);
}

#[test]
fn paths_into_the_standard_library() {
    for (text, expected) in [
        ("std::process::exit(0);", "std::process"),
        ("::std::process::exit(0);", "std::process"),
        ("r#std::r#process::exit(0);", "std::process"),
        ("std :: /* a */ process::exit(0);", "std::process"),
        ("<std::process::Command>::new(\"a\");", "std::process"),
        ("println!(\"{:?}\", std::net::TcpStream::connect(\"a\"));", "std::net"),
        ("core::panicking::panic(\"a\");", "core::panicking"),
        ("alloc::sys::f(1);", "alloc::sys"),
        ("use std::process;", "std::process"),
        ("use std::{fmt, process as p};", "std::process"),
        ("use {std::fs, nnlib::prelude::*};", "std::fs"),
        ("use std::{self as s};", "std"),
        ("use std as s;", "std"),
        ("use ::std;", "std"),
        ("use std::*;", "std::*"),
        ("use crate::std::os::fd::AsRawFd;", "std::os"),
        ("fn f() { use std::thread::spawn; }", "std::thread"),
        ("vec![{ use std::env; 1 }];", "std::env"),
        ("let f = std::panic::set_hook;", "std::panic"),
        ("use std::path::Path;", "std::path"),
    ] {
        assert_found(text, &[expected]);
    }
    assert_found("use std::collections::{HashMap, BTreeMap as Map};\nuse std::fmt::{self, *};", &[]);
    assert_found("let std = x.std(0.0); let y = std * 2.0; let core = std; std::mem::swap(&mut a, &mut b);", &[]);
    assert_found("let pi = std::f64::consts::PI; std::println!(\"\"); std::panic!(\"a\"); core::cmp::max(1, 2);", &[]);
    assert_found("fn f<'a>() -> impl Iterator<Item = u8> + use<'a> { g() }", &[]);
}

#[test]
fn text_comments_and_names_that_merely_contain_such_words() {
    assert_found(
        "/// Never `unsafe`, no include_str!(\"a\").\n// std::process::exit(1)\n/* unsafe */\nfn unsafe_looking(environment: f64, \
         probe_count: usize) -> &'static str {\n    let env = 1; let include = env != 2; let process = [env, 1];\n    \
         \"unsafe std::process probe __x include_str!()\"\n}\nlet raw = r#\"unsafe\"#; let r#macro = x.probe; self.env(process); \
         let r#unsafe = b\"asm!\";",
        &[],
    );
}

#[test]
fn lines_are_those_of_the_cell() {
    let text = "let a = 1;\nlet b = unsafe { a };\n\nstd::process::exit(\n    env!(\"A\"));";
    let expected = [(1, "unsafe"), (3, "std::process"), (4, "env!")].map(|(line, found)| (line, found.to_owned()));
    assert_eq!(found(text, &Rules::default()), expected);
    let violation = check(&own(text), &given(), &Rules::default()).violations.remove(0);
    let expected = "line 2: `unsafe`: such code can change any memory, and nothing that is asked for needs it";
    assert_eq!(violation.to_string(), expected);
}

#[test]
fn commands_of_the_interpreter() {
    let text = "// A comment.\n:dep libc = \"0.2\"\n\n!ls\n  :opt 3\nlet a = unsafe { b };";
    let expected = [(1, ":dep libc = \"0.2\""), (3, "!ls"), (4, ":opt 3"), (5, "unsafe")];
    assert_eq!(found(text, &Rules::default()), expected.map(|(line, found)| (line, found.to_owned())));
    assert_found("::core::mem::drop(1);", &[]);
    assert_found("let x\n    :f64 = 1.0;", &[]);
    assert_found("!true", &["!true"]);
}

#[test]
fn items_that_would_change_given_cells() {
    for (text, expected) in [
        ("fn expect_at_most(name: &str, a: f64, b: f64) {}", "expect_at_most"),
        ("struct Matrix;", "Matrix"),
        ("type Matrix = f64;", "Matrix"),
        ("use nnlib::array::Vector as Matrix;", "Matrix"),
        ("use std::debug_assert as assert;", "assert"),
        ("struct Linear;", "Linear"),
        ("fn gallery() {}", "gallery"),
        ("const rate: f64 = 1.0;", "rate"),
        ("use std::ops::MulAssign as Mul;", "Mul"),
        ("fn main() {}", "main"),
        ("trait Matrix {}", "Matrix"),
        ("mod nnlib {}", "nnlib"),
        ("use a::{self as Matrix};", "Matrix"),
    ] {
        assert_found(text, &[expected]);
    }
    for text in [
        "fn asked() {}",
        "fn loss(x: f64) -> f64 { x }",
        "fn helper() { fn expect_at_most() {} struct Matrix; }",
        "use nnlib::array::Matrix;",
        "use std::ops::Mul;",
        "use nnlib::prelude::*;",
        "let rate = 2.0; let Matrix = 1;",
        "impl Linear { fn gallery(&self) {} }",
        "use std::collections::HashMap;",
        "use crate::self;",
        "use std::ops::Mul as _;",
        "use std::cmp::max as rate;",
        "use nnlib;",
    ] {
        assert_found(text, &[]);
    }
}

#[test]
fn what_of_nnlib_is_allowed() {
    let rules = Rules { allowed_nnlib: vec!["prelude".to_owned(), "data::mnist".to_owned()], ..Rules::default() };
    let found = |text: &str| found(text, &rules).into_iter().map(|(_, found)| found).collect::<Vec<_>>();
    assert_eq!(found("use nnlib::prelude::*; nnlib::data::mnist::load();"), [] as [&str; 0]);
    assert_eq!(found("nnlib::data::cifar10::load();"), ["nnlib::data::cifar10::load"]);
    assert_eq!(found("use nnlib::{prelude::*, save};"), ["nnlib::save"]);
    assert_eq!(found("use nnlib as n;"), ["nnlib"]);
    assert_eq!(found("use nnlib::*;"), ["nnlib::*"]);
    assert_eq!(found("use nnlib::{self};"), ["nnlib"]);
    assert_eq!(found("use crate::nnlib::save;"), ["nnlib::save"]);
}

#[test]
fn loops_outside_of_what_the_assignment_allows() {
    let rules = Rules { forbidden_loops_outside: vec!["Net".to_owned()], ..Rules::default() };
    assert_eq!(found("let a = 1;\nfor i in 0..3 {}", &rules), [(1, "for".to_owned())]);
    assert_eq!(found("impl Net { fn f() { loop {} } }", &rules), []);
    assert_eq!(found("for i in 0..3 {}", &Rules::default()), []);
    let violation = check(&own("while true {}"), &given(), &rules).violations.remove(0);
    assert_eq!(violation.to_string(), "line 1: `while`: the assignment allows loops in Net only");
}

#[test]
fn code_that_is_no_rust() {
    // The compiler's business, but for what is forbidden anywhere.
    assert_found("let = ;", &[]);
    assert_found("let = unsafe;", &["unsafe"]);
    for (text, line, expected) in [
        ("let a = 1;\nfn f() {", 1, "the cell is no Rust: "),
        ("1;\n}\nfn stolen() {", 1, "the cell is no Rust: "),
        ("let a = \"open", 0, "the cell is no Rust: "),
        ("1 /* open", 0, "the cell is no Rust: "),
    ] {
        let findings = check(&own(text), &given(), &Rules::default());
        assert_eq!(findings.violations, [], "{text}");
        let [Broken { cell: 0, line: found, message }] = &findings.broken[..] else { panic!("{findings:?}") };
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(*found, line, "{text}");
    }
}

#[test]
fn blanks_and_given_cells_are_not_judged() {
    let mut aligned = own("unsafe {}");
    for (role, state) in [(Role::Solution, State::Blank), (Role::Solution, State::Missing), (Role::Test, State::Same)] {
        (aligned.cells[0].role, aligned.cells[0].state) = (role, state);
        assert_eq!(check(&aligned, &given(), &Rules::default()), Findings::default());
    }
}

#[test]
fn findings_are_few_and_short() {
    let many = format!("use {}{{{}}};", "a::".repeat(400), "b,".repeat(50_000));
    assert_found(&many, &[]);
    assert_eq!(found(&"unsafe;\n".repeat(10_000), &Rules::default()).len(), 20);
    assert_eq!(found(&format!("use std::{};", "x".repeat(1000)), &Rules::default())[0].1.len(), 60);
}

/// Whatever is handed in is judged, in time and without a panic: references with tokens doubled, dropped and put elsewhere.
#[test]
fn any_text_is_judged() {
    let notebooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks");
    let assignment = Assignment::all(&notebooks).unwrap().remove(0);
    let source = percent::parse(&std::fs::read_to_string(assignment.source()).unwrap()).unwrap();
    let texts: Vec<Vec<char>> =
        source.cells.iter().map(|cell| crate::notebook::source(cell).chars().collect::<Vec<char>>()).collect();
    const ODD: [&str; 16] = [
        "use ",
        "std::",
        "{",
        "}",
        "(",
        "\"",
        "'",
        "r#",
        "#[",
        "::{",
        "mod x;",
        "\u{202e}",
        "\0",
        "/*",
        "\r",
        "use a::{self as ",
    ];
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |bound: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % bound as u64) as usize
    };
    let mut aligned = own("");
    aligned.cells = (0..500)
        .map(|_| {
            let mut text = texts[below(texts.len())].clone();
            for _ in 0..=below(4) {
                let (from, to) = (below(text.len() + 1), below(text.len() + 1));
                match below(3) {
                    0 => drop(text.drain(from.min(to)..from.max(to).min(from.min(to) + 20))),
                    1 => drop(text.splice(from..from, ODD[below(ODD.len())].chars())),
                    _ => {
                        let piece: Vec<char> = text[from.min(to)..from.max(to)].iter().take(40).copied().collect();
                        text.splice(from..from, piece);
                    }
                }
            }
            own(&String::from_iter(text)).cells.remove(0)
        })
        .collect();
    let findings = check(&aligned, &source, &Rules::default());
    assert!(findings.broken.len() > 50 && findings.violations.len() > 10, "{findings:?}");
}
