//! The run that is being served, and the watcher that follows the lake's pointer.
//!
//! `lake/latest` ──poll──> id changed ──> load the new run beside the old ──> swap.
//! Requests hold an `Arc` of the run they began with, so the old one is dropped with its last request. A run that
//! cannot be loaded is logged and the old one stays; the same id is tried again after a while.

use std::{
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use domain::{lake::Lake, manifest};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// How often the pointer is read; it is one line of a local file.
pub const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Polls after which a run that could not be loaded is tried again.
const POLLS_BEFORE_RETRY: u32 = 30;

/// The current run, or why there is none. Generic over what a run is, so that the swap is tested without a lake.
#[derive(Debug)]
pub struct CurrentRun<R> {
    slot: RwLock<Slot<R>>,
}

#[derive(Debug)]
struct Slot<R> {
    current: Option<(String, Arc<R>)>,
    problem: Option<String>,
}

impl<R> Default for CurrentRun<R> {
    fn default() -> Self {
        Self { slot: RwLock::new(Slot { current: None, problem: None }) }
    }
}

impl<R> CurrentRun<R> {
    /// The run to serve; a request keeps it until its end.
    pub fn get(&self) -> Option<Arc<R>> {
        self.read(|slot| slot.current.as_ref().map(|(_, run)| Arc::clone(run)))
    }

    /// The id of the run that is served.
    pub fn id(&self) -> Option<String> {
        self.read(|slot| slot.current.as_ref().map(|(id, _)| id.clone()))
    }

    /// Why there is no run, or why a newer one is not served.
    pub fn problem(&self) -> Option<String> {
        self.read(|slot| slot.problem.clone())
    }

    /// Serves that run from now on.
    pub fn swap(&self, id: impl Into<String>, run: Arc<R>) {
        self.write(|slot| *slot = Slot { current: Some((id.into(), run)), problem: None });
    }

    fn note_problem(&self, problem: String) {
        self.write(|slot| slot.problem = Some(problem));
    }

    // A poisoned lock still guards a whole value: every write is one assignment.
    fn read<T>(&self, f: impl FnOnce(&Slot<R>) -> T) -> T {
        f(&self.slot.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, f: impl FnOnce(&mut Slot<R>)) {
        f(&mut self.slot.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Follows the pointer of one lake.
pub struct Watcher<R, L> {
    lake: Lake,
    current: Arc<CurrentRun<R>>,
    load: L,
    failed: Option<(String, u32)>,
}

impl<R, L, F, E> Watcher<R, L>
where
    R: Send + Sync + 'static,
    L: Fn(String) -> F,
    F: Future<Output = Result<Arc<R>, E>>,
    E: std::fmt::Display,
{
    /// A watcher that loads runs with `load`, which is given the run's id.
    pub fn new(lake: Lake, current: Arc<CurrentRun<R>>, load: L) -> Self {
        Self { lake, current, load, failed: None }
    }

    /// Looks once. Called at start, so that a server with a published run is ready when it begins to listen.
    pub async fn poll(&mut self) {
        let id = match manifest::read_latest_run_id(&self.lake) {
            Ok(id) => id,
            Err(error) => return self.current.note_problem(error.to_string()),
        };
        if self.current.id().as_ref() == Some(&id) || self.is_waiting_to_retry(&id) {
            return;
        }
        match (self.load)(id.clone()).await {
            Ok(run) => {
                tracing::info!(run_id = %id, "now serving this run");
                self.current.swap(id, run);
                self.failed = None;
            }
            Err(error) => {
                tracing::error!(run_id = %id, %error, "cannot load the published run; keeping the one before");
                self.current.note_problem(format!("run {id} cannot be loaded: {error}"));
                self.failed = Some((id, POLLS_BEFORE_RETRY));
            }
        }
    }

    /// Looks every [`POLL_INTERVAL`] until cancelled.
    pub async fn run(mut self, cancel: CancellationToken) {
        let mut ticks = tokio::time::interval(POLL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                _ = ticks.tick() => self.poll().await,
            }
        }
    }

    fn is_waiting_to_retry(&mut self, id: &str) -> bool {
        match &mut self.failed {
            Some((failed, polls)) if failed == id && *polls > 0 => {
                *polls -= 1;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        future::{Ready, ready},
        sync::atomic::{AtomicU32, Ordering},
    };

    use super::*;

    type Load = Box<dyn Fn(String) -> Ready<Result<Arc<String>, String>>>;

    struct Fixture {
        _folder: tempfile::TempDir,
        lake: Lake,
        current: Arc<CurrentRun<String>>,
        loads: Arc<AtomicU32>,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let lake = Lake::new(folder.path());
            Self { _folder: folder, lake, current: Arc::default(), loads: Arc::default() }
        }

        fn publish(&self, id: &str) {
            fs::write(self.lake.latest(), format!("{id}\n")).unwrap();
        }

        /// Runs whose id begins with "bad" cannot be loaded.
        fn watcher(&self) -> Watcher<String, Load> {
            let loads = Arc::clone(&self.loads);
            let load: Load = Box::new(move |id| {
                loads.fetch_add(1, Ordering::Relaxed);
                ready(if id.starts_with("bad") { Err("broken".into()) } else { Ok(Arc::new(id)) })
            });
            Watcher::new(self.lake.clone(), Arc::clone(&self.current), load)
        }
    }

    #[tokio::test]
    async fn an_empty_lake_says_what_to_do() {
        let fixture = Fixture::new();
        fixture.watcher().poll().await;
        assert!(fixture.current.get().is_none());
        assert!(fixture.current.problem().unwrap().contains("insightflow pipeline run"));
    }

    #[tokio::test]
    async fn a_new_run_is_swapped_in_and_a_request_keeps_its_own() {
        let fixture = Fixture::new();
        let mut watcher = fixture.watcher();
        fixture.publish("one");
        watcher.poll().await;
        let held = fixture.current.get().unwrap();
        fixture.publish("two");
        watcher.poll().await;
        assert_eq!((held.as_str(), fixture.current.id().as_deref()), ("one", Some("two")));
        assert_eq!(Arc::strong_count(&held), 1, "only the request still holds the old run");
    }

    #[tokio::test]
    async fn a_run_that_cannot_be_loaded_keeps_the_old_one_and_is_tried_again_later() {
        let fixture = Fixture::new();
        let mut watcher = fixture.watcher();
        fixture.publish("one");
        watcher.poll().await;
        fixture.publish("bad");
        for _ in 0..10 {
            watcher.poll().await;
        }
        assert_eq!(fixture.current.id().as_deref(), Some("one"));
        assert!(fixture.current.problem().unwrap().contains("broken"));
        assert_eq!(fixture.loads.load(Ordering::Relaxed), 2);
        for _ in 0..POLLS_BEFORE_RETRY {
            watcher.poll().await;
        }
        assert_eq!(fixture.loads.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn an_unchanged_pointer_loads_nothing() {
        let fixture = Fixture::new();
        let mut watcher = fixture.watcher();
        fixture.publish("one");
        watcher.poll().await;
        watcher.poll().await;
        assert_eq!(fixture.loads.load(Ordering::Relaxed), 1);
    }
}
