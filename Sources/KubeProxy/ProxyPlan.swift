import APIMachinery
import ControlLoops
import Listening

/// Where the proxy takes traffic.
public typealias Listener = ListenPlace

/// Where traffic may be led to.
public struct Backend: Sendable, Hashable, CustomStringConvertible {
    public var address: String
    public var port: Int
    public init(_ address: String, _ port: Int) {
        self.address = address
        self.port = port
    }
    public var description: String { "\(address):\(port)" }
}

/// What is to be done with the traffic of one listener. Its backends are never empty: without endpoints there is no
/// listener, so that a client is refused at once, as kube-proxy's REJECT does.
public struct TrafficRule: Sendable, Equatable {
    public var service: ObjectKey
    public var portName: String
    public var backends: [Backend]
    /// How long one client stays with one backend; nil without session affinity.
    public var affinitySeconds: Int?
    /// Clients outside of these are refused; nil lets all in (spec.loadBalancerSourceRanges).
    public var sourceRanges: [CIDR]?

    public init(
        service: ObjectKey, portName: String, backends: [Backend], affinitySeconds: Int? = nil,
        sourceRanges: [CIDR]? = nil
    ) {
        self.service = service
        self.portName = portName
        self.backends = backends
        self.affinitySeconds = affinitySeconds
        self.sourceRanges = sourceRanges
    }
}

/// Which listeners there should be and where each leads: a value that turns changes of Services into steps.
public struct ProxyPlan: Sendable {
    /// What the shell does next.
    public enum Step: Sendable, Equatable {
        case open(Listener, TrafficRule)
        case change(Listener, TrafficRule)
        case close(Listener)
    }

    public private(set) var rules: [Listener: TrafficRule] = [:]
    /// Everyone who wants a listener; the first by key has it.
    private var claims: [Listener: [ObjectKey: TrafficRule]] = [:]
    private var listenersByService: [ObjectKey: Set<Listener>] = [:]

    public init() {}

    /// Takes in what one Service wants from now on (nothing, when it is gone) and says what that changes.
    public mutating func serviceChanged(_ key: ObjectKey, to wanted: [Listener: TrafficRule]) -> [Step] {
        let before = listenersByService[key] ?? []
        for listener in before.subtracting(wanted.keys) {
            claims[listener]?[key] = nil
            if claims[listener]?.isEmpty == true { claims[listener] = nil }
        }
        for (listener, rule) in wanted { claims[listener, default: [:]][key] = rule }
        listenersByService[key] = wanted.isEmpty ? nil : Set(wanted.keys)
        return before.union(wanted.keys)
            .sorted { ($0.address, $0.port, $0.transport.rawValue) < ($1.address, $1.port, $1.transport.rawValue) }
            .compactMap { settle($0) }
    }

    private mutating func settle(_ listener: Listener) -> Step? {
        let winner = claims[listener]?.min { $0.key < $1.key }?.value
        let present = rules[listener]
        guard winner != present else { return nil }
        rules[listener] = winner
        guard let winner else { return .close(listener) }
        return present == nil ? .open(listener, winner) : .change(listener, winner)
    }
}
