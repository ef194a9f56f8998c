import Basics
import KeyValueCore
import RaftCore

/// Reads the log from disk at start: cuts a torn tail off the last segment, and refuses any other damage with file
/// and offset.
struct LogRecovery {
    let disk: any Disk
    let limits: StoreLimits
    let random: @Sendable () -> UInt64

    /// Whose log it is; nil if there is none.
    func identity() throws(StoreError) -> StoreIdentity? { try headers().last?.identity }

    /// Reads all records that have something after `position`, in order, after having told the index of the entry
    /// with which they begin; without a position, all records of all segments. Nil if there is no log.
    func recover(
        after position: LogPosition?, _ begin: (Index) -> Void, _ body: (LogRecord) throws(StoreError) -> Void
    ) throws(StoreError) -> SegmentedLog? {
        let segments = try headers()
        guard let last = segments.last else { return nil }
        guard let start = position.map({ SegmentedLog.start(in: segments, after: $0.index) }) ?? 0 else {
            throw damage(segments[0].name, 0, "entries before index \(segments[0].firstIndex) are missing")
        }
        var reading = Reading(number: segments[start].firstNumber, index: segments[start].firstIndex)
        begin(segments[start].firstIndex)
        for header in segments[start...] {
            guard header.firstNumber == reading.number else {
                throw damage(reading.file, reading.offset, "records up to \(header.firstNumber) are missing")
            }
            try read(header, isLast: header == last, &reading, body)
        }
        do throws(DiskError) {
            return try SegmentedLog(
                disk: disk, segmentBytes: limits.segmentBytes, random: random, segments: segments,
                file: try disk.open(last.name, creating: false), offset: reading.offset,
                nextNumber: reading.number, nextIndex: reading.index, bytesRead: reading.bytes)
        } catch {
            throw error.storeError
        }
    }

    /// How far the log has been read.
    private struct Reading {
        var file = ""
        var offset = 0
        /// The number that the next record must have.
        var number: UInt64
        /// The index that the next entry has.
        var index: Index
        var bytes = 0
    }

    private func damage(_ file: String, _ offset: Int, _ reason: String) -> StoreError {
        .corrupt(file: "\(disk.path)/\(file)", offset: offset, reason: reason)
    }

    private func headers() throws(StoreError) -> [SegmentHeader] {
        var headers: [SegmentHeader] = []
        for name in try names() {
            guard let sequence = FileName.number(name, "log") else { continue }
            let bytes = try read(name, count: SegmentHeader.size)
            guard let header = SegmentHeader(bytes), header.sequence == sequence else {
                throw damage(name, 0, "the segment's header is damaged")
            }
            if let before = headers.last {
                guard header.sequence == before.sequence + 1 else {
                    throw damage(name, 0, "the segment before this one is missing")
                }
                guard header.identity == before.identity else {
                    throw damage(name, 0, "the segment belongs to another member")
                }
            }
            headers.append(header)
        }
        return headers
    }

    private func names() throws(StoreError) -> [String] {
        do throws(DiskError) { return try disk.names() } catch { throw error.storeError }
    }

    private func read(_ name: String, count: Int? = nil) throws(StoreError) -> [UInt8] {
        do throws(DiskError) {
            let file = try disk.open(name, creating: false)
            defer { file.close() }
            let wanted: Int
            if let count { wanted = count } else { wanted = try file.size() }
            return try file.read(at: 0, count: wanted)
        } catch {
            throw error.storeError
        }
    }

    private func read(
        _ header: SegmentHeader, isLast: Bool, _ reading: inout Reading,
        _ body: (LogRecord) throws(StoreError) -> Void
    ) throws(StoreError) {
        let format = RecordFormat(salt: header.salt)
        let bytes = try read(header.name)
        guard bytes.count >= header.capacity else {
            throw damage(header.name, bytes.count, "the file is shorter than it was made")
        }
        reading.file = header.name
        reading.offset = SegmentHeader.size
        while true {
            let finding = bytes.withUnsafeBytes { format.find(at: reading.offset, in: $0) }
            guard case .record(let kind, let payload, let next) = finding else {
                try end(finding, of: header, format, bytes, isLast: isLast, at: reading.offset)
                return
            }
            guard let record = decode(kind, bytes, payload), record.number == reading.number else {
                throw damage(header.name, reading.offset, "the record is not the one that belongs here")
            }
            switch record {
            case .restart(let restart):
                reading.index = restart.position.index + 1
            case .batch(let batch):
                if let first = batch.entries.first, first.index > reading.index {
                    throw damage(header.name, reading.offset, "entries before index \(first.index) are missing")
                }
                if let last = batch.entries.last { reading.index = last.index + 1 }
            }
            try body(record)
            reading.number += 1
            reading.bytes += next - reading.offset
            reading.offset = next
        }
    }

    private func decode(_ kind: RecordFormat.Kind, _ bytes: [UInt8], _ payload: Range<Int>) -> LogRecord? {
        bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[payload]))
            switch kind {
            case .batch: return (try? LogBatch(from: &reader)).map { .batch($0) }
            case .restart: return (try? LogRestart(from: &reader)).map { .restart($0) }
            case .snapshotStart, .slots, .snapshotEnd: return nil
            }
        }
    }

    /// Records end here. That is right where nothing was written, or where the write of the last record did not
    /// finish, which nobody was told of; a record that was finished and is damaged now is not for us to drop.
    private func end(
        _ finding: RecordFormat.Finding, of header: SegmentHeader, _ format: RecordFormat, _ bytes: [UInt8],
        isLast: Bool, at offset: Int
    ) throws(StoreError) {
        if case .damaged(let reason) = finding { throw damage(header.name, offset, reason) }
        let dataEnd = bytes.withUnsafeBytes { Self.dataEnd($0, from: offset) }
        if dataEnd == offset { return }
        guard isLast else { throw damage(header.name, offset, "a record in the middle of the log is damaged") }
        let hasMore = bytes.withUnsafeBytes { bytes in
            let written = UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, dataEnd + RecordFormat.alignment)])
            return format.hasRecord(from: offset + RecordFormat.alignment, in: written)
        }
        if hasMore { throw damage(header.name, offset, "a record before the last one is damaged") }
        do throws(DiskError) {
            let file = try disk.open(header.name, creating: false)
            defer { file.close() }
            try file.write([UInt8](repeating: 0, count: dataEnd - offset), at: offset)
            try file.synchronize()
        } catch {
            throw error.storeError
        }
    }

    /// One past the last byte that is not zero, or `start`.
    private static func dataEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var end = bytes.count
        while end - 4096 >= start, RecordFormat.isZero(bytes, end - 4096..<end) { end -= 4096 }
        while end > start, bytes[end - 1] == 0 { end -= 1 }
        return end
    }
}
