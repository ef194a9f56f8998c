import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import Kubeadm
import Logging

/// A node's place in its cluster's network.
struct NodeShare: Sendable {
    /// The cluster's; of one on loopback only the node's own part, which is all that it needs.
    var network: ClusterNetwork
    /// The node's number in it, from 0 on.
    var index = 0
    var pods: CIDR
}

/// Finds the node's place: asked of the cluster once, and kept for the node's life, so that the node starts while the
/// cluster is away.
struct NodeNetwork {
    /// Why the node cannot run; a sentence.
    struct Failure: Error, Equatable, CustomStringConvertible { var description: String }

    let node: String
    let directory: DataDirectory
    /// What names end in, if not what the cluster says.
    let domain: String?
    let logger: Logger
    var clock: any TimeSource = SystemClock()

    private var file: String { directory.file("node.json") }

    /// Makes the node's object if there is none, and waits until the cluster has given it addresses. Throws when it is
    /// refused, or when there is no such network here.
    func find(_ api: any ClusterAPI) async throws -> NodeShare {
        if let kept = FileManager.default.contents(atPath: file), let json = try? JSON(parsing: Array(kept)) {
            guard json["node"]?.string == node else {
                throw Failure(
                    description: "\(directory.path) is of the node \(json["node"]?.string ?? ""), not of \(node)")
            }
            return try plan(json)
        }
        let pods = try await persistently { try await podCIDR(api) }
        var kept: JSON = ["node": JSON(node), "podCIDR": JSON(pods)]
        kept["clusterDNS"] = JSON(try await persistently { try await dnsAddress(api) })
        if let range = CIDR(pods), !Self.isLoopback(range) {
            let (all, services, domain) = try await persistently {
                JoiningNodes.network(of: try await api.get(ConfigMap.self, JoiningNodes.configurationKey))
            }
            kept["clusterCIDR"] = JSON(all.description)
            kept["serviceClusterIPRange"] = JSON(services.description)
            kept["clusterDomain"] = JSON(domain)
        }
        let plan = try plan(kept)
        try directory.write(kept.text + "\n", to: file)
        return plan
    }

    private static func isLoopback(_ range: CIDR) -> Bool {
        ClusterNetwork.isLoopback(range.first) && ClusterNetwork.isLoopback(range.last)
    }

    /// Tries until there is a value; what the cluster refuses is told at once.
    private func persistently<Value>(_ ask: () async throws -> Value?) async throws -> Value {
        let backoff = Backoff.reconnect
        var failures = 0
        while true {
            do {
                if let value = try await ask() { return value }
                if failures == 0 { logger.info("Waiting for the cluster to give the node addresses") }
            } catch let error as StatusError where [401, 403].contains(error.code) {
                throw Failure(description: "the cluster refuses this node: \(error.message)")
            } catch let error as StatusError {
                logger.warning("The cluster cannot be asked yet", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: min(backoff.delay(afterFailures: failures), .seconds(5)))
            failures += 1
        }
    }

    private func podCIDR(_ api: any ClusterAPI) async throws -> String? {
        do {
            return try await api.get(Node.self, ObjectKey(name: node)).spec.podCIDR
        } catch let error as StatusError where error.code == 404 {
            return try await api.create(Node { $0.metadata.name = node }).spec.podCIDR
        }
    }

    /// Of the Service that every cluster has for its names; empty without one.
    private func dnsAddress(_ api: any ClusterAPI) async throws -> String? {
        do {
            let key = ObjectKey(namespace: "kube-system", name: "kube-dns")
            return try await api.get(Service.self, key).spec.clusterIP ?? ""
        } catch let error as StatusError where error.code == 404 {
            return ""
        }
    }

    /// Leading bits of the range of Services that is taken for granted around the DNS server's address.
    private static let servicePrefixLength = 20

    private func plan(_ kept: JSON) throws -> NodeShare {
        let text = kept["podCIDR"]?.string ?? ""
        guard let pods = CIDR(text) else {
            throw Failure(description: "the cluster gave the node the addresses \"\(text)\", which are no network")
        }
        let server = IPAddress(kept["clusterDNS"]?.string ?? "")
        do {
            var plan: NodeShare
            if Self.isLoopback(pods) {
                plan = NodeShare(network: try loopback(pods, server ?? ClusterNetwork.standard.dnsAddress), pods: pods)
                plan.network.nodeAddress = ClusterNetwork.kubeletAddress(ofPods: pods)
            } else {
                guard let all = CIDR(kept["clusterCIDR"]?.string ?? ""),
                    let services = CIDR(kept["serviceClusterIPRange"]?.string ?? "")
                else { throw Failure(description: "\(file) does not tell the cluster's network") }
                let network = try ClusterNetwork(podCIDR: all, serviceCIDR: services, dnsAddress: server)
                let offset =
                    Int(truncatingIfNeeded: pods.first.value &- all.first.value)
                    >> (32 - ClusterNetwork.nodePrefixLength)
                guard network.podCIDR(ofNode: offset) == pods else {
                    throw Failure(description: "\(pods) is no node's part of the cluster's network \(all)")
                }
                plan = NodeShare(network: network, index: offset, pods: pods)
            }
            plan.network.domain = domain ?? kept["clusterDomain"]?.string ?? plan.network.domain
            return plan
        } catch let malformed as ClusterNetwork.Malformed {
            throw Failure(description: "the node's network cannot be used: \(malformed)")
        }
    }

    /// The node's pods are all that there is of pods here, and it is the first node.
    private func loopback(_ pods: CIDR, _ server: IPAddress) throws -> ClusterNetwork {
        let mask = UInt32.max << (32 - UInt32(Self.servicePrefixLength))
        let services = CIDR(
            ipv4: UInt32(truncatingIfNeeded: server.value) & mask, prefixLength: Self.servicePrefixLength)
        return try ClusterNetwork(podCIDR: pods, serviceCIDR: services, dnsAddress: server)
    }
}
