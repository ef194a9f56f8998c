import EtcdMessages
import EtcdStore
import EtcdTestKit
import Foundation
import KeyValueCore
import Testing

@testable import EtcdFront

/// Many watches of one stream that want different things of the same changes: what is encoded once for several of them
/// must be what each of them wants.
@Suite struct WatchMixTests {
    /// What a watch asks for.
    private struct Wish: Sendable {
        var key: String
        var end = ""
        var previous = false
        var filters: [Etcdserverpb_WatchCreateRequest.FilterType] = []
        var start: Revision = 0

        static let all: [Wish] = ["a", "b"].flatMap { key in
            [0, 1].flatMap { start in
                [false, true].flatMap { previous in
                    [[], [.noput], [.nodelete]].flatMap { filters in
                        ["", "c"].map {
                            Wish(key: key, end: $0, previous: previous, filters: filters, start: start)
                        }
                    }
                }
            }
        }

        /// What it must be told: the key, revision, kind and value before of each change.
        func expected(of changes: [Change]) -> [Change] {
            changes.filter { change in
                (end.isEmpty ? change.key == key : change.key >= key && change.key < end)
                    && !filters.contains(change.isPut ? .noput : .nodelete)
            }
            .map { change in
                var change = change
                if !previous { change.before = nil }
                return change
            }
        }
    }
    private struct Change: Equatable, Sendable {
        var key: String
        var revision: Revision
        var isPut: Bool
        var value: String
        var before: String?
    }

    @Test(.timeLimit(.minutes(2))) func everyWatchIsToldWhatItWants() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                try await WatchConversation.hold(client) { stream in
                    var wishes: [Int64: Wish] = [:]
                    for wish in Wish.all {
                        stream.create(wish.key) {
                            $0.rangeEnd = Data(wish.end.utf8)
                            $0.prevKv = wish.previous
                            $0.filters = wish.filters
                            $0.startRevision = wish.start
                        }
                        wishes[try await stream.next().watchID] = wish
                    }
                    #expect(wishes.count == 48)
                    let changes = try await Self.change(served.store)
                    let wanted = wishes.mapValues { $0.expected(of: changes) }
                    var left = wanted.values.reduce(0) { $0 + $1.count }
                    var told: [Int64: [Change]] = [:]
                    while left > 0 {
                        let message = try await stream.next()
                        if message.events.isEmpty { break }
                        told[message.watchID, default: []] += message.events.map(Self.change)
                        left -= message.events.count
                        #expect(message.header.revision >= message.events.last?.kv.modRevision ?? .max)
                    }
                    for (id, wish) in wishes { #expect(told[id] ?? [] == wanted[id], "\(wish)") }
                }
            }
        }
    }

    /// Many changes, some of several keys at one revision, as fast as the store takes them.
    private static func change(_ store: EmbeddedStore) async throws -> [Change] {
        var values: [String: String] = [:]
        var changes: [Change] = []
        for round in 0..<120 {
            var operations: [KeyValueCore.Operation] = []
            let revision = Revision(round + 2)
            for key in ["a", "b"] where (round + (key == "a" ? 0 : 1)) % 3 != 0 || round % 5 == 0 {
                if round % 7 == 6, values[key] != nil {
                    operations.append(.delete(.key(Array(key.utf8))))
                    changes.append(
                        Change(key: key, revision: revision, isPut: false, value: "", before: values[key]))
                    values[key] = nil
                } else {
                    operations.append(.put(key: Array(key.utf8), value: Array("\(round)".utf8)))
                    changes.append(
                        Change(key: key, revision: revision, isPut: true, value: "\(round)", before: values[key]))
                    values[key] = "\(round)"
                }
            }
            let response = try await store.transact(Transaction(success: operations))
            #expect(response.revision == revision)
        }
        return changes
    }

    private static func change(_ event: Mvccpb_Event) -> Change {
        func text(_ data: Data) -> String { String(decoding: data, as: UTF8.self) }
        return Change(
            key: text(event.kv.key), revision: event.kv.modRevision, isPut: event.type == .put,
            value: text(event.kv.value), before: event.hasPrevKv ? text(event.prevKv.value) : nil)
    }
}
