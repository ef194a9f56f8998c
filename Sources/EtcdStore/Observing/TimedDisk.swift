import CoreMetrics
import Instruments

/// A disk that tells how long the log waits for it and how much is written there, under etcd's names.
final class TimedDisk: Disk {
    private let disk: any Disk
    private let synchronized: Timer
    private let written: Counter

    init(_ disk: any Disk, _ metrics: any MetricsFactory) {
        self.disk = disk
        synchronized = metrics.timer(
            .histogram(
                "etcd_disk_wal_fsync_duration_seconds", "The latency distributions of fsync called by WAL.",
                bounds: MetricFamily.bounds(from: 0.001, times: 2, count: 14)))
        written = metrics.counter(
            .counter("etcd_disk_wal_write_bytes_total", "Total number of bytes written in WAL."))
    }

    var path: String { disk.path }
    func names() throws(DiskError) -> [String] { try disk.names() }
    func open(_ name: String, creating: Bool) throws(DiskError) -> any DiskFile {
        let file = try disk.open(name, creating: creating)
        return SegmentHeader.isSegment(name) ? TimedFile(file, synchronized, written) : file
    }
    func rename(_ name: String, to newName: String) throws(DiskError) { try disk.rename(name, to: newName) }
    func remove(_ name: String) throws(DiskError) { try disk.remove(name) }
    func synchronizeDirectory() throws(DiskError) { try disk.synchronizeDirectory() }
    func lock() throws(DiskError) -> Bool { try disk.lock() }
    func unlock() { disk.unlock() }
}

private final class TimedFile: DiskFile {
    private let file: any DiskFile
    private let synchronized: Timer
    private let written: Counter

    init(_ file: any DiskFile, _ synchronized: Timer, _ written: Counter) {
        self.file = file
        self.synchronized = synchronized
        self.written = written
    }

    var name: String { file.name }
    func size() throws(DiskError) -> Int { try file.size() }
    func read(at offset: Int, count: Int) throws(DiskError) -> [UInt8] { try file.read(at: offset, count: count) }
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(DiskError) {
        try file.write(bytes, at: offset)
        written.increment(by: bytes.count)
    }
    func allocate(_ size: Int) throws(DiskError) { try file.allocate(size) }
    func synchronize() throws(DiskError) {
        let began = ContinuousClock.now
        try file.synchronize()
        synchronized.record(ContinuousClock.now - began)
    }
    func close() { file.close() }
}
