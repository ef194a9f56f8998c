import Basics
import Foundation
import Logging
import Synchronization

/// Records on disk between the moment they are taken and the moment they are in the database. A record that `append`
/// has returned for survives a killed process; a power failure costs at most what was appended since the last sync.
final class Spool: Sendable {
    struct Failure: Error, CustomStringConvertible, Equatable {
        var description: String
        static let full = Failure(description: "the audit spool is full")
        static let tooLarge = Failure(description: "the audit event is larger than a spool record may be")
    }

    private struct State {
        var ledger: SpoolLedger
        var descriptor: Int32
        var isDirty = false
        var syncIsDue = false
    }

    static let syncInterval = DispatchTimeInterval.milliseconds(50)
    /// How much of a segment is read at a time.
    static let readBytes = 1 << 20

    let directory: String
    private let logger: Logger
    private let state: Mutex<State>
    private let syncQueue = DispatchQueue(label: "audit-spool-sync")
    private let wake: AsyncStream<Void>.Continuation
    /// One element or more whenever something was appended.
    let appended: AsyncStream<Void>

    /// Opens the spool; what earlier runs left is kept, a torn tail is cut when it is read.
    init(directory: String, limits: SpoolLedger.Limits, logger: Logger) throws {
        self.directory = directory
        self.logger = logger
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let found = try FileManager.default.contentsOfDirectory(atPath: directory).compactMap { name in
            Self.number(of: name).map { ($0, Self.size("\(directory)/\(name)")) }
        }
        let ledger = SpoolLedger(found: found, limits: limits)
        let descriptor = try Self.open(directory, ledger.active)
        state = Mutex(State(ledger: ledger, descriptor: descriptor))
        (appended, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    deinit { _ = state.withLock { close($0.descriptor) } }

    var byteCount: Int64 { state.withLock { $0.ledger.totalBytes } }
    var hasUndelivered: Bool { state.withLock { $0.ledger.hasUndelivered } }

    // MARK: Writing

    func append(_ payload: [UInt8]) throws {
        guard !payload.isEmpty, payload.count <= SpoolRecord.payloadLimit else { throw Failure.tooLarge }
        let record = SpoolRecord.encode(payload)
        let mustSchedule = try state.withLock { state -> Bool in
            switch state.ledger.admission(of: record.count) {
            case .refuse: throw Failure.full
            case .append: break
            case .rotate(let next):
                // A closed segment is whole on disk, so that only the last one can have a torn tail.
                guard fdatasync(state.descriptor) == 0 else { throw Self.failure("sync") }
                let descriptor = try Self.open(directory, next)
                close(state.descriptor)
                state.descriptor = descriptor
                state.ledger.rotated()
            }
            try Self.write(record, to: state.descriptor, after: state.ledger.segments.last?.bytes ?? 0)
            state.ledger.appended(record.count)
            state.isDirty = true
            defer { state.syncIsDue = true }
            return !state.syncIsDue
        }
        if mustSchedule { syncQueue.asyncAfter(deadline: .now() + Self.syncInterval) { [weak self] in self?.sync() } }
        wake.yield()
    }

    /// Writes a whole record or, if the disk does not take all of it, nothing.
    private static func write(_ record: [UInt8], to descriptor: Int32, after offset: Int) throws {
        var written = 0
        while written < record.count {
            let count = record.withUnsafeBytes {
                pwrite(
                    descriptor, $0.baseAddress.map { $0 + written }, record.count - written, off_t(offset + written))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let failure = failure("write")
                ftruncate(descriptor, off_t(offset))
                throw failure
            }
            written += count
        }
    }

    /// Brings what was appended to the disk itself; a group at a time.
    private func sync() {
        let descriptor = state.withLock { state -> Int32? in
            state.syncIsDue = false
            guard state.isDirty else { return nil }
            state.isDirty = false
            return dup(state.descriptor)
        }
        guard let descriptor, descriptor >= 0 else { return }
        if fdatasync(descriptor) != 0 {
            logger.error("The audit spool cannot be synced.", metadata: ["error": .string("\(Self.failure("sync"))")])
        }
        close(descriptor)
    }

    // MARK: Reading

    /// The next records in their order, up to these limits, and the place after them; nil when all is delivered.
    func read(maximumCount: Int, maximumBytes: Int) throws -> (payloads: [[UInt8]], end: SpoolLedger.Position)? {
        while let (from, until) = state.withLock({ $0.ledger.nextReading() }) {
            let left = until - from.offset
            var bytes = try contents(from, count: min(left, Self.readBytes))
            // Rarely: a record larger than what was read.
            if bytes.count < left, case .torn = SpoolRecord.read(bytes, at: 0) {
                bytes = try contents(from, count: min(left, SpoolRecord.payloadLimit + SpoolRecord.headerBytes))
            }
            var payloads: [[UInt8]] = []
            var offset = 0
            var size = 0
            var problem: SpoolRecord.Reading?
            reading: while payloads.count < maximumCount && size < maximumBytes {
                let record = SpoolRecord.read(bytes, at: offset)
                switch record {
                case .record(let payload, let next):
                    payloads.append(payload)
                    size += payload.count
                    offset = next
                case .end: break reading
                case .torn, .broken:
                    if payloads.isEmpty { problem = record }
                    break reading
                }
            }
            let end = SpoolLedger.Position(segment: from.segment, offset: from.offset + offset)
            guard let problem else { return (payloads, end) }
            if problem == .broken { setAside(from) }
            state.withLock { $0.ledger.truncated(from.segment, to: from.offset) }
        }
        return nil
    }

    /// So many bytes of a segment from a place on, or what there is of them.
    private func contents(_ from: SpoolLedger.Position, count: Int) throws -> [UInt8] {
        let descriptor = Glibc.open(path(from.segment), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("open") }
        defer { close(descriptor) }
        var failure: Failure?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(from.offset + filled))
                if part < 0 && errno == EINTR { continue }
                if part < 0 { failure = Self.failure("read") }
                if part <= 0 { break }
                filled += part
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// What cannot be read is kept beside the segment for a person to look at; the segment ends before it.
    private func setAside(_ position: SpoolLedger.Position) {
        logger.error(
            "The audit spool has a broken record; what follows it in its segment is set aside.",
            metadata: ["file": .string(path(position.segment)), "offset": .stringConvertible(position.offset)])
        let aside = "\(path(position.segment)).broken"
        try? FileManager.default.removeItem(atPath: aside)
        try? FileManager.default.copyItem(atPath: path(position.segment), toPath: aside)
    }

    /// Everything up to this place is safe elsewhere.
    func delivered(upTo position: SpoolLedger.Position) {
        let done = state.withLock { $0.ledger.delivered(upTo: position) }
        for number in done { try? FileManager.default.removeItem(atPath: path(number)) }
    }

    // MARK: Files

    private func path(_ number: UInt64) -> String { "\(directory)/\(Self.name(number))" }

    private static func name(_ number: UInt64) -> String { number.digits(16) + ".spool" }
    private static func number(of name: String) -> UInt64? {
        name.hasSuffix(".spool") ? UInt64(name.dropLast(6)) : nil
    }
    private static func size(_ path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
    private static func open(_ directory: String, _ number: UInt64) throws -> Int32 {
        let descriptor = Glibc.open("\(directory)/\(name(number))", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("open") }
        return descriptor
    }
    private static func failure(_ what: String) -> Failure {
        Failure(description: "the audit spool: \(what): \(String(cString: strerror(errno)))")
    }
}
