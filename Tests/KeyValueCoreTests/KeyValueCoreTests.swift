import Basics
import KeyValueCore
import Testing

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// etcd's model in the plainest form: every version ever, searched from the start.
struct NaiveState {
    struct Version: Equatable {
        var keyValue: KeyValue
        var isDeletion: Bool
    }
    var versions: [Version] = []
    var revision: Revision = 1
    var compacted: Revision = 0

    func live(at revision: Revision) -> [KeyValue] {
        var newest: [[UInt8]: Version] = [:]
        for version in versions where version.keyValue.modRevision <= revision {
            newest[version.keyValue.key] = version
        }
        return newest.values.filter { !$0.isDeletion }.map(\.keyValue)
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    }

    /// Of each key the versions that readers after the compaction may want, and the one before for watchers.
    var bytesHeld: Int {
        Dictionary(grouping: versions, by: \.keyValue.key).reduce(0) { sum, versions in
            let (key, all) = versions
            let newer = all.drop { $0.keyValue.modRevision < compacted }
            let seen = all.last { $0.keyValue.modRevision < compacted }.flatMap { $0.isDeletion ? nil : $0 }
            let kept = (seen.map { [$0] } ?? []) + newer
            return kept.isEmpty ? sum : kept.reduce(sum + 96 + key.count) { $0 + 160 + $1.keyValue.value.count }
        }
    }

    mutating func put(_ key: [UInt8], _ value: [UInt8], at revision: Revision) {
        let old = live(at: revision).first { $0.key == key }
        let keyValue = KeyValue(
            key: key, value: value, createRevision: old?.createRevision ?? revision, modRevision: revision,
            version: (old?.version ?? 0) + 1)
        versions.append(Version(keyValue: keyValue, isDeletion: false))
    }

    mutating func delete(_ range: KeyRange, at revision: Revision) -> Int {
        let gone = live(at: revision).filter { range.contains($0.key) }
        for keyValue in gone {
            let deletion = KeyValue(key: keyValue.key, value: [], createRevision: 0, modRevision: revision, version: 0)
            versions.append(Version(keyValue: deletion, isDeletion: true))
        }
        return gone.count
    }
}

@Suite struct ModelTests {
    /// Random commands on few keys, with every answer compared with the naive state's: now, at each past revision,
    /// with limits; after compaction and restoring too.
    @Test(arguments: 0..<60) func answersAreTheNaiveState(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        var state = KeyValueState()
        var naive = NaiveState()
        let keys = Int.random(in: 3...120, using: &random)
        for step in 0..<400 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<10:
                try put(&state, &naive, keys, &random)
            case 10..<14:
                try delete(&state, &naive, keys, &random)
            case 14:
                let revision = Revision.random(in: 1...state.revision, using: &random)
                if revision > naive.compacted {
                    #expect(try state.apply(.compact(revision)) == .compacted(revision))
                    naive.compacted = revision
                } else {
                    #expect(throws: KeyValueError.compacted(naive.compacted)) { try state.apply(.compact(revision)) }
                }
            case 15:
                _ = state.freeCompacted(limit: Int.random(in: 0...50, using: &random))
            case 16 where step % 3 == 0:
                state = restored(state)
            default:
                try compareRange(state, naive, keys, &random)
            }
        }
        while state.freeCompacted(limit: 10) {}
        #expect(state.bytesHeld == naive.bytesHeld && restored(state).bytesHeld == state.bytesHeld)
        for _ in 0..<50 { try compareRange(state, naive, keys, &random) }
        try compareHistory(state, naive)
        try compareHistory(restored(state), naive)
    }

    private func key(_ keys: Int, _ random: inout SplitMix64) -> [UInt8] {
        bytes("/\(Int.random(in: 0..<keys, using: &random))")
    }

    private func range(_ keys: Int, _ random: inout SplitMix64) -> KeyRange {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .key(key(keys, &random))
        case 1: .prefix(bytes("/"))
        case 2: .prefix([])
        case 3: KeyRange(start: key(keys, &random), end: [0])
        default: KeyRange(start: key(keys, &random), end: key(keys, &random))
        }
    }

    private func put(_ state: inout KeyValueState, _ naive: inout NaiveState, _ keys: Int, _ random: inout SplitMix64)
        throws
    {
        let chosen = Set((0..<Int.random(in: 1...3, using: &random)).map { _ in key(keys, &random) })
        let operations = chosen.map { Operation.put(key: $0, value: bytes("\(naive.revision)")) }
        let result = try state.apply(.transact(Transaction(success: operations)))
        for case .put(let key, let value, _, _, _, _) in operations { naive.put(key, value, at: naive.revision + 1) }
        naive.revision += 1
        guard case .transaction(let response) = result else { throw KeyValueError.keyNotFound }
        #expect(response.revision == naive.revision)
    }

    private func delete(
        _ state: inout KeyValueState, _ naive: inout NaiveState, _ keys: Int, _ random: inout SplitMix64
    ) throws {
        let range = Int.random(in: 0..<12, using: &random) == 0 ? range(keys, &random) : .key(key(keys, &random))
        let result = try state.apply(.transact(Transaction(success: [.delete(range)])))
        let count = naive.delete(range, at: naive.revision + 1)
        if count > 0 { naive.revision += 1 }
        let expected = TransactionResponse(
            succeeded: true, responses: [.delete(deleted: count, previous: [])], revision: naive.revision)
        #expect(result == .transaction(expected))
    }

    private func compareRange(
        _ state: KeyValueState, _ naive: NaiveState, _ keys: Int, _ random: inout SplitMix64
    ) throws {
        let range = range(keys, &random)
        let limit = Bool.random(using: &random) ? 0 : Int.random(in: 1...5, using: &random)
        let revision = Revision.random(in: 0...naive.revision + 1, using: &random)
        let request = RangeRequest(
            range, limit: limit, revision: revision, keysOnly: Int.random(in: 0..<4, using: &random) == 0,
            countOnly: Int.random(in: 0..<4, using: &random) == 0)
        if revision > naive.revision {
            #expect(throws: KeyValueError.futureRevision(current: naive.revision)) { try state.range(request) }
        } else if revision > 0 && revision < naive.compacted {
            #expect(throws: KeyValueError.compacted(naive.compacted)) { try state.range(request) }
        } else {
            var found = naive.live(at: revision == 0 ? naive.revision : revision).filter { range.contains($0.key) }
            let count = found.count
            if limit > 0 { found = Array(found.prefix(limit)) }
            if request.keysOnly { for index in found.indices { found[index].value = [] } }
            if request.countOnly { found = [] }
            let expected = RangeResponse(
                keyValues: found, more: !request.countOnly && limit > 0 && count > limit, count: count,
                revision: naive.revision)
            #expect(try state.range(request) == expected)
        }
    }

    private func compareHistory(_ state: KeyValueState, _ naive: NaiveState) throws {
        var events: [KeyValueEvent] = []
        try state.visitHistory(from: naive.compacted) { event in
            events.append(event.event(previousValue: true))
            return true
        }
        var newest: [[UInt8]: KeyValue] = [:]
        var expected: [KeyValueEvent] = []
        for version in naive.versions {
            let key = version.keyValue.key
            if version.keyValue.modRevision >= naive.compacted {
                expected.append(
                    KeyValueEvent(
                        kind: version.isDeletion ? .delete : .put, current: version.keyValue, previous: newest[key]))
            }
            newest[key] = version.isDeletion ? nil : version.keyValue
        }
        #expect(events == expected)
    }

    private func restored(_ state: KeyValueState) -> KeyValueState {
        var slots: [KeySlot] = []
        state.table.visitRetained { slot in
            slots.append(slot)
            return true
        }
        let copy = KeyValueState(
            slots: slots, leases: state.leases.values, revision: state.revision,
            compactedRevision: state.compactedRevision)
        #expect(copy.hash == state.hash)
        #expect(copy.leases == state.leases)
        return copy
    }
}
