//! The store over Redis or Valkey, through Spin's outbound Redis.
//!
//! A document is a hash with its value in `d` and its version in `v`. Each operation is one
//! command or one Lua script, so one round trip; a script runs alone on the server, which
//! is what makes [`Store::swap`] and [`Store::create`] exact. Scripts are sent by their
//! SHA-1 and loaded when a connection opens, or again when the server has forgotten them.
//!
//! Each open is a new TCP connection on Spin, so one is kept for the instance's life and
//! opened anew after an error. A write that failed is not sent again: it may have been
//! carried out, and the caller asks again by its operation's id. A read that failed on a
//! kept connection is: the server may have restarted since the last request.
//!
//! The keys of all documents are a sorted set as well, written by the scripts that make
//! documents: `SCAN` may give a key twice and cannot be resumed after a restart, and an
//! audit that counts an account twice is worth nothing.
//!
//! Marks are a sorted set by due time. What an answered write survives is the server's
//! setting: see docs/guides/stores.md.

use std::cell::RefCell;
use std::rc::Rc;
use std::slice;

use feiqian_calendar::Timestamp;
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

use crate::{Created, Pending, Store, StoreError, Swapped, check_bounds};

/// Changes a document if it still has the version that was read.
const SWAP: Script = Script(
    "if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return 0 end \
     redis.call('HINCRBY', KEYS[1], 'v', 1) \
     redis.call('HSET', KEYS[1], 'd', ARGV[2]) \
     return 1",
);

/// Makes a document, or gives the one that is there. The second key is the index, the
/// second argument what stands there for the document.
const CREATE: Script = Script(
    "if redis.call('HSETNX', KEYS[1], 'v', 0) == 0 then \
       return {0, redis.call('HGET', KEYS[1], 'd')} end \
     redis.call('HSET', KEYS[1], 'd', ARGV[1]) \
     redis.call('ZADD', KEYS[2], 0, ARGV[2]) \
     return {1}",
);

/// Writes documents whatever was there; their versions go up, so that a swap begun before
/// conflicts. The last key is the index; the arguments are the values and then what stands
/// in the index for each.
const PUT: Script = Script(
    "local documents = #KEYS - 1 \
     for i = 1, documents do \
       redis.call('HINCRBY', KEYS[i], 'v', 1) \
       redis.call('HSET', KEYS[i], 'd', ARGV[i]) \
       redis.call('ZADD', KEYS[#KEYS], 0, ARGV[documents + i]) end \
     return documents",
);

/// Reads several documents.
const READ: Script = Script(
    "local values = {} \
     for i, key in ipairs(KEYS) do values[i] = redis.call('HGET', key, 'd') end \
     return values",
);

/// Every script, in the order of [`Loaded::digests`].
const SCRIPTS: [Script; 4] = [SWAP, CREATE, PUT, READ];

/// The sorted set of the keys of all documents. No document has this key: theirs have a
/// slash.
const INDEX: &str = "keys";

/// A Lua script.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Script(&'static str);

/// The store over Redis or Valkey. One per instance.
pub struct RedisStore {
    url: String,
    prefix: String,
    connection: RefCell<Option<Rc<Loaded>>>,
}

/// A connection on which the scripts are known to the server.
struct Loaded {
    connection: Connection,
    digests: Vec<Vec<u8>>,
}

/// Which version of a key was read.
pub struct RedisHandle {
    key: String,
    version: Vec<u8>,
}

impl RedisStore {
    /// A store at `url` (`redis://host:port`), all of whose keys begin with `prefix`.
    #[must_use]
    pub const fn new(url: String, prefix: String) -> Self {
        Self { url, prefix, connection: RefCell::new(None) }
    }

    fn name(&self, key: &str) -> Vec<u8> {
        format!("{}{key}", self.prefix).into_bytes()
    }

    async fn connection(&self) -> Result<Rc<Loaded>, StoreError> {
        if let Some(connection) = self.connection.borrow().clone() {
            return Ok(connection);
        }
        let connection = Connection::open(&self.url).await.map_err(|error| unavailable(&error))?;
        let mut digests = Vec::with_capacity(SCRIPTS.len());
        for script in SCRIPTS {
            let arguments = [binary("LOAD"), binary(script.0)];
            let answer = connection.execute("SCRIPT", arguments).await;
            match answer.map_err(|error| unavailable(&error))?.into_iter().next() {
                Some(RedisResult::Binary(digest)) => digests.push(digest),
                Some(RedisResult::Status(digest)) => digests.push(digest.into_bytes()),
                _ => return Err(unexpected("SCRIPT LOAD")),
            }
        }
        let loaded = Rc::new(Loaded { connection, digests });
        *self.connection.borrow_mut() = Some(Rc::clone(&loaded));
        Ok(loaded)
    }

    /// Forgets a connection that failed, so that the next call opens a new one. Another
    /// call may have done so before.
    fn forget(&self, failed: &Rc<Loaded>) {
        let mut kept = self.connection.borrow_mut();
        if kept.as_ref().is_some_and(|kept| Rc::ptr_eq(kept, failed)) {
            *kept = None;
        }
    }

    fn failed(&self, loaded: &Rc<Loaded>, error: &Error) -> StoreError {
        self.forget(loaded);
        unavailable(error)
    }

    async fn command(
        &self,
        command: &str,
        arguments: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, StoreError> {
        let loaded = self.connection().await?;
        let answer = loaded.connection.execute(command, arguments).await;
        answer.map_err(|error| self.failed(&loaded, &error))
    }

    /// A read, asked again on a new connection if the one that was kept fails.
    async fn reading<F: Future<Output = Result<Vec<RedisResult>, StoreError>>>(
        &self,
        read: impl Fn() -> F,
    ) -> Result<Vec<RedisResult>, StoreError> {
        let kept = self.connection.borrow().is_some();
        match read().await {
            Err(StoreError::Unavailable(_)) if kept => read().await,
            answer => answer,
        }
    }

    async fn run(
        &self,
        script: Script,
        keys: &[Vec<u8>],
        arguments: &[&[u8]],
    ) -> Result<Vec<RedisResult>, StoreError> {
        let loaded = self.connection().await?;
        match loaded.run(script, keys, arguments).await {
            Err(error) if is_no_script(&error) => {
                // The server has restarted or was told to forget: nothing was carried out.
                self.forget(&loaded);
                let loaded = self.connection().await?;
                let answer = loaded.run(script, keys, arguments).await;
                answer.map_err(|error| self.failed(&loaded, &error))
            }
            answer => answer.map_err(|error| self.failed(&loaded, &error)),
        }
    }
}

impl Loaded {
    async fn run(
        &self,
        script: Script,
        keys: &[Vec<u8>],
        arguments: &[&[u8]],
    ) -> Result<Vec<RedisResult>, Error> {
        let place = SCRIPTS.iter().position(|known| *known == script).unwrap_or_default();
        let digest = self.digests.get(place).cloned().unwrap_or_default();
        let count = i64::try_from(keys.len()).unwrap_or(i64::MAX);
        let mut all = vec![RedisParameter::Binary(digest), RedisParameter::Int64(count)];
        all.extend(keys.iter().cloned().map(RedisParameter::Binary));
        all.extend(arguments.iter().map(|argument| RedisParameter::Binary(argument.to_vec())));
        self.connection.execute("EVALSHA", all).await
    }
}

fn binary(text: &str) -> RedisParameter {
    RedisParameter::Binary(text.as_bytes().to_vec())
}

fn unavailable(error: &Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn unexpected(command: &str) -> StoreError {
    StoreError::Unavailable(format!("an unexpected answer to {command}"))
}

/// Whether the server said that it does not know a script, in any of the forms in which
/// hosts pass that on.
fn is_no_script(error: &Error) -> bool {
    let text = error.to_string().to_ascii_lowercase();
    text.contains("noscript") || text.contains("no matching script")
}

/// A value that may be missing.
fn value(result: RedisResult) -> Result<Option<Vec<u8>>, StoreError> {
    match result {
        RedisResult::Nil => Ok(None),
        RedisResult::Binary(value) => Ok(Some(value)),
        RedisResult::Status(value) => Ok(Some(value.into_bytes())),
        RedisResult::Int64(_) => Err(unexpected("a read")),
    }
}

impl Store for RedisStore {
    type Handle = RedisHandle;

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_bounds(key, None)?;
        let arguments = || vec![RedisParameter::Binary(self.name(key)), binary("d")];
        let answer = self.reading(|| self.command("HGET", arguments())).await?;
        answer.into_iter().next().map_or(Ok(None), value)
    }

    async fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<Vec<u8>> = keys.iter().map(|key| self.name(key)).collect();
        let answer = self.reading(|| self.run(READ, &names, &[])).await?;
        if answer.len() != keys.len() {
            return Err(unexpected("a read of several"));
        }
        answer.into_iter().map(value).collect()
    }

    async fn begin(&self, key: &str) -> Result<Option<(Vec<u8>, RedisHandle)>, StoreError> {
        check_bounds(key, None)?;
        let arguments = || vec![RedisParameter::Binary(self.name(key)), binary("v"), binary("d")];
        let answer = self.reading(|| self.command("HMGET", arguments())).await?;
        let mut answer = answer.into_iter();
        let (version, current) = (answer.next(), answer.next());
        let (Some(version), Some(current)) = (version, current) else {
            return Err(unexpected("HMGET"));
        };
        Ok(match (value(version)?, value(current)?) {
            (Some(version), Some(current)) => {
                Some((current, RedisHandle { key: key.to_owned(), version }))
            }
            _ => None,
        })
    }

    async fn swap(&self, handle: RedisHandle, value: &[u8]) -> Result<Swapped, StoreError> {
        check_bounds(&handle.key, Some(value))?;
        let answer = self.run(SWAP, &[self.name(&handle.key)], &[&handle.version, value]).await?;
        match answer.first() {
            Some(RedisResult::Int64(1)) => Ok(Swapped::Yes),
            Some(RedisResult::Int64(0)) => Ok(Swapped::Conflict),
            _ => Err(unexpected("a swap")),
        }
    }

    async fn create(&self, key: &str, document: &[u8]) -> Result<Created, StoreError> {
        check_bounds(key, Some(document))?;
        let keys = [self.name(key), self.name(INDEX)];
        let mut answer = self.run(CREATE, &keys, &[document, key.as_bytes()]).await?.into_iter();
        match answer.next() {
            Some(RedisResult::Int64(1)) => Ok(Created::Created),
            Some(RedisResult::Int64(0)) => match answer.next().map(value) {
                Some(Ok(Some(existing))) => Ok(Created::Exists(existing)),
                _ => Err(unexpected("a creation")),
            },
            _ => Err(unexpected("a creation")),
        }
    }

    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        check_bounds(key, Some(value))?;
        let keys = [self.name(key), self.name(INDEX)];
        self.run(PUT, &keys, &[value, key.as_bytes()]).await.map(drop)
    }

    async fn put_many(&self, documents: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        for (key, value) in documents {
            check_bounds(key, Some(value))?;
        }
        if documents.is_empty() {
            return Ok(());
        }
        let names = documents.iter().map(|(key, _)| self.name(key));
        let names: Vec<Vec<u8>> = names.chain([self.name(INDEX)]).collect();
        let values = documents.iter().map(|(_, value)| value.as_slice());
        let members = documents.iter().map(|(key, _)| key.as_bytes());
        let arguments: Vec<&[u8]> = values.chain(members).collect();
        self.run(PUT, &names, &arguments).await.map(drop)
    }

    async fn list(&self, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let start = if after.is_empty() { "-".to_owned() } else { format!("({after}") };
        let arguments = || {
            vec![
                RedisParameter::Binary(self.name(INDEX)),
                binary(&start),
                binary("+"),
                binary("LIMIT"),
                binary("0"),
                binary(&limit.to_string()),
            ]
        };
        let answer = self.reading(|| self.command("ZRANGEBYLEX", arguments())).await?;
        let mut keys = Vec::with_capacity(answer.len());
        for member in answer {
            let key = value(member)?.and_then(|key| String::from_utf8(key).ok());
            keys.push(key.ok_or_else(|| unexpected("ZRANGEBYLEX"))?);
        }
        Ok(keys)
    }

    async fn pending_add(&self, mark: &Pending) -> Result<(), StoreError> {
        self.add_marks(PENDING, slice::from_ref(mark)).await
    }

    async fn pending_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        self.due_marks(PENDING, now, limit).await
    }

    async fn pending_done(&self, mark: &Pending) -> Result<(), StoreError> {
        self.drop_marks(PENDING, slice::from_ref(mark)).await
    }

    async fn outbox_add(&self, marks: &[Pending]) -> Result<(), StoreError> {
        self.add_marks(OUTBOX, marks).await
    }

    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        self.due_marks(OUTBOX, now, limit).await
    }

    async fn outbox_done(&self, marks: &[Pending]) -> Result<(), StoreError> {
        self.drop_marks(OUTBOX, marks).await
    }
}

/// The sorted sets of marks, by due time.
const PENDING: &str = "pending";
const OUTBOX: &str = "outbox";

impl RedisStore {
    async fn add_marks(&self, set: &str, marks: &[Pending]) -> Result<(), StoreError> {
        if marks.is_empty() {
            return Ok(());
        }
        let mut arguments = vec![RedisParameter::Binary(self.name(set))];
        for mark in marks {
            let key = mark.to_key();
            check_bounds(&key, None)?;
            arguments.extend([binary(&mark.due.as_millis().to_string()), binary(&key)]);
        }
        self.command("ZADD", arguments).await.map(drop)
    }

    async fn due_marks(
        &self,
        set: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Pending>, StoreError> {
        let arguments = || {
            vec![
                RedisParameter::Binary(self.name(set)),
                binary("-inf"),
                binary(&now.as_millis().to_string()),
                binary("LIMIT"),
                binary("0"),
                binary(&limit.to_string()),
            ]
        };
        let answer = self.reading(|| self.command("ZRANGEBYSCORE", arguments())).await?;
        let mut due = Vec::with_capacity(answer.len());
        for member in answer {
            if let Some(key) = value(member)? {
                due.extend(std::str::from_utf8(&key).ok().and_then(Pending::from_key));
            }
        }
        Ok(due)
    }

    async fn drop_marks(&self, set: &str, marks: &[Pending]) -> Result<(), StoreError> {
        if marks.is_empty() {
            return Ok(());
        }
        let mut arguments = vec![RedisParameter::Binary(self.name(set))];
        arguments.extend(marks.iter().map(|mark| binary(&mark.to_key())));
        self.command("ZREM", arguments).await.map(drop)
    }
}
