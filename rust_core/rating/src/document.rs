//! Reading JSON with every mistake reported at its place.

use serde_json::{Map, Value};

use crate::mistakes::Mistakes;

/// One object of the document and where it stands.
pub(crate) struct Object<'a> {
    pub(crate) path: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// The object at `path`, with a mistake for anything else and for every unknown field.
    pub(crate) fn open(
        value: &'a Value,
        path: String,
        known: &[&str],
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let Value::Object(fields) = value else {
            mistakes.add(&path, format!("must be an object, not {}", kind(value)));
            return None;
        };
        let object = Self { path, fields };
        for field in fields
            .keys()
            .filter(|field| !known.contains(&field.as_str()))
        {
            mistakes.add(
                &object.at(field),
                format!("unknown field; known are {}", known.join(", ")),
            );
        }
        Some(object)
    }

    /// The path of a field.
    pub(crate) fn at(&self, field: &str) -> String {
        if self.path.is_empty() {
            field.to_owned()
        } else {
            format!("{}.{field}", self.path)
        }
    }

    /// The field, unless it is missing or null.
    pub(crate) fn get(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    fn required(&self, field: &str, mistakes: &mut Mistakes) -> Option<&'a Value> {
        let value = self.get(field);
        if value.is_none() {
            mistakes.add(&self.at(field), "is required");
        }
        value
    }

    /// A string that may be missing; `None` after a mistake too.
    pub(crate) fn string(&self, field: &str, mistakes: &mut Mistakes) -> Option<&'a str> {
        // The path is only made for a mistake: a document has hundreds of thousands of fields.
        match self.get(field)? {
            Value::String(text) => Some(text),
            other => text(&self.at(field), other, mistakes),
        }
    }

    /// A string that must be there.
    pub(crate) fn required_string(&self, field: &str, mistakes: &mut Mistakes) -> Option<&'a str> {
        self.required(field, mistakes)?;
        self.string(field, mistakes)
    }

    /// A whole number in the range, `default` when missing.
    pub(crate) fn integer(
        &self,
        field: &str,
        default: u64,
        range: (u64, u64),
        mistakes: &mut Mistakes,
    ) -> Option<u64> {
        let Some(value) = self.get(field) else {
            return Some(default);
        };
        match value.as_u64() {
            Some(number) if (range.0..=range.1).contains(&number) => Some(number),
            _ => whole(&self.at(field), value, range, mistakes),
        }
    }

    /// A whole number in the range that must be there.
    pub(crate) fn required_integer(
        &self,
        field: &str,
        range: (u64, u64),
        mistakes: &mut Mistakes,
    ) -> Option<u64> {
        self.required(field, mistakes)?;
        self.integer(field, 0, range, mistakes)
    }

    /// The elements of a list that may be missing, each with its path.
    pub(crate) fn list(&self, field: &str, mistakes: &mut Mistakes) -> Vec<(String, &'a Value)> {
        let path = self.at(field);
        match self.get(field) {
            None => Vec::new(),
            Some(Value::Array(elements)) => elements
                .iter()
                .enumerate()
                .map(|(position, element)| (format!("{path}[{position}]"), element))
                .collect(),
            Some(other) => {
                mistakes.add(&path, format!("must be a list, not {}", kind(other)));
                Vec::new()
            }
        }
    }

    /// A list that must be there with at least one element.
    pub(crate) fn required_list(
        &self,
        field: &str,
        mistakes: &mut Mistakes,
    ) -> Vec<(String, &'a Value)> {
        if self.required(field, mistakes).is_none() {
            return Vec::new();
        }
        let elements = self.list(field, mistakes);
        if matches!(self.get(field), Some(Value::Array(found)) if found.is_empty()) {
            mistakes.add(&self.at(field), "must not be empty");
        }
        elements
    }

    /// A list that may be missing, but is not empty when it is there: an empty list of conditions could be
    /// read as "none" and as "any".
    pub(crate) fn some_list(
        &self,
        field: &str,
        mistakes: &mut Mistakes,
    ) -> Vec<(String, &'a Value)> {
        if self.get(field).is_none() {
            return Vec::new();
        }
        self.required_list(field, mistakes)
    }

    /// `false` when missing.
    pub(crate) fn boolean(&self, field: &str, mistakes: &mut Mistakes) -> Option<bool> {
        match self.get(field) {
            None => Some(false),
            Some(Value::Bool(value)) => Some(*value),
            Some(other) => {
                let message = format!("must be true or false, not {}", kind(other));
                mistakes.add(&self.at(field), message);
                None
            }
        }
    }

    /// One of a few words, `default` when missing.
    pub(crate) fn choice<T: Copy>(
        &self,
        field: &str,
        default: Option<T>,
        words: &[(&str, T)],
        mistakes: &mut Mistakes,
    ) -> Option<T> {
        if self.get(field).is_none() {
            if default.is_none() {
                mistakes.add(&self.at(field), "is required");
            }
            return default;
        }
        word(&self.at(field), self.get(field)?, words, mistakes)
    }
}

/// One of a few words.
pub(crate) fn word<T: Copy>(
    path: &str,
    value: &Value,
    words: &[(&str, T)],
    mistakes: &mut Mistakes,
) -> Option<T> {
    let given = text(path, value, mistakes)?;
    let found = words.iter().find(|(word, _)| *word == given);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        mistakes.add(path, format!("must be one of {}", known.join(", ")));
    }
    found.map(|(_, value)| *value)
}

/// A string.
pub(crate) fn text<'a>(path: &str, value: &'a Value, mistakes: &mut Mistakes) -> Option<&'a str> {
    if let Value::String(text) = value {
        return Some(text);
    }
    let hint = if value.is_number() {
        " (put quotes around it)"
    } else {
        ""
    };
    let message = format!("must be a string, not {}{hint}", kind(value));
    mistakes.add(path, message);
    None
}

/// A whole number in the range.
pub(crate) fn whole(
    path: &str,
    value: &Value,
    (least, most): (u64, u64),
    mistakes: &mut Mistakes,
) -> Option<u64> {
    let number = value
        .as_u64()
        .filter(|number| (least..=most).contains(number));
    if number.is_none() {
        let message = format!("must be a whole number from {least} to {most}");
        mistakes.add(path, message);
    }
    number
}

/// What a JSON value is, for people.
pub(crate) const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
