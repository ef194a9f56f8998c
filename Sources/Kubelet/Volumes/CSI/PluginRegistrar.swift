import Basics
import ContainerRuntime
import FoundationEssentials
import Glibc
import Logging
import OutboundHTTP

/// Registers the plugins whose sockets are in a directory, and forgets them when these go (pkg/kubelet/pluginmanager).
/// Drivers of volumes are the only ones it knows.
actor PluginRegistrar {
    /// How often the directory is looked at.
    private static let period = Duration.seconds(1)
    /// Further sockets are left alone.
    static let maximumSockets = 100
    private static let retries = Backoff(base: .milliseconds(500), limit: .seconds(122), jitter: 0)

    /// A socket is another one when it was made anew.
    private struct Identity: Equatable {
        var inode: UInt64
        var changedSeconds: Int
        var changedNanoseconds: Int
    }
    private enum State {
        case failed(times: Int, retryAt: Instant)
        case registered(name: String, endpoint: String)
    }

    private let directory: String
    private let drivers: CSIDrivers
    private let node: CSINodeWriter
    private let http: OutboundClient
    private let clock: any TimeSource
    private let logger: Logger
    private var sockets: [String: (identity: Identity, state: State)] = [:]

    init(
        directory: String, drivers: CSIDrivers, node: CSINodeWriter, http: OutboundClient, clock: any TimeSource,
        logger: Logger
    ) {
        self.directory = directory
        self.drivers = drivers
        self.node = node
        self.http = http
        self.clock = clock
        self.logger = logger
    }

    /// Looks until the task is cancelled.
    func run() async {
        try? FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        await node.begin()
        while !Task.isCancelled {
            await look()
            try? await clock.sleep(for: Self.period)
        }
    }

    private func look() async {
        let present = find()
        for (path, known) in sockets where present[path] != known.identity {
            sockets[path] = nil
            if case .registered(let name, let endpoint) = known.state { await forget(name, endpoint) }
        }
        for (path, identity) in present.sorted(by: { $0.key < $1.key }) {
            var failures = 0
            if let known = sockets[path] {
                guard case .failed(let times, let retryAt) = known.state, clock.now >= retryAt else { continue }
                failures = times
            }
            do {
                let (name, endpoint) = try await register(path)
                sockets[path] = (identity, .registered(name: name, endpoint: endpoint))
                logger.info("A driver of volumes has registered", metadata: ["name": "\(name)"])
            } catch {
                logger.warning("A plugin cannot be registered", metadata: ["socket": "\(path)", "error": "\(error)"])
                let retryAt = clock.now + Self.retries.longestDelay(afterFailures: failures)
                sockets[path] = (identity, .failed(times: failures + 1, retryAt: retryAt))
            }
        }
    }

    /// The sockets below the directory; names that begin with a dot are left out.
    private func find() -> [String: Identity] {
        var found: [String: Identity] = [:]
        var folders = [directory]
        while let folder = folders.popLast() {
            for name in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            where !name.hasPrefix(".") {
                let path = "\(folder)/\(name)"
                var information = stat()
                guard lstat(path, &information) == 0, found.count < Self.maximumSockets else { continue }
                switch information.st_mode & S_IFMT {
                case S_IFSOCK:
                    found[path] = Identity(
                        inode: UInt64(information.st_ino), changedSeconds: information.st_ctim.tv_sec,
                        changedNanoseconds: information.st_ctim.tv_nsec)
                case S_IFDIR where folders.count < Self.maximumSockets: folders.append(path)
                default: break
                }
            }
        }
        return found
    }

    // MARK: One plugin

    private func register(_ path: String) async throws -> (name: String, endpoint: String) {
        let socket = PluginSocket(path: path, http: http)
        let information: PluginSocket.Information
        do { information = try await socket.information() } catch {
            throw MountFailure(
                description:
                    "RegisterPlugin error -- failed to get plugin info using RPC GetInfo at socket \(path), err: \(error)"
            )
        }
        let endpoint = information.endpoint.isEmpty ? path : information.endpoint
        do {
            guard information.type == "CSIPlugin" else {
                throw MountFailure(
                    description:
                        "RegisterPlugin error -- no handler registered for plugin type: \(information.type) at socket \(path)"
                )
            }
            if let why = Self.refusal(information, endpoint) {
                throw MountFailure(description: "RegisterPlugin error -- plugin validation failed with err: \(why)")
            }
            do { try await add(information.name, endpoint) } catch {
                throw MountFailure(description: "RegisterPlugin error -- plugin registration failed with err: \(error)")
            }
        } catch {
            try await socket.notify("\(error)")
            throw error
        }
        do { try await socket.notify(nil) } catch {
            await forget(information.name, endpoint)
            throw MountFailure(
                description:
                    "RegisterPlugin error -- failed to send registration status at socket \(path), err: \(error)")
        }
        return (information.name, endpoint)
    }

    /// Why a driver is not taken: version 1 of the interface is spoken.
    static func refusal(_ information: PluginSocket.Information, _ endpoint: String) -> String? {
        let begin =
            "validation failed for CSI Driver \(information.name) at endpoint \(endpoint): kubernetes.io/csi: "
            + "RegisterPlugin for CSI driver \"\(information.name)\" failed. "
        if information.versions.isEmpty { return begin + "Plugin returned an empty list for supported versions" }
        let majors = information.versions.map { $0.drop { $0 == "v" }.prefix { $0 != "." } }
        if majors.contains("1") { return nil }
        let list = information.versions.map { "\"\($0)\"" }.joined(separator: " ")
        return begin
            + "None of the versions specified [\(list)] are supported. err=could not find a version that is supported"
    }

    private func add(_ name: String, _ endpoint: String) async throws {
        let calls = drivers.calls(at: endpoint)
        let information: CSICalls.NodeInfo
        let capabilities: Set<CSICalls.Capability>
        do {
            information = try await calls.nodeInfo()
            capabilities = try await calls.capabilities()
        } catch {
            throw MountFailure(description: "failed to get NodeGetInfo from driver \"\(name)\": \(error)")
        }
        drivers.add(name, .init(calls: calls, endpoint: endpoint, capabilities: capabilities))
        do { try await node.install(name, information) } catch {
            await forget(name, endpoint)
            throw MountFailure(description: "failed to update driver \"\(name)\": \(error)")
        }
    }

    private func forget(_ name: String, _ endpoint: String) async {
        guard drivers.remove(name, endpoint: endpoint) else { return }
        logger.info("A driver of volumes has gone", metadata: ["name": "\(name)"])
        do { try await node.uninstall(name) } catch {
            logger.warning("Cannot tell that a driver has gone", metadata: ["name": "\(name)", "error": "\(error)"])
        }
    }
}
