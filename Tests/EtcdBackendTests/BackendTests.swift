import EtcdStore
import Foundation
import KeyValueCore
import Testing

@testable import EtcdBackend

/// Snapshots in the format of etcd's backend: written, read back, damaged.
@Suite struct BackendTests {
    /// A state with enough of everything: history, deletions, leases, a compaction, values of more than a page.
    static func state(keys: Int) throws -> KeyValueState {
        var state = KeyValueState()
        _ = try state.apply(.grantLease(7, timeToLiveSeconds: 60))
        for number in 0..<keys {
            let key = Array("key\(number % (keys / 2 + 1))".utf8)
            let value = [UInt8](repeating: UInt8(number % 251), count: number % 7 == 0 ? 5_000 : number % 300)
            _ = try state.apply(
                .transact(Transaction(success: [.put(key: key, value: value, lease: number % 5 == 0 ? 7 : 0)])))
            if number % 11 == 3 { _ = try state.apply(.transact(Transaction(success: [.delete(.key(key))]))) }
        }
        _ = try state.apply(.compact(state.revision / 2))
        return state
    }

    static func file(_ state: KeyValueState) async throws -> [UInt8] {
        let snapshot = try BackendSnapshot(
            StoreCapture(table: state.table, leases: Array(state.leases.values), appliedIndex: 99, term: 3))
        var bytes: [UInt8] = []
        try await snapshot.write { bytes += $0 }
        #expect(bytes.count == snapshot.size)
        #expect(bytes.count % 512 == 0)
        return bytes
    }

    @Test(arguments: [0, 1, 20, 3_000]) func whatIsWrittenIsReadBack(_ keys: Int) async throws {
        let state = try Self.state(keys: max(keys, 4))
        let file = try BackendFile(Data(try await Self.file(state)), needsChecksum: false)
        #expect(file.state.revision == state.revision)
        #expect(file.state.compactedRevision == state.compactedRevision)
        #expect(file.state.leases == state.leases)
        #expect(file.state.hash == state.hash)
        let revisions = state.compactedRevision...state.revision
        for revision in Array(revisions.suffix(3))
            + stride(from: revisions.lowerBound, to: revisions.upperBound, by: 97)
        {
            let request = RangeRequest(.prefix([]), revision: revision)
            #expect(try file.state.range(request).keyValues == state.range(request).keyValues)
        }
    }

    @Test func aFileWithoutItsChecksumIsRefused() async throws {
        let bytes = try await Self.file(try Self.state(keys: 20))
        #expect(throws: BackendFileError.self) { try BackendFile(Data(bytes), needsChecksum: true) }
        #expect(throws: BackendFileError.self) {
            try BackendFile(Data(bytes + [UInt8](repeating: 1, count: 32)), needsChecksum: true)
        }
    }

    /// Any damage is an error or another state, never a crash.
    @Test func damagedFilesAreSurvived() async throws {
        let bytes = try await Self.file(try Self.state(keys: 60))
        var random = SystemRandomNumberGenerator()
        var refused = 0
        for _ in 0..<500 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                // Mostly where headers and elements are.
                let page = Int.random(in: 0..<bytes.count / 4096, using: &random) * 4096
                damaged[page + Int.random(in: 0..<400, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random() { damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random)) }
            do {
                _ = try BackendFile(Data(damaged), needsChecksum: false).state.hash
            } catch {
                refused += 1
            }
        }
        #expect(refused > 20)
    }
}
