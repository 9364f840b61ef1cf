//! Machines with cores, processes on them with threads, and work that waits in line for both.

use std::collections::VecDeque;

/// All machines. Work starts in the order in which it came to its process; processes of one machine take turns.
pub(super) struct Machines<W> {
    machines: Vec<Machine>,
    processes: Vec<Process<W>>,
}

struct Machine {
    free_cores: usize,
    /// Processes that have both waiting work and a free thread.
    ready: VecDeque<usize>,
}

struct Process<W> {
    machine: usize,
    free_threads: usize,
    waiting: VecDeque<W>,
    is_ready: bool,
    busy_ns: u64,
}

impl<W> Machines<W> {
    pub(super) fn new() -> Self {
        Self {
            machines: Vec::new(),
            processes: Vec::new(),
        }
    }

    /// One more machine.
    pub(super) fn machine(&mut self, cores: usize) -> usize {
        self.machines.push(Machine {
            free_cores: cores,
            ready: VecDeque::new(),
        });
        self.machines.len() - 1
    }

    /// One more process.
    pub(super) fn process(&mut self, machine: usize, threads: usize) -> usize {
        self.processes.push(Process {
            machine,
            free_threads: threads,
            waiting: VecDeque::new(),
            is_ready: false,
            busy_ns: 0,
        });
        self.processes.len() - 1
    }

    /// Hands work to a process.
    pub(super) fn add(&mut self, process: usize, work: W) {
        self.processes[process].waiting.push_back(work);
        self.see(process);
    }

    /// Takes the next work that can start on the machine of this process, with its process.
    pub(super) fn start(&mut self, beside: usize) -> Option<(usize, W)> {
        let machine = &mut self.machines[self.processes[beside].machine];
        if machine.free_cores == 0 {
            return None;
        }
        let at = machine.ready.pop_front()?;
        machine.free_cores -= 1;
        let process = &mut self.processes[at];
        process.is_ready = false;
        process.free_threads -= 1;
        let work = process.waiting.pop_front()?;
        self.see(at);
        Some((at, work))
    }

    /// Gives back the core and the thread that work has held for so long.
    pub(super) fn end(&mut self, at: usize, took_ns: u64) {
        let process = &mut self.processes[at];
        process.busy_ns += took_ns;
        process.free_threads += 1;
        self.machines[process.machine].free_cores += 1;
        self.see(at);
    }

    /// For how long a process has worked, all threads together.
    pub(super) fn busy_ns(&self, process: usize) -> u64 {
        self.processes[process].busy_ns
    }

    /// Puts a process into its machine's line if it belongs there.
    fn see(&mut self, at: usize) {
        let process = &mut self.processes[at];
        if !process.is_ready && process.free_threads > 0 && !process.waiting.is_empty() {
            process.is_ready = true;
            self.machines[process.machine].ready.push_back(at);
        }
    }
}
