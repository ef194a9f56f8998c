import APIMachinery
import ArgumentParser
import Foundation

/// `skiff explain-scheduling POD`: what every node is to a pod, in the scheduler's eyes.
struct ExplainScheduling: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain-scheduling",
        abstract: "Tells for every node why it does not take a pod, or how well it would do.")

    @Argument(help: "The pod's name.")
    var pod: String
    @OptionGroup var question: ExplainQuestion

    func run() async throws {
        let answer = try await question.ask("scheduling", question.namespace, pod)
        switch question.output {
        case .json: print(answer.text)
        case .text: print(Self.text(answer))
        }
    }

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
