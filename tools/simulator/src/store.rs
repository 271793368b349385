use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

use feiqian_calendar::Timestamp;
use feiqian_store::{Created, Pending, Store, StoreError, Swapped, check_bounds};

use crate::faults::StoreFault;
use crate::summary::summary;
use crate::world::World;

/// What the store holds.
#[derive(Debug, Default)]
pub struct Content {
    documents: BTreeMap<String, Rc<[u8]>>,
    tickets: BTreeMap<String, u64>,
    pending: BTreeMap<String, Pending>,
    outbox: BTreeMap<String, Pending>,
}

/// A change of the store.
#[derive(Debug, Clone)]
pub enum Write {
    /// If the key still has the value that was read. As on Spin, it is the value that
    /// counts: one that came back in between is not noticed.
    Swap {
        /// The key.
        key: String,
        /// What was read.
        expected: Rc<[u8]>,
        /// What to write.
        value: Rc<[u8]>,
    },
    /// The first value of a document, by the winner of its ticket.
    First {
        /// The key.
        key: String,
        /// What to write.
        value: Rc<[u8]>,
    },
    /// Whatever was there.
    Put(Vec<(String, Rc<[u8]>)>),
    /// A pending mark is set.
    Mark(Pending),
    /// A pending mark goes.
    Unmark(Pending),
    /// Marks of the outbox are set.
    Announce(Vec<Pending>),
    /// Marks of the outbox go.
    Unannounce(Vec<Pending>),
}

impl Write {
    /// For the history.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Swap { key, value, .. } => format!("swap {}", summary(key, value)),
            Self::First { key, value } => format!("create {}", summary(key, value)),
            Self::Put(documents) => {
                let all: Vec<_> =
                    documents.iter().map(|(key, value)| summary(key, value)).collect();
                format!("put {}", all.join("; "))
            }
            Self::Mark(mark) => format!("mark {}", mark.to_key()),
            Self::Unmark(mark) => format!("unmark {}", mark.to_key()),
            Self::Announce(marks) => format!("announce {}", keys_of(marks)),
            Self::Unannounce(marks) => format!("unannounce {}", keys_of(marks)),
        }
    }
}

fn keys_of(marks: &[Pending]) -> String {
    let keys: Vec<String> = marks.iter().map(Pending::to_key).collect();
    keys.join("; ")
}

impl Content {
    /// A document.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Rc<[u8]>> {
        self.documents.get(key)
    }

    /// The first keys behind another, in order.
    fn keys_behind(&self, after: &str, limit: usize) -> Vec<String> {
        let behind = (Bound::Excluded(after), Bound::Unbounded);
        self.documents.range::<str, _>(behind).take(limit).map(|(key, _)| key.clone()).collect()
    }

    /// Every mark.
    pub fn marks(&self) -> impl Iterator<Item = &Pending> {
        self.pending.values()
    }

    /// Every mark of the outbox.
    pub fn outbox(&self) -> impl Iterator<Item = &Pending> {
        self.outbox.values()
    }

    /// Carries a write out; false for a swap that lost.
    pub fn apply(&mut self, write: &Write) -> bool {
        match write {
            Write::Swap { key, expected, value } => match self.documents.get_mut(key) {
                Some(current) if *current == *expected => *current = Rc::clone(value),
                _ => return false,
            },
            Write::First { key, value } => {
                self.documents.insert(key.clone(), Rc::clone(value));
            }
            Write::Put(documents) => {
                let copies = documents.iter().map(|(key, value)| (key.clone(), Rc::clone(value)));
                self.documents.extend(copies);
            }
            Write::Mark(mark) => {
                self.pending.insert(mark.to_key(), mark.clone());
            }
            Write::Unmark(mark) => {
                self.pending.remove(&mark.to_key());
            }
            Write::Announce(marks) => {
                self.outbox.extend(marks.iter().map(|mark| (mark.to_key(), mark.clone())));
            }
            Write::Unannounce(marks) => {
                for mark in marks {
                    self.outbox.remove(&mark.to_key());
                }
            }
        }
        true
    }

    /// Takes the next ticket for a key; the first is 1.
    fn take_ticket(&mut self, key: &str) -> u64 {
        let taken = self.tickets.entry(key.to_owned()).or_default();
        *taken += 1;
        *taken
    }
}

/// The store as one task reaches it.
#[derive(Clone)]
pub struct SimStore(pub Rc<World>);

/// What a swap compares with.
#[derive(Debug, Clone)]
pub struct SimHandle {
    key: String,
    value: Rc<[u8]>,
}

impl SimStore {
    fn unavailable(&self, what: &str) -> StoreError {
        self.0.note(|| format!("{what}: the store is unavailable"));
        StoreError::Unavailable("the simulator says so".to_owned())
    }

    /// A read takes effect at one instant between two points.
    async fn look<T>(&self, key: &str, look: impl FnOnce(&Content) -> T) -> Result<T, StoreError> {
        self.0.point().await;
        if self.0.faults.of_store(&self.0.dice, false, false) != StoreFault::None {
            return Err(self.unavailable(key));
        }
        let seen = look(&self.0.content());
        self.0.point().await;
        Ok(seen)
    }

    /// Several writes as one, which may fail in the middle.
    async fn write_all<T>(
        &self,
        mut several: Vec<T>,
        write: impl FnOnce(Vec<T>) -> Write,
    ) -> Result<(), StoreError> {
        let world = &self.0;
        if several.is_empty() {
            return Ok(());
        }
        if several.len() > 1 && world.faults.strikes(&world.dice, |rates| rates.split) {
            several.truncate(world.dice.below(several.len()));
            self.write(write(several)).await?;
            return Err(self.unavailable("in the middle of several writes"));
        }
        self.write(write(several)).await.map(drop)
    }

    /// A write takes effect at one instant between two points, or fails in its ways.
    async fn write(&self, write: Write) -> Result<Swapped, StoreError> {
        let world = &self.0;
        world.point().await;
        let swaps = matches!(write, Write::Swap { .. });
        match world.faults.of_store(&world.dice, true, swaps) {
            StoreFault::None => {
                let effect = world.write(&write);
                world.point().await;
                Ok(if effect { Swapped::Yes } else { Swapped::Conflict })
            }
            StoreFault::Before => Err(self.unavailable("before a write")),
            StoreFault::After => {
                world.write(&write);
                world.point().await;
                Err(self.unavailable("after a write"))
            }
            StoreFault::Late => {
                world.write_late(write);
                world.point().await;
                Err(self.unavailable("a write is late"))
            }
            StoreFault::Conflict => {
                world.note(|| "a conflict without cause".to_owned());
                world.point().await;
                Ok(Swapped::Conflict)
            }
        }
    }
}

impl Store for SimStore {
    type Handle = SimHandle;

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_bounds(key, None)?;
        self.look(key, |content| content.get(key).map(|value| value.to_vec())).await
    }

    /// Each key at an instant of its own, as Spin's adapter reads them.
    async fn read_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            values.push(self.read(key).await?);
        }
        Ok(values)
    }

    async fn begin(&self, key: &str) -> Result<Option<(Vec<u8>, SimHandle)>, StoreError> {
        check_bounds(key, None)?;
        let seen = self.look(key, |content| content.get(key).map(Rc::clone)).await?;
        Ok(seen.map(|value| (value.to_vec(), SimHandle { key: key.to_owned(), value })))
    }

    async fn swap(&self, handle: SimHandle, value: &[u8]) -> Result<Swapped, StoreError> {
        check_bounds(&handle.key, Some(value))?;
        let SimHandle { key, value: expected } = handle;
        self.write(Write::Swap { key, expected, value: value.into() }).await
    }

    /// A ticket first, as on Spin: a winner that dies, or whose write fails, leaves the
    /// document in progress for good.
    async fn create(&self, key: &str, value: &[u8]) -> Result<Created, StoreError> {
        check_bounds(key, Some(value))?;
        self.0.point().await;
        let fault = self.0.faults.of_store(&self.0.dice, true, false);
        if fault == StoreFault::Before {
            return Err(self.unavailable("before a ticket"));
        }
        let ticket = self.0.content_mut().take_ticket(key);
        self.0.note(|| format!("ticket {ticket} for {key}"));
        if fault == StoreFault::After {
            return Err(self.unavailable("after a ticket"));
        }
        if ticket == 1 {
            self.write(Write::First { key: key.to_owned(), value: value.into() }).await?;
            return Ok(Created::Created);
        }
        let in_progress = Created::InProgress { tries: ticket };
        Ok(self.read(key).await?.map_or(in_progress, Created::Exists))
    }

    async fn put(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        check_bounds(key, Some(value))?;
        self.write(Write::Put(vec![(key.to_owned(), value.into())])).await.map(drop)
    }

    async fn put_many(&self, documents: &[(String, Vec<u8>)]) -> Result<(), StoreError> {
        let mut writes: Vec<(String, Rc<[u8]>)> = Vec::with_capacity(documents.len());
        for (key, value) in documents {
            check_bounds(key, Some(value))?;
            writes.push((key.clone(), value.as_slice().into()));
        }
        self.write_all(writes, Write::Put).await
    }

    async fn list(&self, after: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        self.look("keys", |content| content.keys_behind(after, limit)).await
    }

    async fn pending_add(&self, mark: &Pending) -> Result<(), StoreError> {
        check_bounds(&mark.to_key(), None)?;
        self.write(Write::Mark(mark.clone())).await.map(drop)
    }

    async fn pending_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        let due = |content: &Content| {
            content.marks().take_while(|mark| mark.due <= now).take(limit).cloned().collect()
        };
        self.look("marks", due).await
    }

    async fn pending_done(&self, mark: &Pending) -> Result<(), StoreError> {
        self.write(Write::Unmark(mark.clone())).await.map(drop)
    }

    async fn outbox_add(&self, marks: &[Pending]) -> Result<(), StoreError> {
        marks.iter().try_for_each(|mark| check_bounds(&mark.to_key(), None))?;
        self.write_all(marks.to_vec(), Write::Announce).await
    }

    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Pending>, StoreError> {
        let due = |content: &Content| {
            content.outbox().take_while(|mark| mark.due <= now).take(limit).cloned().collect()
        };
        self.look("outbox", due).await
    }

    async fn outbox_done(&self, marks: &[Pending]) -> Result<(), StoreError> {
        self.write_all(marks.to_vec(), Write::Unannounce).await
    }
}
