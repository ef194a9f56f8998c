import APIMachinery
import Basics
import ContainerRuntime
import KubeAPI
import Synchronization

/// A provider in another process, by the autoscaler project's protocol `externalgrpc`
/// (cluster-autoscaler/cloudprovider/externalgrpc/protos/externalgrpc.proto).
///
/// What a group is, and its template once it is known, is asked once; sizes and instances are asked at every look. What a
/// provider does without (code 12) is left out: templates, prices, options.
public final class ExternalProvider: NodeProvider {
    private static let service = "clusterautoscaler.cloudprovider.v1.externalgrpc.CloudProvider"
    private static let unimplemented = 12
    /// Groups of one provider.
    static let groupLimit = 1_000

    private let channel: GRPCChannel
    private let timeout: Duration
    /// The node of a name, as the cluster knows it.
    private let node: @Sendable (String) -> Node?
    private let clock: any TimeSource
    private let defaults: AutoscalerOptions

    /// What was asked of a group and does not change.
    private struct Known: Sendable {
        var template: JSON?
        var price: Double?
        var options: NodeGroup.Options
    }
    private let known = Mutex<[String: Known]>([:])

    /// `node` is asked for what the provider is told of a node that it is to remove.
    public init(
        _ config: CloudConfig, _ defaults: AutoscalerOptions, clock: any TimeSource = SystemClock(),
        node: @escaping @Sendable (String) -> Node?
    ) {
        channel = GRPCChannel(address: config.address, tls: config.tls)
        timeout = config.timeout
        self.defaults = defaults
        self.clock = clock
        self.node = node
    }

    private func call(_ method: String, _ message: ProtobufMessage = ProtobufMessage()) async throws -> ProtobufFields {
        try await channel.call("\(Self.service)/\(method)", message, timeout: timeout)
    }
    /// nil for what the provider does without.
    private func tryToCall(_ method: String, _ message: ProtobufMessage) async throws -> ProtobufFields? {
        do { return try await call(method, message) } catch let error as GRPCStatus
            where error.code == Self.unimplemented
        {
            return nil
        }
    }
    private static func of(_ group: String, _ field: Int = 1) -> ProtobufMessage {
        ProtobufMessage { $0.text(field, group) }
    }

    /// Has the provider end what it holds for us.
    public func cleanUp() async {
        _ = try? await call("Cleanup")
        channel.shutdown()
    }

    public func refresh() async throws { _ = try await call("Refresh") }

    public func groups() async throws -> [NodeGroup] {
        var groups: [NodeGroup] = []
        for told in try await call("NodeGroups").messages(1).prefix(Self.groupLimit) {
            let id = told.text(1)
            if id.isEmpty || groups.contains(where: { $0.id == id }) { continue }
            let target = try await call("NodeGroupTargetSize", Self.of(id)).number(1)
            let known = try await known(id)
            var group = NodeGroup(
                id: id, minSize: max(0, told.number(2)), maxSize: max(0, told.number(3)), targetSize: max(0, target),
                template: known.template ?? .object, hourlyPrice: known.price)
            group.options = known.options
            groups.append(group)
        }
        let ids = Set(groups.map(\.id))
        known.withLock { $0 = $0.filter { ids.contains($0.key) } }
        return groups
    }

    private func known(_ id: String) async throws -> Known {
        if let known = known.withLock({ $0[id] }) { return known }
        let template = try await template(id)
        let found = Known(
            template: template, price: try await price(template, id), options: try await options(id))
        known.withLock { $0[id] = found }
        return found
    }

    private func template(_ id: String) async throws -> JSON? {
        guard let answer = try await tryToCall("NodeGroupTemplateNodeInfo", Self.of(id)) else { return nil }
        // Before v1.31 the field was 1, and is the same on the wire.
        let bytes = answer.bytes(2).isEmpty ? answer.bytes(1) : answer.bytes(2)
        if bytes.isEmpty { return nil }
        let whole = ProtobufMessage { message in
            message.message(1) {
                $0.text(1, "v1")
                $0.text(2, "Node")
            }
            message.bytes(2, Array(bytes))
        }
        return try Protobuf.decode(Array("k8s\0".utf8) + whole.bytes) { Schema.kubernetes($0) }
    }

    /// Of an hour.
    private func price(_ template: JSON?, _ id: String) async throws -> Double? {
        guard defaults.expanders.contains(.price), let template else { return nil }
        let now = clock.now.secondsSince1970
        let message = ProtobufMessage {
            $0.message(1, Self.node(named: id, Node(template)))
            $0.message(4) { $0.number(1, Int(now)) }
            $0.message(5) { $0.number(1, Int(now) + 3_600) }
        }
        return try await tryToCall("PricingNodePrice", message)?.decimal(1)
    }

    private func options(_ id: String) async throws -> NodeGroup.Options {
        func duration(_ field: Int, _ duration: Duration, _ message: inout ProtobufMessage) {
            message.message(field) { $0.number(1, Int(duration.components.seconds)) }
        }
        let message = ProtobufMessage { message in
            message.text(1, id)
            message.message(2) {
                $0.decimal(1, defaults.scaleDownUtilizationThreshold)
                $0.decimal(2, defaults.scaleDownUtilizationThreshold)
                $0.flag(7, defaults.ignoresDaemonSetsUtilization)
                duration(8, defaults.scaleDownUnneededTime, &$0)
                duration(9, defaults.scaleDownUnreadyTime, &$0)
                duration(10, defaults.maxNodeProvisionTime, &$0)
                duration(11, defaults.maxNodeStartupTime, &$0)
            }
        }
        var options = NodeGroup.Options()
        guard let told = try await tryToCall("NodeGroupGetOptions", message)?.message(1) else { return options }
        func duration(_ field: Int) throws -> Duration? {
            try told.message(field).map { .seconds($0.number(1)) + .nanoseconds($0.number(2)) }
        }
        options.scaleDownUtilizationThreshold = told.decimal(1)
        options.ignoresDaemonSetsUtilization = told.flag(7)
        options.scaleDownUnneededTime = try duration(8)
        options.scaleDownUnreadyTime = try duration(9)
        options.maxNodeProvisionTime = try duration(10)
        options.maxNodeStartupTime = try duration(11)
        return options
    }

    public func instances(of group: String) async throws -> [NodeInstance] {
        try await call("NodeGroupNodes", Self.of(group)).messages(1).map { told in
            let status = try told.message(2)
            let error = try status?.message(2)
            let state: NodeInstance.State
            if let error, !error.text(1).isEmpty {
                state = .failed(code: error.text(1), message: error.text(2))
            } else {
                state =
                    switch status?.number(1) {
                    case 2: .creating
                    case 3: .deleting
                    default: .running
                    }
            }
            return NodeInstance(name: told.text(1), state: state)
        }
    }

    public func increaseSize(of group: String, by count: Int) async throws {
        _ = try await call(
            "NodeGroupIncreaseSize",
            ProtobufMessage {
                $0.number(1, count)
                $0.text(2, group)
            })
    }

    public func decreaseTargetSize(of group: String, by count: Int) async throws {
        _ = try await call(
            "NodeGroupDecreaseTargetSize",
            ProtobufMessage {
                $0.number(1, -count)
                $0.text(2, group)
            })
    }

    public func delete(_ names: [String], in group: String) async throws {
        let nodes = names.map { Self.node(named: $0, node($0)) }
        _ = try await call(
            "NodeGroupDeleteNodes",
            ProtobufMessage { message in
                for node in nodes { message.message(1, node) }
                message.text(2, group)
            })
    }

    /// ExternalGrpcNode. An instance that is no node of the cluster is known by its id alone.
    private static func node(named name: String, _ node: Node?) -> ProtobufMessage {
        ProtobufMessage {
            $0.text(1, node?.json["spec", "providerID"]?.string ?? (node == nil ? name : ""))
            $0.text(2, name)
            $0.map(3, node?.metadata.labels ?? [:])
            $0.map(4, node?.metadata.annotations ?? [:])
        }
    }
}
