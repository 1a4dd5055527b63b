//! A connection with an end: in time, in bytes, and when a person stops it.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use super::fault::ProbeError;
use crate::model::Address;

/// How soon a stop is noticed.
const SLICE: Duration = Duration::from_millis(50);

/// No handshake is longer: chains have some kilobytes, and a TLS message at most 64 KiB.
const MOST_BYTES: usize = 256 * 1024;

/// Stops every look that holds it.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Stops.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// It was stopped.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A connection to a server.
pub(super) struct Dial {
    stream: TcpStream,
    until: Instant,
    cancel: Cancel,
    read: usize,
    /// The first bytes that came, which tell what speaks there.
    pub(super) first: Vec<u8>,
}

impl Dial {
    /// Finds the server and connects. Both have no time limit of their own everywhere, so a thread does
    /// them that is left behind when it takes too long, and ends by itself.
    pub(super) fn connect(address: &Address, until: Instant, cancel: &Cancel) -> Result<Self, ProbeError> {
        let (sender, receiver) = sync_channel(1);
        let (host, port) = (address.host.clone(), address.port);
        let work = move || drop(sender.send(connect(&host, port, until)));
        std::thread::Builder::new()
            .name("connect".into())
            .spawn(work)
            .map_err(|cause| ProbeError::Machine(format!("{cause}.")))?;
        loop {
            let left = left(until, cancel)?;
            match receiver.recv_timeout(left.min(SLICE)) {
                Ok(stream) => {
                    return Ok(Self { stream: stream?, until, cancel: cancel.clone(), read: 0, first: Vec::new() });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(ProbeError::NoAnswer),
            }
        }
    }

    /// Reads exactly so many bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<u8>, ProbeError> {
        let mut bytes = vec![0; count];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a line of at most so many bytes, without its end. Byte by byte, so that nothing behind it is taken.
    pub(super) fn line(&mut self, most: usize) -> Result<String, ProbeError> {
        let mut line = Vec::new();
        loop {
            let byte = self.take(1)?[0];
            if byte == b'\n' {
                break;
            }
            if line.len() >= most {
                return Err(ProbeError::TooMuch);
            }
            line.push(byte);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// Sends bytes.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<(), ProbeError> {
        self.write_all(bytes)?;
        Ok(())
    }

    fn left(&self) -> std::io::Result<Duration> {
        // Whoever reads tries again after `ErrorKind::Interrupted`, so that a stop needs a form of its own.
        left(self.until, &self.cancel).map_err(Error::other)
    }
}

fn left(until: Instant, cancel: &Cancel) -> Result<Duration, ProbeError> {
    if cancel.is_cancelled() {
        return Err(ProbeError::Cancelled);
    }
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ProbeError::NoAnswer) } else { Ok(left) }
}

fn connect(host: &str, port: u16, until: Instant) -> Result<TcpStream, ProbeError> {
    let found = (host, port).to_socket_addrs().map_err(|cause| ProbeError::Name(cause.to_string()))?;
    let mut error = ProbeError::Name("it has no address".into());
    for address in found.take(8) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ProbeError::NoAnswer);
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(ProbeError::from)?;
                return Ok(stream);
            }
            Err(cause) => error = cause.into(),
        }
    }
    Err(error)
}

/// Whether the operating system only says that nothing came within a slice.
fn nothing_yet(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl Read for Dial {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let left = self.left()?;
            self.stream.set_read_timeout(Some(left.min(SLICE)))?;
            match self.stream.read(buffer) {
                Ok(count) => {
                    self.read += count;
                    if self.read > MOST_BYTES {
                        return Err(ErrorKind::FileTooLarge.into());
                    }
                    let wanted = 4_usize.saturating_sub(self.first.len()).min(count);
                    self.first.extend_from_slice(&buffer[..wanted]);
                    return Ok(count);
                }
                Err(error) if nothing_yet(&error) || error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Write for Dial {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        loop {
            let left = self.left()?;
            self.stream.set_write_timeout(Some(left.min(SLICE)))?;
            match self.stream.write(bytes) {
                Err(error) if nothing_yet(&error) || error.kind() == ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}
