import Basics
import Crypto
import Dispatch
import Foundation
import Synchronization
import _CryptoExtras

/// Salted password hashes by scrypt (RFC 7914), kept as `$scrypt$ln=14,r=8,p=5$<salt>$<hash>` (base64).
public struct PasswordHasher: Sendable {
    /// log2 of the CPU and memory cost; memory is 128 · r · 2^ln bytes.
    public var costLog2: Int
    public var blockSize: Int
    public var parallelism: Int

    /// OWASP's choice for 16 MB of memory.
    public init(costLog2: Int = 14, blockSize: Int = 8, parallelism: Int = 5) {
        self.costLog2 = costLog2
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// Too many passwords wait to be hashed.
    public struct Overloaded: Error {}
    static let waitingLimit = 32
    /// Hashing takes a tenth of a second of a core, so it has a thread of its own and a queue with an end.
    private static let queue = DispatchQueue(label: "passwords")
    private static let waiting = Mutex(0)

    public func hash(_ password: String) async throws -> String {
        var random = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let key = try await derive(password, salt: salt)
        return "$scrypt$ln=\(costLog2),r=\(blockSize),p=\(parallelism)"
            + "$\(Base64.encode(salt))$\(Base64.encode(key))"
    }

    /// Whether a password is the one that was hashed; false for what is no hash of ours.
    public static func verify(_ password: String, _ hash: String) async throws -> Bool {
        let parts = hash.split(separator: "$")
        guard parts.count == 4, parts[0] == "scrypt", let salt = Base64.decode(parts[2]),
            let expected = Base64.decode(parts[3]), expected.count == 32
        else { return false }
        let settings = Dictionary(
            parts[1].split(separator: ",").compactMap { setting -> (String, Int)? in
                let pair = setting.split(separator: "=")
                guard pair.count == 2, let number = Int(pair[1]) else { return nil }
                return (String(pair[0]), number)
            }, uniquingKeysWith: { first, _ in first })
        guard let cost = settings["ln"], let size = settings["r"], let lanes = settings["p"], (1...20).contains(cost),
            (1...32).contains(size), (1...16).contains(lanes)
        else { return false }
        let key = try await PasswordHasher(costLog2: cost, blockSize: size, parallelism: lanes)
            .derive(password, salt: Array(salt))
        var difference: UInt8 = 0
        for (left, right) in zip(key, expected) { difference |= left ^ right }
        return difference == 0
    }

    private func derive(_ password: String, salt: [UInt8]) async throws -> [UInt8] {
        let isAdmitted = Self.waiting.withLock { waiting in
            guard waiting < Self.waitingLimit else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else { throw Overloaded() }
        defer { Self.waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            Self.queue.async {
                continuation.resume(
                    with: Result {
                        let key = try KDF.Scrypt.deriveKey(
                            from: Array(password.utf8), salt: salt, outputByteCount: 32, rounds: 1 << costLog2,
                            blockSize: blockSize, parallelism: parallelism, maxMemory: 256 << 20)
                        return key.withUnsafeBytes { Array($0) }
                    })
            }
        }
    }
}
