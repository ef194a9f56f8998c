import APIMachinery

/// A port of a Service, as an Ingress names it.
public struct ServiceTarget: Sendable, Hashable, CustomStringConvertible {
    public enum Port: Sendable, Hashable {
        case name(String)
        case number(Int)
    }
    public var service: ObjectKey
    public var port: Port
    public init(service: ObjectKey, port: Port) {
        self.service = service
        self.port = port
    }
    public var description: String {
        switch port {
        case .name(let name): "\(service):\(name)"
        case .number(let number): "\(service):\(number)"
        }
    }
}

/// Where a request goes, and what its Ingress wishes for it.
public struct IngressRoute: Sendable, Equatable {
    public var target: ServiceTarget
    public var ingress: ObjectKey
    public var options: RouteOptions
    public init(target: ServiceTarget, ingress: ObjectKey, options: RouteOptions = RouteOptions()) {
        self.target = target
        self.ingress = ingress
        self.options = options
    }
}

/// What annotations of an Ingress change.
public struct RouteOptions: Sendable, Equatable {
    /// Plain HTTP is answered with a redirect to HTTPS.
    public var redirectsToHTTPS = false
    /// nil is the controller's own limit; 0 is none.
    public var maximumBodyBytes: Int?
    /// Annotations without effect, each as a sentence.
    public var faults: [String] = []
    public init() {}
}

/// Which route a host and path lead to: a value made from all Ingresses.
///
/// The host is looked up first (its own rules, else those of the wildcard for its first label, else those without a
/// host) and then the path within it: the longest path that fits, an exact one before a prefix
/// (kubernetes.io/docs/concepts/services-networking/ingress).
public struct RoutingTable: Sendable, Equatable {
    public enum PathType: Sendable { case exact, prefix }

    struct Host: Sendable, Equatable {
        var exact: [String: IngressRoute] = [:]
        /// By path without its final slash; the root is the empty string.
        var prefixes: [String: IngressRoute] = [:]
        /// For what no path of this host fits.
        var fallback: IngressRoute?
    }
    private var hosts: [String: Host] = [:]
    /// By the part after the star: ".example.com".
    private var wildcards: [String: Host] = [:]
    private var anyHost = Host()

    public init() {}

    /// Adds a rule; one that is there already stays, and is returned. An empty host is every host without rules of its own.
    @discardableResult
    public mutating func add(host: String, path: String, type: PathType, route: IngressRoute) -> IngressRoute? {
        change(host) { host in
            switch type {
            case .exact: Self.fill(&host.exact[path], route)
            case .prefix: Self.fill(&host.prefixes[Self.withoutFinalSlash(path)], route)
            }
        }
    }

    /// Adds where requests of a host go that fit no path.
    @discardableResult
    public mutating func addFallback(host: String, route: IngressRoute) -> IngressRoute? {
        change(host) { Self.fill(&$0.fallback, route) }
    }

    private static func fill(_ place: inout IngressRoute?, _ route: IngressRoute) -> IngressRoute? {
        if let present = place { return present }
        place = route
        return nil
    }

    /// The route of a request; nil when no rule fits.
    public func route(host: RequestHost, path: RequestPath) -> IngressRoute? {
        let rules = rules(for: host.text)
        return rules.exact[path.text] ?? longestPrefix(of: path.text, in: rules) ?? rules.fallback ?? anyHost.fallback
    }

    /// Every target that some rule names, with the Ingresses whose rules these are.
    public var targets: [ServiceTarget: Set<ObjectKey>] {
        var targets: [ServiceTarget: Set<ObjectKey>] = [:]
        for host in [anyHost] + hosts.values + wildcards.values {
            let fallback = [host.fallback].compactMap { $0 }
            for route in Array(host.exact.values) + Array(host.prefixes.values) + fallback {
                targets[route.target, default: []].insert(route.ingress)
            }
        }
        return targets
    }

    private func rules(for host: String) -> Host {
        if let own = hosts[host] { return own }
        // A star stands for exactly one label.
        if let dot = host.firstIndex(of: "."), dot != host.startIndex, let wild = wildcards[String(host[dot...])] {
            return wild
        }
        return anyHost
    }

    private func longestPrefix(of path: String, in host: Host) -> IngressRoute? {
        guard !host.prefixes.isEmpty else { return nil }
        var rest = Self.withoutFinalSlash(path)[...]
        while true {
            if let route = host.prefixes[String(rest)] { return route }
            guard let slash = rest.lastIndex(of: "/") else { return nil }
            rest = rest[..<slash]
        }
    }

    private mutating func change<Result>(_ name: String, _ edit: (inout Host) -> Result) -> Result {
        let name = name.lowercased()
        if name.isEmpty { return edit(&anyHost) }
        if name.hasPrefix("*.") { return edit(&wildcards[String(name.dropFirst()), default: Host()]) }
        return edit(&hosts[name, default: Host()])
    }

    static func withoutFinalSlash(_ path: String) -> String { path.hasSuffix("/") ? String(path.dropLast()) : path }
}
