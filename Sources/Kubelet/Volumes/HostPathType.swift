import FoundationEssentials
import Glibc

/// What a path of the host must be (pkg/volume/hostpath).
struct HostPathType {
    let path: String

    init(_ path: String) { self.path = path }

    /// Makes what is missing where the type says so. Without a type nothing is checked; container runtimes make a directory
    /// that is missing.
    func check(_ type: String) throws {
        var information = stat()
        let exists = stat(path, &information) == 0
        let kind = information.st_mode & S_IFMT
        func require(_ wanted: mode_t, _ what: String) throws {
            guard exists, kind == wanted else {
                throw PodVolumes.Failure(description: "hostPath type check failed: \(path) is not \(what)")
            }
        }
        switch type {
        case "", "DirectoryOrCreate":
            if exists {
                if !type.isEmpty { try require(S_IFDIR, "a directory") }
            } else {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
        case "Directory": try require(S_IFDIR, "a directory")
        case "FileOrCreate": if exists { try require(S_IFREG, "a file") } else { try makeFile() }
        case "File": try require(S_IFREG, "a file")
        case "Socket": try require(S_IFSOCK, "a socket file")
        case "CharDevice": try require(S_IFCHR, "a character device")
        case "BlockDevice": try require(S_IFBLK, "a block device")
        default: throw PodVolumes.Failure(description: "\(type) is an invalid volume type")
        }
    }

    private func makeFile() throws {
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw PodVolumes.Failure(description: "open \(path): \(String(cString: strerror(errno)).lowercased())")
        }
        close(file)
    }
}
