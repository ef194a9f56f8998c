import EtcdStore
import EtcdTestKit
import Foundation
import KeyValueCore
import Logging

@testable import EtcdClient

/// A client of some servers, as long as a test's body runs.
enum ClientSession {
    static let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }

    @discardableResult
    static func run<Result: Sendable>(
        _ urls: [String], tls: EtcdClientTLS = EtcdClientTLS(), limits: EtcdClientLimits = EtcdClientLimits(),
        _ body: (EtcdClientStore) async throws -> Result
    ) async throws -> Result {
        let store = try EtcdClientStore(
            try urls.map { try EtcdEndpoint($0) }, tls: tls, limits: limits, logger: quiet)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.run() }
            defer { group.cancelAll() }
            return try await body(store)
        }
    }

    /// A client of one real etcd, which goes with the test.
    @discardableResult
    static func run<Result: Sendable>(
        limits: EtcdClientLimits = EtcdClientLimits(),
        _ body: (EtcdClientStore, EtcdProcess) async throws -> Result
    ) async throws -> Result {
        let etcd = try EtcdProcess()
        defer { etcd.remove() }
        try etcd.start()
        return try await run([etcd.url], limits: limits) { try await body($0, etcd) }
    }
}

extension String {
    var key: [UInt8] { Array(utf8) }
}

extension RevisionedStore {
    @discardableResult
    func put(_ key: String, _ value: String, lease: LeaseID = 0) async throws -> Revision {
        try await transact(
            Transaction(success: [.put(key: key.key, value: value.key, lease: lease)])
        ).revision
    }

    @discardableResult
    func delete(_ key: String) async throws -> Revision {
        try await transact(Transaction(success: [.delete(.key(key.key))])).revision
    }

    func value(_ key: String) async throws -> String? {
        try await range(RangeRequest(.key(key.key))).keyValues.first.map { String(decoding: $0.value, as: UTF8.self) }
    }
}

extension KeyValueEvent {
    /// `key=value@revision`, or `-key@revision` for a deletion.
    var text: String {
        let key = String(decoding: current.key, as: UTF8.self)
        return kind == .delete
            ? "-\(key)@\(current.modRevision)"
            : "\(key)=\(String(decoding: current.value, as: UTF8.self))@\(current.modRevision)"
    }
}

extension StoreWatch {
    /// The changes up to and including a revision.
    func events(upTo revision: Revision) async throws -> [KeyValueEvent] {
        var events: [KeyValueEvent] = []
        while let batch = try await next() {
            events += batch.events
            if batch.revision >= revision { break }
        }
        return events
    }
}
