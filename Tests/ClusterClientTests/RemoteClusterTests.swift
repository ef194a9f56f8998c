import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import OutboundHTTP
import Synchronization
import TestKit
import Testing

@testable import ClusterClient

@Suite struct RemoteClusterTests {
    private static func configMap(_ name: String, _ text: String = "1") -> ConfigMap {
        ConfigMap { map in
            map.metadata.name = name
            map.metadata.namespace = "default"
            map.data = ["key": text]
        }
    }
    private static let key = ObjectKey(namespace: "default", name: "a")

    @Test func everyVerbDoesWhatItDoesInProcess() async throws {
        let served = try await ServedCluster()
        try await served.start()
        let client = served.client()
        let made = try await client.create(Self.configMap("a"))
        #expect(made.json["kind"]?.string == "ConfigMap")
        #expect(made.json["metadata", "managedFields"]?[0]["manager"]?.string == "tester")
        var changed = try await client.get(ConfigMap.self, Self.key)
        changed.data["key"] = "2"
        let written = try await client.update(changed)
        do {
            _ = try await client.update(changed)
            Issue.record("a write on an old revision")
        } catch let error as StatusError {
            #expect(error.code == 409 && error.reason == .conflict && error.name == "a")
        }
        let patched = try await client.patch(
            ConfigMap.resource, Self.key, .merge, ["data": ["more": "3"]], subresource: nil)
        #expect(patched["data", "more"]?.string == "3" && patched["data", "key"]?.string == "2")
        let list = try await client.list(
            ConfigMap.resource, namespace: "default", labelSelector: "", fieldSelector: "metadata.name=a")
        #expect(list.items.map(\.key.name) == ["a"] && list.items[0]["kind"]?.string == "ConfigMap")
        #expect(list.items[0]["apiVersion"]?.string == "v1" && list.revision >= written.json.revision)
        do {
            try await client.delete(ConfigMap.self, Self.key, DeletionOptions(uid: "another"))
            Issue.record("a deletion of another object")
        } catch let error as StatusError {
            #expect(error.code == 409)
        }
        try await client.delete(ConfigMap.self, Self.key)
        do {
            _ = try await client.get(ConfigMap.self, Self.key)
            Issue.record("it is still there")
        } catch let error as StatusError {
            #expect(error.message == "configmaps \"a\" not found" && error.reason == .notFound)
        }
        let stranger = served.client(token: "another's")
        do {
            _ = try await stranger.list(ConfigMap.resource)
            Issue.record("a stranger was let in")
        } catch let error as StatusError {
            #expect(error.code == 401)
        }
        for client in [client, stranger] { client.shutdown() }
        await served.stop()
    }

    @Test func listsComeInPages() async throws {
        let served = try await ServedCluster()
        try await served.start()
        var limits = ClientLimits()
        limits.pageItems = 3
        let client = served.client(limits)
        for number in 0..<8 { _ = try await client.create(Self.configMap("m\(number)")) }
        let list = try await client.list(ConfigMap.resource, namespace: "default", labelSelector: "", fieldSelector: "")
        #expect(list.items.map(\.key.name).filter { $0.hasPrefix("m") } == (0..<8).map { "m\($0)" })
        client.shutdown()
        await served.stop()
    }

    /// What loops do: a world follows the server over its death and return, and misses nothing.
    @Test func aWorldFollowsThroughRestarts() async throws {
        let served = try await ServedCluster()
        try await served.start()
        let client = served.client()
        let world = World(client)
        let cache = world.cache(ConfigMap.resource)
        let running = Task { await world.run() }
        try await cache.waitUntilSynced()
        _ = try await client.create(Self.configMap("a"))
        try await cache.wait(until: Self.key) { $0?["data", "key"]?.string == "1" }
        await served.stop()
        do {
            _ = try await client.get(ConfigMap.self, Self.key)
            Issue.record("nobody is there to answer")
        } catch let error as StatusError {
            #expect(error.code == 503)
        }
        #expect(cache.get(Self.key) != nil)
        try await served.start()
        // What happened in between comes, and what is gone goes.
        let other = served.client()
        _ = try await other.create(Self.configMap("b"))
        try await other.delete(ConfigMap.self, Self.key)
        try await cache.wait(until: ObjectKey(namespace: "default", name: "b")) { $0 != nil }
        try await cache.wait(until: Self.key) { $0 == nil }
        running.cancel()
        await running.value
        for client in [client, other] { client.shutdown() }
        await served.stop()
    }

    @Test func aWatchFromAForgottenRevisionSaysSo() async throws {
        let served = try await ServedCluster()
        try await served.start()
        let client = served.client()
        for number in 0..<3 { _ = try await client.create(Self.configMap("m\(number)")) }
        // A server that is started again has nothing of it in memory either.
        await served.stop()
        try await served.forget()
        try await served.start()
        let watch = try await client.watch(
            ConfigMap.resource, namespace: "", labelSelector: "", fieldSelector: "", from: 2)
        do {
            while let events = try await watch.next() { #expect(events.count >= 0) }
            Issue.record("a history that the server does not have")
        } catch let error as StatusError {
            #expect(error.code == 410)
        }
        client.shutdown()
        await served.stop()
    }

    /// A server that takes connections and says nothing.
    @Test func whatHangsIsGivenUp() async throws {
        let silent = try SilentServer()
        var limits = ClientLimits()
        limits.callTimeout = .milliseconds(300)
        limits.watchSilence = .milliseconds(300)
        let client = RemoteCluster(
            .init(server: "http://127.0.0.1:\(silent.port)", tls: .init(), userAgent: "tester"), limits: limits)
        do {
            _ = try await client.get(ConfigMap.self, Self.key)
            Issue.record("nobody has answered")
        } catch let error as StatusError {
            #expect(error.code == 504)
        }
        let watch = try await client.watch(
            ConfigMap.resource, namespace: "", labelSelector: "", fieldSelector: "", from: 7)
        do {
            _ = try await watch.next()
            Issue.record("nobody has answered")
        } catch let error as StatusError {
            #expect(error.code == 504 && error.message.contains("nothing was heard"))
        }
        // One that is cancelled ends at once, without an error.
        let other = try await client.watch(
            ConfigMap.resource, namespace: "", labelSelector: "", fieldSelector: "", from: 7)
        let ending = Task { try await other.next() }
        other.cancel()
        #expect(try await ending.value == nil)
        client.shutdown()
    }
}

/// Listens, and never takes what comes.
private final class SilentServer {
    let port: Int
    private let descriptor: Int32

    init() throws {
        let opened = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptor = opened
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(opened, pointer, length) == 0 && listen(opened, 16) == 0
                    && getsockname(opened, pointer, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound else { throw ProgramFailure(description: "there is no free port") }
    }
    deinit { close(descriptor) }
}
