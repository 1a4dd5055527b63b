//! Looking for secrets in the memory of a process and in files: in every writing, and in pieces, so that half of a
//! secret is found too.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding as _};

/// A secret that must not be found.
pub struct Planted {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What passphrases that the program made are called among the finds.
pub const SEVEN_WORDS: &str = "seven words";

/// So much of a writing of a secret, in bytes, is a find.
const PIECE: usize = 16;
/// Pieces begin so far apart.
const STRIDE: usize = 8;
/// Told apart at once.
const HEAD: usize = 8;
/// Memory is read in parts of this size.
const PART: usize = 1 << 20;
/// Parts of this size are left out at once where they are zero.
const PAGE: usize = 4096;

/// A piece of a writing of a secret.
struct Piece {
    bytes: Vec<u8>,
    secret: usize,
    writing: String,
}

/// Every piece of every writing of some secrets.
pub struct Scanner {
    names: Vec<String>,
    /// Those of which passphrases are made.
    words: HashSet<&'static str>,
    pieces: Vec<Piece>,
    /// Places in `pieces`, by their first bytes.
    heads: BTreeMap<u64, Vec<usize>>,
    /// Which hashes of heads there are.
    filter: Vec<bool>,
}

/// Where a secret was found.
pub struct Find {
    /// Its name.
    pub secret: String,
    /// How it was written there.
    pub writing: String,
    /// The file, or the mapping with its address.
    pub place: String,
    /// Its address, or its place in the file.
    pub address: u64,
    /// What lies around it.
    pub around: Vec<u8>,
}

impl std::fmt::Debug for Find {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = self.around.iter().map(|byte| if (32..127).contains(byte) { *byte as char } else { '.' }).collect();
        write!(f, "{} as {} at {:#x} in {}: {text}", self.secret, self.writing, self.address, self.place)
    }
}

impl Scanner {
    pub fn new(planted: &[Planted]) -> Self {
        let mut scanner = Self {
            names: Vec::new(),
            words: include_str!("../../../assets/words.txt").lines().filter(|line| !line.starts_with('#')).collect(),
            pieces: Vec::new(),
            heads: BTreeMap::new(),
            filter: vec![false; 1 << 16],
        };
        for secret in planted {
            scanner.names.push(secret.name.clone());
            for writing in writings(&secret.bytes) {
                scanner.add(scanner.names.len() - 1, &writing);
            }
        }
        scanner
    }

    fn add(&mut self, secret: usize, writing: &Writing) {
        let Writing { name, bytes, width } = writing;
        for piece in bytes.windows(PIECE * width).step_by(STRIDE * width) {
            let piece = Piece { bytes: piece.to_vec(), secret, writing: name.clone() };
            let head = u64::from_le_bytes(piece.bytes[..HEAD].try_into().unwrap());
            self.filter[hash(head)] = true;
            self.heads.entry(head).or_default().push(self.pieces.len());
            self.pieces.push(piece);
        }
    }

    /// Looks through bytes; `found` is told where each piece lies.
    fn look<'a>(&'a self, bytes: &[u8], mut found: impl FnMut(usize, &'a Piece)) {
        if bytes.len() < PIECE {
            return;
        }
        let last = bytes.len() - PIECE;
        let mut at = 0;
        let mut head = u64::from_be_bytes(bytes[..HEAD].try_into().unwrap());
        loop {
            // The same order of bytes as in `add`.
            let key = head.swap_bytes();
            if self.filter[hash(key)]
                && let Some(pieces) = self.heads.get(&key)
            {
                let pieces = pieces.iter().map(|number| &self.pieces[*number]);
                pieces.filter(|piece| bytes[at..].starts_with(&piece.bytes)).for_each(|piece| found(at, piece));
            }
            if at == last {
                return;
            }
            head = head << 8 | u64::from(bytes[at + HEAD]);
            at += 1;
        }
    }

    fn finds(&self, bytes: &[u8], place: &str, start: u64, finds: &mut Vec<Find>) {
        let mut last: Option<(usize, usize, &str)> = None;
        self.look(bytes, |at, piece| {
            let secret = &self.names[piece.secret];
            // The pieces of one copy are one find.
            let same = last.is_some_and(|(before, secret, writing)| {
                at - before <= PIECE * 4 && secret == piece.secret && writing == piece.writing
            });
            last = Some((at, piece.secret, &piece.writing));
            if same {
                return;
            }
            let around = bytes[at.saturating_sub(32)..(at + 64).min(bytes.len())].to_vec();
            finds.push(Find {
                secret: secret.clone(),
                writing: piece.writing.clone(),
                place: place.to_owned(),
                address: start + at as u64,
                around,
            });
        });
    }

    /// Looks through one file.
    pub fn file(&self, path: &Path, finds: &mut Vec<Find>) {
        let bytes = std::fs::read(path).unwrap_or_default();
        self.finds(&bytes, &path.display().to_string(), 0, finds);
        let name = path.as_os_str().as_encoded_bytes();
        self.finds(name, &format!("the name of {}", path.display()), 0, finds);
    }

    /// Looks through a folder and all below it; how many files there were.
    pub fn folder(&self, folder: &Path, left_out: &[&Path], finds: &mut Vec<Find>) -> usize {
        let mut files = 0;
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if left_out.contains(&&*path) || kind.is_symlink() || kind.is_socket() || kind.is_fifo() {
                continue;
            }
            if kind.is_dir() {
                files += self.folder(&path, left_out, finds);
            } else {
                files += 1;
                self.file(&path, finds);
            }
        }
        files
    }

    /// Looks through everything in a process's memory that can have been written since its start. The size of what
    /// was looked at; an error where the system does not let it.
    pub fn process(&self, pid: u32, finds: &mut Vec<Find>) -> io::Result<usize> {
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
        let mut memory = File::open(format!("/proc/{pid}/mem"))?;
        let mut seen = 0;
        for mapping in maps.lines().filter_map(Mapping::read).filter(Mapping::can_hold_more_than_its_file) {
            let before = finds.len();
            seen += self.mapping(&mut memory, &mapping, finds);
            for find in &mut finds[before..] {
                find.place.extend(stack_of(pid, &mapping, find.address).map(|stack| format!(", {stack}")));
            }
        }
        Ok(seen)
    }

    fn mapping(&self, memory: &mut File, mapping: &Mapping<'_>, finds: &mut Vec<Find>) -> usize {
        static ZERO: [u8; PAGE] = [0; PAGE];
        let mut seen = 0;
        let mut part = vec![0; PART];
        let mut from = mapping.from;
        while from < mapping.to {
            let wanted = PART.min((mapping.to - from) as usize);
            // Guard pages and what was unmapped meanwhile cannot be read.
            let read = memory.seek(SeekFrom::Start(from)).and_then(|_| memory.read(&mut part[..wanted])).unwrap_or_default();
            if read == 0 {
                break;
            }
            // Runs of pages that hold something; a secret may lie across the border of two.
            let mut run = 0..0;
            for start in (0..read).step_by(PAGE) {
                let end = (start + PAGE).min(read);
                if part[start..end] != ZERO[..end - start] {
                    run = if run.end == start && !run.is_empty() {
                        run.start..end
                    } else {
                        self.run(&part, run, from, mapping, finds);
                        start..end
                    };
                    seen += end - start;
                }
            }
            self.run(&part, run, from, mapping, finds);
            from += read as u64;
            if from < mapping.to {
                from -= PIECE as u64 * 2;
            }
            if read < wanted {
                from += PIECE as u64 * 2;
            }
        }
        seen
    }

    /// Phrases of seven words that the program made: they are found though nobody knows them.
    fn phrases(&self, bytes: &[u8], mapping: &str, start: u64, finds: &mut Vec<Find>) {
        let in_phrase = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        for hyphen in memchr::memchr_iter(b'-', bytes) {
            // The first hyphen of a run is enough.
            let from = bytes[..hyphen].iter().rposition(|byte| !in_phrase(*byte)).map_or(0, |before| before + 1);
            if bytes[from..hyphen].contains(&b'-') {
                continue;
            }
            let length = bytes[hyphen..].iter().position(|byte| !in_phrase(*byte)).unwrap_or(bytes.len() - hyphen);
            let text = std::str::from_utf8(&bytes[from..hyphen + length]).unwrap();
            // A word of the list may itself have a hyphen, and what stands before may be of something else.
            if text.split('-').filter(|word| self.words.contains(word)).count() >= 6 {
                finds.push(Find {
                    secret: SEVEN_WORDS.into(),
                    writing: "letters".into(),
                    place: mapping.to_owned(),
                    address: start + from as u64,
                    around: text.into(),
                });
            }
        }
    }

    fn run(&self, part: &[u8], run: std::ops::Range<usize>, from: u64, mapping: &Mapping<'_>, finds: &mut Vec<Find>) {
        let start = from + run.start as u64;
        self.phrases(&part[run.clone()], mapping.line, start, finds);
        self.finds(&part[run], mapping.line, start, finds);
    }
}

fn hash(head: u64) -> usize {
    (head.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize
}

/// A line of `/proc/PID/maps`.
struct Mapping<'a> {
    line: &'a str,
    from: u64,
    to: u64,
    rights: &'a str,
    path: &'a str,
}

impl<'a> Mapping<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (from, to) = words.next()?.split_once('-')?;
        let rights = words.next()?;
        let path = words.nth(3).unwrap_or_default();
        let number = |text| u64::from_str_radix(text, 16).ok();
        Some(Self { line, from: number(from)?, to: number(to)?, rights, path })
    }

    /// A file that is mapped and cannot be written holds what the file holds, and files are looked through by themselves.
    fn can_hold_more_than_its_file(&self) -> bool {
        self.rights.starts_with('r')
            && (self.rights.contains('w') || self.path.is_empty())
            && !matches!(self.path, "[vvar]" | "[vsyscall]")
    }
}

/// One way in which a secret may be written.
struct Writing {
    name: String,
    bytes: Vec<u8>,
    /// Bytes of a letter.
    width: usize,
}

/// Every way in which a secret may be written.
fn writings(secret: &[u8]) -> Vec<Writing> {
    let raw = |name: &str, bytes| Writing { name: name.into(), bytes, width: 1 };
    let turned = |word: usize| secret.chunks(word).flat_map(|chunk| chunk.iter().rev().copied()).collect();
    let mut all = vec![raw("bytes", secret.to_vec()), raw("bytes backwards", turned(secret.len().max(1)))];
    all.extend([4, 8].map(|word| raw("bytes with turned words", turned(word))));
    let mut texts = Vec::new();
    let hex = secret.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    texts.push(("hex in capitals", hex.to_uppercase()));
    texts.push(("hex", hex));
    for skip in 0..3 {
        let rest = &secret[skip.min(secret.len())..];
        let whole = &rest[..rest.len() / 3 * 3];
        texts.push(("base64", Base64Unpadded::encode_string(whole)));
        texts.push(("base64url", Base64UrlUnpadded::encode_string(whole)));
    }
    if let Ok(text) = std::str::from_utf8(secret) {
        texts.push(("letters", text.to_owned()));
    }
    for (name, text) in texts {
        let mut wide = |how: &str, width, bytes| all.push(Writing { name: format!("{name}{how}"), bytes, width });
        wide(" in UTF-16LE", 2, text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        wide(" in UTF-16BE", 2, text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        wide(" in UTF-32", 4, text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect());
        // Of letters in UTF-8 the bytes are there already.
        if text.as_bytes() != secret {
            wide("", 1, text.into_bytes());
        }
    }
    all
}

/// Which thread's stack an address lies in, and whether what lies there is in use; a blocked thread tells.
fn stack_of(pid: u32, mapping: &Mapping<'_>, address: u64) -> Option<String> {
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).ok()?.flatten() {
        let call = std::fs::read_to_string(task.path().join("syscall")).unwrap_or_default();
        let pointer =
            call.split_ascii_whitespace().rev().nth(1).and_then(|text| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok());
        if let Some(pointer) = pointer.filter(|pointer| (mapping.from..mapping.to).contains(pointer)) {
            let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            let part = if address < pointer { "left on" } else { "in use on" };
            return Some(format!("{part} the stack of thread {}", name.trim()));
        }
    }
    None
}
