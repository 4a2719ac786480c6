//! Leaving alone what a cell does not use.
//!
//! evcxr has each cell take all variables of the notebook out of their store and put them back, and rustc compiles that for each type:
//! late in a notebook it takes longer than all else. What a cell does not mention can stay where it is.

use super::canonical::{CANONICAL_FUNCTION, variable_of};
use super::loops::words;
use std::collections::HashSet;

/// [Canonical](super::canonical) code without the lines that concern variables which the cell does not mention; in as many lines.
pub fn leave(code: &str) -> String {
    let function = format!("fn {CANONICAL_FUNCTION}(");
    let begin = code.lines().position(|line| line.contains(&function)).unwrap_or(usize::MAX);
    let is_of_variable = |index: usize, line| variable_of(line).filter(|_| index > begin);
    let own = code.lines().enumerate().skip(begin).filter(|(index, line)| is_of_variable(*index, line).is_none());
    let mentioned: HashSet<&str> = own.flat_map(|(_, line)| words(line)).collect();
    let mut left = String::with_capacity(code.len());
    for (index, line) in code.lines().enumerate() {
        if is_of_variable(index, line).is_none_or(|name| mentioned.contains(name.trim_start_matches("r#"))) {
            left.push_str(line);
        }
        left.push('\n');
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cell_does_not_mention_stays_in_the_store() {
        let code = "fn helper(b: f64) {}
pub extern \"C\" fn run_user_code(
mut evcxr_variable_store: *mut u8) {
vars_ok &= evcxr_variable_store.check_variable::<f64>(stringify!(a));
vars_ok &= evcxr_variable_store.check_variable::<Vec<b>>(stringify!(b));
let mut a = evcxr_variable_store.take_variable::<f64>(stringify!(a));
let b = evcxr_variable_store.take_variable::<Vec<b>>(stringify!(b));
println!(\"{a:?}\");
let c = 1;
evcxr_variable_store.put_variable::<f64>(stringify!(a), a);
evcxr_variable_store.put_variable::<Vec<b>>(stringify!(b), b);
evcxr_variable_store.put_variable::<i32>(stringify!(c), c);
}
";
        let expected: String =
            code.lines().flat_map(|line| [if line.contains("stringify!(b)") { "" } else { line }, "\n"]).collect();
        assert_eq!(leave(code), expected);
        assert_eq!(leave("fn a() {}\n"), "fn a() {}\n");
    }

    #[test]
    fn a_variable_may_be_called_as_a_keyword_is() {
        let code = "pub extern \"C\" fn run_user_code(
let r#type = evcxr_variable_store.take_variable::<f64>(stringify!(r#type));
println!(\"{}\", r#type);
evcxr_variable_store.put_variable::<f64>(stringify!(r#type), r#type);
}
";
        assert_eq!(leave(code), code);
    }
}
