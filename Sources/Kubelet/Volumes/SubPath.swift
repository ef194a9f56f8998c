import ContainerRuntime
import FoundationEssentials
import Glibc

/// A part of a volume that a container mounts. What is in a volume is written by containers, which may put links into it
/// at any time, so a part is opened without following any, and what was opened is shown at a place of the pod's own that no
/// container reaches (pkg/volume/util/subpath).
struct SubPath {
    /// The volume's path on the host.
    let volume: String
    /// Relative to it, without `..`.
    let path: String

    struct Failure: Error, CustomStringConvertible { var description: String }
    /// What was missing could not be made.
    struct NotMade: Error, CustomStringConvertible { var description: String }

    /// Returns the host's path of the part, which is made as a directory where it is missing. It is shown at `place`, where
    /// this process may mount; elsewhere it is its own path.
    func prepare(at place: String) throws -> String {
        guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
            throw Failure(description: "subPath \"\(path)\" must be a relative path without '..'")
        }
        guard let base = Self.resolved(volume) else {
            throw Failure(description: "error resolving symlinks in \"\(volume)\"")
        }
        let whole = volume + "/" + path
        do { try makeDirectories(base) } catch { throw NotMade(description: "\(error)") }
        guard let inner = Self.resolved(whole) else {
            throw Failure(description: "error resolving symlinks in \"\(whole)\"")
        }
        guard inner == base || inner.hasPrefix(base + "/") else {
            throw Failure(description: "subpath \"\(inner)\" not within volume path \"\(base)\"")
        }
        guard MemoryFileSystem.isAllowed else { return inner }
        let opened = try Self.open(String(inner.dropFirst(base.count + 1)), below: base)
        defer { close(opened) }
        var information = stat()
        guard fstat(opened, &information) == 0 else { throw Failure(description: "error opening subpath \(inner)") }
        try Self.makePlace(place, isDirectory: information.st_mode & S_IFMT == S_IFDIR)
        do { try MountTable.bind(opened, at: place) } catch {
            throw Failure(description: "error mounting \(inner): \(error)")
        }
        return place
    }

    /// What is missing of it, one by one below what was opened before.
    private func makeDirectories(_ base: String) throws {
        guard access(volume + "/" + path, F_OK) != 0 else { return }
        var known = base
        var rest = path.split(separator: "/")[...]
        while let next = rest.first, let deeper = Self.resolved("\(known)/\(next)") {
            guard deeper == base || deeper.hasPrefix(base + "/") else {
                throw Failure(description: "path \(volume)/\(path) is outside of allowed base \(base)")
            }
            known = deeper
            rest = rest.dropFirst()
        }
        var parent = try Self.open(String(known.dropFirst(base.count + 1)), below: base)
        defer { close(parent) }
        var owner = stat()
        fstat(parent, &owner)
        for name in rest {
            guard mkdirat(parent, String(name), 0o750) == 0 || errno == EEXIST else {
                throw Failure(
                    description:
                        "cannot create directory \(known)/\(name): \(String(cString: strerror(errno)).lowercased())")
            }
            let inner = try Self.openInner(String(name), parent)
            close(parent)
            parent = inner
            // As the directory above: whoever may write there may write here.
            let own = "/proc/self/fd/\(parent)"
            _ = chown(own, uid_t.max, owner.st_gid)
            chmod(own, owner.st_mode & 0o7777)
        }
    }

    private static func open(_ path: String, below base: String) throws -> Int32 {
        let directory = Glibc.open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else {
            throw Failure(
                description: "cannot open directory \(base): \(String(cString: strerror(errno)).lowercased())")
        }
        defer { close(directory) }
        return try openInner(path.isEmpty ? "." : path, directory)
    }
    private static func openInner(_ path: String, _ directory: Int32) throws -> Int32 {
        guard let opened = MountTable.open(path, below: directory) else {
            throw Failure(
                description: "error opening subpath \(path): \(String(cString: strerror(errno)).lowercased())")
        }
        return opened
    }

    /// An empty directory or file, with what an earlier run of the container had there taken down.
    private static func makePlace(_ place: String, isDirectory: Bool) throws {
        if MountTable.read().isMounted(place) { MountTable.letGo(place) }
        if isDirectory {
            unlink(place)
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        } else {
            rmdir(place)
            let folder = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? place
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            close(Glibc.open(place, O_WRONLY | O_CREAT | O_CLOEXEC, 0o640))
        }
    }
    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
