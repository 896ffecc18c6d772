//! Who goes next: tasks on one thread that give way at every call, and a clock that only the scheduler moves.

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

/// A task of the simulated process.
pub type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Until when the task that runs now wants to sleep; read by the scheduler when it gives way.
#[derive(Clone, Debug, Default)]
pub struct Pause(Rc<Cell<u64>>);

impl Pause {
    /// Gives way once, until `until_ms` at least.
    pub async fn until(&self, until_ms: u64) {
        self.0.set(until_ms);
        let mut given = false;
        std::future::poll_fn(move |_| {
            if given {
                return Poll::Ready(());
            }
            given = true;
            Poll::Pending
        })
        .await;
    }
}

struct Sleeping {
    task: Task,
    wake_ms: u64,
}

/// The tasks of one process.
#[derive(Default)]
pub struct Turns {
    tasks: Vec<Sleeping>,
    pause: Pause,
}

impl Turns {
    /// Where tasks say how long they wait.
    pub fn pause(&self) -> Pause {
        self.pause.clone()
    }

    /// Adds a task.
    pub fn spawn(&mut self, task: Task) {
        self.tasks.push(Sleeping { task, wake_ms: 0 });
    }

    /// The process dies: every task ends where it stands.
    pub fn kill(&mut self) {
        self.tasks.clear();
    }

    /// Whether nothing is left to do.
    pub fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Whether there is no task.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// When the next task wakes, if all sleep at `now_ms`.
    pub fn all_sleep_until(&self, now_ms: u64) -> Option<u64> {
        let first = self.tasks.iter().map(|t| t.wake_ms).min()?;
        (first > now_ms).then_some(first)
    }

    /// Runs one of the tasks that are awake to its next call; `pick` chooses among so many. Nothing when all sleep.
    pub fn run_one(&mut self, now_ms: u64, pick: impl FnOnce(usize) -> usize) {
        let awake: Vec<usize> =
            (0..self.tasks.len()).filter(|&at| self.tasks[at].wake_ms <= now_ms).collect();
        let Some(&at) = awake.get(pick(awake.len())) else { return };
        self.pause.0.set(0);
        let mut context = Context::from_waker(Waker::noop());
        match self.tasks[at].task.as_mut().poll(&mut context) {
            Poll::Ready(()) => drop(self.tasks.swap_remove(at)),
            Poll::Pending => self.tasks[at].wake_ms = self.pause.0.get(),
        }
    }
}
