//! What the calls in a pickle would make: arrays of bytes, and byte strings.

use super::machine::Machine;
use super::value::{ArrayState, Global, Handle, Value};
use crate::Result;

impl<'a> Machine<'a> {
    /// `REDUCE`: the value that calling `function` with `arguments` would make.
    pub fn reduce(&self, function: Handle, arguments: Handle) -> Result<Value<'a>> {
        let Value::Global(global) = *self.value(function) else {
            return Err(self.broken("a function to call", self.value(function).kind()));
        };
        let Value::Tuple(handles) = self.value(arguments) else {
            return Err(self.broken("a tuple of arguments", self.value(arguments).kind()));
        };
        let expected = match global {
            Global::Reconstruct => "the arguments of numpy's _reconstruct: ndarray, shape, type",
            Global::DType => "the element type 'u1' (unsigned bytes)",
            Global::Encode => "text and the encoding 'latin1'",
            Global::NdArray => "no call of numpy.ndarray",
        };
        let values: Vec<&Value> = handles.iter().take(4).map(|&handle| self.value(handle)).collect();
        match (global, &values[..]) {
            (Global::Reconstruct, [Value::Global(Global::NdArray), _, _]) => Ok(Value::Array(None)),
            (Global::DType, [name, _, _]) if name.is_string("u1") => Ok(Value::ByteType),
            (Global::Encode, [Value::Text(text), encoding]) if encoding.is_string("latin1") => Ok(Value::Latin1(text)),
            _ => {
                let kinds: Vec<String> = values.iter().map(|value| value.kind()).collect();
                Err(self.broken(expected, format!("({})", kinds.join(", "))))
            }
        }
    }

    /// `BUILD`: gives `object` its state.
    pub fn build(&mut self, object: Handle, state: Handle) -> Result<()> {
        match self.value(object) {
            // The state of this type says nothing that its name has not said: bytes have no order and no fields.
            Value::ByteType => Ok(()),
            Value::Array(_) => {
                let state = self.array_state(state)?;
                *self.value_mut(object) = Value::Array(Some(state));
                Ok(())
            }
            other => Err(self.broken("an array or an element type to give a state to", other.kind())),
        }
    }

    /// The state `(1, (rows, columns), element type, False, elements)`; 1 is its version, and `False` says that the
    /// elements come row by row.
    fn array_state(&self, state: Handle) -> Result<ArrayState> {
        let expected = "the state of an array of bytes with two axes: 1, (rows, columns), 'u1', False, elements";
        let handles = match self.value(state) {
            Value::Tuple(handles) if handles.len() == 5 => handles,
            other => return Err(self.broken(expected, other.kind())),
        };
        let values = [0, 1, 2, 3, 4].map(|index| self.value(handles[index]));
        let [Value::Integer(1), Value::Tuple(sizes), Value::ByteType, Value::Bool(false), elements] = values else {
            return Err(self.broken(expected, format!("({})", values.map(Value::kind).join(", "))));
        };
        if !matches!(elements, Value::Bytes(_) | Value::Latin1(_)) {
            return Err(self.broken(expected, format!("{} as elements", elements.kind())));
        }
        let size = |&handle: &Handle| match self.value(handle) {
            Value::Integer(size) => usize::try_from(*size).ok(),
            _ => None,
        };
        match sizes[..] {
            [ref rows, ref columns] => match (size(rows), size(columns)) {
                (Some(rows), Some(columns)) => Ok(ArrayState { shape: [rows, columns], bytes: handles[4] }),
                _ => Err(self.broken(expected, "sizes that are no numbers from 0")),
            },
            _ => Err(self.broken(expected, format!("{} axes", sizes.len()))),
        }
    }
}
