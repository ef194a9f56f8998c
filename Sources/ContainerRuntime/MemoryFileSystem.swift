import CProcess
import Glibc

/// Directories of this machine that are in memory (tmpfs), such as volumes that ask for it. Only root may make them.
public enum MemoryFileSystem {
    /// Whether this process may make any.
    public static var isAllowed: Bool { geteuid() == 0 }

    /// Mounts one on an existing directory; harmless where there is one. `sizeBytes` is the most it holds; nil is half of the
    /// machine's memory.
    public static func mount(_ path: String, sizeBytes: Int?) throws(ContainerError) {
        guard !isMounted(path) else { return }
        let options = sizeBytes.map { "size=\(max($0, 4_096))" }
        if CProcess.mount("tmpfs", path, "tmpfs", UInt(MS_NOSUID | MS_NODEV), options) != 0 {
            throw .system(call: "mount \(path)", number: errno)
        }
    }

    /// Lets go of one that may still be in use; harmless where there is none.
    public static func unmount(_ path: String) {
        if isMounted(path) { umount2(path, Int32(MNT_DETACH)) }
    }

    /// Whether the directory is another file system than the one it is in.
    private static func isMounted(_ path: String) -> Bool {
        var (own, parent) = (stat(), stat())
        return stat(path, &own) == 0 && stat(path + "/..", &parent) == 0 && own.st_dev != parent.st_dev
    }
}
