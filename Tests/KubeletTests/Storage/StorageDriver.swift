import CProcess
import ContainerRuntime
import Foundation
import GRPCServer
import Glibc
import Logging
import SwiftProtobuf
import Synchronization

@testable import Kubelet

/// A driver of volumes that keeps them as directories (and devices as loop devices' files): it registers with a kubelet at its
/// socket, and remembers what it was asked.
final class StorageDriver: Sendable {
    /// A call as it came: its name without the package, and its arguments.
    struct Call: Sendable, CustomStringConvertible {
        var name: String
        var fields: ProtobufFields
        /// The arguments that tell most, in the order of the message.
        var description: String {
            var words = [name]
            switch name {
            case "NodeStageVolume": words += [fields.text(1), StorageDriver.short(fields.text(3)), capability(4)]
            case "NodeUnstageVolume": words += [fields.text(1), StorageDriver.short(fields.text(2))]
            case "NodePublishVolume":
                words += [
                    fields.text(1), "from " + StorageDriver.short(fields.text(3)),
                    "at " + StorageDriver.short(fields.text(4)),
                    capability(5),
                ]
                if fields.flag(6) { words.append("ro") }
            case "NodeUnpublishVolume": words += [fields.text(1), StorageDriver.short(fields.text(2))]
            case "NodeExpandVolume":
                words += [
                    fields.text(1), StorageDriver.short(fields.text(2)), "\((try? fields.message(3))??.number(1) ?? 0)",
                ]
            default: break
            }
            return words.joined(separator: " ")
        }
        func capability(_ field: Int) -> String {
            guard let capability = try? fields.message(field) else { return "" }
            let mode = (try? capability.message(3))??.number(1) ?? 0
            guard let mount = try? capability.message(2) else { return "block mode=\(mode)" }
            return
                (["mount", mount.text(1)] + mount.texts(2) + [
                    mount.text(3).isEmpty ? "" : "group=\(mount.text(3))", "mode=\(mode)",
                ])
                .filter { !$0.isEmpty }.joined(separator: " ")
        }
        func map(_ field: Int) -> [String: String] { (try? fields.map(field)) ?? [:] }
    }

    /// Paths below the node's directory, without what is another in each run.
    private static func short(_ path: String) -> String {
        for part in ["/pods/", "/plugins/"] {
            guard let range = path.range(of: part) else { continue }
            return path[range.lowerBound...].split(separator: "/").map { name in
                name.count > 30 && name.allSatisfy { $0.isHexDigit || $0 == "-" } ? "*" : String(name)
            }.joined(separator: "/")
        }
        return path
    }

    let name: String
    let directory: String
    let capabilities: [Int]
    let topology: [String: String]
    private let heard = Mutex<[Call]>([])
    /// Errors to come, by the name of the call: each is for one call.
    private let refusals = Mutex<[String: [CallError]]>([:])

    /// `directory` is the node's.
    init(
        _ name: String, node directory: String,
        capabilities: [CSICalls.Capability] = [.stageUnstage, .expand, .volumeStats, .singleNodeMultiWriter],
        topology: [String: String] = [:]
    ) {
        self.name = name
        self.directory = directory
        self.capabilities = capabilities.map(\.rawValue)
        self.topology = topology
    }

    var calls: [Call] { heard.withLock { $0 } }
    /// What brought volumes here and took them away.
    var story: [String] {
        calls.filter {
            !["NodeGetInfo", "NodeGetCapabilities", "GetInfo", "NotifyRegistrationStatus", "NodeGetVolumeStats"]
                .contains($0.name)
        }
        .map(\.description)
    }
    func refuse(_ call: String, _ errors: CallError...) { refusals.withLock { $0[call, default: []] += errors } }

    /// Where what is written to a volume is.
    func files(_ handle: String) -> String { "\(directory)/driver-\(name)/\(handle)" }

    private var endpoint: String { "\(directory)/\(name).sock" }
    private var registration: String { "\(directory)/plugins_registry/\(name)-reg.sock" }

    /// Serves while the body runs; its sockets go with it.
    func serving<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/plugins_registry", withIntermediateDirectories: true)
        let listeners = try [endpoint, registration].map {
            try CallListener(routes, socket: $0, limits: CallLimits(), logger: Logger(label: "driver"))
        }
        let serving = Task {
            await withTaskGroup(of: Void.self) { group in
                for listener in listeners { group.addTask { try? await listener.run { _ in } } }
            }
        }
        for listener in listeners { _ = try await listener.port }
        let result: Result<T, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        serving.cancel()
        await serving.value
        for path in [endpoint, registration] { unlink(path) }
        return try result.get()
    }

    private var routes: CallRoutes {
        var routes = CallRoutes()
        func add(
            _ service: String, _ name: String, _ answer: @escaping @Sendable (ProtobufFields) throws -> ProtobufMessage
        ) {
            routes.unary(service, name) {
                [self] (request: Google_Protobuf_Empty, _) async throws -> Google_Protobuf_Empty in
                // What comes is known to nobody but us.
                let fields = try ProtobufFields(Array(request.unknownFields.data)[...])
                heard.withLock { $0.append(Call(name: name, fields: fields)) }
                let refusal = refusals.withLock { refusals -> CallError? in
                    guard refusals[name]?.isEmpty == false else { return nil }
                    return refusals[name]?.removeFirst()
                }
                if let refusal { throw refusal }
                return try Google_Protobuf_Empty(serializedBytes: Data(answer(fields).bytes))
            }
        }
        let (driver, endpoint, topology, capabilities) = (name, endpoint, topology, capabilities)
        add("pluginregistration.Registration", "GetInfo") { _ in
            ProtobufMessage {
                $0.text(1, "CSIPlugin")
                $0.text(2, driver)
                $0.text(3, endpoint)
                $0.texts(4, ["1.0.0"])
            }
        }
        add("pluginregistration.Registration", "NotifyRegistrationStatus") { _ in ProtobufMessage() }
        let node = "csi.v1.Node"
        add(node, "NodeGetInfo") { _ in
            ProtobufMessage {
                $0.text(1, "machine-1")
                $0.number(2, 7)
                $0.message(3) { $0.map(1, topology) }
            }
        }
        add(node, "NodeGetCapabilities") { _ in
            ProtobufMessage { message in
                for capability in capabilities { message.message(1) { $0.message(1) { $0.number(1, capability) } } }
            }
        }
        add(node, "NodeStageVolume") { [self] fields in
            try show(fields.text(1), at: fields.text(3))
            return ProtobufMessage()
        }
        add(node, "NodeUnstageVolume") { [self] fields in
            hide(fields.text(2))
            return ProtobufMessage()
        }
        add(node, "NodePublishVolume") { [self] fields in
            try show(fields.text(1), at: fields.text(4))
            return ProtobufMessage()
        }
        add(node, "NodeUnpublishVolume") { [self] fields in
            hide(fields.text(2))
            return ProtobufMessage()
        }
        add(node, "NodeExpandVolume") { _ in ProtobufMessage() }
        add(node, "NodeGetVolumeStats") { _ in
            ProtobufMessage { message in
                for unit in [1, 2] {
                    message.message(1) {
                        $0.number(1, 60 * unit)
                        $0.number(2, 100 * unit)
                        $0.number(3, 40 * unit)
                        $0.number(4, unit)
                    }
                }
            }
        }
        return routes
    }

    private func show(_ handle: String, at path: String) throws {
        try FileManager.default.createDirectory(atPath: files(handle), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard geteuid() == 0, !MountTable.read().isMounted(path) else { return }
        if CProcess.mount(files(handle), path, nil, UInt(MS_BIND), nil) != 0 {
            throw CallError(.internalError, "mount: \(String(cString: strerror(errno)))")
        }
    }
    private func hide(_ path: String) {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }
}
