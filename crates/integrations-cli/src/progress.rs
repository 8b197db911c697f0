//! Progress bars, on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::output::Output;

/// A bar that counts bytes. It goes when it is dropped.
pub(crate) fn bar(length: Option<u64>, what: &str, output: &Output) -> ProgressBar {
    let template = match length {
        Some(_) => "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        None => "{msg} {spinner} {bytes} {bytes_per_sec}",
    };
    draw(length, template, what, output)
}

/// A bar that counts things. It goes when it is dropped.
pub(crate) fn count(length: Option<u64>, what: &str, output: &Output) -> ProgressBar {
    let template = match length {
        Some(_) => "{msg} {bar:30} {human_pos}/{human_len} {per_sec} {eta}",
        None => "{msg} {spinner} {human_pos} {per_sec}",
    };
    draw(length, template, what, output)
}

/// A sign of life for work of which nothing is known until it ends.
pub(crate) fn wait(what: &str, output: &Output) -> ProgressBar {
    let bar = draw(None, "{msg} {spinner} {elapsed}", what, output);
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

fn draw(length: Option<u64>, template: &str, what: &str, output: &Output) -> ProgressBar {
    if output.is_json() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr())
        .with_finish(ProgressFinish::AndClear);
    // The templates above are sound; a bar of another look would do no harm.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}
