import KubeAPI
import Listening

extension UpSettings {
    /// Settings that change what is chosen for an ephemeral cluster.
    struct Told: OptionSet, Sendable {
        let rawValue: Int
        static let bindAddress = Told(rawValue: 1)
        static let httpBindAddress = Told(rawValue: 2)
        static let port = Told(rawValue: 4)
        static let securePort = Told(rawValue: 8)
        static let ingressHTTPPort = Told(rawValue: 16)
        static let ingressHTTPSPort = Told(rawValue: 32)
    }

    /// Gives an ephemeral cluster a node's address of its own in its network, with the usual ports. A port that cannot be
    /// had there, as somebody listens at every address, becomes another; what was told stays.
    mutating func settle(in network: ClusterNetwork) throws {
        if !told.contains(.bindAddress) { bindAddress = network.ownNodeAddress }
        if !told.contains(.httpBindAddress) {
            httpBindAddress = nodeAddress.isLoopback ? nodeAddress : network.ownNodeAddress
        }
        let (node, plain) = (bindAddress.description, httpBindAddress.description)
        port = try settled(.port, ListenPlace(.tcp, plain, port), for: "plain HTTP")
        securePort = try settled(.securePort, ListenPlace(.tcp, node, securePort), for: "HTTPS")
        ingressHTTPPort = try settled(
            .ingressHTTPPort, ListenPlace(.tcp, node, ingressHTTPPort), for: "the ingress (HTTP)")
        ingressHTTPSPort = try settled(
            .ingressHTTPSPort, ListenPlace(.tcp, node, ingressHTTPSPort), for: "the ingress (HTTPS)")
    }

    private func settled(_ port: Told, _ place: ListenPlace, for purpose: String) throws -> Int {
        told.contains(port) ? place.port : try place.orFreePort(for: purpose).port
    }
}
