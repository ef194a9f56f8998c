import APIMachinery
import ArgumentParser
import Foundation
import Kubeadm
import OutboundHTTP

/// How the `explain` commands ask the cluster, and how they answer.
struct ExplainQuestion: ParsableArguments {
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(name: .shortAndLong, help: "The namespace.")
    var namespace = "default"
    @Option(help: "How to call the cluster. (default: KUBECONFIG, or admin.conf of the default data directory)")
    var kubeconfig: String?
    @Option(name: .shortAndLong, help: "text or json.")
    var output = Output.text

    private struct Refusal: Error, CustomStringConvertible { var description: String }

    /// GETs `/explain/…`; throws what the cluster says against it.
    func ask(_ parts: String...) async throws -> JSON {
        let environment = ProcessInfo.processInfo.environment
        let path =
            kubeconfig ?? environment["KUBECONFIG"]
            ?? "\(DataDirectory.defaultPath(isRoot: getuid() == 0, environment: environment))/admin.conf"
        let access = try ClusterAccess(kubeconfig: path)
        let escaped = parts.compactMap {
            $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._")))
        }
        var request = OutboundRequest("\(access.server)/explain/\(escaped.joined(separator: "/"))")
        request.tls.authorities = access.authority
        request.tls.certificate = access.certificate
        request.tls.key = access.key
        request.tls.isInsecure = access.isInsecure
        request.maximumBodyBytes = 64 << 20
        if let token = access.token { request.headers.append((name: "authorization", value: "Bearer \(token)")) }
        let client = OutboundClient(maximumTransfers: 1)
        defer { client.shutdown() }
        let response = try await client.send(request)
        let body = try JSON(parsing: try await response.body.collect())
        guard response.status == 200 else {
            throw Refusal(description: body["detail"]?.string ?? "the cluster answered \(response.status)")
        }
        return body
    }
}
