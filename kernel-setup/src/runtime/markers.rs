//! The words by which a compiled cell tells how it ended.
//!
//! evcxr has a cell print these on standard output, where the student's own code could print them too. So before rustc
//! sees the code that evcxr has made, they are given a word in front that only this session has.

use syn::spanned::Spanned;

/// What evcxr has a cell print when it panics.
pub const PANIC_NOTIFICATION: &str = "EVCXR_PANIC_NOTIFICATION";
/// What evcxr has a cell print when a `?` returns an error.
pub const ERROR_OCCURRED: &str = "EVCXR_ERROR_OCCURRED";
/// What evcxr has a cell print, with the name behind it, when a variable is not of the type that it was.
pub const VARIABLE_CHANGED_TYPE: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";

/// The module of evcxr's own in the crate of each cell that has variables.
pub const INTERNAL_MODULE: &str = "evcxr_internal_runtime";
/// How the names of the functions that evcxr calls begin; with a number behind it, or without in canonical code.
pub const FUNCTION: &str = "run_user_code";

/// `source`, the crate that evcxr has made of a cell, with `nonce` before each of the words. Its lines stay the same but for that.
///
/// `None` if it has none of the words where evcxr puts them, or is no Rust.
pub fn mark(source: &str, nonce: &str) -> Option<String> {
    let file = syn::parse_file(source).ok()?;
    let mut edits: Vec<usize> = Vec::new();
    for item in &file.items {
        match item {
            syn::Item::Mod(module) if module.ident == INTERNAL_MODULE => {
                let constants = module.content.iter().flat_map(|(_, items)| items);
                edits.extend(constants.filter_map(|item| {
                    match item {
                        syn::Item::Const(constant) => word_in(&source[constant.span().byte_range()])
                            .map(|position| constant.span().byte_range().start + position),
                        _ => None,
                    }
                }));
            }
            syn::Item::Fn(function) if function.sig.ident.to_string().starts_with(FUNCTION) => {
                let range = function.span().byte_range();
                // The student's code stands before it, and could hold the same.
                let statement = format!("println!(\"{PANIC_NOTIFICATION}\");");
                if let Some(position) = source[range.clone()].rfind(&statement) {
                    edits.push(range.start + position + "println!(\"".len());
                }
            }
            _ => {}
        }
    }
    if edits.is_empty() {
        return None;
    }
    edits.sort_unstable();
    let mut marked = String::with_capacity(source.len() + edits.len() * nonce.len());
    let mut from = 0;
    for position in edits {
        marked.push_str(&source[from..position]);
        marked.push_str(nonce);
        from = position;
    }
    marked.push_str(&source[from..]);
    Some(marked)
}

/// Where the value of a constant stands that is one of the words.
fn word_in(constant: &str) -> Option<usize> {
    [ERROR_OCCURRED, VARIABLE_CHANGED_TYPE]
        .iter()
        .find_map(|word| constant.find(&format!("\"{word}\"")))
        .map(|position| position + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r##"#![allow(unused)]
const S: &str = "pub const USER_ERROR_OCCURRED: &str = \"EVCXR_ERROR_OCCURRED\";";
mod evcxr_internal_runtime {
pub const VARIABLE_CHANGED_TYPE: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";
pub const USER_ERROR_OCCURRED: &str = "EVCXR_ERROR_OCCURRED";
pub fn check() { println!("{VARIABLE_CHANGED_TYPE}x"); }
}
#[unsafe(no_mangle)]
pub extern "C" fn run_user_code_3(
mut evcxr_variable_store: *mut u8) -> *mut u8 {
match std::panic::catch_unwind(
  std::panic::AssertUnwindSafe(||{
    println!("EVCXR_PANIC_NOTIFICATION");
    let s = "é"; println!("EVCXR_ERROR_OCCURRED");
})) { 
  Ok(_) => {}
  Err(_) => {
    println!("EVCXR_PANIC_NOTIFICATION");
}}
evcxr_variable_store
}
"##;

    #[test]
    fn only_what_evcxr_has_put_there_is_marked() {
        let marked = mark(SOURCE, "n0nce-").expect("it is what evcxr makes");
        assert_eq!(marked.matches("n0nce-").count(), 3);
        for line in [
            "pub const VARIABLE_CHANGED_TYPE: &str = \"n0nce-EVCXR_VARIABLE_CHANGED_TYPE:\";",
            "pub const USER_ERROR_OCCURRED: &str = \"n0nce-EVCXR_ERROR_OCCURRED\";",
            "  Err(_) => {\n    println!(\"n0nce-EVCXR_PANIC_NOTIFICATION\");",
        ] {
            assert!(marked.contains(line), "{marked}");
        }
        assert_eq!(marked.replace("n0nce-", ""), SOURCE);
    }

    #[test]
    fn other_code_stays_as_it_is() {
        assert_eq!(mark("fn main() { println!(\"EVCXR_PANIC_NOTIFICATION\"); }", "n0nce"), None);
        assert_eq!(mark("fn run_user_code_1() {", "n0nce"), None);
    }
}
