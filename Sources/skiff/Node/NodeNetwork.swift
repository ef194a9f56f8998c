import APIMachinery
import Basics
import ControlLoops
import Foundation
import KubeAPI
import Kubeadm
import Logging

/// The part of the cluster's network that is a node's: asked of the cluster once, and kept for the node's life, so that the
/// node starts while the cluster is away.
struct NodeNetwork {
    /// Why the node cannot run; a sentence.
    struct Failure: Error, Equatable, CustomStringConvertible { var description: String }

    let node: String
    let directory: DataDirectory
    let logger: Logger
    var clock: any TimeSource = SystemClock()

    private var file: String { directory.file("node.json") }

    /// Makes the node's object if there is none, and waits until the cluster has given it addresses. Throws when it is
    /// refused, or when there is no such network here.
    func find(_ api: any ClusterAPI) async throws -> ClusterNetwork {
        if let kept = FileManager.default.contents(atPath: file), let json = try? JSON(parsing: Array(kept)) {
            guard json["node"]?.string == node else {
                throw Failure(
                    description: "\(directory.path) is of the node \(json["node"]?.string ?? ""), not of \(node)")
            }
            return try network(json["podCIDR"]?.string ?? "", json["clusterDNS"]?.string ?? "")
        }
        let pods = try await persistently { try await podCIDR(api) }
        let dns = try await persistently { try await dnsAddress(api) }
        let network = try network(pods, dns)
        let kept: JSON = ["node": JSON(node), "podCIDR": JSON(pods), "clusterDNS": JSON(dns)]
        try directory.write(kept.text + "\n", to: file)
        return network
    }

    /// Tries until there is a value; what the cluster refuses is told at once.
    private func persistently(_ ask: () async throws -> String?) async throws -> String {
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

    /// The node's pods are all that there is of pods here, and it is the first node.
    private func network(_ pods: String, _ dns: String) throws -> ClusterNetwork {
        guard let range = CIDR(pods) else {
            throw Failure(description: "the cluster gave the node the addresses \"\(pods)\", which are no network")
        }
        guard ClusterNetwork.isLoopback(range.first), ClusterNetwork.isLoopback(range.last) else {
            throw Failure(
                description:
                    "pods of this cluster have networks of their own (\(range)), which a node in a process of its "
                    + "own does not know; start the cluster with --network loopback")
        }
        let server = IPAddress(dns) ?? ClusterNetwork.standard.dnsAddress
        let mask = UInt32.max << (32 - UInt32(Self.servicePrefixLength))
        let services = CIDR(
            ipv4: UInt32(truncatingIfNeeded: server.value) & mask, prefixLength: Self.servicePrefixLength)
        do {
            var network = try ClusterNetwork(podCIDR: range, serviceCIDR: services, dnsAddress: server)
            network.nodeAddress = ClusterNetwork.kubeletAddress(ofPods: range)
            return network
        } catch {
            throw Failure(description: "the node's network cannot be used: \(error)")
        }
    }
}
