import Basics
import KeyValueCore
import RaftCore

/// Writes a snapshot beside the running store: to an unfinished file, block by block, then reads it back and checks
/// it, and only then gives it its name.
struct SnapshotWriter {
    static let blockBytes = 256 << 10
    /// The disk is made to follow after so many bytes, so that the log does not wait for all of them at once.
    static let bytesPerSynchronize = 16 << 20

    let disk: any Disk
    let salt: UInt64
    /// Asked now and then; true ends the work.
    let isCancelled: @Sendable () -> Bool

    /// The finished file; nil if cancelled.
    func write(_ header: SnapshotHeader, _ table: KeyTable) throws(StoreError) -> SnapshotFile? {
        let name = FileName.make(header.position.index, SnapshotFile.ending)
        let unfinished = name + "." + FileName.unfinished
        do throws(DiskError) {
            guard let bytes = try write(unfinished, header, table) else {
                try disk.remove(unfinished)
                return nil
            }
            let file = SnapshotFile(position: header.position.index, bytes: bytes)
            if let failure = check(unfinished) {
                try disk.remove(unfinished)
                throw DiskError.failed(operation: "verify (\(failure))", file: unfinished, code: 0)
            }
            try disk.rename(unfinished, to: name)
            try disk.synchronizeDirectory()
            return file
        } catch {
            try? disk.remove(unfinished)
            throw error.storeError
        }
    }

    private func check(_ name: String) -> StoreError? {
        do throws(StoreError) {
            try SnapshotReader(disk: disk).verify(name)
            return nil
        } catch {
            return error
        }
    }

    private func write(
        _ name: String, _ header: SnapshotHeader, _ table: KeyTable
    ) throws(DiskError) -> Int? {
        let file = try disk.open(name, creating: true)
        defer { file.close() }
        var output = RecordOutput(file: file, format: RecordFormat(salt: salt))
        var preamble = ByteWriter()
        preamble.bytes += SnapshotReader.magic
        preamble.write(salt)
        try output.write(raw: preamble.bytes)
        try output.write(.snapshotStart) { header.encode(into: &$0) }
        var block = SlotBlock()
        var keys = 0
        var failure: DiskError?
        var cancelled = false
        table.visitRetained { slot in
            block.add(slot)
            keys += 1
            guard block.size >= Self.blockBytes else { return true }
            cancelled = isCancelled()
            failure = output.tryWrite(block)
            block.removeAll()
            return failure == nil && !cancelled
        }
        if let failure { throw failure }
        if cancelled { return nil }
        if let failure = output.tryWrite(block) { throw failure }
        try output.write(.snapshotEnd) { $0.write(UInt64(keys)) }
        try file.synchronize()
        return output.offset
    }
}

/// Slots that go into one record.
private struct SlotBlock {
    var writer = ByteWriter()
    var count: UInt32 = 0
    var size: Int { writer.bytes.count }

    mutating func add(_ slot: KeySlot) {
        slot.encode(into: &writer)
        count += 1
    }
    mutating func removeAll() {
        writer.bytes.removeAll(keepingCapacity: size < 4 << 20)
        count = 0
    }
}

/// Records one after the other in a new file.
private struct RecordOutput {
    let file: any DiskFile
    let format: RecordFormat
    var offset = 0
    private var record = ByteWriter()
    private var unsynchronized = 0

    init(file: any DiskFile, format: RecordFormat) {
        self.file = file
        self.format = format
    }

    mutating func write(raw bytes: [UInt8]) throws(DiskError) {
        try file.write(bytes, at: offset)
        offset += bytes.count
    }

    mutating func write(_ kind: RecordFormat.Kind, _ body: (inout ByteWriter) -> Void) throws(DiskError) {
        format.encode(kind, at: offset, &record, body)
        try file.write(record.bytes, at: offset)
        offset += record.bytes.count
        unsynchronized += record.bytes.count
        if unsynchronized >= SnapshotWriter.bytesPerSynchronize {
            try file.synchronize()
            unsynchronized = 0
        }
    }

    mutating func tryWrite(_ block: SlotBlock) -> DiskError? {
        if block.count == 0 { return nil }
        do throws(DiskError) {
            try write(.slots) { writer in
                writer.write(block.count)
                writer.bytes += block.writer.bytes
            }
            return nil
        } catch {
            return error
        }
    }
}
