import Basics
import KeyValueCore
import RaftCore

/// Reads snapshot files, block by block, believing nothing.
struct SnapshotReader {
    static let magic = Array("SKIFSNP1".utf8)
    private static let preambleSize = 16

    let disk: any Disk

    /// Snapshot files of the directory, newest first.
    func names() throws(DiskError) -> [String] {
        try disk.names().filter { FileName.number($0, SnapshotFile.ending) != nil }.reversed()
    }

    /// The whole state, of which the hash has been compared with what it was when written.
    func restore(_ name: String) throws(StoreError) -> (header: SnapshotHeader, state: KeyValueState, bytes: Int) {
        var slots: [KeySlot] = []
        let (header, bytes) = try read(name) { slots.append($0) }
        let state = KeyValueState(
            slots: slots, leases: header.leases, revision: header.revision,
            compactedRevision: header.compactedRevision)
        guard state.hash == header.hash else {
            throw .corrupt(file: "\(disk.path)/\(name)", offset: 0, reason: "the content's hash is wrong")
        }
        return (header, state, bytes)
    }

    /// What the file says of itself.
    func header(of name: String) throws(StoreError) -> SnapshotHeader {
        var input = try RecordInput(disk: disk, name: name)
        defer { input.close() }
        guard case .snapshotStart(let header) = try input.next() else { throw input.damage("it has no beginning") }
        return header
    }

    /// Throws unless every record is right and none is missing.
    func verify(_ name: String) throws(StoreError) { _ = try read(name) { _ in } }

    private func read(
        _ name: String, _ body: (KeySlot) -> Void
    ) throws(StoreError) -> (header: SnapshotHeader, bytes: Int) {
        var input = try RecordInput(disk: disk, name: name)
        defer { input.close() }
        guard case .snapshotStart(let header) = try input.next() else { throw input.damage("it has no beginning") }
        var keys: UInt64 = 0
        var last: [UInt8] = []
        while true {
            switch try input.next() {
            case .snapshotStart:
                throw input.damage("it begins twice")
            case .slots(let slots):
                for slot in slots {
                    guard last.lexicographicallyPrecedes(slot.key) else { throw input.damage("keys are not in order") }
                    last = slot.key
                    body(slot)
                }
                keys += UInt64(slots.count)
            case .end(let count):
                guard count == keys else { throw input.damage("keys are missing") }
                return (header, input.offset)
            }
        }
    }

    /// The records of a file, in order.
    private struct RecordInput {
        enum Record {
            case snapshotStart(SnapshotHeader)
            case slots([KeySlot])
            case end(keys: UInt64)
        }
        private let file: any DiskFile
        private let path: String
        private let format: RecordFormat
        private(set) var offset = SnapshotReader.preambleSize

        init(disk: any Disk, name: String) throws(StoreError) {
            path = "\(disk.path)/\(name)"
            do throws(DiskError) {
                file = try disk.open(name, creating: false)
                let preamble = try file.read(at: 0, count: SnapshotReader.preambleSize)
                guard preamble.count == SnapshotReader.preambleSize, preamble.starts(with: SnapshotReader.magic) else {
                    throw DiskError.failed(operation: "no snapshot", file: path, code: 0)
                }
                format = RecordFormat(
                    salt: preamble.withUnsafeBytes {
                        UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                    })
            } catch {
                if case .failed("no snapshot", _, _) = error {
                    throw .corrupt(file: path, offset: 0, reason: "it is no snapshot")
                }
                throw error.storeError
            }
        }

        func close() { file.close() }

        func damage(_ reason: String) -> StoreError { .corrupt(file: path, offset: offset, reason: reason) }

        mutating func next() throws(StoreError) -> Record {
            let bytes = try recordBytes()
            let result: Result<Record, StoreError> = bytes.withUnsafeBytes { bytes in
                switch format.find(at: 0, in: bytes, base: offset) {
                case .record(let kind, let payload, _):
                    let payload = UnsafeRawBufferPointer(rebasing: bytes[payload])
                    return decode(kind, payload).map { .success($0) } ?? .failure(damage("a record makes no sense"))
                case .damaged(let reason): return .failure(damage(reason))
                case .nothing, .torn: return .failure(damage("a record is not whole"))
                }
            }
            offset += bytes.count
            return try result.get()
        }

        private func recordBytes() throws(StoreError) -> [UInt8] {
            do throws(DiskError) {
                let head = try file.read(at: offset, count: RecordFormat.headerSize)
                let size = head.withUnsafeBytes { format.recordSize(at: 0, in: $0, base: offset) }
                return size == nil ? head : try file.read(at: offset, count: size ?? 0)
            } catch {
                throw error.storeError
            }
        }

        private func decode(_ kind: RecordFormat.Kind, _ payload: UnsafeRawBufferPointer) -> Record? {
            do throws(ByteReaderError) {
                var reader = ByteReader(payload)
                switch kind {
                case .snapshotStart:
                    return .snapshotStart(try SnapshotHeader(from: &reader))
                case .slots:
                    var slots: [KeySlot] = []
                    for _ in 0..<(try reader.readCount(ofAtLeast: 52)) { slots.append(try KeySlot(from: &reader)) }
                    return .slots(slots)
                case .snapshotEnd:
                    return .end(keys: try reader.read())
                case .batch, .restart:
                    return nil
                }
            } catch {
                return nil
            }
        }
    }
}
