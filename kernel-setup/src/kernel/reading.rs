//! Reads a request, whatever its sender has left out: the protocol has defaults.

use anyhow::{Context, Result, bail};
use jupyter_protocol::JupyterMessage;
use jupyter_zmq_client::{Connection, RawMessage};
use serde_json::{Value, json};
use zeromq::SocketRecv;

/// The next message; an error if it is forged or is not one.
pub async fn read<S: SocketRecv>(connection: &mut Connection<S>) -> Result<JupyterMessage> {
    let raw = RawMessage::from_multipart(connection.socket.recv().await?, &connection.mac)?;
    parse(raw)
}

fn parse(raw: RawMessage) -> Result<JupyterMessage> {
    let part = |index: usize| -> Result<Value> {
        let bytes = raw.jparts.get(index).context("a message of fewer than four parts")?;
        Ok(serde_json::from_slice(bytes)?)
    };
    let (header, mut content) = (part(0)?, part(3)?);
    let Value::Object(fields) = &mut content else { bail!("a message whose content is no object") };
    for (name, default) in defaults(header["msg_type"].as_str().unwrap_or_default()) {
        let field = fields.entry(name).or_insert(Value::Null);
        if field.is_null() {
            *field = default;
        }
    }
    let message = json!({ "header": header, "parent_header": part(1)?, "metadata": part(2)?, "content": content });
    Ok(JupyterMessage::from_value(message)?.with_zmq_identities(raw.zmq_identities))
}

/// What stands for fields that are not there, where `jupyter-protocol` asks for them.
fn defaults(kind: &str) -> Vec<(&'static str, Value)> {
    match kind {
        "execute_request" => vec![
            ("silent", json!(false)),
            ("store_history", json!(true)),
            ("allow_stdin", json!(true)),
            ("stop_on_error", json!(true)),
        ],
        "history_request" => vec![
            ("hist_access_type", json!("tail")),
            ("output", json!(false)),
            ("raw", json!(true)),
            ("start", json!(0)),
            ("stop", json!(0)),
            ("pattern", json!("*")),
            ("unique", json!(false)),
            ("n", json!(0)),
        ],
        "shutdown_request" => vec![("restart", json!(false))],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jupyter_protocol::{HistoryRequest, JupyterMessageContent};

    fn message(kind: &str, content: Value) -> Result<JupyterMessage> {
        let header = json!({
            "msg_id": "1", "username": "", "session": "2", "date": "2020-01-01T00:00:00Z", "msg_type": kind, "version": "5.3"
        });
        let parts = [header, json!({}), json!({}), content];
        let jparts = parts.iter().map(|part| part.to_string().into_bytes().into()).collect();
        parse(RawMessage { zmq_identities: vec![b"peer".to_vec().into()], jparts })
    }

    #[test]
    fn fields_that_are_left_out_have_their_defaults() {
        let read = message("execute_request", json!({ "code": "1", "user_expressions": null })).unwrap();
        let JupyterMessageContent::ExecuteRequest(request) = &read.content else { panic!("{read:?}") };
        assert!(!request.silent && request.store_history && request.stop_on_error && request.allow_stdin);
        assert_eq!(&read.zmq_identities[0][..], b"peer");
        let read = message("history_request", json!({ "hist_access_type": "search", "pattern": "a*" })).unwrap();
        let JupyterMessageContent::HistoryRequest(HistoryRequest::Search { pattern, unique, .. }) = &read.content
        else {
            panic!("{read:?}")
        };
        assert!(pattern == "a*" && !unique);
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        assert!(message("execute_request", json!({})).is_err());
        assert!(message("execute_request", json!([])).is_err());
        assert!(parse(RawMessage { zmq_identities: Vec::new(), jparts: vec![b"{}".to_vec().into()] }).is_err());
    }
}
