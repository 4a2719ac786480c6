//! The values in a notebook that are kept, each within bounds.

use super::MAX_CELL;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// nbgrader's metadata are nine short values.
pub const MAX_METADATA_VALUES: usize = 32;
const MAX_METADATA_TEXT: usize = 1 << 10;

/// Two values for one key: programs do not agree on which of them counts.
pub fn once<T, E: de::Error>(place: &mut Option<T>, key: &str, value: T) -> Result<(), E> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::custom(format_args!("the key `{key}` stands twice in the same place"))),
    }
}

/// The key of an object, as far as it can be one that is looked for.
pub struct Key(pub String);

impl<'de> de::Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Short;
        impl Visitor<'_> for Short {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "a key")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Key, E> {
                Ok(Key(text.get(..32).unwrap_or(text).to_owned()))
            }
        }
        deserializer.deserialize_str(Short)
    }
}

/// A cell's text: a string, or a list of them; `None` if it is too long.
pub struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<String>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "the text of a cell, or a list of its lines")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<String>, E> {
        Ok((text.len() <= MAX_CELL).then(|| text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Option<String>, A::Error> {
        let mut whole = Some(String::new());
        while let Some(line) = sequence.next_element::<String>()? {
            whole = whole.filter(|text| text.len() + line.len() <= MAX_CELL);
            if let Some(text) = &mut whole {
                text.push_str(&line);
            }
        }
        Ok(whole)
    }
}

/// One value of an object, or `None`; all others are passed over.
pub struct Only(pub &'static str);

impl<'de> DeserializeSeed<'de> for Only {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Value>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Only {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "metadata, which are a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Value>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Key>()? {
            if key.0 == self.0 {
                once(&mut found, self.0, map.next_value_seed(Bounded)?)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A JSON value of which no more is kept than such metadata can have.
pub struct Bounded;

impl<'de> DeserializeSeed<'de> for Bounded {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        match text.len() <= MAX_METADATA_TEXT {
            true => Ok(text.into()),
            false => Err(E::custom("its metadata hold longer text than any that is expected")),
        }
    }

    /// nbgrader writes no lists, and nnlib's only names what is withheld, which grading takes from the assignment.
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(Vec::new()))
    }

    /// Neither are there objects in objects.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut found = serde_json::Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if found.len() == MAX_METADATA_VALUES || key.len() > MAX_METADATA_TEXT {
                return Err(de::Error::custom("its metadata hold more than nbgrader writes"));
            }
            let value = map.next_value_seed(Bounded)?;
            if found.insert(key, value).is_some() {
                return Err(de::Error::custom("a key stands twice in a cell's nbgrader metadata"));
            }
        }
        Ok(Value::Object(found))
    }
}
