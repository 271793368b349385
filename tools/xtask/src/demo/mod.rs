//! `cargo xtask demo`: a day in the life of one family, against a running `up`.
//!
//! Each step is a real request, and each answer is held against what it must be. People,
//! cards and keys are new on each run, so it can be run again on the same state.

mod channels;
mod chapters;
mod clinic;
mod devices;
mod records;
mod transcript;

use std::io::{IsTerminal as _, Write};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, bail};

use crate::api::{Answer, Api, Caller, development_partner, yuan};
use crate::cli::Demo;
use crate::people::Person;
pub use transcript::Transcript;

/// A card of the sandbox bank that belongs to nobody's name.
pub const MISMATCH_CARD: &str = "6216261000000000083";

/// A card of the sandbox bank with nothing on it.
pub const EMPTY_CARD: &str = "6216261000000000042";

/// The one-time code that the sandbox bank always sends.
pub const BANK_CODE: &str = "888888";

/// A PIN that stands in nobody's papers by rule: neither repeated nor in sequence.
pub const PIN: &str = "702915";

/// Runs the demo and prints its transcript.
///
/// # Errors
///
/// When the application cannot be reached, or an answer is not what it must be.
pub fn run(options: &Demo) -> Result<()> {
    let out = std::io::stdout();
    let coloured = out.is_terminal();
    let health = Api::new(&options.url).get("/healthz").send();
    if let Err(error) = health {
        bail!("nothing answers at {} ({error:#}); run `cargo xtask up` first", options.url);
    }
    play(&options.url, &options.bank_url, Box::new(out), coloured)
}

/// Plays the day and writes the transcript to `out`.
///
/// # Errors
///
/// When an answer is not what it must be.
pub fn play(url: &str, bank_url: &str, out: Box<dyn Write + Send>, coloured: bool) -> Result<()> {
    let transcript = Arc::new(Mutex::new(Transcript::new(out, coloured)));
    let family = Family::new(url, bank_url, Arc::clone(&transcript))?;
    let played = chapters::play(&family);
    let mut transcript = transcript.lock().ok().context("the transcript is broken")?;
    match &played {
        Ok(()) => transcript.end("Everything went as it must."),
        Err(error) => transcript.fail(&format!("{error:#}")),
    }
    played.context("the demo found something that is not as it must be")
}

/// Who acts, and where.
struct Family {
    api: Api,
    bank: Api,
    partner: Caller,
    father: Person,
    mother: Person,
    transcript: Arc<Mutex<Transcript>>,
}

/// One of them with an account.
struct Holder {
    caller: Caller,
    account: String,
}

impl Family {
    fn new(url: &str, bank_url: &str, transcript: Arc<Mutex<Transcript>>) -> Result<Self> {
        let record = |transcript: &Arc<Mutex<Transcript>>| {
            let transcript = Arc::clone(transcript);
            Arc::new(move |request: &crate::api::Request, answer: &Answer| {
                if let Ok(mut transcript) = transcript.lock() {
                    transcript.exchange(request, answer);
                }
            })
        };
        Ok(Self {
            api: Api::new(url).recorded_by(record(&transcript)),
            bank: Api::new(bank_url).recorded_by(record(&transcript)),
            partner: development_partner()?,
            father: Person::new("李强"),
            mother: Person::new("王芳"),
            transcript,
        })
    }

    fn chapter(&self, title: &str) {
        if let Ok(mut transcript) = self.transcript.lock() {
            transcript.chapter(title);
        }
    }

    fn say(&self, sentence: &str) {
        if let Ok(mut transcript) = self.transcript.lock() {
            transcript.say(sentence);
        }
    }
}

/// Holds an answer's status against the right one.
fn expect(answer: Answer, status: u16) -> Result<Answer> {
    if answer.status != status {
        bail!("the answer must be {status} and is {}: {}", answer.status, answer.text());
    }
    Ok(answer)
}

/// Holds an answer against the refusal that it must be.
fn expect_problem(answer: Answer, status: u16, code: &str) -> Result<Answer> {
    let answer = expect(answer, status)?;
    expect_text(&answer, "/code", code)?;
    Ok(answer)
}

/// Holds a text in an answer against the right one.
fn expect_text(answer: &Answer, pointer: &str, text: &str) -> Result<()> {
    let found = answer.text_at(pointer)?;
    if found != text {
        bail!("{pointer} must be {text:?} and is {found:?}: {}", answer.text());
    }
    Ok(())
}
