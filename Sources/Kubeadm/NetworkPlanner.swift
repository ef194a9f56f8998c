import APIMachinery
import Foundation
import KubeAPI
import Listening

/// Which parts of its network a cluster is told; nil is for it to choose.
public struct NetworkWishes: Sendable, Equatable {
    public var podCIDR: CIDR?
    public var serviceCIDR: CIDR?
    public var dnsAddress: IPAddress?
    public var kind: NetworkKind?
    public init(
        podCIDR: CIDR? = nil, serviceCIDR: CIDR? = nil, dnsAddress: IPAddress? = nil, kind: NetworkKind? = nil
    ) {
        self.podCIDR = podCIDR
        self.serviceCIDR = serviceCIDR
        self.dnsAddress = dnsAddress
        self.kind = kind
    }

    /// Whether a range is named that only pods on loopback addresses can have.
    var namesLoopback: Bool {
        [podCIDR, serviceCIDR].contains { $0.map { ClusterNetwork.isLoopback($0.first) } == true }
    }
}

/// Finds the network of the cluster in one data directory and claims it on this machine.
///
/// A cluster keeps its network for life (`DIR/network.json`), as its Services' addresses do not change. A new one gets
/// what it is told, and else the first block of the loopback plan that nobody has: no running cluster's claim, no socket in
/// it, and no stopped cluster of this user that was given it.
public struct NetworkPlanner: Sendable {
    /// Why there is no network; a sentence.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    private let directory: DataDirectory
    private let register: NetworkRegister?
    private let isRemembered: Bool
    private let automatic: NetworkKind
    private let routes: [CIDR]

    /// `register` remembers the blocks of clusters that do not run; nil leaves that out. A cluster that is not to be
    /// remembered is not written there. A new cluster that is not told its kind is `automatic`'s; one of bridges has no
    /// network that the machine has `routes` to.
    public init(
        _ directory: DataDirectory, register: NetworkRegister?, isRemembered: Bool = true,
        automatic: NetworkKind = .loopback, routes: [CIDR] = []
    ) {
        self.directory = directory
        self.register = register
        self.isRemembered = isRemembered
        self.automatic = automatic
        self.routes = routes
    }

    /// The network, with what keeps it for this process.
    public func claim(_ wishes: NetworkWishes) throws -> (ClusterNetwork, NetworkClaim) {
        let result: (network: ClusterNetwork, claim: NetworkClaim)
        // A start that came to nothing binds nobody: only a cluster with a store has Services that keep their addresses.
        if let own = try recorded(), hasStore || difference(wishes, own) == nil {
            if let difference = difference(wishes, own) { throw difference }
            do { result = (own, try NetworkClaim(own)) } catch let taken as NetworkClaim.Taken {
                throw Failure(
                    description:
                        "the network of this cluster (pods \(own.podCIDR), Services \(own.serviceCIDR)) is used "
                        + "by \(taken.holder ?? "another cluster"); stop that one first")
            }
        } else {
            result = try choose(wishes)
            try directory.write(Self.json(of: result.network).text + "\n", to: file)
        }
        if isRemembered { register?.note(result.network, directory: directory.path) }
        return (result.network, result.claim)
    }

    // MARK: A new cluster

    private func choose(_ wishes: NetworkWishes) throws -> (ClusterNetwork, NetworkClaim) {
        var refusal: Failure?
        let sockets = (SocketTable.read(.tcp).rows + SocketTable.read(.udp).rows).map(\.address)
        let kind = wishes.kind ?? (wishes.namesLoopback ? .loopback : automatic)
        let plans =
            kind == .bridge
            ? ClusterNetwork.bridgeBlocks.map { ClusterNetwork(bridgeBlock: $0) }
            : ClusterNetwork.loopbackBlocks.map { ClusterNetwork(loopbackBlock: $0) }
        for standard in plans {
            let network: ClusterNetwork
            do throws(ClusterNetwork.Malformed) {
                network = try ClusterNetwork(
                    podCIDR: wishes.podCIDR ?? standard.podCIDR,
                    serviceCIDR: wishes.serviceCIDR ?? standard.serviceCIDR,
                    dnsAddress: wishes.dnsAddress)
            } catch {
                // Another block may fit what was wished; the first one's sentence is what is told else.
                refusal = refusal ?? Failure(description: "\(Self.flags(wishes)): \(error)")
                continue
            }
            if let misplaced = misplaced(network, kind, wishes) { throw misplaced }
            let isChosenHere = wishes.podCIDR == nil || wishes.serviceCIDR == nil
            if kind == .bridge, let route = routes.first(where: { network.overlaps($0) }) {
                refusal = Failure(
                    description: "\(Self.flags(wishes)): the machine reaches \(route) elsewhere by a route of its own")
                if isChosenHere { continue } else { break }
            }
            if isChosenHere,
                register?.isOthers(network, directory: directory.path) == true || hasSockets(network, sockets)
            {
                continue
            }
            do { return (network, try NetworkClaim(network)) } catch let taken as NetworkClaim.Taken {
                let holder = taken.holder ?? "another cluster"
                refusal = Failure(description: "\(Self.flags(wishes)): \(taken.network) is used by \(holder)")
            }
            if !isChosenHere { break }
        }
        throw refusal ?? Failure(description: "every block of the \(kind) plan is used by another cluster")
    }

    private func misplaced(_ network: ClusterNetwork, _ kind: NetworkKind, _ wishes: NetworkWishes) -> Failure? {
        switch kind {
        case .loopback:
            guard !network.isLoopback else { return nil }
            return Failure(
                description: "\(Self.flags(wishes)) must be in \(ClusterNetwork.loopbackRange), where the pods and "
                    + "Services of the process runtime live")
        case .bridge:
            guard network.overlaps(Self.loopback) else { return nil }
            return Failure(
                description:
                    "\(Self.flags(wishes)) must not be in \(Self.loopback), where no pod with a network of its "
                    + "own can be reached")
        }
    }
    private static let loopback = CIDR(ipv4: 127 << 24, prefixLength: 8)

    /// Pods that a killed cluster left running listen in its block; another user's register cannot be seen.
    private func hasSockets(_ network: ClusterNetwork, _ sockets: [IPAddress]) -> Bool {
        sockets.contains { network.podCIDR.contains($0) || network.serviceCIDR.contains($0) }
    }

    private static func flags(_ wishes: NetworkWishes) -> String {
        let flags = [
            wishes.podCIDR.map { "--cluster-cidr \($0)" },
            wishes.serviceCIDR.map { "--service-cluster-ip-range \($0)" },
            wishes.dnsAddress.map { "--cluster-dns-address \($0)" },
        ].compactMap { $0 }
        return flags.isEmpty ? "the cluster's network" : flags.joined(separator: " with ")
    }

    // MARK: A cluster that was here before

    private var file: String { directory.file("network.json") }

    private func recorded() throws -> ClusterNetwork? {
        guard let data = FileManager.default.contents(atPath: file) else {
            // Clusters older than the file have the only network there was.
            return hasStore ? .standard : nil
        }
        guard let network = (try? JSON(parsing: Array(data))).flatMap({ Self.network(of: $0) }) else {
            throw Failure(description: "\(file) does not tell the cluster's network")
        }
        return network
    }

    /// What is wished and not so.
    private func difference(_ wishes: NetworkWishes, _ own: ClusterNetwork) -> Failure? {
        for (flag, wish, present) in [
            ("--cluster-cidr", wishes.podCIDR?.description, own.podCIDR.description),
            ("--service-cluster-ip-range", wishes.serviceCIDR?.description, own.serviceCIDR.description),
            ("--cluster-dns-address", wishes.dnsAddress?.description, own.dnsAddress.description),
            ("--network", wishes.kind?.rawValue, own.kind.rawValue),
        ] {
            guard let wish, wish != present else { continue }
            return Failure(
                description: "\(flag) \(wish): this cluster was made with \(present) and keeps it for life (\(file)); "
                    + "another --data-dir is another cluster")
        }
        return nil
    }

    private var hasStore: Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: directory.file("store")))?.isEmpty == false
    }

    static func json(of network: ClusterNetwork) -> JSON {
        [
            "clusterCIDR": JSON(network.podCIDR.description),
            "serviceClusterIPRange": JSON(network.serviceCIDR.description),
            "clusterDNSAddress": JSON(network.dnsAddress.description),
        ]
    }

    static func network(of json: JSON) -> ClusterNetwork? {
        guard let pods = json["clusterCIDR"]?.string.flatMap({ CIDR($0) }),
            let services = json["serviceClusterIPRange"]?.string.flatMap({ CIDR($0) }),
            let dns = json["clusterDNSAddress"]?.string.flatMap({ IPAddress($0) })
        else { return nil }
        return try? ClusterNetwork(podCIDR: pods, serviceCIDR: services, dnsAddress: dns)
    }
}

/// The networks that clusters of one user were given, whether they run or not: a directory with a file for each, which
/// names the data directory. It keeps a new cluster from taking the network of one that is stopped; between running
/// ones `NetworkClaim` decides.
public struct NetworkRegister: Sendable {
    private let path: String

    public init(path: String) { self.path = path }

    /// Beside the data directory that a user's cluster has by default.
    public static func path(isRoot: Bool, environment: [String: String]) -> String {
        DataDirectory.defaultPath(isRoot: isRoot, environment: environment) + "-networks"
    }

    /// Whether a part of the network is a cluster's in another directory that is still there.
    func isOthers(_ network: ClusterNetwork, directory: String) -> Bool {
        NetworkClaim.parts(of: network).contains { part in
            guard let data = FileManager.default.contents(atPath: "\(path)/\(part)") else { return false }
            let owner = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
            guard owner != directory, let text = FileManager.default.contents(atPath: "\(owner)/network.json") else {
                return false
            }
            guard let theirs = (try? JSON(parsing: Array(text))).flatMap({ NetworkPlanner.network(of: $0) }) else {
                return false
            }
            return NetworkClaim.parts(of: theirs).contains(part)
        }
    }

    /// Best effort: without it only running clusters are seen.
    func note(_ network: ClusterNetwork, directory: String) {
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        for part in NetworkClaim.parts(of: network) {
            try? DataDirectory.write(directory + "\n", to: "\(path)/\(part)")
        }
    }
}
