import KeyValueCore
import RaftCore

/// Puts another member's snapshot on the disk, piece by piece, under a name that a start removes.
package struct SnapshotReceiver {
    private let disk: any Disk
    private let name: String
    private let file: any DiskFile
    private var offset = 0
    private var unsynchronized = 0

    /// `number` tells snapshots apart that arrive at once.
    package init(disk: any Disk, number: UInt64) throws(StoreError) {
        self.disk = disk
        name = FileName.make(number, "arriving") + "." + FileName.unfinished
        do throws(DiskError) { file = try disk.open(name, creating: true) } catch { throw error.storeError }
    }

    package mutating func add(_ bytes: [UInt8]) throws(StoreError) {
        do throws(DiskError) {
            try file.write(bytes, at: offset)
            offset += bytes.count
            unsynchronized += bytes.count
            guard unsynchronized >= SnapshotWriter.bytesPerSynchronize else { return }
            try file.synchronize()
            unsynchronized = 0
        } catch {
            throw error.storeError
        }
    }

    /// Everything has come: puts it on disk for good and reads it back. Throws for anything but a whole snapshot.
    package func finish() throws(StoreError) -> ReceivedSnapshot {
        do throws(DiskError) { try file.synchronize() } catch { throw error.storeError }
        file.close()
        let (header, state, bytes) = try SnapshotReader(disk: disk).restore(name)
        guard bytes == offset, !header.isBootstrap else {
            throw .corrupt(file: "\(disk.path)/\(name)", offset: bytes, reason: "it is no snapshot of a running member")
        }
        return ReceivedSnapshot(
            disk: disk, name: name, header: header, applied: AppliedState(header, state), bytes: bytes)
    }

    /// It will not be finished.
    package func cancel() {
        file.close()
        try? disk.remove(name)
    }
}

/// Another member's snapshot on this member's disk, which Raft has not been told of yet.
package struct ReceivedSnapshot: Sendable {
    let disk: any Disk
    let name: String
    let header: SnapshotHeader
    let applied: AppliedState
    let bytes: Int

    /// The last entry that it includes.
    package var position: LogPosition { header.position }

    /// Gives the file the name that a start looks for.
    func keep() throws(DiskError) -> SnapshotFile {
        let kept = SnapshotFile(position: header.position.index, bytes: bytes)
        try disk.rename(name, to: kept.name)
        try disk.synchronizeDirectory()
        return kept
    }

    /// Nobody wants it.
    func discard() { try? disk.remove(name) }
}
