import Basics
import Foundation

/// One certificate of a node with its key, as the kubelet keeps it: `NAME-current.pem` is a link to the newest of
/// `NAME-DATE.pem`, each of which holds both, so that whoever reads the link has a pair that goes together.
public struct NodeCertificateFiles: Sendable {
    /// Such as "kubelet-client".
    let name: String
    private let folder: String
    private let isDurable: Bool
    /// How many are kept, the current one among them.
    private static let kept = 2

    /// In the folder `pki` of a node's directory. Throws when it cannot be made.
    public init(_ name: String, directory: DataDirectory) throws {
        self.name = name
        folder = directory.file("pki")
        isDurable = directory.isDurable
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    public var currentPath: String { "\(folder)/\(name)-current.pem" }
    /// The key of a request that has no answer yet.
    private var pendingKeyPath: String { "\(folder)/\(name).key.tmp" }

    public func read() -> KeyPair? {
        // The key is written last.
        guard let text = try? String(contentsOfFile: currentPath, encoding: .utf8),
            let key = text.range(of: "-----BEGIN ", options: .backwards),
            text[key.lowerBound...].contains("PRIVATE KEY")
        else { return nil }
        return KeyPair(
            certificatePEM: String(text[..<key.lowerBound]), privateKeyPEM: String(text[key.lowerBound...]))
    }

    /// A pair of texts that both end their last lines. What was there stays until the new one is whole.
    func write(_ pair: KeyPair, now: Date) throws {
        let files = FileManager.default
        let date = Instant(secondsSince1970: Int64(now.timeIntervalSince1970)).rfc3339
        let stamp = date.dropLast().replacing("T", with: "-").replacing(":", with: "-")
        let file = "\(name)-\(stamp).pem"
        try DataDirectory.write(pair.certificatePEM + pair.privateKeyPEM, to: "\(folder)/\(file)", isDurable: isDurable)
        let link = "\(currentPath).new"
        try? files.removeItem(atPath: link)
        try files.createSymbolicLink(atPath: link, withDestinationPath: file)
        guard rename(link, currentPath) == 0 else {
            throw DataDirectory.Failure.cannotWrite(path: currentPath, reason: String(cString: strerror(errno)))
        }
        removeOld()
    }

    private func removeOld() {
        let files = FileManager.default
        let names = ((try? files.contentsOfDirectory(atPath: folder)) ?? []).filter {
            $0.hasPrefix("\(name)-") && $0.hasSuffix(".pem") && $0 != "\(name)-current.pem"
        }
        for old in names.sorted().dropLast(Self.kept) { try? files.removeItem(atPath: "\(folder)/\(old)") }
    }

    // MARK: The key in between

    func pendingKey() -> String? { try? String(contentsOfFile: pendingKeyPath, encoding: .utf8) }
    func writePending(_ key: String) throws {
        try DataDirectory.write(key, to: pendingKeyPath, isDurable: isDurable)
    }
    func removePending() { try? FileManager.default.removeItem(atPath: pendingKeyPath) }
}
