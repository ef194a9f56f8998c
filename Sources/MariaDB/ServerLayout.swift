import Basics
import Foundation

/// Where a private server keeps what, and how it is called.
struct ServerLayout {
    let directory: String
    var data: String { "\(directory)/data" }
    var newData: String { "\(directory)/data.new" }
    var pidFile: String { "\(directory)/mariadbd.pid" }
    var errorLog: String { "\(directory)/mariadbd.log" }
    var installLog: String { "\(directory)/install.log" }
    var temporary: String { "\(directory)/tmp" }
    /// A socket's path has 107 bytes at most; a directory too deep for that has its socket in /tmp.
    var socket: String {
        let own = "\(directory)/mariadbd.sock"
        if own.utf8.count <= 107 { return own }
        let name = Migration(name: "0000_", sql: directory)?.checksum ?? ""
        return "/tmp/skiff-\(geteuid())-\(name).sock"
    }

    var isInstalled: Bool { FileManager.default.fileExists(atPath: "\(data)/mysql") }

    func prepare() throws {
        let ownerOnly = [FileAttributeKey.posixPermissions: 0o700]
        for path in [directory, temporary] {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: ownerOnly)
        }
        if FileManager.default.fileExists(atPath: newData) { try FileManager.default.removeItem(atPath: newData) }
    }

    /// The process that the pid file names, if it runs and is a server on our data.
    func runningServer() -> pid_t? {
        guard let text = try? String(contentsOfFile: pidFile, encoding: .utf8),
            let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)), pid > 1,
            let command = KernelFile.contents(of: "/proc/\(pid)/cmdline")
        else { return nil }
        let arguments = command.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return arguments.contains("--datadir=\(data)") ? pid : nil
    }

    /// With a folder for temporary tables of its own: servers that share one remove each other's when they start.
    var installArguments: [String] {
        [
            "--no-defaults", "--datadir=\(newData)", "--auth-root-authentication-method=socket",
            "--auth-root-socket-user=\(Programs.userName)", "--skip-test-db", "--innodb-log-file-size=8M",
            "--innodb-buffer-pool-size=8M", "--tmpdir=\(temporary)",
        ] + userArguments
    }

    var serverArguments: [String] {
        [
            "--no-defaults", "--datadir=\(data)", "--socket=\(socket)", "--pid-file=\(pidFile)",
            "--log-error=\(errorLog)", "--tmpdir=\(temporary)", "--skip-networking", "--skip-name-resolve",
            "--performance-schema=OFF", "--skip-log-bin", "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=8M",
            "--innodb-log-buffer-size=2M", "--key-buffer-size=1M", "--aria-pagecache-buffer-size=1M",
            "--table-open-cache=100", "--table-definition-cache=400", "--max-connections=40", "--thread-cache-size=4",
            "--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci",
        ] + userArguments
    }

    /// mariadbd refuses to run as root unless told to; another user could not reach a directory that is root's alone.
    private var userArguments: [String] { geteuid() == 0 ? ["--user=root"] : [] }
}
