import APIMachinery
import ContainerRuntime
import KubeAPI
import Logging
import Synchronization

@testable import GRPCServer

/// A provider of the protocol `externalgrpc`, as a cloud's would be, with one group of nodes.
final class ProviderServer: Sendable {
    static let service = "clusterautoscaler.cloudprovider.v1.externalgrpc.CloudProvider"
    struct State: Sendable {
        var target = 0
        var instances: [(id: String, state: Int, error: (code: String, message: String)?)] = []
        var deleted: [String] = []
        /// Sentences by the names of methods that fail.
        var failures: [String: String] = [:]
        /// Methods that never answer.
        var hangs: Set<String> = []
        /// Methods that this provider has not.
        var missing: Set<String> = []
        var calls: [String] = []
        var template: JSON = .object
    }
    let state = Mutex(State())

    /// Serves while `body` runs, which is told the port.
    func run(_ body: (Int) async throws -> Void) async throws {
        let methods = [
            "NodeGroups", "Refresh", "Cleanup", "NodeGroupTargetSize", "NodeGroupIncreaseSize", "NodeGroupDeleteNodes",
            "NodeGroupDecreaseTargetSize", "NodeGroupNodes", "NodeGroupTemplateNodeInfo", "NodeGroupGetOptions",
            "PricingNodePrice",
        ]
        var routes = CallRoutes()
        for method in methods {
            routes.add(
                Self.service, method,
                .task { [self] call in
                    let bytes = try call.requests.only.withUnsafeBytes { Array($0) }
                    if state.withLock({ $0.hangs.contains(method) }) { try await call.context.cancellation.wait() }
                    let answer = try answer(method, ProtobufFields(bytes[...]))
                    try await call.responses.write(FramedMessage(answer.bytes))
                })
        }
        let listener = try CallListener(
            routes, address: "127.0.0.1", port: 0, security: .insecure, limits: CallLimits(),
            logger: Logger(label: "test"))
        let serving = Task { try await listener.run { _ in } }
        defer { serving.cancel() }
        try await body(try await listener.port)
    }

    private func answer(_ method: String, _ request: ProtobufFields) throws -> ProtobufMessage {
        try state.withLock { state in
            state.calls.append(method)
            if state.missing.contains(method) { throw CallError(.unimplemented, "not implemented") }
            if let failure = state.failures[method] { throw CallError(.unavailable, failure) }
            switch method {
            case "NodeGroups":
                return ProtobufMessage {
                    $0.message(1) {
                        $0.text(1, "cloud")
                        $0.number(2, 0)
                        $0.number(3, 5)
                    }
                }
            case "NodeGroupTargetSize": return ProtobufMessage { $0.number(1, state.target) }
            case "NodeGroupIncreaseSize":
                state.target += request.number(1)
                for _ in 0..<request.number(1) { state.instances.append(("cloud://\(state.instances.count)", 2, nil)) }
            case "NodeGroupDecreaseTargetSize": state.target += request.number(1)
            case "NodeGroupDeleteNodes":
                for node in try request.messages(1) {
                    state.deleted.append("\(node.text(1)) \(node.text(2)) \(try node.map(3)["pool"] ?? "")")
                    state.instances.removeAll { $0.id == node.text(1) }
                    state.target -= 1
                }
            case "NodeGroupNodes":
                return ProtobufMessage { message in
                    for instance in state.instances {
                        message.message(1) {
                            $0.text(1, instance.id)
                            $0.message(2) {
                                $0.number(1, instance.state)
                                if let error = instance.error {
                                    $0.message(2) {
                                        $0.text(1, error.code)
                                        $0.text(2, error.message)
                                    }
                                }
                            }
                        }
                    }
                }
            case "NodeGroupTemplateNodeInfo":
                guard let type = Schema.kubernetes(GroupVersionKind(apiVersion: "v1", kind: "Node")) else { break }
                let whole = try Protobuf.encode(state.template, type: type)
                let node = try ProtobufFields(whole[4...]).bytes(2)
                return ProtobufMessage { $0.bytes(2, Array(node)) }
            case "NodeGroupGetOptions":
                let defaults = try request.message(2)
                return ProtobufMessage {
                    $0.message(1) {
                        $0.decimal(1, 0.25)
                        $0.flag(7, true)
                        $0.message(8) { $0.number(1, 90) }
                        $0.message(9) { $0.number(1, (try? defaults?.message(9))??.number(1) ?? 0) }
                        $0.message(10) { $0.number(1, 300) }
                    }
                }
            case "PricingNodePrice": return ProtobufMessage { $0.decimal(1, 0.75) }
            default: break
            }
            return ProtobufMessage()
        }
    }
}
