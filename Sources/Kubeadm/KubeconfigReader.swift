import APIMachinery
import Basics
import Foundation

/// What a program needs of a kubeconfig to call its current cluster.
public struct ClusterAccess: Sendable, Equatable {
    public var server: String
    /// PEM; nil is the system's.
    public var authority: [UInt8]?
    public var certificate: [UInt8]?
    public var key: [UInt8]?
    public var token: String?
    /// The user's name in the file.
    public var userName = ""
    public var isInsecure = false

    /// Why a kubeconfig is of no use.
    public struct Fault: Error, CustomStringConvertible {
        public var description: String
    }

    /// Reads the file's current context.
    public init(kubeconfig path: String) throws(Fault) {
        let json: JSON
        do {
            json = try YAML.document(Array(try Data(contentsOf: URL(filePath: path)))).value
        } catch {
            throw Fault(description: "the kubeconfig \(path) cannot be read: \(error)")
        }
        let name = json["current-context"]?.string ?? ""
        guard let context = Self.named(name, in: json["contexts"])?["context"] else {
            throw Fault(description: "the kubeconfig \(path) has no context \"\(name)\"")
        }
        guard let cluster = Self.named(context["cluster"]?.string ?? "", in: json["clusters"])?["cluster"],
            let server = cluster["server"]?.string
        else { throw Fault(description: "the kubeconfig \(path) names no server for \"\(name)\"") }
        userName = context["user"]?.string ?? ""
        let user = Self.named(userName, in: json["users"])?["user"]
        let folder = URL(filePath: path).deletingLastPathComponent()
        self.server = server.hasSuffix("/") ? String(server.dropLast()) : server
        authority = try Self.bytes("certificate-authority", of: cluster, folder)
        isInsecure = cluster["insecure-skip-tls-verify"]?.bool ?? false
        certificate = try Self.bytes("client-certificate", of: user, folder)
        key = try Self.bytes("client-key", of: user, folder)
        token = user?["token"]?.string
    }

    private static func named(_ name: String, in list: JSON?) -> JSON? {
        list?.elements.first { $0["name"]?.string == name }
    }
    /// As base64 in `FIELD-data`, or in the file that `FIELD` names.
    private static func bytes(_ field: String, of json: JSON?, _ folder: URL) throws(Fault) -> [UInt8]? {
        if let text = json?["\(field)-data"]?.string {
            guard let bytes = Base64.decode(text) else { throw Fault(description: "\(field)-data is not base64") }
            return bytes
        }
        guard let path = json?[field]?.string else { return nil }
        do {
            return Array(try Data(contentsOf: URL(filePath: path, relativeTo: folder)))
        } catch {
            throw Fault(description: "\(path) cannot be read: \(error)")
        }
    }
}
