//! Lines of the journal as earlier versions wrote them.

use serde_json::{Map, Value, json};

/// The shape of the lines that are written now. Lines without a version are of shape 0.
pub(super) const VERSION: u64 = 1;

/// Brings a line of any earlier shape into the one of now.
///
/// # Errors
/// The version of a line that a later program wrote.
pub(super) fn bring_up(line: &mut Value) -> Result<(), u64> {
    let version = line.get("version").and_then(Value::as_u64).unwrap_or(0);
    match version {
        0 => {
            let changes = line.get_mut("changes").and_then(Value::as_array_mut);
            for change in changes.into_iter().flatten() {
                from_0(change);
            }
            Ok(())
        }
        VERSION => Ok(()),
        later => Err(later),
    }
}

/// A change of shape 0: `{"kind": [id, row]}`, where a row that goes is null.
fn from_0(change: &mut Value) {
    let Some((kind, pair)) = change.as_object_mut().and_then(|it| it.iter_mut().next()) else {
        return;
    };
    let Some(row) = pair.get_mut(1).and_then(Value::as_object_mut) else {
        return;
    };
    match kind.as_str() {
        "route" | "received" => several_actions(row),
        "test" => files_in_messages(row),
        "key" => {
            if let Some(outcome) = row.get_mut("outcome").and_then(Value::as_object_mut) {
                several_actions(outcome);
            }
            // The sum was made over requests of that shape, and none of now has it. A repeated
            // request gets what came of the first, unchecked.
            row.insert("request".into(), Value::Null);
        }
        _ => {}
    }
}

/// A route had one action.
fn several_actions(row: &mut Map<String, Value>) {
    if let Some(action) = row.remove("action") {
        row.insert("actions".into(), json!([action]));
    }
}

/// The bytes of a test's files were beside it, by arm.
fn files_in_messages(row: &mut Map<String, Value>) {
    let Some(mut stored) = row.remove("test") else {
        return;
    };
    let Some(mut test) = stored.get_mut("test").map(Value::take) else {
        row.insert("test".into(), stored);
        return;
    };
    let files = stored.get_mut("files").and_then(Value::as_array_mut);
    let arms = test.get_mut("arms").and_then(Value::as_array_mut);
    for (arm, files) in arms.into_iter().flatten().zip(files.into_iter().flatten()) {
        let attached = arm
            .pointer_mut("/message/attachments")
            .and_then(Value::as_array_mut);
        let files = files.as_array_mut();
        for (attached, file) in attached
            .into_iter()
            .flatten()
            .zip(files.into_iter().flatten())
        {
            if let Some(attached) = attached.as_object_mut() {
                attached.insert("content".into(), file.take());
            }
        }
    }
    row.insert("test".into(), test);
}
