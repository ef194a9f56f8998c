import APIMachinery
import Foundation
import OutboundHTTP

/// Where an external provider is, as the autoscaler project's `--cloud-config` says it for `externalgrpc`: `address`, `key`,
/// `cert`, `cacert` and `grpc_timeout`. YAML or JSON; the last three but the time-out are paths.
public struct CloudConfig: Sendable {
    public var address: String
    public var tls: OutboundRequest.TLS?
    public var timeout = Duration.seconds(5)

    public init(address: String, tls: OutboundRequest.TLS? = nil, timeout: Duration = .seconds(5)) {
        self.address = address
        self.tls = tls
        self.timeout = timeout
    }

    /// Throws `NodeGroupsFile.Fault`.
    public init(path: String) throws(NodeGroupsFile.Fault) {
        let bytes = try Self.contents(path, of: "cloudConfig")
        guard bytes.count <= NodeGroupsFile.limitBytes else {
            throw NodeGroupsFile.Fault(field: "", reason: "has more than \(NodeGroupsFile.limitBytes) bytes")
        }
        let value: JSON
        do { value = try YAML.document(bytes).value } catch {
            throw NodeGroupsFile.Fault(field: "", reason: "\(error)")
        }
        let fields = try FileFields(value, "")
        guard let address = try fields.text("address"), Self.isAddress(address) else {
            throw NodeGroupsFile.Fault(field: "address", reason: "must be a host and a port, such as provider:8086")
        }
        self.address = address
        func file(_ name: String) throws(NodeGroupsFile.Fault) -> [UInt8]? {
            guard let path = try fields.text(name), !path.isEmpty else { return nil }
            return try Self.contents(path, of: name)
        }
        let (key, certificate, authority) = (try file("key"), try file("cert"), try file("cacert"))
        guard (key == nil) == (certificate == nil) else {
            throw NodeGroupsFile.Fault(field: "key", reason: "goes with cert")
        }
        if key != nil || authority != nil {
            var tls = OutboundRequest.TLS()
            (tls.key, tls.certificate, tls.authorities) = (key, certificate, authority)
            self.tls = tls
        }
        if let timeout = try fields.duration("grpc_timeout"), timeout > .zero { self.timeout = timeout }
        try fields.refuseUnknown()
    }

    private static func contents(_ path: String, of field: String) throws(NodeGroupsFile.Fault) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw NodeGroupsFile.Fault(field: field, reason: "the file \(path) cannot be read")
        }
        return Array(data)
    }
    private static func isAddress(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let port = Int(text[text.index(after: colon)...])
        else { return false }
        let host = text[..<colon]
        return (1...65_535).contains(port)
            && !host.contains(where: { $0.isWhitespace || $0 == "/" || $0 == "@" || $0 == "?" || $0 == "#" })
    }
}
