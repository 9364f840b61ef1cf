//! A child process on a leash.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};

/// Becomes the command, and leaves a watcher behind that kills the whole group once the test process is gone: nobody
/// writes to its input, and reading ends when nobody is left who could.
const LEASH: &str = r#"exec 3<&0 </dev/null
(read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 &
exec 3<&-
exec "$@""#;

/// A running program, killed when it goes out of scope or when the test process ends, however that ends.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Runs a program with its arguments; `more` may set what else it needs, such as where its output goes.
    pub(crate) fn start(
        program: &str,
        args: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>,
        more: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Self {
        let mut command = Command::new("sh");
        command
            .args(["-c", LEASH, "leash", program])
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0);
        let child = more(&mut command).spawn();
        let child = child.unwrap_or_else(|why| panic!("{program} does not start: {why}"));
        Self { child }
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Ends it without warning.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }

    /// Does what the end of the test process would do.
    pub(crate) fn let_go(&mut self) {
        self.child.stdin = None;
    }

    /// Sends it a signal, unless it is gone.
    pub(crate) fn signal(&mut self, signal: Signal) {
        if self.ended().is_none() {
            let _ = kill_process_group(Pid::from_child(&self.child), signal);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
