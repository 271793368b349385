//! `spin:redis/redis@3.0.0`, outbound.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, FromRedisValue, Value};
use wasmtime::component::{Accessor, Resource};

use crate::bindings::spin::redis::redis::{
    Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult,
};
use crate::guest::{Guest, GuestData};
use crate::kv::MAX_RESULT_BYTES;

/// Connections that an instance may have open: Spin's table holds as many.
const MAX_CONNECTIONS: usize = 1024;

/// A server that does not take a connection by then is down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for one answer; the request's own time-out usually ends first.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// An open connection, one TCP connection each as on Spin.
#[derive(Clone)]
pub struct Connection(MultiplexedConnection);

fn other(error: impl std::fmt::Display) -> Error {
    Error::Other(error.to_string())
}

async fn command<R: FromRedisValue, T>(
    accessor: &Accessor<T, GuestData>,
    handle: &Resource<Connection>,
    command: redis::Cmd,
) -> Result<R, Error> {
    let mut connection = accessor.with(|mut access| {
        let guest = access.get();
        guest.metrics.redis_command();
        let found = guest.table.get(handle).cloned();
        found.map_err(|_| other("could not find connection for resource"))
    })?;
    command.query_async(&mut connection.0).await.map_err(other)
}

impl<T: Send> HostConnectionWithStore<T> for GuestData {
    async fn open(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> Result<Resource<Connection>, Error> {
        accessor.with(|mut access| {
            let guest = access.get();
            if !guest.grants.allowed_hosts.allow_url(&address, "redis") {
                // The address may hold a password: only the component is named.
                tracing::warn!(
                    component = %guest.grants.id,
                    "a Redis address was refused: add its redis://host:port to allowed_outbound_hosts"
                );
                return Err(Error::InvalidAddress);
            }
            if guest.counts.redis >= MAX_CONNECTIONS {
                return Err(Error::TooManyConnections);
            }
            guest.counts.redis += 1;
            Ok(())
        })?;
        let opened = connect(&address).await;
        accessor.with(|mut access| {
            let guest = access.get();
            let pushed = opened.and_then(|connection| {
                let pushed = guest.table.push(connection);
                pushed.map_err(|_| Error::TooManyConnections)
            });
            if pushed.is_err() {
                guest.counts.redis = guest.counts.redis.saturating_sub(1);
            }
            pushed
        })
    }

    async fn publish(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        channel: String,
        payload: Vec<u8>,
    ) -> Result<(), Error> {
        let publish = redis::cmd("PUBLISH").arg(channel).arg(payload).take();
        command(accessor, &handle, publish).await
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        command(accessor, &handle, redis::cmd("GET").arg(key).take()).await
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        let set = redis::cmd("SET").arg(key).arg(value).take();
        command(accessor, &handle, set).await
    }

    async fn incr(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
    ) -> Result<i64, Error> {
        let increment = redis::cmd("INCRBY").arg(key).arg(1).take();
        command(accessor, &handle, increment).await
    }

    async fn del(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        keys: Vec<String>,
    ) -> Result<u32, Error> {
        command(accessor, &handle, redis::cmd("DEL").arg(keys).take()).await
    }

    async fn sadd(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        let add = redis::cmd("SADD").arg(key).arg(values).take();
        command(accessor, &handle, add).await
    }

    async fn smembers(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
    ) -> Result<Vec<String>, Error> {
        command(accessor, &handle, redis::cmd("SMEMBERS").arg(key).take()).await
    }

    async fn srem(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        let remove = redis::cmd("SREM").arg(key).arg(values).take();
        command(accessor, &handle, remove).await
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        name: String,
        arguments: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, Error> {
        let mut execute = redis::cmd(&name);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => execute.arg(number),
                RedisParameter::Binary(bytes) => execute.arg(bytes),
            };
        }
        let value: Value = command(accessor, &handle, execute).await?;
        let mut results = Vec::new();
        flatten(value, &mut results)?;
        Ok(results)
    }
}

async fn connect(address: &str) -> Result<Connection, Error> {
    let client = redis::Client::open(address).map_err(|_| Error::InvalidAddress)?;
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT));
    let connection = client.get_multiplexed_async_connection_with_config(&config).await;
    connection.map(Connection).map_err(other)
}

/// Flattens nested arrays and refuses what Spin refuses.
fn flatten(value: Value, results: &mut Vec<RedisResult>) -> Result<(), Error> {
    let unsupported = |what: &str| {
        Err(other(format!("Could not convert Redis response: Redis {what} is not supported")))
    };
    let result = match value {
        Value::Nil => RedisResult::Nil,
        Value::Int(number) => RedisResult::Int64(number),
        Value::BulkString(bytes) => RedisResult::Binary(bytes),
        Value::SimpleString(text) => RedisResult::Status(text),
        Value::Okay => RedisResult::Status("OK".to_owned()),
        Value::Double(number) => RedisResult::Binary(number.to_string().into_bytes()),
        Value::Boolean(value) => RedisResult::Int64(i64::from(value)),
        Value::Array(values) | Value::Set(values) => {
            return values.into_iter().try_for_each(|value| flatten(value, results));
        }
        Value::ServerError(error) => return Err(other(format!("Server error: {error:?}"))),
        Value::Map(_) => return unsupported("Map type"),
        Value::Attribute { .. } => return unsupported("Attribute type"),
        Value::VerbatimString { .. } => return unsupported("string with format attribute"),
        Value::Push { .. } => return unsupported("Pub/Sub type"),
        _ => return unsupported("type"),
    };
    results.push(result);
    // Redis itself bounds an answer by its memory; this bounds what one
    // component may make the host hold.
    if results.len().saturating_mul(size_of::<RedisResult>()) > MAX_RESULT_BYTES {
        return Err(other(format!("query result exceeds limit of {MAX_RESULT_BYTES} bytes")));
    }
    Ok(())
}

impl HostConnection for Guest {
    async fn drop(&mut self, handle: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        self.counts.redis = self.counts.redis.saturating_sub(1);
        Ok(())
    }
}

impl Host for Guest {
    fn convert_error(&mut self, error: Error) -> wasmtime::Result<Error> {
        Ok(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_answers_come_back_flat() {
        let nested = Value::Array(vec![
            Value::Int(1),
            Value::Array(vec![Value::BulkString(b"a".to_vec()), Value::Nil]),
            Value::Okay,
        ]);
        let mut results = Vec::new();
        flatten(nested, &mut results).unwrap();
        assert!(matches!(
            results.as_slice(),
            [
                RedisResult::Int64(1),
                RedisResult::Binary(_),
                RedisResult::Nil,
                RedisResult::Status(_)
            ]
        ));
        flatten(Value::Map(vec![]), &mut results).unwrap_err();
    }
}
