//! The worker: a process of its own that loads one module, and ends with it. It is this same program, started
//! with a hidden command; whatever the module does to its memory, its output or its time is done to the worker alone.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::calls::Calls;
use super::pipes::Requests;
use super::protocol::{self, Fault, Reply, Request};
use super::session::Session;
use crate::secret::SecretBytes;

/// Answers requests from standard input on what was standard output, until the input ends. While it changes a token it
/// holds the lock of the file `calls`.
pub fn serve(module: &Path, calls: &Path) -> io::Result<()> {
    let (input, output) = (input()?, taken_output()?);
    let calls = Calls::new(calls, &input)?;
    answer(module, &calls, Requests::new(input)?, output)
}

/// Standard input as it is, for in a buffer a PIN would stay.
#[cfg(unix)]
fn input() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// Standard input as it is.
#[cfg(windows)]
fn input() -> io::Result<File> {
    use std::os::windows::io::AsHandle as _;
    Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
}

/// Standard output, which from here on leads nowhere: some drivers print to it.
#[cfg(unix)]
fn taken_output() -> io::Result<File> {
    use std::os::fd::AsFd as _;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(File::options().write(true).open("/dev/null")?)?;
    Ok(output.into())
}

/// Here a driver that prints garbles the answers; that is an error and no more.
#[cfg(not(unix))]
fn taken_output() -> io::Result<io::Stdout> {
    Ok(io::stdout())
}

fn answer(module: &Path, calls: &Calls, mut input: Requests, mut output: impl Write) -> io::Result<()> {
    // Loaded at the first request, so that a module that crashes at once is still told apart.
    let mut session: Option<Session> = None;
    loop {
        let (request, secret) = match protocol::read::<Request>(&mut input) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            read => read?,
        };
        let changes = request.changes();
        let carry = || {
            let loaded = match session.as_mut() {
                Some(session) => Ok(session),
                None => Session::load(module).map(|loaded| session.insert(loaded)),
            };
            loaded.and_then(|session| carry_out(session, request, &secret))
        };
        let carried_out = if changes { calls.change(carry)? } else { Some(carry()) };
        let (reply, secret) = match carried_out {
            None => return Ok(()),
            Some(Ok(Answer { reply, secret })) => (reply, secret),
            Some(Err(fault)) => (Reply::Failed(fault), None),
        };
        protocol::write(&mut output, &reply, secret.as_ref())?;
    }
}

/// An answer, with a secret where it has one.
struct Answer {
    reply: Reply,
    secret: Option<SecretBytes>,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self { reply, secret: None }
    }
}

fn carry_out(session: &mut Session, request: Request, secret: &SecretBytes) -> Result<Answer, Fault> {
    let reply = match request {
        Request::Tokens => Reply::Tokens(session.tokens()?),
        Request::EmptySlots => Reply::EmptySlots(session.empty_slots()?),
        Request::Open { slot } => session.open(slot).map(|()| Reply::Done)?,
        Request::Login { at_reader } => session.login((!at_reader).then_some(secret)).map(|()| Reply::Done)?,
        Request::Mechanisms => Reply::Mechanisms(session.mechanisms()?),
        Request::Generate { id, algorithm } => Reply::Bytes(session.generate(&id, algorithm)?),
        Request::Import { id, algorithm, public_key } => {
            session.import(&id, algorithm, &public_key, secret).map(|()| Reply::Done)?
        }
        Request::PublicKey { id } => Reply::Bytes(session.public_key(&id)?),
        Request::PublicObject { id } => Reply::Bytes(session.public_object(&id)?),
        Request::CheckValue { id } => Reply::Bytes(session.check_value(&id)?),
        Request::Sign { id, with, data } => Reply::Bytes(session.sign(&id, with, &data)?),
        Request::SignAnew { id, with, message, at_reader } => {
            Reply::Bytes(session.sign_anew(&id, with, &message, (!at_reader).then_some(secret))?)
        }
        Request::UnwrapInto { under, by, wrapped, id, algorithm, public_key } => {
            Reply::Bytes(session.unwrap_into((&under, by, &wrapped), (&id, algorithm, &public_key))?)
        }
        Request::Wrap { id, by } => Reply::Bytes(session.wrap(&id, by, secret)?),
        Request::Unwrap { id, by, wrapped } => {
            return Ok(Answer { reply: Reply::Secret, secret: Some(session.unwrap(&id, by, &wrapped)?) });
        }
        Request::Destroy { id } => session.destroy(&id).map(|()| Reply::Done)?,
        Request::Measure { id, with, data, times } => Reply::Times(session.measure(&id, with, &data, times)?),
        Request::Objects => Reply::Objects(session.objects()?),
        Request::Count { slot } => Reply::Count(session.count(slot)?),
        Request::InitToken { slot, label } => session.init_token(slot, &label, secret).map(|()| Reply::Done)?,
        Request::InitPin => session.init_pin(secret).map(|()| Reply::Done)?,
    };
    Ok(reply.into())
}
