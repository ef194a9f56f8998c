import DatabaseTestKit
import Foundation
import Testing

@testable import Records

@Suite struct SpoolTests {
    /// A spool's directory that goes away with the test.
    final class Directory: Sendable {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("spool-\(UUID().uuidString)").path
        deinit { try? FileManager.default.removeItem(atPath: path) }
        func open(segmentBytes: Int = 1 << 20, totalBytes: Int64 = 1 << 24) throws -> Spool {
            var limits = SpoolLedger.Limits()
            limits.segmentBytes = segmentBytes
            limits.totalBytes = totalBytes
            return try Spool(directory: path, limits: limits, logger: quiet)
        }
        var files: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        }
        func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(path)/\(name)")) }
        func write(_ name: String, _ data: Data) throws { try data.write(to: URL(filePath: "\(path)/\(name)")) }
    }

    static func drain(_ spool: Spool, count: Int = 3) throws -> [String] {
        var texts: [String] = []
        while let (payloads, end) = try spool.read(maximumCount: count, maximumBytes: 1 << 20) {
            texts += payloads.map { String(decoding: $0, as: UTF8.self) }
            spool.delivered(upTo: end)
        }
        return texts
    }

    @Test func aRecordLargerThanOneReadComesBackWhole() throws {
        let directory = Directory()
        let spool = try directory.open(segmentBytes: 1 << 23)
        let texts = ["before", String(repeating: "z", count: Spool.readBytes * 2), "after"]
        for text in texts { try spool.append(Array(text.utf8)) }
        #expect(try Self.drain(spool) == texts)
    }

    @Test func recordsComeBackInOrderAcrossSegmentsAndAreDeletedOnce() throws {
        let directory = Directory()
        let spool = try directory.open(segmentBytes: 64)
        let texts = (0..<40).map { "event number \($0)" }
        for text in texts { try spool.append(Array(text.utf8)) }
        #expect(directory.files.count > 10)
        #expect(try Self.drain(spool) == texts)
        #expect(!spool.hasUndelivered)
        #expect(directory.files.count == 1)
    }

    @Test func whatWasNotDeliveredIsThereAgainAfterARestart() throws {
        let directory = Directory()
        var spool: Spool? = try directory.open(segmentBytes: 64)
        let texts = (0..<10).map { "event \($0)" }
        for text in texts { try spool?.append(Array(text.utf8)) }
        let batch = try #require(try spool?.read(maximumCount: 4, maximumBytes: 1 << 20))
        spool?.delivered(upTo: batch.end)
        spool = nil
        let left = try Self.drain(try directory.open())
        // Whole segments that were delivered are gone; a part of one comes again, in order and without a gap.
        #expect(left.count < 10)
        #expect(left == Array(texts.suffix(left.count)))
        #expect(left.count >= 10 - batch.payloads.count)
    }

    /// Whatever the byte at which a crash cuts the file: all whole records before it, nothing else, and no complaint.
    @Test func aTailCutAtAnyByteCostsOnlyTheRecordThatWasCut() throws {
        let whole = Directory()
        let texts = ["a", "some longer event", "ü", String(repeating: "z", count: 50)]
        var ends: [Int] = [0]
        do {
            let spool = try whole.open()
            for text in texts {
                try spool.append(Array(text.utf8))
                ends.append(Int(spool.byteCount))
            }
        }
        let name = try #require(whole.files.first)
        let data = try whole.bytes(name)
        #expect(data.count == ends.last)
        for cut in 0...data.count {
            let directory = Directory()
            try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
            try directory.write(name, data.prefix(cut))
            let spool = try directory.open()
            try spool.append(Array("new".utf8))
            let kept = ends.filter { $0 <= cut }.count - 1
            #expect(try Self.drain(spool) == Array(texts.prefix(kept)) + ["new"])
            #expect(directory.files.count == 1)
        }
    }

    /// A flipped bit anywhere: nothing wrong is delivered, what is before it and in other segments is, and the rest is
    /// set aside rather than thrown away.
    @Test func damageIsSetAsideAndNeverDelivered() throws {
        let whole = Directory()
        let texts = ["event no. 1", "event no. 2", "event no. 3"]
        do {
            let spool = try whole.open()
            for text in texts { try spool.append(Array(text.utf8)) }
        }
        let name = try #require(whole.files.first)
        let data = try whole.bytes(name)
        for index in data.indices {
            let directory = Directory()
            try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
            var damaged = data
            damaged[index] ^= 0x10
            try directory.write(name, damaged)
            let spool = try directory.open()
            try spool.append(Array("new".utf8))
            let delivered = try Self.drain(spool)
            #expect(delivered.last == "new")
            #expect(delivered.dropLast().elementsEqual(texts.prefix(delivered.count - 1)))
            #expect(delivered.count - 1 == index / (8 + 11))
        }
    }

    @Test func zerosAfterAPowerFailureAreNoRecords() throws {
        let directory = Directory()
        do { try directory.open().append(Array("event".utf8)) }
        let name = try #require(directory.files.first)
        try directory.write(name, try directory.bytes(name) + Data(count: 4096))
        #expect(try Self.drain(try directory.open()) == ["event"])
    }

    @Test func aFullSpoolRefusesAndTakesAgainOnceThereIsRoom() throws {
        let directory = Directory()
        let spool = try directory.open(segmentBytes: 50, totalBytes: 100)
        let event = [UInt8](repeating: 120, count: 32)
        try spool.append(event)
        try spool.append(event)
        #expect(throws: Spool.Failure.full) { try spool.append(event) }
        #expect(try Self.drain(spool).count == 2)
        try spool.append(event)
        #expect(throws: Spool.Failure.tooLarge) { try spool.append([UInt8](repeating: 0, count: (8 << 20) + 1)) }
    }
}
