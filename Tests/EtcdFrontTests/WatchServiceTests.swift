import EtcdClient
import EtcdMessages
import EtcdStore
import EtcdTestKit
import Foundation
import GRPCServer
import KeyValueCore
import Testing

@testable import EtcdFront

/// What `etcdctl` cannot ask of watches.
@Suite struct WatchServiceTests {
    private static func put(_ store: EmbeddedStore, _ key: String, _ value: String = "") async throws {
        _ = try await store.transact(
            Transaction(success: [.put(key: Array(key.utf8), value: Array(value.utf8))]))
    }

    @Test(.timeLimit(.minutes(1))) func manyWatchesShareAStream() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                try await WatchConversation.hold(client) { stream in
                    stream.create("a")
                    #expect(try await stream.next().watchID == 0)
                    stream.create("b") { $0.watchID = 1 }
                    let second = try await stream.next()
                    #expect(second.created && second.watchID == 1 && second.header.revision == 1)
                    stream.create("c") { $0.watchID = 1 }
                    let refused = try await stream.next()
                    #expect(refused.created && refused.canceled && refused.watchID == -1)
                    #expect(refused.cancelReason == "mvcc: duplicate watch ID provided on the WatchStream")
                    stream.create("c")
                    #expect(try await stream.next().watchID == 2)
                    try await Self.put(served.store, "b", "1")
                    let event = try await stream.next()
                    #expect(event.watchID == 1 && event.events.map(\.kv.modRevision) == [2])
                    stream.cancel(1)
                    let cancelled = try await stream.next()
                    #expect(cancelled.canceled && cancelled.watchID == 1 && !cancelled.created)
                    try await Self.put(served.store, "b", "2")
                    try await Self.put(served.store, "a", "2")
                    #expect(try await stream.next().watchID == 0)
                    stream.create("z") { $0.rangeEnd = Data("b".utf8) }
                    #expect(try await stream.next().cancelReason == "mvcc: watcher range is empty")
                    stream.create("z") { $0.startRevision = -1 }
                    #expect(try await stream.next().canceled)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func filtersLeaveEventsOut() async throws {
        try await ServedDirectory.run { served in
            try await Self.put(served.store, "a", "1")
            _ = try await served.store.transact(Transaction(success: [.delete(.key(Array("a".utf8)))]))
            try await Self.put(served.store, "a", "2")
            try await served.connected { client in
                try await WatchConversation.hold(client) { stream in
                    stream.create("a") {
                        $0.startRevision = 1
                        $0.filters = [.noput]
                        $0.prevKv = true
                    }
                    _ = try await stream.next()
                    let deletions = try await stream.next()
                    #expect(deletions.events.map(\.type) == [.delete])
                    #expect(deletions.events.first?.prevKv.value == Data("1".utf8))
                    stream.create("a") {
                        $0.startRevision = 1
                        $0.filters = [.nodelete]
                    }
                    _ = try await stream.next()
                    #expect(try await stream.next().events.map(\.kv.modRevision) == [2, 4])
                }
            }
        }
    }

    /// To a watch whose history is gone: no revision in the header, and a number that is taken until the client cancels it.
    @Test(.timeLimit(.minutes(1))) func compactionEndsAWatch() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { try await Self.watchCompacted($0, breakingOff: false) }
        }
    }

    @Test(.enabled(if: EtcdProcess.isInstalled), .timeLimit(.minutes(1)))
    func compactionEndsAnEtcdsWatchAlike() async throws {
        let etcd = try await EtcdProcess.started()
        try await withEtcdClient(etcd.endpoint) { try await Self.watchCompacted($0, breakingOff: true) }
    }

    private static func watchCompacted(_ client: TestClient, breakingOff: Bool) async throws {
        var put = Etcdserverpb_PutRequest()
        put.key = Data("a".utf8)
        for _ in 0..<9 { _ = try await client.call(EtcdMethods.put, put) }
        var compaction = Etcdserverpb_CompactionRequest()
        compaction.revision = 7
        _ = try await client.call(EtcdMethods.compact, compaction)
        try await WatchConversation.hold(client, breakingOff: breakingOff) { stream in
            stream.create("a") {
                $0.startRevision = 3
                $0.watchID = 5
            }
            let created = try await stream.next()
            #expect(created.created && !created.canceled && created.watchID == 5)
            #expect(created.header.revision == 10 && created.compactRevision == 0)
            let ended = try await stream.next()
            #expect(ended.canceled && !ended.created && ended.watchID == 5 && ended.cancelReason.isEmpty)
            #expect(ended.compactRevision == 7 && ended.header.revision == 0 && ended.header.raftTerm > 0)
            stream.create("a") { $0.watchID = 5 }
            #expect(try await stream.next().cancelReason == "mvcc: duplicate watch ID provided on the WatchStream")
            stream.cancel(5)
            let cancelled = try await stream.next()
            #expect(cancelled.canceled && cancelled.watchID == 5 && cancelled.compactRevision == 0)
            #expect(cancelled.header.revision == 10)
            stream.create("a") {
                $0.startRevision = 7
                $0.watchID = 5
            }
            #expect(try await stream.next().created)
            #expect(try await stream.next().events.map(\.kv.modRevision) == [7, 8, 9, 10])
        }
    }

    /// A progress of the stream has no watch's number, one of a watch its own, and neither comes before the watch
    /// begins.
    @Test(.timeLimit(.minutes(1))) func progressBelongsToAWatchOrToTheStream() async throws {
        try await ServedDirectory.run { served in
            try await served.connected { client in
                try await WatchConversation.hold(client) { stream in
                    stream.progress()  // Without watches nothing is answered.
                    stream.create("a") { $0.progressNotify = true }
                    #expect(try await stream.next().created)
                    stream.create("a") {
                        $0.progressNotify = true
                        $0.startRevision = 4
                    }
                    #expect(try await stream.next().created)
                    stream.progress()  // The second watch has not begun.
                    try await Self.put(served.store, "other")
                    let own = try await stream.next()
                    #expect(own.watchID == 0 && own.events.isEmpty && own.header.revision == 2 && !own.created)
                    for _ in 0..<2 { try await Self.put(served.store, "other") }
                    stream.progress()
                    let whole = try await stream.next()
                    #expect(whole.watchID == -1 && whole.events.isEmpty && whole.header.revision == 4)
                    let later = try await [stream.next(), stream.next()]
                    #expect(Set(later.map(\.watchID)) == [0, 1] && later.allSatisfy { $0.header.revision == 4 })
                }
            }
        }
    }

    /// Progress must not overtake events, of whichever watch.
    @Test(.timeLimit(.minutes(1))) func progressComesAfterEverythingUpToIt() async throws {
        try await ServedDirectory.run { served in
            for number in 0..<300 { try await Self.put(served.store, "a\(number % 3)", "\(number)") }
            try await served.connected { client in
                try await WatchConversation.hold(client) { stream in
                    for number in 0..<3 { stream.create("a\(number)") { $0.startRevision = 1 } }
                    stream.progress()
                    var created = 0
                    var seen: [Int64: Int] = [:]
                    while true {
                        let message = try await stream.next()
                        if message.created { created += 1 }
                        seen[message.watchID, default: 0] += message.events.count
                        if message.watchID == -1 {
                            #expect(message.header.revision == 301)
                            break
                        }
                    }
                    #expect(created == 3)
                    #expect(seen.filter { $0.key >= 0 } == [0: 100, 1: 100, 2: 100])
                    // Changes that nobody watches count too.
                    try await Self.put(served.store, "other")
                    stream.progress()
                    let idle = try await stream.next()
                    #expect(idle.watchID == -1 && idle.header.revision == 302)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aRevisionIsSentInFragmentsWhenAskedFor() async throws {
        var limits = EtcdLimits()
        limits.calls.messageBytes = 10_000
        try await ServedDirectory.run(limits: limits) { served in
            let value = [UInt8](repeating: 7, count: 3_000)
            _ = try await served.store.transact(
                Transaction(success: (0..<9).map { .put(key: Array("k\($0)".utf8), value: value) }))
            try await served.connected { client in
                try await WatchConversation.hold(client) { stream in
                    for fragment in [true, false] {
                        stream.create("k") {
                            $0.rangeEnd = Data("l".utf8)
                            $0.startRevision = 2
                            $0.fragment = fragment
                        }
                        _ = try await stream.next()
                        var counts: [Int] = []
                        while true {
                            let message = try await stream.next()
                            counts.append(message.events.count)
                            if !message.fragment { break }
                        }
                        #expect(counts == (fragment ? [3, 3, 3] : [9]))
                    }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoReadsTooSlowlyMissesNothing() async throws {
        var limits = StoreLimits()
        limits.watcherBacklogBytes = 100_000
        try await ServedDirectory.run(storeLimits: limits) { served in
            try await served.connected { client in
                try await WatchConversation.hold(client) { stream in
                    stream.create("k") { $0.progressNotify = true }
                    _ = try await stream.next()
                    let value = String(repeating: "x", count: 20_000)
                    // More than the store keeps for a reader, and more than fits on the way.
                    for _ in 0..<300 { try await Self.put(served.store, "k", value) }
                    var next: Int64 = 2
                    while next < 302 {
                        for event in try await stream.next().events {
                            #expect(event.kv.modRevision == next)
                            next += 1
                        }
                    }
                }
            }
        }
    }

    /// A client that takes nothing of its watch does not fill the server's memory, and others are served.
    @Test(.timeLimit(.minutes(1))) func whoReadsNothingIsNotWaitedFor() async throws {
        var limits = EtcdLimits()
        limits.calls.streamAnswerBytes = 100_000
        try await ServedDirectory.run(limits: limits) { served in
            let socket = try RawSocket(port: Int(served.endpoint.split(separator: ":").last ?? "") ?? 0)
            defer { socket.close() }
            var everything = Etcdserverpb_WatchRequest()
            everything.createRequest.key = Data([0])
            everything.createRequest.rangeEnd = Data([0])
            try socket.write(RawSocket.call("/etcdserverpb.Watch/Watch", try FramedMessage(everything)))
            try await served.connected { client in
                for number in 0..<200 {
                    var put = Etcdserverpb_PutRequest()
                    put.key = Data("k".utf8)
                    put.value = Data(repeating: UInt8(number), count: 100_000)
                    _ = try await client.call(EtcdMethods.put, put)
                }
            }
            #expect(try await served.store.status().revision == 201)
            #expect(await served.metricLines().contains("etcd_debugging_mvcc_watcher_total 1"))
        }
    }
}
