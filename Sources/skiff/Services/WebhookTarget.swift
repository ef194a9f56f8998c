import APIMachinery
import ArgumentParser
import Basics
import Foundation
import OutboundHTTP

/// Whom a webhook's kubeconfig names: the cluster and the user of its current context.
struct WebhookTarget: Sendable {
    private let url: String
    private let tls: OutboundRequest.TLS
    private var authorization: String?
    /// Read anew for each call, as who keeps such a file renews it.
    private var tokenFile: String?

    /// The most bytes of an answer that are read.
    private static let answerBytes = 1 << 20

    /// Throws a sentence about what is wrong with the file.
    init(kubeconfig path: String) throws {
        func refusal(_ why: String) -> ValidationError {
            ValidationError("the kubeconfig \(path) cannot be used: \(why)")
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw refusal("it cannot be read") }
        let config: JSON
        do { config = try YAML.document(Array(data)).value } catch { throw refusal("\(error)") }
        func named(_ list: String, _ part: String, _ name: String) -> JSON? {
            config[list]?.elements.first { $0["name"]?.string == name }?[part]
        }
        guard let current = config["current-context"]?.string, !current.isEmpty,
            let context = named("contexts", "context", current)
        else { throw refusal("it has no current-context") }
        guard let cluster = named("clusters", "cluster", context["cluster"]?.string ?? ""),
            let server = cluster["server"]?.string, server.hasPrefix("https://") || server.hasPrefix("http://")
        else { throw refusal("its context names no cluster with a server") }
        url = server
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
        func bytes(_ holder: JSON, _ name: String) throws -> [UInt8]? {
            if let text = holder["\(name)-data"]?.string {
                guard let bytes = Base64.decode(text) else { throw refusal("\(name)-data is not base64") }
                return bytes
            }
            guard let file = holder[name]?.string, !file.isEmpty else { return nil }
            guard
                let data = FileManager.default.contents(atPath: URL(fileURLWithPath: file, relativeTo: directory).path)
            else { throw refusal("\(name) \(file) cannot be read") }
            return Array(data)
        }
        let user = named("users", "user", context["user"]?.string ?? "") ?? .object
        var tls = OutboundRequest.TLS()
        tls.authorities = try bytes(cluster, "certificate-authority")
        tls.isInsecure = cluster["insecure-skip-tls-verify"]?.bool ?? false
        tls.certificate = try bytes(user, "client-certificate")
        tls.key = try bytes(user, "client-key")
        self.tls = tls
        if let token = user["token"]?.string, !token.isEmpty {
            authorization = "Bearer \(token)"
        } else if let file = user["tokenFile"]?.string, !file.isEmpty {
            tokenFile = URL(fileURLWithPath: file, relativeTo: directory).path
        } else if let name = user["username"]?.string, !name.isEmpty {
            authorization = "Basic " + Base64.encode("\(name):\(user["password"]?.string ?? "")".utf8)
        }
    }

    /// Throws unless the webhook answers that it has it.
    func post(_ body: [UInt8], _ client: OutboundClient) async throws {
        var request = OutboundRequest(url)
        request.method = "POST"
        request.headers = [("content-type", "application/json"), ("accept", "application/json")]
        if let authorization { request.headers.append(("authorization", authorization)) }
        if let tokenFile, let data = FileManager.default.contents(atPath: tokenFile) {
            let token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            request.headers.append(("authorization", "Bearer \(token)"))
        }
        request.body = body
        request.tls = tls
        request.maximumBodyBytes = Self.answerBytes
        let answer = try await client.send(request)
        _ = try await answer.body.collect()
        guard (200..<300).contains(answer.status) else {
            throw UnexpectedAnswer(description: "the webhook answered \(answer.status)")
        }
    }
    private struct UnexpectedAnswer: Error, CustomStringConvertible { let description: String }
}
