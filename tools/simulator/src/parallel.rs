use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

/// Does numbered work on every core, each piece in one thread, and hears what came of it as it
/// comes.
pub fn on_every_core<T: Send>(
    pieces: u64,
    work: impl Fn(u64) -> T + Sync,
    mut hear: impl FnMut(T),
) {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicU64::new(0);
    let (done, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..cores {
            let (done, next, work) = (done.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let piece = next.fetch_add(1, Ordering::Relaxed);
                    if piece >= pieces || done.send(work(piece)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        results.into_iter().for_each(&mut hear);
    });
}
