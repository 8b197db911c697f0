//! Ctrl-C in the middle of work: the documented exit code, nothing half-written, and the same
//! command goes on. The counterpart is silent, so that the middle is where it surely hits.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::stub::{Answer, Request, Stub, listing};
use crate::{configure, folder, program, run, stderr, stdout};

const INTERRUPTED: i32 = 130;

fn start(folder: &Path, args: &[&str]) -> Child {
    let mut command = program(folder);
    command.args(args).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Presses Ctrl-C, and waits for the end.
fn press(child: Child) -> Output {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
    assert!(sent.success());
    child.wait_with_output().unwrap()
}

/// The files of a folder that are not hidden, with their lengths.
fn files(folder: &Path) -> Vec<(String, usize)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !name.starts_with('.') {
            files.push((name, std::fs::read(entry.path()).unwrap().len()));
        }
    }
    files.sort();
    files
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + n / 251) as u8).collect()
}

/// A store of objects with the same bytes, of which those named `slow` stop in the middle until
/// it is told to go on.
fn slow_store(bytes: Vec<u8>) -> (Stub, Arc<AtomicBool>) {
    let goes_on = Arc::new(AtomicBool::new(false));
    let told = goes_on.clone();
    let stub = Stub::start(move |request: &Request| {
        let length = bytes.len();
        if request.path.contains("list-type=2") {
            return listing(&["fast.bin", "slow.bin"], length);
        }
        let whole = told.load(Ordering::SeqCst) || !request.path.contains("slow");
        let sent = if whole { length } else { length / 2 };
        Answer::object(request, &bytes, sent)
    });
    (stub, goes_on)
}

#[test]
fn a_download_leaves_no_file_and_goes_on() {
    let bytes = pattern(300_000);
    let (stub, goes_on) = slow_store(bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, &stub.configuration());
    let get = ["storage", "get", "s3:slow.bin", "out/b.bin"];
    let child = start(folder.path(), &get);
    stub.stalled.recv().unwrap();
    // What was sent is on its way to the disk; only its arrival there ends this wait.
    let out = folder.path().join("out");
    while part(&out).is_none_or(|length| length < 150_000) {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let output = press(child);
    assert_eq!(output.status.code(), Some(INTERRUPTED), "{output:?}");
    assert!(stderr(&output).contains("interrupted"), "{output:?}");
    assert_eq!(files(&out), []);

    goes_on.store(true, Ordering::SeqCst);
    let output = run(folder.path(), &get);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(std::fs::read(out.join("b.bin")).unwrap(), bytes);
    assert_eq!(part(&out), None, "the part stays behind");
    let seen = stub.seen.lock().unwrap();
    let last = seen.iter().rfind(|request| request.method == "GET");
    assert_eq!(last.unwrap().from, 150_000, "it began anew");
}

/// The length of the hidden file in which a download gathers.
fn part(folder: &Path) -> Option<u64> {
    let mut entries = std::fs::read_dir(folder).ok()?.map(Result::unwrap);
    let part = entries.find(|entry| entry.file_name().to_string_lossy().starts_with('.'))?;
    Some(part.metadata().ok()?.len())
}

#[test]
fn a_sync_from_a_store_leaves_whole_files_only_and_goes_on() {
    let bytes = pattern(300_000);
    let (stub, goes_on) = slow_store(bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, &stub.configuration());
    let sync = ["storage", "sync", "s3:", "copy"];
    let child = start(folder.path(), &sync);
    stub.stalled.recv().unwrap();
    let copy = folder.path().join("copy");
    while !copy.join("fast.bin").exists() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let output = press(child);
    assert_eq!(output.status.code(), Some(INTERRUPTED), "{output:?}");
    assert_eq!(files(&copy), [("fast.bin".to_owned(), bytes.len())]);

    goes_on.store(true, Ordering::SeqCst);
    let output = run(folder.path(), &["--json", "storage", "sync", "s3:", "copy"]);
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (&report["copied"], &report["equal"]),
        (&1.into(), &1.into())
    );
    assert_eq!(std::fs::read(copy.join("slow.bin")).unwrap(), bytes);
}

#[test]
fn a_copy_between_stores_leaves_no_half_object() {
    let bytes = pattern(300_000);
    let (stub, goes_on) = slow_store(bytes.clone());
    let folder = tempfile::tempdir().unwrap();
    let mine = "[store]\nprovider = \"local_storage\"\npath = \"data\"\n";
    configure(&folder, &format!("{mine}{}", stub.configuration()));
    std::fs::write(folder.path().join("old.txt"), "old").unwrap();
    let put = ["storage", "put", "old.txt", "store:there"];
    assert!(run(folder.path(), &put).status.success());
    for to in ["store:there", "store:new"] {
        let child = start(folder.path(), &["storage", "cp", "s3:slow.bin", to]);
        stub.stalled.recv().unwrap();
        let output = press(child);
        assert_eq!(output.status.code(), Some(INTERRUPTED), "{output:?}");
        assert!(stderr(&output).contains("interrupted"), "{output:?}");
        assert_eq!(stdout(&output), "");
    }
    // What was there is whole, what was not is not there, and no byte of either stays behind.
    let read = run(folder.path(), &["storage", "get", "store:there", "-"]);
    assert_eq!(stdout(&read), "old");
    let listed = stdout(&run(folder.path(), &["storage", "ls", "store:"]));
    assert!(listed.contains("1 objects, 3 B"), "{listed}");
    let objects = std::fs::read_dir(folder.path().join("data/objects")).unwrap();
    assert_eq!(objects.count(), 2, "one record and its bytes");

    goes_on.store(true, Ordering::SeqCst);
    let copy = ["storage", "cp", "s3:slow.bin", "store:new"];
    let output = run(folder.path(), &copy);
    assert!(output.status.success(), "{output:?}");
    let read = run(folder.path(), &["storage", "get", "store:new", "-"]);
    assert_eq!(read.stdout, bytes);
}

#[test]
fn a_sync_into_a_store_that_is_silent_says_that_nobody_knows() {
    // Three are taken; then nothing is answered.
    let puts = AtomicUsize::new(0);
    let stub = Stub::start(move |request| match request.method.as_str() {
        "PUT" if puts.fetch_add(1, Ordering::SeqCst) >= 3 => Answer::Silence,
        "PUT" => Answer::ok(""),
        _ => listing(&[], 0),
    });
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, &stub.configuration());
    let source = folder.path().join("source");
    std::fs::create_dir(&source).unwrap();
    for n in 0..20 {
        std::fs::write(source.join(format!("{n}.bin")), pattern(50_000)).unwrap();
    }
    let child = start(folder.path(), &["storage", "sync", "source", "s3:"]);
    stub.stalled.recv().unwrap();
    let output = press(child);
    assert_eq!(output.status.code(), Some(INTERRUPTED), "{output:?}");
    let line = stderr(&output);
    assert!(line.contains("effect unknown"), "{line}");
    assert!(line.contains("nothing is half-written"), "{line}");
}

#[test]
fn an_upload_that_nobody_answers_ends() {
    let stub = Stub::start(|_| Answer::Silence);
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, &stub.configuration());
    std::fs::write(folder.path().join("a.bin"), pattern(50_000)).unwrap();
    let child = start(
        folder.path(),
        &["--json", "storage", "put", "a.bin", "s3:a"],
    );
    let left = stub.stalled.recv().unwrap();
    assert_eq!(left.method, "PUT");
    let output = press(child);
    assert_eq!(output.status.code(), Some(INTERRUPTED), "{output:?}");
    let error: serde_json::Value = serde_json::from_str(&stderr(&output)).unwrap();
    assert_eq!(error["error"]["kind"], "cancelled", "{error}");
    assert_eq!(stdout(&output), "");
}

#[test]
fn an_upload_in_parts_is_aborted() {
    let stub = Stub::start(|request| match request.method.as_str() {
        "POST" if request.path.contains("uploads") => Answer::ok(
            "<InitiateMultipartUploadResult><Bucket>bucket</Bucket><Key>a</Key>\
             <UploadId>upload-1</UploadId></InitiateMultipartUploadResult>",
        ),
        "DELETE" => Answer::Whole(204, String::new(), Vec::new()),
        _ => Answer::Silence,
    });
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, &stub.configuration());
    std::fs::write(folder.path().join("a.bin"), pattern(20 << 20)).unwrap();
    let child = start(folder.path(), &["storage", "put", "a.bin", "s3:a"]);
    let left = stub.stalled.recv().unwrap();
    assert!(left.path.contains("uploadId=upload-1"), "{left:?}");
    let output = press(child);
    assert_eq!(output.status.code(), Some(INTERRUPTED), "{output:?}");
    let seen = stub.seen.lock().unwrap();
    let aborted = |request: &Request| {
        request.method == "DELETE" && request.path.contains("uploadId=upload-1")
    };
    assert!(seen.iter().any(aborted), "{seen:?}");
}

#[test]
fn input_that_nobody_types_does_not_hold_up_the_end() {
    let folder = folder();
    let mut child = start(folder.path(), &["storage", "put", "-", "store:typed"]);
    // More than a pipe holds: when this has been written, it has been read.
    let mut input = child.stdin.take().unwrap();
    input.write_all(&pattern(1 << 20)).unwrap();
    let output = press(child);
    assert_eq!(output.status.code(), Some(INTERRUPTED), "{output:?}");
    drop(input);
    let listed = stdout(&run(folder.path(), &["--json", "storage", "ls", "store:"]));
    assert_eq!(listed.trim(), "[]");
}
