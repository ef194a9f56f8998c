import CoreMetrics
import EtcdClient
import EtcdStore
import Foundation
import Kubeadm
import Logging
import ServiceLifecycle

/// The store of one run: ours, in this process, or an external etcd.
enum ClusterStore {
    case embedded(EmbeddedStore)
    case external(EtcdClientStore)

    /// Opens ours, or makes ready to reach the etcd that the settings name.
    static func open(
        _ settings: UpSettings, directory: String, metrics: any MetricsFactory
    ) async throws -> ClusterStore {
        if settings.etcdServers.isEmpty {
            var limits = StoreLimits()
            if settings.isEphemeral { limits = .inMemory }
            limits.setQuota(settings.quotaBackendBytes)
            let logger = Logger(label: "store")
            if settings.isEphemeral {
                return .embedded(
                    try await EmbeddedStore.openInMemory(limits: limits, metrics: metrics, logger: logger))
            }
            return .embedded(
                try await EmbeddedStore.open(
                    directory: directory, limits: limits, metrics: metrics, logger: logger))
        }
        return .external(
            try EtcdClientStore(settings.etcdServers, tls: settings.etcdTLS, logger: Logger(label: "etcd-client")))
    }

    var revisioned: any RevisionedStore {
        switch self {
        case .embedded(let store): store
        case .external(let store): store
        }
    }

    /// Ours, which alone can be served as etcd's API.
    var embedded: EmbeddedStore? {
        if case .embedded(let store) = self { store } else { nil }
    }

    /// Others may write to an external etcd, too.
    var isShared: Bool { embedded == nil }

    /// The first service to start and the last to stop.
    var service: any Service {
        switch self {
        case .embedded(let store): LastService("store") { await store.close() }
        case .external(let store): ExternalStoreService(store: store)
        }
    }

    /// Who runs the loops, where several processes may share the store.
    func leadership(_ directory: DataDirectory) throws -> LeadershipService? {
        guard case .external(let store) = self else { return nil }
        // The data directory has one process at a time, so its number names whoever runs with it.
        let file = directory.file("process-id")
        let known = (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { UUID(uuidString: $0) }
        let number = known ?? UUID()
        if known == nil { try DataDirectory.write(number.uuidString, to: file) }
        let name = "\(ProcessInfo.processInfo.hostName)/\(number.uuidString)"
        return LeadershipService(LeaderElection(store: store, name: name, isNameUnique: true))
    }
}

/// Keeps the connections to an external etcd until everything that needs them has stopped.
struct ExternalStoreService: Service {
    let store: EtcdClientStore

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await store.run()
        } onGracefulShutdown: {
            store.close()
        }
    }
}
