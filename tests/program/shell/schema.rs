//! Holds JSON to a schema of `assets/schemas`. It knows the keywords that those use, and fails on any other.

use keystead::model::Time;
use serde_json::Value;

fn read(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schemas").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Fails unless a value is what its schema says.
#[track_caller]
pub fn check(name: &str, value: &Value) {
    if let Err(wrong) = fits(&read(name), value, "$") {
        panic!("{name}: {wrong}\n{value:#}");
    }
}

fn fits(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for (keyword, wanted) in schema.as_object().unwrap() {
        let fit = match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" => true,
            "type" => has_type(wanted, value),
            "enum" => wanted.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| is_like(wanted.as_str().unwrap(), text)),
            "format" => value.as_str().is_none_or(|text| is_formatted(wanted.as_str().unwrap(), text)),
            "items" => return_items(wanted, value, at)?,
            "properties" => return_properties(wanted, value, at)?,
            "required" => value
                .as_object()
                .is_none_or(|object| wanted.as_array().unwrap().iter().all(|name| object.contains_key(name.as_str().unwrap()))),
            "additionalProperties" => value.as_object().is_none_or(|object| {
                assert_eq!(wanted, &Value::Bool(false));
                object.keys().all(|name| schema["properties"].get(name).is_some())
            }),
            other => panic!("the schema's keyword {other} is not known here"),
        };
        if !fit {
            return Err(format!("{at}: {value} is not {keyword} {wanted}"));
        }
    }
    Ok(())
}

fn return_items(schema: &Value, value: &Value, at: &str) -> Result<bool, String> {
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(schema, item, &format!("{at}[{number}]"))?;
    }
    Ok(true)
}

fn return_properties(schemas: &Value, value: &Value, at: &str) -> Result<bool, String> {
    for (name, schema) in schemas.as_object().unwrap() {
        if let Some(inner) = value.get(name) {
            fits(schema, inner, &format!("{at}.{name}"))?;
        }
    }
    Ok(true)
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(several) => several.iter().any(|one| has_type(one, value)),
        one => match one.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("the type {other} is not known here"),
        },
    }
}

fn is_like(pattern: &str, text: &str) -> bool {
    let hex = |length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    match pattern {
        "^[0-9a-f]{32}$" => hex(32),
        "^[0-9a-f]{64}$" => hex(64),
        "^[a-z0-9-]+$" => {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        }
        "^SHA256:[A-Za-z0-9+/]{43}$" => text.strip_prefix("SHA256:").is_some_and(|rest| {
            rest.len() == 43 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
        }),
        other => panic!("the pattern {other} is not known here"),
    }
}

fn is_formatted(format: &str, text: &str) -> bool {
    assert_eq!(format, "date-time");
    text.parse::<Time>().is_ok() && text.ends_with('Z')
}

#[test]
fn what_does_not_fit_a_schema_is_found() {
    let good = serde_json::json!({"name": "start", "value": 0.5, "unit": "s"});
    check("dev-bench", &good);
    let schema = read("dev-bench");
    for (field, wrong) in [("value", serde_json::json!("fast")), ("value", serde_json::json!(-1)), ("more", serde_json::json!(1))]
    {
        let mut bad = good.clone();
        bad[field] = wrong;
        assert!(fits(&schema, &bad, "$").is_err(), "{bad}");
    }
    assert!(fits(&schema, &serde_json::json!({"name": "start"}), "$").is_err());
    let dated = read("audit-verify");
    let verified =
        serde_json::json!({"whole": true, "authenticated": false, "records": 1, "bytes": 9, "at": "yesterday", "damage": null});
    assert!(fits(&dated, &verified, "$").unwrap_err().contains("$.at"));
}
