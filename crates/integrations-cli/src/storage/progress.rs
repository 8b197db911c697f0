//! Progress bars, on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::output::Output;

/// A bar that counts bytes. It goes when it is dropped.
pub(super) fn bar(length: Option<u64>, what: &str, output: &Output) -> ProgressBar {
    if output.is_json() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr())
        .with_finish(ProgressFinish::AndClear);
    style(&bar, match length {
        Some(_) => "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        None => "{msg} {spinner} {bytes} {bytes_per_sec}",
    });
    bar.set_message(what.to_owned());
    bar
}

/// A sign of life for work of which nothing is known until it ends.
pub(super) fn wait(what: &str, output: &Output) -> ProgressBar {
    let bar = bar(None, what, output);
    style(&bar, "{msg} {spinner} {elapsed}");
    if !bar.is_hidden() {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

fn style(bar: &ProgressBar, template: &str) {
    // The templates above are sound; a bar of another look would do no harm.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}
