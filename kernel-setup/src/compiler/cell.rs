//! Compiling a cell, or finding it compiled.

use super::canonical::Canonical;
use super::recipe::{Purpose, Recipe};
use super::rustc::SOURCE;
use super::store::Store;
use super::{support, variables};
use crate::paths;
use crate::runtime::markers;
use anyhow::{Context, Result};
use proc_macro2::{Spacing, TokenStream, TokenTree};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Stands for a session's nonce in code that is compiled for all sessions, in as many bytes.
const PLACEHOLDER: &str = "nnkernel:this-is-for-the-nonce:.";

/// Macros that make what is compiled depend on more than the code.
const DEPENDS_ON_MORE: [&str; 6] = ["env", "file", "include", "include_bytes", "include_str", "option_env"];

/// Compiles the cell in the current folder, whose session has this nonce, as `recipe` says; returns rustc's exit status.
/// `None` if it cannot be done here, and nothing has been done.
pub fn compile(recipe: &Recipe, product: &Path, nonce: &str, store: Option<&Store>) -> Option<Result<i32>> {
    let source = fs::read_to_string(SOURCE).ok()?;
    let canonical = Canonical::of(&source)?;
    if nonce.len() != PLACEHOLDER.len() || canonical.text.contains(PLACEHOLDER) {
        return None;
    }
    let store = match store {
        Some(store) if recipe.depends_on_nnlib_alone() && !depends_on_more(source.parse().ok()?) => Some(store),
        _ => None,
    };
    let code = support::replace(&canonical.text).filter(|_| recipe.has_support()).map(|code| variables::leave(&code));
    let code = code.as_ref().unwrap_or(&canonical.text);
    let code = markers::mark(code, PLACEHOLDER).unwrap_or_else(|| code.clone());
    let purpose = Purpose::build(&code);
    let kept = store.map(|store| (store, recipe.cell_key(&code, purpose)));
    Some(compile_canonical(recipe, purpose, product, nonce, &canonical, &code, kept))
}

fn compile_canonical(
    recipe: &Recipe,
    purpose: Purpose,
    product: &Path,
    nonce: &str,
    canonical: &Canonical,
    code: &str,
    kept: Option<(&Store, String)>,
) -> Result<i32> {
    // Lines in messages and panics are those of this file.
    paths::write_atomically(Path::new(SOURCE), code.as_bytes())?;
    if let Some(object) = kept.as_ref().and_then(|(store, key)| store.get(key)) {
        paths::write_atomically(product, &with_nonce(object, nonce))?;
        return Ok(0);
    }
    let output = recipe.run(purpose)?;
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        match serde_json::from_str::<Value>(line) {
            Ok(mut message) => {
                restore_lines(&mut message, canonical);
                eprintln!("{message}");
            }
            Err(_) => eprintln!("{line}"),
        }
    }
    if output.status.success() {
        let object = fs::read(product).with_context(|| format!("cannot read {}", product.display()))?;
        if let Some((store, key)) = kept {
            // A cell that is not kept is compiled again.
            let _ = store.put(&key, &object);
        }
        paths::write_atomically(product, &with_nonce(object, nonce))?;
    }
    Ok(output.status.code().unwrap_or(1))
}

/// Whether code calls one of [`DEPENDS_ON_MORE`], within other macros as well.
fn depends_on_more(code: TokenStream) -> bool {
    let mut after_name = false;
    code.into_iter().any(|token| {
        let is_call = after_name
            && matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '!' && mark.spacing() == Spacing::Alone);
        after_name = matches!(&token, TokenTree::Ident(name) if DEPENDS_ON_MORE.iter().any(|known| name == known));
        is_call || matches!(token, TokenTree::Group(group) if depends_on_more(group.stream()))
    })
}

/// Puts the nonce where the placeholder stands.
fn with_nonce(mut object: Vec<u8>, nonce: &str) -> Vec<u8> {
    let placeholder = PLACEHOLDER.as_bytes();
    let mut from = 0;
    while let Some(position) = memchr::memmem::find(&object[from..], placeholder) {
        let start = from + position;
        object[start..start + placeholder.len()].copy_from_slice(nonce.as_bytes());
        from = start + placeholder.len();
    }
    object
}

/// Makes lines in a message of rustc's those of evcxr's code.
fn restore_lines(message: &mut Value, canonical: &Canonical) {
    match message {
        Value::Array(values) => values.iter_mut().for_each(|value| restore_lines(value, canonical)),
        Value::Object(fields) => {
            for name in ["line_start", "line_end"] {
                if let Some(line) = fields.get_mut(name) {
                    let restored = line.as_u64().map(|line| canonical.original_line(line as usize));
                    *line = restored.into();
                }
            }
            fields.values_mut().for_each(|value| restore_lines(value, canonical));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nonce_takes_the_place_of_the_placeholder() {
        let nonce = "0123456789abcdef0123456789abcdef";
        assert_eq!(nonce.len(), PLACEHOLDER.len());
        let object = format!("a{PLACEHOLDER}b{PLACEHOLDER}{PLACEHOLDER}nnkernel:").into_bytes();
        assert_eq!(with_nonce(object, nonce), format!("a{nonce}b{nonce}{nonce}nnkernel:").into_bytes());
    }

    #[test]
    fn code_that_reads_files_or_the_environment_is_known() {
        for (code, expected) in [
            ("// include_str!\nfn f() { println!(\"include!\"); let env = 1; let b = env != 2; }", false),
            ("fn f() { println!(\"{}\", env!(\"HOME\")); }", true),
            ("const A: &str = include_str!(\"a\");", true),
        ] {
            assert_eq!(depends_on_more(code.parse().unwrap()), expected, "{code}");
        }
    }

    #[test]
    fn canonical_code_is_marked() {
        let source = "fn run_user_code_1() {\n    println!(\"EVCXR_PANIC_NOTIFICATION\");\n}\n";
        let marked = markers::mark(&Canonical::of(source).unwrap().text, PLACEHOLDER).unwrap();
        assert!(marked.contains(&format!("println!(\"{PLACEHOLDER}EVCXR_PANIC_NOTIFICATION\");")), "{marked}");
    }

    #[test]
    fn messages_name_the_lines_of_evcxrs_code() {
        let source = "fn b() {}\nfn a() {}\nfn run_user_code_1() {}\n";
        let canonical = Canonical::of(source).unwrap();
        let mut message = serde_json::json!({"spans": [{"line_start": 1, "line_end": 1}], "line_start": 9});
        restore_lines(&mut message, &canonical);
        assert_eq!(message, serde_json::json!({"spans": [{"line_start": 2, "line_end": 2}], "line_start": 9}));
    }
}
