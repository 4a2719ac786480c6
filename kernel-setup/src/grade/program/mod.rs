//! A whole notebook as one program: `main.rs` of a crate that rustc compiles at once.
//!
//! Cells become [units](Unit). Items of all units stand at the crate's root. The statements of a unit stand in a closure of `main`, which
//! the harness runs; variables go from unit to unit through `Option`s that belong to `main`:
//!
//! ```text
//! let mut v3_p = None;
//! nnkernel_session.run(3, || {
//!     let mut x = take(&mut v1_x, "x")?;
//!     let p = softmax(&x);            // the cell's own text, line by line
//!     v3_p = Some(p);
//!     v1_x = Some(x);
//!     Ok(())
//! });
//! ```
//!
//! A variable that its cell moves cannot be put back; rustc says which those are, and the program is written again without.

pub mod code;
pub mod diagnostics;
pub mod names;

use code::{Code, Definition};
use std::collections::{BTreeMap, BTreeSet};

/// The crate that every program is linked with.
pub const HARNESS: &str = "nnkernel_harness";
/// Its source.
pub const HARNESS_SOURCE: &str = include_str!("nnkernel_harness.rs");

/// The notebook that is being run, in `main`. No cell has such a name.
const SESSION: &str = "nnkernel_session";

/// What a notebook's prelude makes known in every cell: a last expression is shown by this.
const DISPLAY: &str = "\
trait DisplayWithDebug {
    fn evcxr_display(&self);
}
impl<T: ::std::fmt::Debug + ?Sized> DisplayWithDebug for T {
    fn evcxr_display(&self) {
        if ::std::any::type_name::<T>() != \"()\" {
            ::std::println!(\"EVCXR_BEGIN_CONTENT text/plain\\n{self:?}\\nEVCXR_END_CONTENT\");
        }
    }
}
";

/// A piece of a notebook that runs in one go: a cell, or the hidden part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its code.
    pub code: Code,
    /// Its items are its own: no other unit sees them, and they replace none.
    pub is_closed: bool,
    /// Items of a unit with a higher rank replace those of the same name, wherever they stand.
    pub rank: u8,
}

/// Variables that are gone at a cell's end because it moves them: unit, and name.
pub type Moved = BTreeSet<(usize, String)>;

/// A program, and what stands where in it.
#[derive(Debug, PartialEq)]
pub struct Program {
    /// `main.rs`.
    pub text: String,
    places: Vec<Place>,
}

/// What a line of a program is.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A line of a unit, counted from 1.
    Line(usize, usize),
    /// Where a unit puts a variable back, or leaves one.
    PutBack(usize, String),
    /// Where a unit takes a variable.
    Variable(usize, String),
    /// Nobody's.
    Frame,
}

impl Place {
    /// The unit that it belongs to.
    pub fn unit(&self) -> Option<usize> {
        match self {
            Place::Line(unit, _) | Place::PutBack(unit, _) | Place::Variable(unit, _) => Some(*unit),
            Place::Frame => None,
        }
    }
}

impl Program {
    /// The program of these units, whose cells may take so many seconds each.
    pub fn of(units: &[Unit], moved: &Moved, seconds: u64) -> Self {
        let mut writer = Writer { text: String::new(), places: Vec::new() };
        writer.frame("#![allow(warnings)]");
        writer.frame(DISPLAY.trim_end());
        for (unit, definition) in definitions(units) {
            writer.item(unit, definition);
        }
        writer.frame("fn main() {");
        writer.frame(&format!("let {SESSION} = ::{HARNESS}::Session::new({seconds});"));
        let mut makers: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, unit) in units.iter().enumerate() {
            writer.unit(index, units, &makers, moved);
            let left = unit.code.names.makes.iter().filter(|name| !moved.contains(&(index, (*name).clone())));
            makers.extend(left.map(|name| (name.as_str(), index)));
        }
        writer.frame("}");
        Program { text: writer.text, places: writer.places }
    }

    /// What stands on a line, counted from 1.
    pub fn place(&self, line: usize) -> Place {
        self.places.get(line.wrapping_sub(1)).cloned().unwrap_or(Place::Frame)
    }
}

/// The items of these units, as they stand at the root of their program.
pub fn items(units: &[Unit]) -> String {
    definitions(units).into_iter().flat_map(|(_, definition)| [definition.text.as_str(), "\n"]).collect()
}

/// The items that are at the root: of each key, that of the highest rank, the last of these.
fn definitions(units: &[Unit]) -> Vec<(usize, &Definition)> {
    let mut chosen: BTreeMap<&str, (u8, usize, &Definition)> = BTreeMap::new();
    for (index, unit) in units.iter().enumerate().filter(|(_, unit)| !unit.is_closed) {
        for definition in &unit.code.items {
            match chosen.get(definition.key.as_str()) {
                Some((rank, ..)) if *rank > unit.rank => {}
                _ => {
                    chosen.insert(&definition.key, (unit.rank, index, definition));
                }
            }
        }
    }
    let mut all: Vec<(usize, &Definition)> = chosen.into_values().map(|(_, unit, item)| (unit, item)).collect();
    all.sort_by_key(|(unit, item)| (*unit, item.start.line, item.start.column));
    all
}

struct Writer {
    text: String,
    places: Vec<Place>,
}

impl Writer {
    /// Writes lines of the same kind.
    fn lines(&mut self, text: &str, mut place: impl FnMut(usize) -> Place) {
        for (number, line) in text.split('\n').enumerate() {
            self.text.push_str(line);
            self.text.push('\n');
            self.places.push(place(number));
        }
    }

    fn frame(&mut self, text: &str) {
        self.lines(text, |_| Place::Frame);
    }

    fn item(&mut self, unit: usize, item: &Definition) {
        let start = item.start;
        let padded = format!("{:width$}{}", "", item.text, width = start.column);
        self.lines(&padded, |number| Place::Line(unit, start.line + number + 1));
    }

    fn unit(&mut self, index: usize, units: &[Unit], makers: &BTreeMap<&str, usize>, moved: &Moved) {
        let unit = &units[index];
        let (takes, makes) = (&unit.code.names.takes, &unit.code.names.makes);
        // Only what is taken later has to be kept.
        let is_left = |name: &String| !moved.contains(&(index, name.clone()));
        let kept: Vec<&String> =
            makes.iter().filter(|name| is_left(name) && is_taken_later(name, index, units, moved)).collect();
        for name in &kept {
            self.frame(&format!("let mut {} = ::std::option::Option::None;", slot(index, name)));
        }
        self.frame(&format!("{SESSION}.run({index}, || {{"));
        let taken: Vec<(&String, usize)> =
            takes.iter().filter_map(|name| Some((name, *makers.get(name.as_str())?))).collect();
        for (name, maker) in &taken {
            let line = format!("let mut {name} = ::{HARNESS}::take(&mut {}, {:?})?;", slot(*maker, name), name);
            self.lines(&line, |_| Place::Variable(index, (*name).clone()));
        }
        self.lines(&statements(unit), |number| Place::Line(index, number + 1));
        for name in kept {
            let line = format!("{} = ::std::option::Option::Some({name});", slot(index, name));
            self.lines(&line, |_| Place::PutBack(index, name.clone()));
        }
        for (name, maker) in taken {
            if !makes.contains(name) && is_left(name) {
                let line = format!("{} = ::std::option::Option::Some({name});", slot(maker, name));
                self.lines(&line, |_| Place::PutBack(index, name.clone()));
            }
        }
        self.frame("::std::result::Result::Ok(())");
        self.frame("});");
    }
}

/// Whether a unit behind `index` takes the variable before another makes it anew.
fn is_taken_later(name: &String, index: usize, units: &[Unit], moved: &Moved) -> bool {
    for (later, unit) in units.iter().enumerate().skip(index + 1) {
        if unit.code.names.takes.contains(name) {
            return true;
        }
        if unit.code.names.makes.contains(name) && !moved.contains(&(later, name.clone())) {
            return false;
        }
    }
    false
}

fn slot(unit: usize, name: &str) -> String {
    format!("nnkernel_{unit}_{}", name.trim_start_matches("r#"))
}

/// The statements of a unit; the value of the last, if it has one, is shown.
fn statements(unit: &Unit) -> String {
    let mut text = unit.code.statements.clone();
    if let Some(value) = &unit.code.value {
        text.insert_str(value.end, ")).evcxr_display();");
        text.insert_str(value.start, "(&(");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn unit(text: &str) -> Unit {
        Unit { code: Code::parse(text).unwrap(), is_closed: false, rank: 0 }
    }

    fn program(texts: &[&str], moved: &Moved) -> Program {
        Program::of(&texts.iter().map(|text| unit(text)).collect::<Vec<_>>(), moved, 5)
    }

    #[test]
    fn variables_go_from_cell_to_cell() {
        let program =
            program(&["let x = 1;\nlet unused = 2;", "let y = x + 1;", "println!(\"{y} {x}\");"], &Moved::new());
        let main: Vec<&str> =
            program.text.lines().skip_while(|line| !line.starts_with("let nnkernel_session")).skip(1).collect();
        let expected = "\
let mut nnkernel_0_x = ::std::option::Option::None;
nnkernel_session.run(0, || {
let x = 1;
let unused = 2;
nnkernel_0_x = ::std::option::Option::Some(x);
::std::result::Result::Ok(())
});
let mut nnkernel_1_y = ::std::option::Option::None;
nnkernel_session.run(1, || {
let mut x = ::nnkernel_harness::take(&mut nnkernel_0_x, \"x\")?;
let y = x + 1;
nnkernel_1_y = ::std::option::Option::Some(y);
nnkernel_0_x = ::std::option::Option::Some(x);
::std::result::Result::Ok(())
});
nnkernel_session.run(2, || {
let mut x = ::nnkernel_harness::take(&mut nnkernel_0_x, \"x\")?;
let mut y = ::nnkernel_harness::take(&mut nnkernel_1_y, \"y\")?;
println!(\"{y} {x}\");
nnkernel_0_x = ::std::option::Option::Some(x);
nnkernel_1_y = ::std::option::Option::Some(y);
::std::result::Result::Ok(())
});
}";
        assert_eq!(main.join("\n"), expected);
        syn::parse_file(&program.text).expect("it is Rust");
    }

    #[test]
    fn a_moved_variable_is_not_put_back() {
        let moved = Moved::from([(1, "x".to_owned())]);
        let program = program(&["let x = vec![1];", "drop(x);"], &moved);
        assert!(
            !program
                .text
                .contains("nnkernel_0_x = ::std::option::Option::Some(x);\n::std::result::Result::Ok(())\n});\n}")
        );
    }

    #[test]
    fn lines_are_found_again() {
        let program = program(&["let a = 1;\n\nfn f() {\n}\na"], &Moved::new());
        let place = |text: &str| {
            let line = program.text.lines().position(|line| line.trim_start().starts_with(text)).unwrap();
            program.place(line + 1)
        };
        assert_eq!(place("fn f()"), Place::Line(0, 3));
        assert_eq!(place("let a = 1;"), Place::Line(0, 1));
        assert_eq!(place("(&(a)).evcxr_display();"), Place::Line(0, 5));
        assert_eq!(place("fn main"), Place::Frame);
    }

    #[test]
    fn an_item_is_replaced_by_one_of_the_same_name_and_no_lower_rank() {
        let mut units = [unit("fn f() -> u8 { 1 }"), unit("fn f() -> u8 { 2 }"), unit("fn g() {}")];
        let numbers = |units: &[Unit]| {
            let text = Program::of(units, &Moved::new(), 1).text;
            [1, 2].map(|number| text.contains(&format!("fn f() -> u8 {{ {number} }}")))
        };
        assert_eq!(numbers(&units), [false, true]);
        units[0].rank = 1;
        assert_eq!(numbers(&units), [true, false]);
    }
}
