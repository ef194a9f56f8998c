import APIMachinery
import KubeAPI

/// One address behind a Service, as its EndpointSlice says.
public struct ServiceEndpoint: Sendable, Hashable {
    public var address: String
    public var hostname: String?
    public var nodeName: String?
    /// The pod's name when the endpoint is a pod.
    public var podName: String?
    /// Absent conditions count as Kubernetes says: ready and serving unless told otherwise, not terminating.
    public var isReady: Bool
    public var isServing: Bool
    public var isTerminating: Bool

    public init(
        address: String, hostname: String? = nil, nodeName: String? = nil, podName: String? = nil,
        isReady: Bool = true, isServing: Bool = true, isTerminating: Bool = false
    ) {
        self.address = address
        self.hostname = hostname
        self.nodeName = nodeName
        self.podName = podName
        self.isReady = isReady
        self.isServing = isServing
        self.isTerminating = isTerminating
    }

    init(_ endpoint: Endpoint, address: String) {
        let conditions = endpoint.conditions
        let reference = endpoint.targetRef
        let isReady = conditions?.ready ?? true
        self.init(
            address: address, hostname: endpoint.hostname, nodeName: endpoint.nodeName,
            podName: reference?.kind == "Pod" ? reference?.name : nil, isReady: isReady,
            isServing: conditions?.serving ?? isReady, isTerminating: conditions?.terminating ?? false)
    }
}

/// What one EndpointSlice says: each of its endpoints is reached at each of its ports.
public struct ServiceSlice: Sendable, Equatable {
    public struct Port: Sendable, Hashable {
        public var name: String
        /// "TCP", "UDP" or "SCTP".
        public var transport: String
        public var number: Int
        public init(name: String, transport: String = "TCP", number: Int) {
            self.name = name
            self.transport = transport
            self.number = number
        }
    }
    public var endpoints: [ServiceEndpoint]
    public var ports: [Port]

    public init(endpoints: [ServiceEndpoint], ports: [Port]) {
        self.endpoints = endpoints
        self.ports = ports
    }
    /// An endpoint's first address is the one that counts (EndpointSlice documentation).
    public init(_ slice: EndpointSlice) {
        endpoints = slice.endpoints.compactMap { endpoint in
            endpoint.addresses.first.map { ServiceEndpoint(endpoint, address: $0) }
        }
        ports = slice.ports.compactMap { port in
            port.port.map { Port(name: port.name ?? "", transport: port.protocol ?? "TCP", number: $0) }
        }
    }
}

/// A Service with the EndpointSlices that belong to it.
public struct ServiceEntry: Sendable, Equatable {
    public var service: Service?
    /// By the slice's name.
    public var slices: [String: ServiceSlice]
    public init(service: Service?, slices: [String: ServiceSlice] = [:]) {
        self.service = service
        self.slices = slices
    }
    /// Where a port of the Service leads: each endpoint once, with the port number there, in a steady order.
    public func endpoints(portNamed name: String, transport: String) -> [(endpoint: ServiceEndpoint, port: Int)] {
        var seen: Set<String> = []
        var found: [(endpoint: ServiceEndpoint, port: Int)] = []
        for (_, slice) in slices.sorted(by: { $0.key < $1.key }) {
            guard let port = slice.ports.first(where: { $0.name == name && $0.transport == transport }) else {
                continue
            }
            for endpoint in slice.endpoints where seen.insert("\(endpoint.address):\(port.number)").inserted {
                found.append((endpoint, port.number))
            }
        }
        return found
    }
}

/// Services with their EndpointSlices, for whoever leads traffic or answers names by Service.
public struct ServiceCatalog: Sendable {
    /// The label by which a slice names its Service.
    public static let serviceNameLabel = "kubernetes.io/service-name"

    public private(set) var entries: [ObjectKey: ServiceEntry] = [:]

    public init() {}

    /// Takes in a change of a Service and says whose traffic it concerns.
    public mutating func apply(service change: ObjectCache.Change) -> [ObjectKey] {
        entries[change.key, default: ServiceEntry(service: nil)].service = change.new.map { Service($0) }
        forgetIfEmpty(change.key)
        return [change.key]
    }

    /// Takes in a change of an EndpointSlice and says which Services' traffic it concerns.
    public mutating func apply(slice change: ObjectCache.Change) -> [ObjectKey] {
        let before = change.old.flatMap { owner(of: EndpointSlice($0)) }
        let after = change.new.flatMap { owner(of: EndpointSlice($0)) }
        if let before {
            entries[before]?.slices[change.key.name] = nil
            forgetIfEmpty(before)
        }
        if let after, let new = change.new {
            entries[after, default: ServiceEntry(service: nil)].slices[change.key.name] = ServiceSlice(
                EndpointSlice(new))
        }
        return Set([before, after].compactMap { $0 }).sorted()
    }

    private func owner(of slice: EndpointSlice) -> ObjectKey? {
        slice.labels[Self.serviceNameLabel].map { ObjectKey(namespace: slice.namespace, name: $0) }
    }
    private mutating func forgetIfEmpty(_ key: ObjectKey) {
        if let entry = entries[key], entry.service == nil, entry.slices.isEmpty { entries[key] = nil }
    }
}
