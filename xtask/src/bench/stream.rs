//! `cargo xtask bench stream`: one long stream, up and down.

use std::io::{Read, Write};
use std::process::Stdio;

use super::program::{MIB, Program, Watch, endpoint};
use crate::Outcome;
use crate::counterparts::{self, Server};

/// What an upload or a download may take of memory, however long it is.
const BOUND: u64 = 64 * MIB;

pub(super) fn run(gib: u64) -> Outcome {
    let length = gib << 30;
    let server = counterparts::only(Server::S3sFs)?;
    server.create_bucket("bench")?;
    let program = Program::new("stream")?;
    program.configure_bucket(&endpoint(&server)?)?;

    // Its length is not known to the program: the size of the parts has to grow with it.
    let mut up = program.command(&["storage", "put", "-", "s3:stream"]);
    let mut child = up
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|e| format!("the upload: {e}"))?;
    let watch = Watch::new(&child);
    let mut input = child.stdin.take().ok_or("the upload has no input")?;
    let mut source = Noise::new();
    let mut block = vec![0; MIB as usize];
    for _ in 0..length / MIB {
        source.fill(&mut block);
        input
            .write_all(&block)
            .map_err(|e| format!("the upload reads no further: {e}"))?;
    }
    drop(input);
    let up = watch.end(child, "the upload")?;
    println!("{}", up.line("up", length));

    let mut down = program.command(&["storage", "get", "s3:stream", "-"]);
    let mut child = down
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("the download: {e}"))?;
    let watch = Watch::new(&child);
    let mut output = child.stdout.take().ok_or("the download has no output")?;
    let mut source = Noise::new();
    let mut expected = vec![0; MIB as usize];
    for n in 0..length / MIB {
        source.fill(&mut expected);
        output
            .read_exact(&mut block)
            .map_err(|e| format!("the download ended within MiB {n}: {e}"))?;
        if block != expected {
            return Err(format!("MiB {n} came back different"));
        }
    }
    let more = output.read(&mut block).map_err(|e| e.to_string())?;
    if more > 0 {
        return Err("more bytes came back than were sent".to_owned());
    }
    let down = watch.end(child, "the download")?;
    println!("{}, every byte the same", down.line("down", length));

    let peak = up.peak.max(down.peak);
    if peak > BOUND {
        let (peak, bound) = (peak / MIB, BOUND / MIB);
        return Err(format!(
            "{peak} MiB of memory were taken; the bound is {bound}"
        ));
    }
    Ok(())
}

/// Bytes that do not repeat (xorshift64*, Vigna 2016), the same in each run.
struct Noise(u64);

impl Noise {
    fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn fill(&mut self, block: &mut [u8]) {
        for word in block.chunks_exact_mut(8) {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let next = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
            word.copy_from_slice(&next.to_le_bytes());
        }
    }
}
