import ContainerRuntime
import FoundationEssentials
import Glibc
import KubeAPI

/// A pod's volumes on the disk: `<directory>/<uid>/volumes/<name>`.
struct PodVolumes {
    /// `<data>/pods`.
    let directory: String
    let uid: String

    struct Failure: Error, CustomStringConvertible { var description: String }

    private var root: String { directory + "/" + uid }
    func path(_ volume: String) -> String { root + "/volumes/" + volume }

    /// Makes or refreshes one volume; returns the host's path. `group` (fsGroup) owns empty volumes, where it may write, and
    /// files made from objects, which it may read.
    func prepare(_ name: String, _ plan: VolumePlan, stamp: String, group: Int?) throws -> String {
        switch plan {
        case .empty, .memory:
            let path = path(name)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            if case .memory(let sizeBytes) = plan, MemoryFileSystem.isAllowed {
                try MemoryFileSystem.mount(path, sizeBytes: sizeBytes)
            }
            chmod(path, 0o777)
            if let group, chown(path, uid_t.max, gid_t(clamping: group)) == 0 { chmod(path, 0o2777) }
            return path
        case .payload(let files):
            let path = path(name)
            try AtomicDirectory(path: path, group: group).write(files, stamp: stamp)
            return path
        case .hostPath(let path, let type):
            try checkHostPath(path, type)
            return path
        }
    }

    private func checkHostPath(_ path: String, _ type: String) throws {
        var information = stat()
        let exists = stat(path, &information) == 0
        let kind = information.st_mode & S_IFMT
        func require(_ condition: Bool, _ what: String) throws {
            if !condition { throw Failure(description: "hostPath type check failed: \(path) is not \(what)") }
        }
        switch type {
        case "", "DirectoryOrCreate":
            // Without a type nothing is checked; container runtimes make a directory that is missing.
            if !exists { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
            if !type.isEmpty && exists { try require(kind == S_IFDIR, "a directory") }
        case "Directory": try require(exists && kind == S_IFDIR, "a directory")
        case "FileOrCreate":
            if !exists {
                let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
                guard file >= 0 else {
                    throw Failure(description: "cannot create \(path): \(String(cString: strerror(errno)))")
                }
                close(file)
            } else {
                try require(kind == S_IFREG, "a file")
            }
        case "File": try require(exists && kind == S_IFREG, "a file")
        case "Socket": try require(exists && kind == S_IFSOCK, "a socket")
        case "CharDevice": try require(exists && kind == S_IFCHR, "a character device")
        case "BlockDevice": try require(exists && kind == S_IFBLK, "a block device")
        default: throw Failure(description: "unknown hostPath type \(type)")
        }
    }

    /// The host's path of a mount, with its subPath, which is made if it is missing and may not lead out of the volume.
    func mountPath(_ base: String, subPath: String) throws -> String {
        guard !subPath.isEmpty else { return base }
        guard !subPath.hasPrefix("/"), !subPath.split(separator: "/").contains("..") else {
            throw Failure(description: "subPath \"\(subPath)\" must be a relative path without '..'")
        }
        let path = base + "/" + subPath
        if access(path, F_OK) != 0 {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        guard let real = realpath(path, nil), let realBase = realpath(base, nil) else {
            throw Failure(description: "cannot resolve \(path)")
        }
        defer {
            free(real)
            free(realBase)
        }
        let (inner, outer) = (String(cString: real), String(cString: realBase))
        guard inner == outer || inner.hasPrefix(outer + "/") else {
            throw Failure(description: "subPath \"\(subPath)\" is not within the volume")
        }
        return inner
    }

    /// The file that a container writes its termination message to, fresh for each run.
    func terminationLog(_ container: String, attempt: Int) throws -> String {
        let directory = root + "/containers/" + container
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/termination-log-\(attempt)"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw Failure(description: "cannot create \(path)") }
        fchmod(file, 0o666)
        close(file)
        return path
    }
    func terminationMessage(_ container: String, attempt: Int) -> String {
        let path = root + "/containers/" + container + "/termination-log-\(attempt)"
        let bytes = (try? Data(contentsOf: URL(filePath: path))) ?? Data()
        return String(decoding: bytes.suffix(4096), as: UTF8.self)
    }

    /// What a volume has beyond `limit` bytes of the disk is not counted further.
    func usesMore(_ volume: String, than limit: Int) -> Bool {
        var used = 0
        var information = stat()
        guard let entries = FileManager.default.enumerator(atPath: path(volume)) else { return false }
        while let entry = entries.nextObject() as? String {
            if lstat(path(volume) + "/" + entry, &information) == 0 { used += Int(information.st_blocks) * 512 }
            if used > limit { return true }
        }
        return false
    }

    /// Without following links: what a hostPath holds stays.
    func remove() {
        releaseMemory()
        try? FileManager.default.removeItem(atPath: root)
    }
    /// Lets go of what volumes hold in memory.
    func releaseMemory() {
        let volumes = root + "/volumes"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: volumes)) ?? [] {
            MemoryFileSystem.unmount(volumes + "/" + name)
        }
    }
    static func uids(_ directory: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    }
}
