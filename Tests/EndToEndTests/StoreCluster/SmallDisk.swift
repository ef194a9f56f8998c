import Foundation
import TestKit

/// A file system in memory of a few megabytes, in place of a directory.
final class SmallDisk {
    private let path: String
    private var filling: String { path + "/filling" }

    /// Whether file systems can be mounted here.
    static let isPossible: Bool = {
        let probe = FileManager.default.temporaryDirectory.appending(path: "probe-\(UUID().uuidString.prefix(8))").path
        guard geteuid() == 0, let disk = try? SmallDisk(at: probe, megabytes: 1) else { return false }
        disk.remove()
        return true
    }()

    /// What the directory has is on the disk afterwards.
    init(at path: String, megabytes: Int) throws {
        self.path = path
        try Self.run("mkdir", "-p", path)
        try Self.run("mv", path, path + ".before")
        try Self.run("mkdir", path)
        try Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m,mode=0700", "skiff-test", path)
        try Self.run("sh", "-c", "cp -a '\(path).before/.' '\(path)/' && rm -r '\(path).before'")
    }

    /// Takes all the room that is left.
    func fill() throws { try Self.run("sh", "-c", "cat /dev/zero > '\(filling)' 2>/dev/null || true") }
    func clear() throws { try Self.run("rm", filling) }

    func remove() {
        try? Self.run("umount", "-l", path)
        try? Self.run("rmdir", path)
    }

    private static func run(_ program: String, _ arguments: String...) throws {
        let result = try Program.run(program, arguments)
        guard result.exitCode == 0 else { throw ProgramFailure(description: "\(program): \(result.errors)") }
    }
}
