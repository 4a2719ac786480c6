//! Paths into the standard library and into nnlib.
//!
//! Of the standard library, a submission may name the modules listed here. What is not among them, and why:
//!
//! | module | since |
//! |---|---|
//! | `process`, `net`, `os` | programs, the network and the operating system are no part of any assignment |
//! | `fs`, `path` | data come from nnlib, and a graded notebook has no files of its own |
//! | `env` | settings come from `Budget`; how the grader has set up its sandbox is its own business |
//! | `thread` | a notebook goes on after a failed cell from a copy of its process, and a copy has one thread |
//! | `panic`, `backtrace`, `alloc`, `ffi`, `arch`, `intrinsics` | they change how failures are seen, or are of use with `unsafe` only |
//!
//! `std` itself cannot be renamed or imported as a whole, so a path into it always begins with its name.

use super::Found;
use super::words::{is_mark, plain, rule_of_call};
use proc_macro2::{Delimiter, Span, TokenTree};

/// The names of the standard library.
const STANDARD: [&str; 3] = ["std", "core", "alloc"];

const MODULES: [&str; 47] = [
    "any",
    "array",
    "ascii",
    "borrow",
    "boxed",
    "cell",
    "char",
    "clone",
    "cmp",
    "collections",
    "convert",
    "default",
    "error",
    "f32",
    "f64",
    "fmt",
    "future",
    "hash",
    "hint",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "io",
    "isize",
    "iter",
    "marker",
    "mem",
    "num",
    "ops",
    "option",
    "pin",
    "prelude",
    "primitive",
    "ptr",
    "rc",
    "result",
    "slice",
    "str",
    "string",
    "sync",
    "time",
    "u8",
    "usize",
    "vec",
    "u64",
];

/// Macros may be named by their path.
const CALLS: [&str; 24] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "column",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "line",
    "matches",
    "print",
    "println",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "write",
    "writeln",
];

fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name)
}

fn is_allowed(module: &str) -> bool {
    MODULES.contains(&module) || CALLS.contains(&module) || matches!(module, "u16" | "u32" | "u128")
}

fn rule_of_module(module: &str) -> String {
    if let Some(rule) = rule_of_call(module).filter(|_| module != "env") {
        return rule.to_owned();
    }
    match module {
        "process" => "a submission starts and ends no programs".to_owned(),
        "net" => "a submission has no network".to_owned(),
        "os" | "ffi" | "arch" | "intrinsics" => "a submission has no business with the system below it".to_owned(),
        "fs" | "path" => "a submission has no files: data come from `nnlib::data`".to_owned(),
        "env" => "a submission has no settings from outside: see `Budget`".to_owned(),
        "thread" => "a submission has one thread: nnlib's own functions use more where that helps".to_owned(),
        "panic" | "backtrace" => "a submission does not change what happens when a cell fails".to_owned(),
        _ => "of the standard library, a submission may use what deals with values: numbers, text, collections, iterators, formatting, \
              time"
            .to_owned(),
    }
}

/// Judges the path that begins with the word `text`, outside of `use`.
pub fn judge_at(text: &str, span: Span, behind: &[TokenTree], allowed_nnlib: &[String], found: &mut Found) {
    let Some(rest) = behind_colons(behind) else { return };
    if is_standard(text) {
        match rest.first() {
            Some(TokenTree::Ident(name)) => {
                let module = plain(name);
                let is_call = is_mark(rest.get(1), '!');
                if !(is_allowed(&module) || is_call && (module == "panic" || rule_of_call(&module).is_some())) {
                    found.add(span, format!("{text}::{module}"), rule_of_module(&module));
                }
            }
            _ => found.add(span, format!("{text}::…"), WHOLE),
        }
    } else if text == "nnlib" {
        let mut path = Vec::new();
        let mut rest = Some(rest);
        while let Some([TokenTree::Ident(name), behind @ ..]) = rest {
            path.push(plain(name));
            rest = behind_colons(behind);
        }
        judge_nnlib(&path, span, allowed_nnlib, found);
    }
}

const WHOLE: &str = "the standard library cannot be imported as a whole or renamed: name what is needed of it";

fn judge_nnlib(path: &[String], span: Span, allowed: &[String], found: &mut Found) {
    let below = |allowed: &String| {
        let mut parts = allowed.split("::");
        let mut names = path.iter();
        parts.all(|part| names.next().is_some_and(|name| name == part))
    };
    if !allowed.is_empty() && !allowed.iter().any(below) {
        let rule = format!("of nnlib, this assignment allows {} only", allowed.join(", "));
        found.add(
            span,
            ["nnlib"].into_iter().chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join("::"),
            rule,
        );
    }
}

fn behind_colons(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [one, other, rest @ ..] if is_mark(Some(one), ':') && is_mark(Some(other), ':') => Some(rest),
        _ => None,
    }
}

/// Judges what follows a `use`, and tells how many tokens that are, without its semicolon.
pub fn judge_use(tokens: &[TokenTree], allowed_nnlib: &[String], found: &mut Found) -> usize {
    let length = tokens.iter().position(|token| is_mark(Some(token), ';')).unwrap_or(tokens.len());
    branch(&tokens[..length], &mut Vec::new(), allowed_nnlib, found);
    length
}

/// Judges a tree behind the names in `path`, and leaves these as they were. A `*` is part of a path too.
fn branch(mut tokens: &[TokenTree], path: &mut Vec<String>, allowed_nnlib: &[String], found: &mut Found) {
    let depth = path.len();
    if let Some(rest) = behind_colons(tokens) {
        tokens = rest;
    }
    while let Some((first, rest)) = tokens.split_first() {
        match first {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for piece in inner.split(|token| is_mark(Some(token), ',')) {
                    branch(piece, path, allowed_nnlib, found);
                }
                break;
            }
            TokenTree::Ident(name) if name == "self" && !path.is_empty() => {}
            TokenTree::Ident(name) => path.push(plain(name)),
            other => path.push(other.to_string()),
        }
        match behind_colons(rest) {
            Some(rest) => tokens = rest,
            None => {
                judge_leaf(path, first.span(), allowed_nnlib, found);
                break;
            }
        }
    }
    path.truncate(depth);
}

/// Judges what is imported by its whole path.
fn judge_leaf(path: &[String], span: Span, allowed_nnlib: &[String], found: &mut Found) {
    // `crate::std` is nothing, unless somebody has made it.
    let path = match path {
        [first, rest @ ..] if matches!(first.as_str(), "crate" | "self" | "super") => rest,
        path => path,
    };
    let Some((first, rest)) = path.split_first() else { return };
    if first == "nnlib" {
        judge_nnlib(rest, span, allowed_nnlib, found);
    }
    // A module may have been given another name, and what the prelude has needs no path.
    let call = || path.iter().find_map(|name| Some((name, rule_of_call(name)?)));
    if !is_standard(first) {
        if let Some((name, rule)) = call() {
            found.add(span, format!("{name}!"), rule);
        }
        return;
    }
    match rest.first() {
        None => found.add(span, first.as_str(), WHOLE),
        Some(module) if module == "*" => found.add(span, format!("{first}::*"), WHOLE),
        Some(module) if !is_allowed(module) => found.add(span, format!("{first}::{module}"), rule_of_module(module)),
        Some(_) => {
            if let Some((name, rule)) = call() {
                found.add(span, format!("{name}!"), rule);
            }
        }
    }
}
