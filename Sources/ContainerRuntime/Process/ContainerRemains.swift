import Basics
import Glibc

/// What a runtime leaves behind on purpose, so that the next one adopts it: containers that go on after its process has
/// ended. For whoever knows that there is no next one.
public enum ContainerRemains {
    /// Ends every container whose files are below the directory, at once and without its grace, and removes the directory.
    /// `command` is the argument by which a supervisor is known, before its container's directory. The caller should have one
    /// thread, and time.
    public static func remove(_ directory: String, supervisorCommand command: String) {
        var killed: Set<Int> = []
        for _ in 0..<attempts {
            let (supervisors, isSure) = supervisors(below: directory, command)
            if supervisors.isEmpty, isSure { break }
            // Stopped, a supervisor takes no notice, and keeps what is orphaned below it.
            for supervisor in supervisors { kill(pid_t(supervisor), SIGSTOP) }
            let table = ProcessTable.read()
            for supervisor in supervisors {
                let fresh = table.processes(below: supervisor).filter { $0 != supervisor && !killed.contains($0) }
                if fresh.isEmpty { kill(pid_t(supervisor), SIGKILL) }
                for process in fresh where kill(pid_t(process), SIGKILL) == 0 { killed.insert(process) }
            }
            usleep(pauseMicroseconds)
        }
        // What threads of the process that ends are just making, such as the base of containers' roots, comes a little later.
        var absences = 0
        for _ in 0..<attempts where absences < quietLooks {
            SystemCall.removeTree(directory)
            usleep(quietMicroseconds)
            absences = access(directory, F_OK) == 0 ? 0 : absences + 1
        }
    }

    /// The cgroup of what belongs to a data directory: no two of a machine have the same.
    public static func cgroup(of directory: String) -> String {
        "/skiff-" + FNV1a.hash64(directory.utf8).digits(13, radix: 36)
    }
    /// Removes the cgroups of a data directory's nodes, and ends what is in them.
    public static func removeCgroups(of directory: String) {
        guard let layout = CgroupLayout(mountInfo: KernelFile.text(of: "/proc/self/mountinfo")) else { return }
        CgroupTree(layout).remove(cgroup(of: directory))
    }

    /// Has this process start no more containers, for good; returns when none is being started. Before it leaves what it has
    /// to whoever calls `remove`.
    public static func endStarts() { SupervisorProcess.endStarts() }

    private static let attempts = 500
    private static let pauseMicroseconds: UInt32 = 2_000
    /// So often in a row the directory has to be gone.
    private static let quietLooks = 5
    private static let quietMicroseconds: UInt32 = 10_000

    /// Not sure while a process has a program and no arguments yet: the kernel is just starting it.
    private static func supervisors(below directory: String, _ command: String) -> (found: [Int], isSure: Bool) {
        var isSure = true
        let found = SystemCall.names(in: "/proc").compactMap { Int($0) }.filter { process in
            guard let bytes = SystemCall.contents(of: "/proc/\(process)/cmdline") else { return false }
            if bytes.isEmpty {
                // The kernel's own threads, and who has ended, have no program.
                var byte: CChar = 0
                if readlink("/proc/\(process)/exe", &byte, 1) > 0 { isSure = false }
                return false
            }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard let place = words.firstIndex(of: command), let path = words[(place + 1)...].last else { return false }
            return path.hasPrefix(directory + "/")
        }
        return (found, isSure)
    }
}
