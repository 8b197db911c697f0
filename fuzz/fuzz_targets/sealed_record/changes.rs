//! What somebody does to the files of a folder.

use super::model::{Files, TEMPLATES};

/// More are not made in one run.
const MOST: usize = 12;

/// The files after these changes: what, to which file, and where (or with which other) and how.
pub fn made(program: &[u8]) -> Files {
    let mut files = Files::now(&TEMPLATES);
    for change in program.as_chunks::<5>().0.iter().take(MOST) {
        make(&mut files, *change);
    }
    files
}

fn make(files: &mut Files, [what, file, high, low, byte]: [u8; 5]) {
    let at = usize::from(u16::from_be_bytes([high, low]));
    let template = &TEMPLATES[usize::from(low) % TEMPLATES.len()].sealed;
    let taken = slot(files, file).take();
    let other = slot(files, low).clone();
    let changed = match (what % 8, taken) {
        (0, _) => Some(template.clone()),
        (1, _) => None,
        (2, Some(mut bytes)) => {
            let at = at % bytes.len().max(1);
            bytes
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|old| *old ^= byte);
            Some(bytes)
        }
        (3, Some(mut bytes)) => {
            bytes.truncate(at % (bytes.len() + 1));
            Some(bytes)
        }
        (4, Some(mut bytes)) => {
            bytes.extend(std::iter::repeat_n(byte, usize::from(low)));
            Some(bytes)
        }
        (5, Some(bytes)) => {
            // The head of another one, with what follows here.
            let at = at % (bytes.len().min(template.len()) + 1);
            Some([&template[..at], &bytes[at..]].concat())
        }
        (6, Some(mut bytes)) => {
            let at = at % (bytes.len() + 1);
            bytes.insert(at, byte);
            Some(bytes)
        }
        (7, taken) if file % 4 != low % 4 => {
            *slot(files, low) = taken;
            other
        }
        (_, taken) => taken,
    };
    *slot(files, file) = changed;
}

fn slot(files: &mut Files, file: u8) -> &mut Option<Vec<u8>> {
    match file % 4 {
        3 => &mut files.list,
        at => &mut files.records[usize::from(at)],
    }
}
