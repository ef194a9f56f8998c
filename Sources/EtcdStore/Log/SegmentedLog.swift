import KeyValueCore
import RaftCore

/// The log on disk: segments of reserved room, each a header and records; only the last one is written to. One
/// record is written and synchronized at a time, so at most the last record can be torn.
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

    /// Begins a log in an empty directory.
    init(
        creatingOn disk: any Disk, segmentBytes: Int, random: @escaping @Sendable () -> UInt64,
        identity: StoreIdentity
    ) throws(DiskError) {
        let first = SegmentHeader(
            salt: random(), identity: identity, sequence: 1, firstNumber: 1, firstIndex: 1, capacity: segmentBytes)
        let file = try Self.create(first, on: disk)
        try self.init(
            disk: disk, segmentBytes: segmentBytes, random: random, segments: [first], file: file,
            offset: SegmentHeader.size, nextNumber: 1, nextIndex: 1, bytesRead: 0)
    }

    /// The file gets its name when its header and its room are on disk, so that a named segment is a whole one.
    private static func create(_ header: SegmentHeader, on disk: any Disk) throws(DiskError) -> any DiskFile {
        let unfinished = header.name + "." + FileName.unfinished
        let file = try disk.open(unfinished, creating: true)
        do throws(DiskError) {
            try file.allocate(header.capacity)
            try file.write(header.encoded, at: 0)
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

    /// Makes sure that a batch of this size can be written without asking the disk for room. If this throws
    /// `DiskError.noSpace`, nothing has changed.
    mutating func reserve(_ batchSize: Int) throws(DiskError) {
        let size = RecordFormat.size(payload: batchSize)
        if offset + size <= capacity { return }
        let header = SegmentHeader(
            salt: random(), identity: identity, sequence: segments[segments.count - 1].sequence + 1,
            firstNumber: nextNumber, firstIndex: nextIndex,
            capacity: max(segmentBytes, SegmentHeader.size + size))
        let next = try Self.create(header, on: disk)
        file.close()
        file = next
        segments.append(header)
        offset = SegmentHeader.size
        capacity = header.capacity
    }

    /// Writes a batch, for which room is reserved, and waits until it is on disk.
    mutating func append(_ hardState: HardState, _ entries: [Entry]) throws(DiskError) {
        let batch = LogBatch(number: nextNumber, hardState: hardState, entries: entries)
        try reserve(batch.size)
        let format = RecordFormat(salt: segments[segments.count - 1].salt)
        format.encode(.batch, at: offset, &writer) { batch.encode(into: &$0) }
        try file.write(writer.bytes, at: offset)
        try file.synchronize()
        offset += writer.bytes.count
        bytesWritten += writer.bytes.count
        nextNumber += 1
        if let last = entries.last { nextIndex = last.index + 1 }
        if writer.bytes.capacity > 1 << 20 { writer = ByteWriter() }
    }

    /// Removes segments of which every entry is at or below `index`; the last one stays.
    mutating func removeSegments(upTo index: Index) throws(DiskError) {
        while segments.count > 1, segments[1].firstIndex <= index + 1 {
            try disk.remove(segments[0].name)
            // One by one, so that no crash leaves a gap.
            try disk.synchronizeDirectory()
            segments.removeFirst()
        }
    }

    /// Room taken on the disk, roughly.
    var bytesReserved: Int { (segments.count - 1) * segmentBytes + capacity }

    func close() { file.close() }
}
