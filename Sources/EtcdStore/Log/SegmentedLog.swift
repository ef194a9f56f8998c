import Basics
import KeyValueCore
import RaftCore

/// The log on disk: segments of reserved room, each a header and records; only the last one is written to. One
/// record is written and synchronized at a time, so at most the last record can be torn. A record may replace entries
/// of earlier ones: nothing is overwritten in the files, the later record counts.
struct SegmentedLog {
    private let disk: any Disk
    private let segmentBytes: Int
    private let random: @Sendable () -> UInt64
    /// Oldest first; the last is being written.
    private(set) var segments: [SegmentHeader]
    private var file: any DiskFile
    /// Where the next record goes.
    private var offset: Int
    private var capacity: Int
    private(set) var nextNumber: UInt64
    private var nextIndex: Index
    private var writer = ByteWriter()
    /// Bytes written since the log was opened, plus those read then.
    private(set) var bytesWritten = 0

    var identity: StoreIdentity { segments[segments.count - 1].identity }

    /// Continues after what recovery read.
    init(
        disk: any Disk, segmentBytes: Int, random: @escaping @Sendable () -> UInt64, segments: [SegmentHeader],
        file: any DiskFile, offset: Int, nextNumber: UInt64, nextIndex: Index, bytesRead: Int
    ) throws(DiskError) {
        self.disk = disk
        self.segmentBytes = segmentBytes
        self.random = random
        self.segments = segments
        self.file = file
        self.offset = offset
        self.nextNumber = nextNumber
        self.nextIndex = nextIndex
        capacity = try file.size()
        bytesWritten = bytesRead
    }

    /// Begins a log in a directory without one; its first entry will follow `position`.
    init(
        creatingOn disk: any Disk, segmentBytes: Int, random: @escaping @Sendable () -> UInt64,
        identity: StoreIdentity, after position: LogPosition = LogPosition()
    ) throws(DiskError) {
        let first = SegmentHeader(
            salt: random(), identity: identity, sequence: 1, firstNumber: 1, firstIndex: position.index + 1,
            capacity: segmentBytes)
        let file = try Self.create(first, on: disk)
        try self.init(
            disk: disk, segmentBytes: segmentBytes, random: random, segments: [first], file: file,
            offset: SegmentHeader.size, nextNumber: 1, nextIndex: position.index + 1, bytesRead: 0)
    }

    /// The file gets its name when its header, its room and its first record, if there is one already, are on disk,
    /// so that a named segment is a whole one.
    private static func create(
        _ header: SegmentHeader, on disk: any Disk, first record: [UInt8] = []
    ) throws(DiskError) -> any DiskFile {
        let unfinished = header.name + "." + FileName.unfinished
        let file = try disk.open(unfinished, creating: true)
        do throws(DiskError) {
            try file.allocate(header.capacity)
            try file.write(header.encoded + record, at: 0)
            try file.synchronize()
            try disk.rename(unfinished, to: header.name)
            try disk.synchronizeDirectory()
        } catch {
            file.close()
            try? disk.remove(unfinished)
            throw error
        }
        return file
    }

    /// Makes sure that a batch of this size can be written without asking the disk for room, and leaves so much in the
    /// segment for others. If this throws `DiskError.noSpace`, nothing has changed.
    mutating func reserve(_ batchSize: Int, sparing spare: Int = 0) throws(DiskError) {
        if hasRoom(batchSize, sparing: spare) { return }
        let header = nextHeader(firstIndex: nextIndex, roomFor: RecordFormat.size(payload: batchSize) + spare)
        go(on: try Self.create(header, on: disk), header, offset: SegmentHeader.size)
    }

    /// Whether the segment has room for a batch and leaves so much for others.
    func hasRoom(_ batchSize: Int, sparing spare: Int = 0) -> Bool {
        offset + RecordFormat.size(payload: batchSize) + spare <= capacity
    }

    private func nextHeader(firstIndex: Index, roomFor size: Int) -> SegmentHeader {
        SegmentHeader(
            salt: random(), identity: identity, sequence: segments[segments.count - 1].sequence + 1,
            firstNumber: nextNumber, firstIndex: firstIndex, capacity: max(segmentBytes, SegmentHeader.size + size))
    }

    /// Writes to another segment from now on.
    private mutating func go(on next: any DiskFile, _ header: SegmentHeader, offset: Int) {
        file.close()
        file = next
        segments.append(header)
        self.offset = offset
        capacity = header.capacity
    }

    /// Begins the log anew after a snapshot that came from elsewhere and is on disk under its name: none of the
    /// entries that are in the log follow it. If this throws `DiskError.noSpace`, nothing has changed.
    mutating func restart(after position: LogPosition, _ hardState: HardState) throws(DiskError) {
        let restart = LogRestart(number: nextNumber, hardState: hardState, position: position)
        let header = nextHeader(firstIndex: position.index + 1, roomFor: RecordFormat.size(payload: LogRestart.size))
        RecordFormat(salt: header.salt).encode(.restart, at: SegmentHeader.size, &writer) { restart.encode(into: &$0) }
        let next = try Self.create(header, on: disk, first: writer.bytes)
        go(on: next, header, offset: SegmentHeader.size + writer.bytes.count)
        nextNumber += 1
        nextIndex = position.index + 1
    }

    /// Writes a batch, for which room is reserved, and waits until it is on disk. (Only a deliberate bug does not.)
    mutating func append(
        _ hardState: HardState, _ entries: [Entry], synchronizing: Bool = true
    ) throws(DiskError) {
        let batch = LogBatch(number: nextNumber, hardState: hardState, entries: entries)
        try reserve(batch.size)
        let format = RecordFormat(salt: segments[segments.count - 1].salt)
        format.encode(.batch, at: offset, &writer) { batch.encode(into: &$0) }
        try file.write(writer.bytes, at: offset)
        if synchronizing { try file.synchronize() }
        offset += writer.bytes.count
        bytesWritten += writer.bytes.count
        nextNumber += 1
        if let last = entries.last { nextIndex = last.index + 1 }
        if writer.bytes.capacity > 1 << 20 { writer = ByteWriter() }
    }

    /// Removes the segments that a start from a snapshot at `index` does not read.
    mutating func removeSegments(upTo index: Index) throws(DiskError) {
        guard let first = Self.start(in: segments, after: index) else { return }
        try remove(first)
    }

    /// Removes what was before the log began anew.
    mutating func removeAllButLast() throws(DiskError) { try remove(segments.count - 1) }

    private mutating func remove(_ count: Int) throws(DiskError) {
        for _ in 0..<count {
            try disk.remove(segments[0].name)
            // One by one, so that no crash leaves a gap.
            try disk.synchronizeDirectory()
            segments.removeFirst()
        }
    }

    /// The segment from which the log is to be read for what follows `index`; nil if it is not there any more.
    ///
    /// A segment begins where the log ended then. Entries may be replaced later, so these beginnings do not always
    /// grow; but behind the last segment that begins at or below `index` stands everything of the log from there on,
    /// and so does the entry at `index` itself, which tells whether log and snapshot agree.
    static func start(in segments: [SegmentHeader], after index: Index) -> Int? {
        segments.lastIndex { $0.firstIndex <= index } ?? segments.lastIndex { $0.firstIndex <= index + 1 }
    }

    /// Room taken on the disk, roughly.
    var bytesReserved: Int { (segments.count - 1) * segmentBytes + capacity }

    func close() { file.close() }
}
