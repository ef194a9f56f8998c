import EtcdStore
import EtcdTestKit
import Foundation
import KeyValueCore
import Logging
import TestKit
import Testing

@testable import EtcdClient

/// Reads, writes and leases: Debian's etcd through the client answers what the embedded store answers.
@Suite(.serialized, .enabled(if: EtcdProcess.isInstalled)) struct ClientStoreTests {
    /// What one step answered, or its error.
    private static func outcome(_ step: () async throws -> String) async -> String {
        do { return try await step() } catch { return "\(error)" }
    }

    /// The same steps on any store; every answer in words.
    private static func steps(_ store: any RevisionedStore) async -> [String] {
        var told: [String] = []
        func tell(_ step: () async throws -> String) async { told.append(await outcome(step)) }
        func transact(_ transaction: Transaction) async {
            await tell { "\(try await store.transact(transaction))" }
        }
        func range(_ request: RangeRequest) async { await tell { "\(try await store.range(request))" } }
        for (key, value) in [("a/1", "one"), ("a/2", "two"), ("b", "three")] {
            await transact(Transaction(success: [.put(key: key.key, value: value.key)]))
        }
        await transact(
            Transaction(
                compare: [Compare("a/1".key, .modRevision(2)), Compare("c".key, .version(0))],
                success: [
                    .put(key: "a/1".key, value: "ONE".key, previous: true), .range(RangeRequest(.prefix("a/".key))),
                ], failure: [.range(RangeRequest(.key("b".key)))]))
        await transact(
            Transaction(
                compare: [Compare("a/1".key, .modRevision(2))], success: [.delete(.key("b".key))],
                failure: [.range(RangeRequest(.key("a/1".key)))]))
        await transact(
            Transaction(success: [
                .delete(.prefix("a/".key), previous: true),
                .transaction(
                    Transaction(
                        compare: [Compare("b".key, .value("three".key))],
                        success: [.put(key: "b".key, value: "four".key, previous: true)])),
            ]))
        await range(RangeRequest(.prefix("a/".key)))
        await range(RangeRequest(.prefix("a/".key), revision: 4))
        await range(RangeRequest(.prefix("a/".key), limit: 1, revision: 4, keysOnly: true))
        await range(RangeRequest(KeyRange(start: "a/2".key, end: [0]), revision: 4, countOnly: true))
        await range(RangeRequest(.key("b".key), serializable: true))
        await range(RangeRequest(.key("b".key), revision: 99))
        await transact(Transaction(success: [.put(key: "b".key, value: [], ignoreValue: true)]))
        await transact(Transaction(success: [.put(key: "none".key, value: [], ignoreValue: true)]))
        await transact(Transaction(success: [.put(key: "b".key, value: [], lease: 4_711)]))
        await transact(
            Transaction(success: [.put(key: "d".key, value: [1]), .put(key: "d".key, value: [2])]))
        await transact(Transaction(success: [.put(key: [], value: [1])]))
        await tell { "\(try await store.grantLease(77, timeToLiveSeconds: 600))" }
        await tell { "\(try await store.grantLease(77, timeToLiveSeconds: 600))" }
        await transact(Transaction(success: [.put(key: "leased".key, value: [5], lease: 77)]))
        await range(RangeRequest(.key("leased".key)))
        await tell { "\(try await store.keepLeaseAlive(77))" }
        await tell { "\(try await store.keepLeaseAlive(78))" }
        await tell { "\(try await store.revokeLease(77))" }
        await tell { "\(try await store.revokeLease(77))" }
        await range(RangeRequest(.key("leased".key)))
        await tell { "\(try await store.compact(6))" }
        await range(RangeRequest(.prefix("a/".key), revision: 5))
        await range(RangeRequest(.prefix("a/".key), revision: 6))
        await tell { "\(try await store.compact(6))" }
        await tell { "\(try await store.compact(99))" }
        await tell { "\(try await store.status().compactedRevision) \(try await store.status().revision)" }
        await transact(Transaction(success: [.put(key: "big".key, value: Array(repeating: 1, count: 1_600_000))]))
        return told
    }

    @Test(.timeLimit(.minutes(2))) func etcdAnswersWhatTheEmbeddedStoreAnswers() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "embedded-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let embedded = try await EmbeddedStore.open(directory: directory.path, logger: ClientSession.quiet)
        let expected = await Self.steps(embedded)
        await embedded.close()
        let found = try await ClientSession.run { client, _ in await Self.steps(client) }
        #expect(expected.count == found.count)
        for (expected, found) in zip(expected, found) { #expect(found == expected) }
    }

    @Test(.timeLimit(.minutes(1))) func compactionIsFoundWithoutHavingBeenThere() async throws {
        try await ClientSession.run { writer, etcd in
            #expect(try await writer.status().compactedRevision == 0)
            for number in 0..<300 { try await writer.put("k", "\(number)") }
            try await writer.compact(217)
            try await ClientSession.run([etcd.url]) { reader in
                #expect(try await reader.status().compactedRevision == 217)
                try await writer.compact(250)
                #expect(try await reader.status().compactedRevision == 250)
                #expect(try await reader.status().compactedRevision == 250)
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func clientsShowTheirCertificate() async throws {
        let authority = try EtcdAuthority()
        defer { authority.remove() }
        let etcd = try EtcdProcess(authority: authority)
        defer { etcd.remove() }
        try etcd.start()
        let tls = EtcdClientTLS(
            authorityFile: authority.certificate, certificateFile: authority.clientCertificate,
            keyFile: authority.clientKey)
        try await ClientSession.run([etcd.url], tls: tls) { client in
            try await client.put("k", "v")
            #expect(try await client.value("k") == "v")
        }
        var limits = EtcdClientLimits()
        limits.requestMilliseconds = 1_500
        let without = EtcdClientTLS(authorityFile: authority.certificate)
        try await ClientSession.run([etcd.url], tls: without, limits: limits) { client in
            await #expect(throws: StoreError.self) { try await client.put("k", "w") }
        }
        let stranger = try EtcdAuthority()
        defer { stranger.remove() }
        var wrong = tls
        wrong.authorityFile = stranger.certificate
        try await ClientSession.run([etcd.url], tls: wrong, limits: limits) { client in
            await #expect(throws: StoreError.self) { try await client.put("k", "w") }
        }
        let value = try await ClientSession.run([etcd.url], tls: tls) { client in try await client.value("k") }
        #expect(value == "v")
    }

    /// What the certificate's files hold is shown by new connections; calls and watches under way go on.
    @Test(.timeLimit(.minutes(1))) func aRenewedCertificateIsShownWithoutARestart() async throws {
        let authority = try EtcdAuthority()
        defer { authority.remove() }
        let stranger = try EtcdAuthority()
        defer { stranger.remove() }
        let etcd = try EtcdProcess(authority: authority)
        defer { etcd.remove() }
        try etcd.start()
        let directory = TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.path, withIntermediateDirectories: true)
        let (certificate, key) = ("\(directory.path)/client.crt", "\(directory.path)/client.key")
        func show(_ authority: EtcdAuthority) throws {
            try Data(contentsOf: URL(filePath: authority.clientCertificate)).write(to: URL(filePath: certificate))
            try Data(contentsOf: URL(filePath: authority.clientKey)).write(to: URL(filePath: key))
        }
        try show(authority)
        let tls = EtcdClientTLS(authorityFile: authority.certificate, certificateFile: certificate, keyFile: key)
        var limits = EtcdClientLimits()
        limits.requestMilliseconds = 3_000
        try await ClientSession.run([etcd.url], tls: tls, limits: limits) { client in
            try await client.put("k", "1")
            try show(stranger)
            client.connections.lookAtCertificates()
            await #expect(throws: StoreError.self) { try await client.put("k", "2") }
            // Half of a pair is not used.
            try Data("no certificate".utf8).write(to: URL(filePath: certificate))
            client.connections.lookAtCertificates()
            try show(authority)
            client.connections.lookAtCertificates()
            try await client.put("k", "3")
            #expect(try await client.value("k") == "3")
        }
    }

    @Test(.timeLimit(.minutes(1))) func writesOfAnOlderTermAreRefused() async throws {
        try await ClientSession.run { client, etcd in
            let first = LeaderElection(store: client, name: "first", seconds: 4, logger: ClientSession.quiet)
            let term = try await first.campaign()
            let write = Transaction(success: [.put(key: "k".key, value: "first".key)])
            #expect(try await client.transact(write, inTerm: term.number).succeeded)
            #expect(try await client.status().term == term.number)

            // Another waits; it leads once the first one's lease has run out, and not while it is renewed.
            try await ClientSession.run([etcd.url]) { other in
                let second = LeaderElection(store: other, name: "second", seconds: 4, logger: ClientSession.quiet)
                try await withThrowingTaskGroup(of: LeaderElection.Term?.self) { group in
                    group.addTask { try await second.campaign() }
                    group.addTask {
                        let holding = Task { await first.hold(term) }
                        try await Task.sleep(for: .seconds(6))
                        holding.cancel()
                        return nil
                    }
                    #expect(try await group.next() == .some(nil), "the second one leads while the first one holds")
                    let next = try #require(try await group.next() ?? nil)
                    #expect(next.number > term.number)
                    await #expect(throws: StoreError.termPassed(current: next.number)) {
                        try await client.transact(write, inTerm: term.number)
                    }
                    let newer = Transaction(
                        compare: [Compare("k".key, .value("x".key))], success: [],
                        failure: [.put(key: "k".key, value: "second".key)])
                    #expect(try await other.transact(newer, inTerm: next.number).succeeded == false)
                    await second.resign(next)
                    #expect(try await client.value("k") == "second")
                    await #expect(throws: StoreError.termPassed(current: 0)) {
                        try await client.transact(write, inTerm: next.number)
                    }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoComesAfterADeadProcessOfItsNameNeedNotWait() async throws {
        try await ClientSession.run { client, _ in
            func leadership(_ name: String, isUnique: Bool) -> LeaderElection {
                LeaderElection(
                    store: client, name: name, isNameUnique: isUnique, seconds: 600, logger: ClientSession.quiet)
            }
            let dead = try await leadership("host/one", isUnique: true).campaign()
            let next = try await leadership("host/one", isUnique: true).campaign()
            #expect(next.number > dead.number)
            await #expect(throws: StoreError.termPassed(current: next.number)) {
                try await client.transact(Transaction(success: [.put(key: [1], value: [1])]), inTerm: dead.number)
            }
            let stranger = Task { try await leadership("host/two", isUnique: true).campaign() }
            try await Task.sleep(for: .seconds(1))
            stranger.cancel()
            await #expect(throws: CancellationError.self) { try await stranger.value }
        }
    }
}
