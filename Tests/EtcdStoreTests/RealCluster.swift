import Foundation
import KeyValueCore
import Logging
import RaftCore
import Synchronization
import TestKit
import Testing

@testable import EtcdStore

/// Real members in this process: threads, the disk of the machine, and TLS over loopback.
actor RealCluster {
    let certificates: PeerCertificates
    private let directory = TemporaryDirectory()
    let names: [String]
    let cluster: InitialCluster
    private let addresses: [String: PeerAddress]
    private(set) var stores: [String: EmbeddedStore] = [:]
    var limits = StoreLimits()

    init(_ names: [String], ports: Int, _ change: (inout StoreLimits) -> Void = { _ in }) throws {
        certificates = try PeerCertificates("peers")
        self.names = names
        addresses = Dictionary(
            uniqueKeysWithValues: names.enumerated().map { ($1, PeerAddress(host: "127.0.0.1", port: ports + $0)) })
        cluster = InitialCluster(addresses.mapValues { [$0.url] }, token: "real \(ports)")
        change(&limits)
    }

    func settings(_ name: String, _ founding: StoreFounding? = nil, listen: PeerAddress? = nil) throws
        -> ClusterSettings
    {
        ClusterSettings(
            name: name, founding: founding ?? .bootstrap(cluster, name: name),
            listen: listen ?? addresses[name] ?? PeerAddress(host: "127.0.0.1", port: 1),
            security: try certificates.member(name))
    }

    func path(_ name: String) -> String { "\(directory.path)/\(name)" }

    @discardableResult
    func start(_ name: String, _ founding: StoreFounding? = nil, listen: PeerAddress? = nil) async throws
        -> EmbeddedStore
    {
        let store = try await EmbeddedStore.open(
            directory: path(name), cluster: try settings(name, founding, listen: listen), limits: limits,
            logger: silent)
        stores[name] = store
        return store
    }

    func startAll() async throws {
        for name in names { try await start(name) }
    }

    func stop(_ name: String) async {
        await stores[name]?.close()
        stores[name] = nil
    }

    func stopAll() async {
        for name in stores.keys { await stop(name) }
    }

    /// Cuts a member off from all others, in both directions; none: everybody hears everybody.
    func isolate(_ lost: String?) {
        let id = lost.flatMap { stores[$0]?.identity.member }
        for (name, store) in stores {
            let others = Set(stores.values.map { Member($0.identity.member) })
            let cut: Set<Member> = name == lost ? others : id.map { [Member($0)] } ?? []
            (store.carrier as? PeerTransport)?.isolate(cut)
        }
    }

    /// Waits for a member that leads, other than some; fails after a minute, which is for machines that do much else.
    func leader(not excluded: Set<String> = []) async throws -> (name: String, store: EmbeddedStore) {
        for _ in 0..<3_000 {
            for (name, store) in stores.sorted(by: { $0.key < $1.key }) where !excluded.contains(name) {
                if let status = try? await store.status(), status.isLeader { return (name, store) }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw StoreError.noLeader
    }

    func followers() async throws -> [(name: String, store: EmbeddedStore)] {
        let leader = try await leader()
        return stores.filter { $0.key != leader.name }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Waits until all members that run have the same state.
    func agreement() async throws -> Bool {
        for _ in 0..<3_000 {
            let hashes = try stores.values.map { try $0.hash() }
            if Set(hashes.map(\.hash)).count == 1 { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }
}

/// Tries until it works, as clients do; for writes that may be done twice without harm.
func persistently<T: Sendable>(_ work: @Sendable () async throws -> T) async throws -> T {
    var last: any Error = StoreError.noLeader
    for _ in 0..<60 {
        do { return try await work() } catch let error as StoreError { last = error }
        try await Task.sleep(for: .milliseconds(50))
    }
    throw last
}
