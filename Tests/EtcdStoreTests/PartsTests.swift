import Basics
import KeyValueCore
import RaftCore
import Testing

@testable import EtcdStore

@Suite struct PartsTests {
    @Test func batchesSurviveTheirBytes() throws {
        let entries = [
            Entry(index: 5, term: 2, kind: .command, command: [1, 2, 3]), Entry(index: 6, term: 3, kind: .empty),
        ]
        let batch = LogBatch(
            number: 9, hardState: HardState(term: 3, vote: Member(4), committed: 5), entries: entries)
        var writer = ByteWriter()
        batch.encode(into: &writer)
        #expect(writer.bytes.count == batch.size)
        let read = try writer.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try LogBatch(from: &reader)
        }
        #expect(read == batch)
        for length in 0..<writer.bytes.count {
            #expect(throws: ByteReaderError.self) {
                try writer.bytes[..<length].withUnsafeBytes { bytes in
                    var reader = ByteReader(bytes)
                    _ = try LogBatch(from: &reader)
                }
            }
        }
    }

    @Test func aValueThatLooksLikeARecordIsNone() {
        let format = RecordFormat(salt: 1)
        var inner = ByteWriter()
        RecordFormat(salt: 2).encode(.batch, at: 32, &inner) { $0.bytes += [1, 2, 3] }
        var outer = ByteWriter()
        format.encode(.batch, at: 0, &outer) { $0.bytes += [UInt8](repeating: 9, count: 16) + inner.bytes }
        outer.bytes.withUnsafeBytes { bytes in
            #expect(format.find(at: 0, in: bytes) == .record(.batch, payload: 16..<16 + 16 + 32, next: 80))
            #expect(format.find(at: 32, in: bytes) != .record(.batch, payload: 48..<51, next: 64))
            #expect(!format.hasRecord(from: 16, in: bytes))
        }
    }

    @Test func historyIsKeptForATimeAndForANumberOfRevisions() {
        var keeper = HistoryKeeper(seconds: 300, revisions: 100)
        var compacted: [Revision] = []
        for second in 0..<900 {
            let revision = Revision(second)
            if let next = keeper.next(now: Int64(second) * 1_000, revision: revision, compacted: compacted.last ?? 0) {
                #expect(revision - next >= 300 && revision - next <= 320)
                compacted.append(next)
            }
        }
        #expect(compacted.count > 40 && compacted == compacted.sorted())
        keeper = HistoryKeeper(seconds: 10, revisions: 1_000)
        for second in 0..<900 {
            #expect(keeper.next(now: Int64(second) * 1_000, revision: Revision(second), compacted: 0) == nil)
        }
    }
}
