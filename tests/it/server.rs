//! The real binary as a child process with a directory, a port and rules of its own.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use tempfile::TempDir;

pub(crate) const TOKEN: &str = "a-token-for-tests-0123456789";
pub(crate) const OTHER_TOKEN: &str = "a-token-of-the-club-0123456789";
pub(crate) const ORIGIN: &str = "https://shop.example";

/// Rules with short times: two seconds of reading the prices make an invitation.
const RULES: &str = include_str!("rules.toml");

/// What a test wants to have different.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// Lines before all tables.
    pub(crate) top: String,
    /// Tables, such as `[timeouts]`.
    pub(crate) tables: String,
    /// Lines of the shop.
    pub(crate) shop: String,
    /// Another origin of both sites.
    pub(crate) origin: Option<String>,
    /// Requests a second: for a visitor, an address, a site.
    pub(crate) rates: [u32; 3],
    /// Whether a file beyond the size limit is an error rather than the end of the process.
    pub(crate) survive_file_limit: bool,
    /// Whether the log goes to a file, as it does for many, and so to the disk that may refuse.
    pub(crate) log_to_file: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            top: String::new(),
            tables: String::new(),
            shop: String::new(),
            origin: None,
            rates: [100_000; 3],
            survive_file_limit: false,
            log_to_file: false,
        }
    }
}

/// A directory with settings and rules, in which servers can be started one after another.
pub(crate) struct Home {
    dir: TempDir,
    setup: Setup,
    /// What its servers said on the error output. Kept here and not in a file, which a limit on files would cut.
    log: Arc<Mutex<String>>,
    /// What they said on the output after their first line.
    said: Arc<Mutex<String>>,
}

/// A running server; it is killed when it goes out of scope.
pub(crate) struct Server {
    child: Child,
    home: Home,
    pub(crate) address: SocketAddr,
}

impl Home {
    pub(crate) fn new(setup: Setup) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let rules = dir.path().join("rules");
        fs::create_dir(&rules).unwrap();
        fs::write(rules.join("rules.toml"), RULES).unwrap();
        let home = Self {
            dir,
            setup,
            log: Arc::default(),
            said: Arc::default(),
        };
        fs::write(home.config(), home.settings()).unwrap();
        home
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Writes other rules into the directory of both sites.
    pub(crate) fn write_rules(&self, text: &str) {
        fs::write(self.dir.path().join("rules/rules.toml"), text).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("ahlan.toml")
    }

    fn settings(&self) -> String {
        let Setup {
            top,
            tables,
            shop,
            origin,
            rates: [visitor, address, site],
            ..
        } = &self.setup;
        let mut text = format!(
            "listen = \"127.0.0.1:0\"\ndata = \"{data}\"\n{top}\n\
             [rates]\nper_visitor = {visitor}\nper_address = {address}\nper_site = {site}\n{tables}\n",
            data = self.data().display()
        );
        let origin = origin.as_deref().unwrap_or("https://elsewhere.example");
        for (key, token, more) in [("shop", TOKEN, shop.as_str()), ("club", OTHER_TOKEN, "")] {
            let rules = self.dir.path().join("rules").display().to_string();
            write!(
                text,
                "[[site]]\nkey = \"{key}\"\norigins = [\"https://{key}.example\", \"{origin}\"]\nrules = {rules:?}\n\
                 tokens = [\"{token}\"]\nexpected_reply = \"45s\"\n{more}\n"
            )
            .unwrap();
        }
        let rules = self.dir.path().join("rules").display().to_string();
        text.replace("RULES", &rules)
    }

    /// Another command of the binary, whose last argument is followed by the settings.
    pub(crate) fn command_of(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ahlan"));
        command.args(arguments).arg(self.config());
        command
    }

    /// The process, not yet started.
    pub(crate) fn command(&self) -> Command {
        let ahlan = env!("CARGO_BIN_EXE_ahlan");
        let mut command = if self.setup.survive_file_limit {
            let mut shell = Command::new("sh");
            shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", ahlan]);
            shell
        } else {
            Command::new(ahlan)
        };
        command.args(["serve", "--config"]).arg(self.config());
        command
    }

    /// Runs the process to its end: for starts that are to fail.
    pub(crate) fn run(&self) -> Output {
        self.command().output().unwrap()
    }

    /// Starts the process without waiting for anything.
    pub(crate) fn spawn(&self) -> Child {
        let mut child = self
            .command()
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(self.log_to())
            .spawn()
            .unwrap();
        if let Some(stderr) = child.stderr.take().map(BufReader::new) {
            keep(stderr, Arc::clone(&self.log));
        }
        child
    }

    pub(crate) fn read_said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    fn log_to(&self) -> Stdio {
        if self.setup.log_to_file {
            let path = self.dir.path().join("log");
            let file = fs::File::options().create(true).append(true).open(path);
            file.unwrap().into()
        } else {
            Stdio::piped()
        }
    }

    pub(crate) fn read_log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Starts a server and waits until it listens.
    pub(crate) fn start(self) -> Server {
        let mut child = self.spawn();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        keep(stdout, Arc::clone(&self.said));
        let address = line.trim().strip_prefix("ahlan listens on http://");
        let Some(address) = address else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("it did not start: {line:?}\n{}", self.read_log());
        };
        Server {
            address: address.parse().unwrap(),
            child,
            home: self,
        }
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(Setup::default())
    }

    pub(crate) fn start_with(setup: Setup) -> Self {
        Home::new(setup).start()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Asks the process to stop.
    pub(crate) fn terminate(&self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
    }

    /// Waits for the process to end by itself; returns its directory, how it ended, and how long that took.
    pub(crate) async fn ended(mut self) -> (Home, ExitStatus, Duration) {
        let begun = Instant::now();
        let status =
            crate::wait::until("the process ends", async || self.child.try_wait().unwrap()).await;
        (self.take_home(), status, begun.elapsed())
    }

    /// Stops in order.
    pub(crate) async fn stop(self) -> Home {
        self.terminate();
        let (home, status, _) = self.ended().await;
        assert!(status.success(), "{status}\n{}", home.read_log());
        home
    }

    /// Kills without warning, while others still hold on to the server.
    pub(crate) fn kill_now(&self) {
        kill_process(self.pid(), Signal::KILL).unwrap();
    }

    /// Kills without warning.
    pub(crate) fn kill(mut self) -> Home {
        self.end();
        self.take_home()
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn take_home(&mut self) -> Home {
        let empty = Home {
            dir: tempfile::tempdir().unwrap(),
            setup: Setup::default(),
            log: Arc::default(),
            said: Arc::default(),
        };
        std::mem::replace(&mut self.home, empty)
    }

    /// Lets the process write files only up to this size; `None` lifts the limit.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        prlimit(Some(self.pid()), Resource::Fsize, limit).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            let log = self.home.read_log();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(30)..];
            eprintln!("the server's last words:\n{}", last.join("\n"));
        }
    }
}

/// Keeps all lines that come.
fn keep(from: impl BufRead + Send + 'static, to: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        for line in from.lines().map_while(Result::ok) {
            let mut kept = to.lock().unwrap();
            kept.push_str(&line);
            kept.push('\n');
        }
    });
}

/// Copies a directory with everything in it.
pub(crate) fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
