use feiqian_gateway_api::GatewayRequest as _;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use feiqian_bank_api::BankRequest;
use feiqian_insurer_api::InsurerRequest;

use crate::auditor::Auditor;
use crate::bank::Books;
use crate::clock::{Clock, MINUTE_MS};
use crate::dice::Dice;
use crate::faults::Faults;
use crate::history::{History, Violation};
use crate::insurer::InsurerBooks;
use crate::store::{Content, Write};

/// How long a late write or bank request is on its way at the most, milliseconds.
const LATE_MAX_MS: u64 = 10 * MINUTE_MS;

/// A piece of work that a task runs.
pub type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Something on its way that no task waits for.
enum OnItsWay {
    Write(Write),
    BankRequest(BankRequest),
    InsurerRequest(InsurerRequest),
}

/// All that the tasks of a run share: time, chance, the store, the bank, the insurer, the auditor.
pub struct World {
    /// Decides what happens next.
    pub dice: Dice,
    /// What the flows draw; apart, so that their draws do not move the schedule.
    pub flow_dice: Dice,
    /// The time.
    pub clock: Clock,
    /// The faults.
    pub faults: Faults,
    /// What happened.
    pub history: History,
    content: RefCell<Content>,
    books: RefCell<Books>,
    insurer_books: RefCell<InsurerBooks>,
    auditor: RefCell<Auditor>,
    violation: RefCell<Option<Violation>>,
    late: RefCell<Vec<(u64, OnItsWay)>>,
    spawned: RefCell<Vec<(String, Work)>>,
    wake_at_ms: Cell<u64>,
    operations: Cell<u64>,
}

impl World {
    /// The world of a seed.
    #[must_use]
    pub fn new(seed: u64, recording: bool) -> Rc<Self> {
        let dice = Dice::new(seed);
        let flow_dice = dice.fork();
        let (clock, faults) = (Clock::new(&dice), Faults::new(&dice));
        let books = Books::new(&dice);
        Rc::new(Self {
            dice,
            flow_dice,
            clock,
            faults,
            history: History::new(recording),
            content: RefCell::default(),
            books: RefCell::new(books),
            insurer_books: RefCell::default(),
            auditor: RefCell::default(),
            violation: RefCell::default(),
            late: RefCell::default(),
            spawned: RefCell::default(),
            wake_at_ms: Cell::new(0),
            operations: Cell::new(0),
        })
    }

    /// What the store holds.
    pub fn content(&self) -> Ref<'_, Content> {
        self.content.borrow()
    }

    /// What the store holds, to take a ticket.
    pub fn content_mut(&self) -> RefMut<'_, Content> {
        self.content.borrow_mut()
    }

    /// The bank's books.
    pub fn books(&self) -> RefMut<'_, Books> {
        self.books.borrow_mut()
    }

    /// The insurer's books.
    pub fn insurer_books(&self) -> RefMut<'_, InsurerBooks> {
        self.insurer_books.borrow_mut()
    }

    /// The auditor.
    pub fn auditor(&self) -> Ref<'_, Auditor> {
        self.auditor.borrow()
    }

    /// The auditor, to hear of something that it looks at later.
    pub fn auditor_mut(&self) -> RefMut<'_, Auditor> {
        self.auditor.borrow_mut()
    }

    /// Notes an event of the present step.
    pub fn note(&self, event: impl FnOnce() -> String) {
        self.history.note(self.clock.wall(0).as_millis(), event);
    }

    /// Lets the auditor look at something; the first thing it objects to ends the run.
    pub fn audit(&self, look: impl FnOnce(&mut Auditor) -> Result<(), Violation>) {
        if let Err(violation) = look(&mut self.auditor.borrow_mut()) {
            self.violate(violation);
        }
    }

    /// Ends the run with a violation, unless there was one before.
    pub fn violate(&self, violation: Violation) {
        self.note(|| format!("VIOLATION {violation}"));
        self.violation.borrow_mut().get_or_insert(violation);
    }

    /// The violation, if there was one.
    #[must_use]
    pub fn violation(&self) -> Option<Violation> {
        self.violation.borrow().clone()
    }

    /// Whether there was a violation.
    #[must_use]
    pub fn is_violated(&self) -> bool {
        self.violation.borrow().is_some()
    }

    /// Carries a write out; true unless it was a swap that lost.
    pub fn write(&self, write: &Write) -> bool {
        let effect = self.content.borrow_mut().apply(write);
        self.note(|| format!("{}{}", write.describe(), if effect { "" } else { " LOST" }));
        if effect {
            let content = self.content.borrow();
            self.audit(|auditor| auditor.saw_write(write, &content));
        }
        effect
    }

    /// Lets a write take effect some time later.
    pub fn write_late(&self, write: Write) {
        self.note(|| format!("late: {}", write.describe()));
        self.put_on_its_way(OnItsWay::Write(write));
    }

    /// Lets a request reach the bank some time later.
    pub fn ask_bank_late(&self, request: BankRequest) {
        self.note(|| format!("late: {} {}", request.operation(), request.request_id()));
        self.put_on_its_way(OnItsWay::BankRequest(request));
    }

    /// Lets a request reach the insurer some time later.
    pub fn ask_insurer_late(&self, request: InsurerRequest) {
        self.note(|| format!("late: {} {}", request.operation(), request.request_id()));
        self.put_on_its_way(OnItsWay::InsurerRequest(request));
    }

    fn put_on_its_way(&self, what: OnItsWay) {
        let due = self.clock.elapsed_ms() + self.dice.between(0, LATE_MAX_MS);
        self.late.borrow_mut().push((due, what));
    }

    /// Delivers what is late and due, or everything.
    pub fn deliver(&self, everything: bool) {
        let now = self.clock.elapsed_ms();
        loop {
            let mut late = self.late.borrow_mut();
            let place = late.iter().position(|(due, _)| everything || *due <= now);
            let Some(place) = place else { return };
            let (_, what) = late.remove(place);
            drop(late);
            match what {
                OnItsWay::Write(write) => {
                    self.write(&write);
                }
                OnItsWay::BankRequest(request) => {
                    self.ask_bank(&request);
                }
                OnItsWay::InsurerRequest(request) => {
                    self.ask_insurer(&request);
                }
            }
        }
    }

    /// Hands work to a task of its own, which starts when the scheduler likes.
    pub fn spawn(&self, who: &str, work: Work) {
        self.spawned.borrow_mut().push((who.to_owned(), work));
    }

    /// The work handed over since the last call.
    pub fn take_spawned(&self) -> Vec<(String, Work)> {
        std::mem::take(&mut self.spawned.borrow_mut())
    }

    /// Counts an operation that somebody asks for.
    pub fn count_operation(&self) {
        self.operations.set(self.operations.get() + 1);
    }

    /// How many operations were asked for.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations.get()
    }

    /// Hands control to the scheduler, which may never give it back.
    pub async fn point(&self) {
        self.sleep(0).await;
    }

    /// Hands control to the scheduler for at least so many milliseconds of true time.
    pub async fn sleep(&self, millis: u64) {
        self.wake_at_ms.set(self.clock.elapsed_ms() + millis);
        Once(false).await;
    }

    /// When the task that just handed over control wants to go on.
    pub fn take_wake_at_ms(&self) -> u64 {
        self.wake_at_ms.replace(0)
    }
}

/// Pending the first time, ready the second.
struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}
