import KubeAPI
import Listening

/// The addresses that a run listens at from its start: what each is for, and the flag that moves it.
struct ListenPlan: Sendable {
    struct Entry: Sendable {
        var place: ListenPlace
        var purpose: String
        var flag: String
        /// Served by the leader alone, where several processes share a store.
        var isLeaders = false
    }
    let entries: [Entry]
    private let isShared: Bool
    private let nodeAddress: String

    init(_ settings: UpSettings, _ network: ClusterNetwork) {
        let bind = settings.bindAddress.description
        let dns = network.dnsAddress.description
        var entries = [
            Entry(
                place: ListenPlace(.tcp, settings.httpBindAddress.description, settings.port), purpose: "plain HTTP",
                flag: "--port"),
            Entry(place: ListenPlace(.tcp, bind, settings.securePort), purpose: "HTTPS", flag: "--secure-port"),
            Entry(
                place: ListenPlace(.tcp, bind, settings.ingressHTTPPort), purpose: "the ingress (HTTP)",
                flag: "--ingress-http-port", isLeaders: true),
            Entry(
                place: ListenPlace(.tcp, bind, settings.ingressHTTPSPort), purpose: "the ingress (HTTPS)",
                flag: "--ingress-https-port", isLeaders: true),
        ]
        if let place = Self.forPods(settings, network) {
            entries.append(Entry(place: place, purpose: "HTTPS for pods", flag: "--secure-port"))
        }
        for transport in [ListenPlace.Transport.udp, .tcp] {
            entries.append(
                Entry(
                    place: ListenPlace(transport, dns, 53), purpose: Self.dnsPurpose, flag: "--cluster-dns-address",
                    isLeaders: true))
        }
        for (listen, flag) in [
            (settings.etcdListen, "--etcd-listen"), (settings.etcdInsecureListen, "--etcd-insecure-listen"),
        ] {
            guard let listen else { continue }
            entries.append(
                Entry(place: ListenPlace(.tcp, listen.address, listen.port), purpose: "etcd's API", flag: flag))
        }
        self.entries = entries
        isShared = !settings.etcdServers.isEmpty
        nodeAddress = network.nodeAddress.description
    }

    /// Where pods with networks of their own reach the API server; nil where they do so at the address for all.
    static func forPods(_ settings: UpSettings, _ network: ClusterNetwork) -> ListenPlace? {
        let isElsewhere =
            network.kind == .bridge && !settings.bindAddress.isUnspecified && settings.securePort > 0
            && network.advertiseAddress != settings.bindAddress
        return isElsewhere ? ListenPlace(.tcp, network.advertiseAddress.description, settings.securePort) : nil
    }

    private static let dnsPurpose = "cluster DNS"

    /// Two flags that mean the same place.
    struct Clash: Error, Equatable, CustomStringConvertible {
        var description: String
    }

    /// Tries each address before anything is started. Throws `ListenFailure` or `Clash`.
    func check() throws {
        for (index, entry) in entries.enumerated() where entry.place.port > 0 {
            if let same = entries[..<index].first(where: { $0.place == entry.place }) {
                throw Clash(description: "\(same.flag) and \(entry.flag) are both \(entry.place)")
            }
            if isShared, entry.isLeaders { continue }
            do { try entry.place.probe(for: entry.purpose) } catch {
                if Self.isBearable(error) { continue }
                throw explained(error)
            }
        }
    }

    /// Cluster DNS that may not use its port is only missing, as are Services below 1024: the rest of the cluster runs.
    static func isBearable(_ failure: ListenFailure) -> Bool {
        failure.purpose == dnsPurpose && failure.reason == .notPermitted
    }

    /// The failure with what the place is for here and the flag that moves it.
    func explained(_ failure: ListenFailure) -> ListenFailure {
        var failure = failure
        if let entry = entries.first(where: { $0.place == failure.place }) {
            failure.purpose = entry.purpose
            failure.flag = entry.flag
        } else if failure.place.address == nodeAddress {
            // A node port, which is at the node's address.
            failure.flag = "--bind-address"
        }
        if failure.reason == .noSuchAddress, failure.flag != "--cluster-dns-address" { failure.flag = "--bind-address" }
        return failure
    }
}
