import Basics
import Testing

@testable import EtcdStore

/// A store in memory does what one on a disk does, and keeps little of its log.
@Suite struct MemoryDiskTests {
    @Test func filesAreThereByNameAndReserveWithoutRoom() throws {
        let disk = MemoryDisk()
        let file = try disk.open("a.new", creating: true)
        try file.allocate(1 << 40)
        try file.write([1, 2, 3], at: 5)
        try file.write([9], at: 6)
        #expect(try file.size() == 1 << 40)
        #expect(try file.read(at: 3, count: 6) == [0, 0, 1, 9, 3, 0])
        try file.write([7], at: 0)
        #expect(try file.read(at: 0, count: 2) == [7, 0])
        try disk.rename("a.new", to: "a")
        #expect(try disk.names() == ["a"])
        #expect(try disk.open("a", creating: false).read(at: 7, count: 1) == [3])
        // Whoever has a file open keeps it.
        try disk.remove("a")
        #expect(try file.read(at: 7, count: 1) == [3])
        #expect(throws: DiskError.failed(operation: "open", file: "a", code: 2)) {
            try disk.open("a", creating: false)
        }
        #expect(throws: DiskError.failed(operation: "rename", file: "a", code: 2)) { try disk.rename("a", to: "b") }
        #expect(throws: DiskError.failed(operation: "remove", file: "a", code: 2)) { try disk.remove("a") }
        let short = try disk.open("b", creating: true)
        try short.write([1, 2], at: 0)
        #expect(try short.read(at: 1, count: 10) == [2])
        #expect(try short.read(at: 2, count: 10).isEmpty)
    }

    @Test func oneStoreHasItAtATime() throws {
        let disk = MemoryDisk()
        #expect(try disk.lock())
        #expect(try !disk.lock())
        disk.unlock()
        #expect(try disk.lock())
    }

    /// Far more is written than the log may keep, and larger than one segment; another store finds all of it.
    @Test func theLogStaysShort() async throws {
        let disk = MemoryDisk()
        let open = { try await EmbeddedStore.open(disk: disk, clock: SystemClock(), limits: .inMemory, logger: silent) }
        let store = try await open()
        let value = String(repeating: "x", count: 1 << 20)
        for number in 0..<80 {
            _ = try await store.transact(put("k\(number % 2)", value + "\(number)"))
            try await store.compact(store.revision)
        }
        let hash = try store.hash().hash
        await store.close()
        let kept = try disk.names().reduce(0) { try $0 + disk.open($1, creating: false).size() }
        #expect(kept < 60 << 20, "\(kept)")
        let again = try await open()
        #expect(try again.hash().hash == hash)
        await again.close()
    }
}
