//! Who has which slots, as the nodes of a cluster tell it.

use crate::error::{Error, Result};
use fred::{
    clients::Client,
    interfaces::ClientLike,
    types::{CustomCommand, Value, config::Server},
};

/// Slots in a row with their master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: u16,
    pub(crate) last: u16,
    pub(crate) master: Server,
}

/// Asks the node behind `client`, which was reached as `asked`.
pub(crate) async fn ask(client: &Client, asked: &Server) -> Result<Vec<Range>> {
    let command = CustomCommand::new_static("CLUSTER", None::<u16>, false);
    let answer: Value = client.custom(command, vec!["SLOTS"]).await?;
    read(answer, asked)
}

/// `[[first, last, [host, port, …], replicas…], …]`, sorted by the first slot.
fn read(answer: Value, asked: &Server) -> Result<Vec<Range>> {
    let mut ranges = array(answer)?.into_iter().map(|row| range(row, asked)).collect::<Result<Vec<_>>>()?;
    ranges.sort_by_key(|range| range.first);
    Ok(ranges)
}

fn range(row: Value, asked: &Server) -> Result<Range> {
    let mut parts = array(row)?.into_iter();
    let mut number = || parts.next().as_ref().and_then(slot).ok_or(Error::Corrupt);
    let (first, last) = (number()?, number()?);
    let mut master = array(parts.next().ok_or(Error::Corrupt)?)?.into_iter();
    // A node that does not know its own name is the one that was asked.
    let host = master.next().and_then(|host| host.as_string()).filter(|host| !host.is_empty() && host != "?");
    let port = master.next().as_ref().and_then(slot).ok_or(Error::Corrupt)?;
    let master = Server::new(host.unwrap_or_else(|| asked.host.to_string()), port);
    Ok(Range { first, last, master })
}

fn array(value: Value) -> Result<Vec<Value>> {
    match value {
        Value::Array(list) => Ok(list),
        _ => Err(Error::Corrupt),
    }
}

fn slot(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|n| u16::try_from(n).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(first: i64, last: i64, host: Value, port: i64) -> Value {
        let node = |host, port| Value::Array(vec![host, Value::Integer(port), "id".into()]);
        let replica = node("10.0.0.9".into(), 7);
        Value::Array(vec![Value::Integer(first), Value::Integer(last), node(host, port), replica])
    }

    #[test]
    fn masters_are_read_in_the_order_of_their_slots_and_replicas_are_not() {
        let asked = Server::new("10.0.0.1", 6379);
        let answer = Value::Array(vec![
            row(8_192, 16_383, "10.0.0.2".into(), 6_380),
            row(0, 99, Value::Null, 6_379),
            row(100, 8_191, "".into(), 6_381),
        ]);
        let ranges = read(answer, &asked).unwrap();
        let told: Vec<_> = ranges.iter().map(|r| (r.first, r.last, r.master.to_string())).collect();
        let wanted =
            [(0, 99, "10.0.0.1:6379"), (100, 8_191, "10.0.0.1:6381"), (8_192, 16_383, "10.0.0.2:6380")];
        assert_eq!(told, wanted.map(|(first, last, at)| (first, last, at.to_owned())));
    }

    #[test]
    fn what_is_no_list_of_slots_is_refused() {
        let asked = Server::new("10.0.0.1", 6379);
        for answer in [Value::Null, Value::Array(vec![Value::Null]), row(0, 1, Value::Null, 1)] {
            assert_eq!(read(answer, &asked), Err(Error::Corrupt));
        }
        assert_eq!(read(Value::Array(Vec::new()), &asked), Ok(Vec::new()));
    }
}
