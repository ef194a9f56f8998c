import Foundation

/// A directory of a test's own, which goes with the value's last use.
public final class TemporaryDirectory: Sendable {
    public let path: String
    public var url: URL { URL(filePath: path) }

    /// Empty. If it cannot be made, its first use fails.
    public init(_ purpose: String = "test") {
        path = FileManager.default.temporaryDirectory.appending(path: "skiff-\(purpose)-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and returns its path.
    public func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }
}
