//! The writer: one thread, one connection, one transaction per group.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::KvError;
use super::ops::{Write, Written, log};
use crate::metrics::Metrics;

/// Most writes committed together. Past this a group's own work would delay
/// its first member more than sharing the fsync saves.
const MAX_GROUP: usize = 256;

/// Writes that may wait for the writer; past it callers wait to enqueue, so
/// memory stays bounded by the requests in flight.
pub(super) const QUEUE_CAPACITY: usize = 1024;

/// A group of so many says that many write at once: others are on their way while the last
/// commit's writers are being answered.
const GATHER_FROM: usize = 4;

/// How long such a group waits for them. A commit costs more than that, and shared by twice as
/// many costs each half.
const GATHER: Duration = Duration::from_micros(250);

/// A write with the way to answer it.
pub(super) struct Job {
    pub(super) label: Arc<str>,
    pub(super) write: Write,
    pub(super) answer: oneshot::Sender<Result<Written, KvError>>,
}

/// Serves the queue until every sender is gone; what is queued is committed.
pub(super) fn run(mut connection: Connection, mut queue: mpsc::Receiver<Job>, metrics: &Metrics) {
    let mut group = Vec::with_capacity(MAX_GROUP);
    let mut last = 0;
    while let Some(job) = queue.blocking_recv() {
        group.push(job);
        take_queued(&mut queue, &mut group);
        if last >= GATHER_FROM && group.len() < MAX_GROUP {
            std::thread::sleep(GATHER);
            take_queued(&mut queue, &mut group);
        }
        last = group.len();
        metrics.kv_group_size(group.len());
        let results = commit(&mut connection, &group, metrics);
        for (job, result) in group.drain(..).zip(results) {
            // A caller that went away has lost interest, not its write.
            let _ = job.answer.send(result);
        }
    }
}

/// Adds what is queued to a group.
fn take_queued(queue: &mut mpsc::Receiver<Job>, group: &mut Vec<Job>) {
    while group.len() < MAX_GROUP
        && let Ok(job) = queue.try_recv()
    {
        group.push(job);
    }
}

/// Runs the group in one transaction. A member that fails is undone alone;
/// when the transaction itself fails, so does every member.
fn commit(
    connection: &mut Connection,
    group: &[Job],
    metrics: &Metrics,
) -> Vec<Result<Written, KvError>> {
    match try_commit(connection, group, metrics) {
        Ok(results) => results,
        Err(error) => {
            tracing::error!(%error, writes = group.len(), "a group of writes failed");
            group.iter().map(|_| Err(error.clone())).collect()
        }
    }
}

fn try_commit(
    connection: &mut Connection,
    group: &[Job],
    metrics: &Metrics,
) -> Result<Vec<Result<Written, KvError>>, KvError> {
    let mut transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(log)?;
    let mut results = Vec::with_capacity(group.len());
    for job in group {
        results.push(job.write.run(&mut transaction, &job.label));
        // A full disk or an I/O error makes SQLite roll back everything: then
        // no earlier member may be answered as done.
        if transaction.is_autocommit() {
            return Err(KvError("the database rolled the transaction back".into()));
        }
    }
    let started = Instant::now();
    transaction.commit().map_err(log)?;
    metrics.kv_commit(started.elapsed());
    Ok(results)
}
