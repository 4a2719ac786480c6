//! The values that a pickle makes.

/// The index of a value among all that a pickle made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle(pub usize);

/// A value and the place of the instruction that made it.
pub struct Node<'a> {
    pub offset: usize,
    pub value: Value<'a>,
}

/// A value; strings are slices of the file.
pub enum Value<'a> {
    None,
    Bool(bool),
    Integer(i32),
    /// A byte string: any string of Python 2, `bytes` of Python 3.
    Bytes(&'a [u8]),
    /// A Unicode string.
    Text(&'a str),
    /// Bytes as Python 3 writes them in protocol 2: `_codecs.encode(text, 'latin1')`, a character a byte.
    Latin1(&'a str),
    Tuple(Vec<Handle>),
    List(Vec<Handle>),
    Dict(Vec<(Handle, Handle)>),
    Global(Global),
    /// NumPy's type of an unsigned byte.
    ByteType,
    /// An array, from `BUILD` on with its state.
    Array(Option<ArrayState>),
}

/// The functions and classes that may be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Global {
    /// `numpy.core.multiarray._reconstruct`: makes an array that has no state yet.
    Reconstruct,
    /// `numpy.ndarray`, the first argument of the former.
    NdArray,
    /// `numpy.dtype`: makes a type of elements.
    DType,
    /// `_codecs.encode`: turns text into bytes.
    Encode,
}

/// The shape of an array of bytes, and the string that holds its elements row by row.
pub struct ArrayState {
    pub shape: [usize; 2],
    pub bytes: Handle,
}

impl Value<'_> {
    /// What an error says was found.
    pub fn kind(&self) -> String {
        match self {
            Value::None => "None".to_owned(),
            Value::Bool(_) => "a truth value".to_owned(),
            Value::Integer(number) => format!("the integer {number}"),
            Value::Bytes(bytes) => format!("a string of {} bytes", bytes.len()),
            Value::Text(text) | Value::Latin1(text) => format!("a string of {} bytes in UTF-8", text.len()),
            Value::Tuple(items) => format!("a tuple of {}", items.len()),
            Value::List(items) => format!("a list of {}", items.len()),
            Value::Dict(entries) => format!("a dictionary of {}", entries.len()),
            Value::Global(global) => format!("the global {}", global.name()),
            Value::ByteType => "an element type".to_owned(),
            Value::Array(Some(ArrayState { shape, .. })) => format!("an array of {} x {}", shape[0], shape[1]),
            Value::Array(None) => "an array without a state".to_owned(),
        }
    }

    /// Whether this is a string of these characters, all ASCII.
    pub fn is_string(&self, ascii: &str) -> bool {
        match self {
            Value::Bytes(bytes) => *bytes == ascii.as_bytes(),
            Value::Text(text) | Value::Latin1(text) => *text == ascii,
            _ => false,
        }
    }
}

impl Global {
    /// The global of that name in that module; NumPy 2 renamed the module of one.
    pub fn find(module: &[u8], name: &[u8]) -> Option<Global> {
        match (module, name) {
            (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"_reconstruct") => Some(Global::Reconstruct),
            (b"numpy", b"ndarray") => Some(Global::NdArray),
            (b"numpy", b"dtype") => Some(Global::DType),
            (b"_codecs", b"encode") => Some(Global::Encode),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Global::Reconstruct => "numpy.core.multiarray._reconstruct",
            Global::NdArray => "numpy.ndarray",
            Global::DType => "numpy.dtype",
            Global::Encode => "_codecs.encode",
        }
    }
}
