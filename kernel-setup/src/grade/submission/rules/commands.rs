//! Commands of the interpreter, which stand in lines before a cell's code: `:dep name = "1"`, `!ls`.

use super::Found;

const RULE: &str = "a graded notebook has no commands of the interpreter: there are no other crates and settings than the assignment's";

/// Finds a cell's commands; what is left is the cell without them, line by line.
pub fn take_out(text: &str, found: &mut Found) -> String {
    let mut code = String::with_capacity(text.len());
    let mut before_code = true;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let trimmed = line.trim();
        // As the interpreter has it. A path may begin with `::`, and is none of its commands.
        let is_command =
            line.starts_with('!') && !line.starts_with("![") || trimmed.starts_with(':') && !trimmed.starts_with("::");
        before_code &= is_command || trimmed.is_empty() || line.starts_with("//");
        if before_code && is_command {
            found.0.push((number, trimmed.chars().take(60).collect(), RULE.to_owned()));
            code.push('\n');
        } else {
            code.push_str(line);
        }
    }
    code
}
