import APIMachinery
import ArgumentParser
import Foundation
import Kubeadm
import OutboundHTTP

/// `skiff explain-scheduling POD`: what every node is to a pod, in the scheduler's eyes.
struct ExplainScheduling: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain-scheduling",
        abstract: "Tells for every node why it does not take a pod, or how well it would do.")

    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Argument(help: "The pod's name.")
    var pod: String
    @Option(name: .shortAndLong, help: "The pod's namespace.")
    var namespace = "default"
    @Option(help: "How to call the cluster. (default: KUBECONFIG, or admin.conf of the default data directory)")
    var kubeconfig: String?
    @Option(name: .shortAndLong, help: "text or json.")
    var output = Output.text

    func run() async throws {
        let answer = try await ask()
        switch output {
        case .json: print(answer.text)
        case .text: print(Self.text(answer))
        }
    }

    private func ask() async throws -> JSON {
        let environment = ProcessInfo.processInfo.environment
        let path =
            kubeconfig ?? environment["KUBECONFIG"]
            ?? "\(DataDirectory.defaultPath(isRoot: getuid() == 0, environment: environment))/admin.conf"
        let access = try ClusterAccess(kubeconfig: path)
        let parts = [namespace, pod].compactMap {
            $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._")))
        }
        var request = OutboundRequest("\(access.server)/explain/scheduling/\(parts.joined(separator: "/"))")
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

    private struct Refusal: Error, CustomStringConvertible { var description: String }

    /// A line about the pod, and one for each node.
    static func text(_ answer: JSON) -> String {
        let name = "\(answer["namespace"]?.string ?? "")/\(answer["name"]?.string ?? "")"
        var head = "Pod \(name) of \(answer["schedulerName"]?.string ?? ""): \(answer["state"]?.string ?? "")"
        if let node = answer["node"]?.string { head += " on \(node)" }
        if let node = answer["nominatedNode"]?.string { head += ", promised \(node)" }
        if let attempts = answer["attempts"]?.int, attempts > 0 { head += ", attempts: \(attempts)" }
        var lines = [head]
        if let message = answer["message"]?.string { lines.append(message) }
        if let refusal = answer["refusedBy"] { lines.append("No node was looked at: \(Self.text(refusal: refusal))") }
        let nodes = answer["nodes"]?.elements ?? []
        let width = nodes.map { $0["name"]?.string?.count ?? 0 }.max() ?? 0
        for node in nodes {
            let name = (node["name"]?.string ?? "").padding(toLength: width, withPad: " ", startingAt: 0)
            lines.append("\(name)  \(line(node))")
        }
        return lines.joined(separator: "\n")
    }
    private static func line(_ node: JSON) -> String {
        if node["fits"]?.bool != true {
            return (node["refusedBy"]?.elements ?? []).map(text(refusal:)).joined(separator: "; ")
        }
        let scores = (node["scores"]?.elements ?? []).map { score in
            "\(score["plugin"]?.string ?? "") \(score["score"]?.int ?? 0)×\(score["weight"]?.int ?? 0)"
        }
        return "fits, \(node["total"]?.int ?? 0): \(scores.joined(separator: ", "))"
    }
    private static func text(refusal: JSON) -> String {
        "\(refusal["plugin"]?.string ?? ""): \((refusal["reasons"]?.strings ?? []).joined(separator: ", "))"
    }
}
