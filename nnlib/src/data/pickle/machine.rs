//! The machine for which a pickle is a program.

use std::collections::HashMap;
use std::path::Path;

use super::MAX_INSTRUCTIONS;
use super::input::Input;
use super::instruction::*;
use super::value::{Global, Handle, Node, Value};
use crate::{Error, Result};

/// The protocols that are known.
const PROTOCOLS: std::ops::RangeInclusive<u8> = 2..=4;

/// A pickle that is being read.
pub struct Machine<'a> {
    input: Input<'a>,
    /// The place of the instruction that is being followed.
    instruction: usize,
    /// All values made so far.
    nodes: Vec<Node<'a>>,
    stack: Vec<Handle>,
    /// How high the stack was at each `MARK` that is still open.
    marks: Vec<usize>,
    memo: HashMap<u32, Handle>,
}

/// Runs a pickle: all values that it made, and the one that it is about.
pub fn run<'a>(bytes: &'a [u8], path: &'a Path) -> Result<(Vec<Node<'a>>, Handle)> {
    let mut machine = Machine {
        input: Input { path, bytes, place: 0 },
        instruction: 0,
        nodes: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    machine.begin()?;
    for _ in 0..MAX_INSTRUCTIONS {
        machine.instruction = machine.input.place;
        match machine.input.u8("an instruction")? {
            STOP => {
                let root = machine.pop()?;
                machine.end()?;
                return Ok((machine.nodes, root));
            }
            instruction => machine.follow(instruction)?,
        }
    }
    machine.instruction = machine.input.place;
    Err(machine.broken(&format!("a pickle of at most {MAX_INSTRUCTIONS} instructions"), "more of them"))
}

impl<'a> Machine<'a> {
    fn begin(&mut self) -> Result<()> {
        let expected = "a pickle of protocol 2, 3 or 4 (the bytes 80 02 to 80 04)";
        match *self.input.bytes {
            [PROTO, protocol, ..] if PROTOCOLS.contains(&protocol) => {
                self.input.place = 2;
                Ok(())
            }
            [PROTO, protocol, ..] => Err(self.broken(expected, format!("protocol {protocol}"))),
            [first, second, ..] => Err(self.broken(expected, format!("{first:02x} {second:02x}"))),
            _ => Err(self.broken(expected, format!("a file of {} bytes", self.input.bytes.len()))),
        }
    }

    fn end(&mut self) -> Result<()> {
        self.instruction = self.input.place;
        match self.input.bytes.len() - self.input.place {
            0 => Ok(()),
            rest => Err(self.broken("the end of the pickle", format!("{rest} more bytes"))),
        }
    }

    /// Follows any instruction but `STOP`.
    fn follow(&mut self, instruction: u8) -> Result<()> {
        match instruction {
            // A hint of how much to read at once.
            FRAME => return self.input.take(8, "a frame").map(drop),
            MARK => self.marks.push(self.stack.len()),

            NONE => self.push(Value::None),
            NEWTRUE => self.push(Value::Bool(true)),
            NEWFALSE => self.push(Value::Bool(false)),
            BININT => {
                let number = self.input.i32("an integer")?;
                self.push(Value::Integer(number));
            }
            BININT1 => {
                let number = self.input.u8("an integer")?;
                self.push(Value::Integer(number.into()));
            }
            BININT2 => {
                let number = self.input.u16("an integer")?;
                self.push(Value::Integer(number.into()));
            }
            SHORT_BINSTRING | SHORT_BINBYTES => {
                let length = self.input.u8("a length")?;
                self.push_bytes(length.into())?;
            }
            BINSTRING | BINBYTES => {
                let length = self.input.u32("a length")?;
                self.push_bytes(length as usize)?;
            }
            SHORT_BINUNICODE => {
                let length = self.input.u8("a length")?;
                self.push_text(length.into())?;
            }
            BINUNICODE => {
                let length = self.input.u32("a length")?;
                self.push_text(length as usize)?;
            }

            EMPTY_TUPLE => self.push(Value::Tuple(Vec::new())),
            TUPLE1 => self.push_tuple(1)?,
            TUPLE2 => self.push_tuple(2)?,
            TUPLE3 => self.push_tuple(3)?,
            TUPLE => {
                let items = self.pop_to_mark()?;
                self.push(Value::Tuple(items));
            }
            EMPTY_LIST => self.push(Value::List(Vec::new())),
            APPEND => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            APPENDS => {
                let items = self.pop_to_mark()?;
                self.append(items)?;
            }
            EMPTY_DICT => self.push(Value::Dict(Vec::new())),
            SETITEM => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(&[key, value])?;
            }
            SETITEMS => {
                let items = self.pop_to_mark()?;
                self.set_items(&items)?;
            }

            BINPUT => {
                let slot = self.input.u8("a slot of the memo")?;
                self.put(slot.into())?;
            }
            LONG_BINPUT => {
                let slot = self.input.u32("a slot of the memo")?;
                self.put(slot)?;
            }
            MEMOIZE => self.put(self.memo.len() as u32)?,
            BINGET => {
                let slot = self.input.u8("a slot of the memo")?;
                self.get(slot.into())?;
            }
            LONG_BINGET => {
                let slot = self.input.u32("a slot of the memo")?;
                self.get(slot)?;
            }

            GLOBAL => {
                let (module, name) = (self.input.line()?, self.input.line()?);
                self.push_global(module, name)?;
            }
            STACK_GLOBAL => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (self.value(module), self.value(name)) else {
                    return Err(self.broken("the names of a module and a global", self.value(name).kind()));
                };
                self.push_global(module.as_bytes(), name.as_bytes())?;
            }
            REDUCE => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let made = self.reduce(function, arguments)?;
                self.push(made);
            }
            BUILD => {
                let state = self.pop()?;
                let object = self.top()?;
                self.build(object, state)?;
            }
            other => return Err(self.broken("an instruction that plain data needs", format!("{other:#04x}"))),
        }
        Ok(())
    }

    /// The error of finding something else than was `expected` at the current instruction.
    pub fn broken(&self, expected: &str, found: impl Into<String>) -> Error {
        Error::format(self.input.path, format!("{expected} at byte {}", self.instruction), found)
    }

    pub fn value(&self, handle: Handle) -> &Value<'a> {
        &self.nodes[handle.0].value
    }

    pub fn value_mut(&mut self, handle: Handle) -> &mut Value<'a> {
        &mut self.nodes[handle.0].value
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(Handle(self.nodes.len()));
        self.nodes.push(Node { offset: self.instruction, value });
    }

    fn push_bytes(&mut self, length: usize) -> Result<()> {
        let bytes = self.input.take(length, "a string")?;
        self.push(Value::Bytes(bytes));
        Ok(())
    }

    fn push_text(&mut self, length: usize) -> Result<()> {
        let bytes = self.input.take(length, "a string")?;
        let text = std::str::from_utf8(bytes).map_err(|_| self.broken("a string in UTF-8", "other bytes"))?;
        self.push(Value::Text(text));
        Ok(())
    }

    fn push_tuple(&mut self, length: usize) -> Result<()> {
        let start = self.stack.len().checked_sub(length).filter(|&start| start >= self.floor());
        let start = start.ok_or_else(|| self.too_few())?;
        let items = self.stack.split_off(start);
        self.push(Value::Tuple(items));
        Ok(())
    }

    fn push_global(&mut self, module: &[u8], name: &[u8]) -> Result<()> {
        let global = Global::find(module, name).ok_or_else(|| {
            let name = [module, b".", name].concat();
            self.broken("a global of numpy's arrays", String::from_utf8_lossy(&name).escape_debug().to_string())
        })?;
        self.push(Value::Global(global));
        Ok(())
    }

    /// Values below this height belong to before the last mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Handle> {
        match self.stack.last() {
            Some(&top) if self.stack.len() > self.floor() => Ok(top),
            _ => Err(self.too_few()),
        }
    }

    fn pop(&mut self) -> Result<Handle> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Handle>> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => Err(self.broken("a mark before the instruction", "none")),
        }
    }

    fn too_few(&self) -> Error {
        self.broken("enough values for the instruction", "fewer")
    }

    fn append(&mut self, items: Vec<Handle>) -> Result<()> {
        let list = self.top()?;
        match self.value_mut(list) {
            Value::List(list) => {
                list.extend(items);
                Ok(())
            }
            _ => Err(self.broken("a list to append to", self.value(list).kind())),
        }
    }

    fn set_items(&mut self, items: &[Handle]) -> Result<()> {
        let dict = self.top()?;
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(self.broken("a value for each key", format!("{} keys and values", items.len())));
        }
        match self.value_mut(dict) {
            Value::Dict(entries) => {
                entries.extend(pairs.iter().map(|&[key, value]| (key, value)));
                Ok(())
            }
            _ => Err(self.broken("a dictionary to put entries into", self.value(dict).kind())),
        }
    }

    fn put(&mut self, slot: u32) -> Result<()> {
        let top = self.top()?;
        self.memo.insert(slot, top);
        Ok(())
    }

    fn get(&mut self, slot: u32) -> Result<()> {
        match self.memo.get(&slot) {
            Some(&value) => {
                self.stack.push(value);
                Ok(())
            }
            None => Err(self.broken(&format!("a value in slot {slot} of the memo"), "none")),
        }
    }
}
