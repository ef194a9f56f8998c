import APIMachinery
import ArgumentParser

/// `skiff explain-scaling KIND NAME`: what the autoscaler thinks of its target.
struct ExplainScaling: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain-scaling",
        abstract: "Tells which metric asked for how many pods, and what held the autoscaler back.",
        discussion: "KIND nodes is for a group of nodes: why it grows or does not, and why each of its nodes stays.")

    @Argument(help: "hpa or vpa for an autoscaler itself, or the kind of an hpa's target, such as deployment.")
    var kind: String
    @Argument(help: "The name of the autoscaler or the target.")
    var name: String
    @OptionGroup var question: ExplainQuestion

    func run() async throws {
        if ["node", "nodes"].contains(kind.lowercased()) {
            let group = try await question.ask("scaling", "nodes", name)
            return print(question.output == .json ? group.text : NodeScalingText(group).text)
        }
        let answer = try await question.ask("scaling", kind, question.namespace, name)
        switch question.output {
        case .json: print(answer.text)
        case .text: print(answer["kind"] == "VerticalPodAutoscaler" ? Self.verticalText(answer) : Self.text(answer))
        }
    }

    /// A line about the autoscaler, one for each metric, and what was made of them.
    static func text(_ answer: JSON) -> String {
        let target = "\(answer["target", "kind"]?.string ?? "")/\(answer["target", "name"]?.string ?? "")"
        let limits = "\(answer["minReplicas"]?.int ?? 0) to \(answer["maxReplicas"]?.int ?? 0)"
        var lines = [
            "Autoscaler \(answer["namespace"]?.string ?? "")/\(answer["name"]?.string ?? "") of \(target): "
                + "\(answer["currentReplicas"]?.int ?? 0) → \(answer["desiredReplicas"]?.int ?? 0) pods (\(limits))"
        ]
        if let reason = answer["reason"]?.string { lines.append("  because: \(reason)") }
        if let error = answer["error"]?.string { lines.append("  nothing was done: \(error)") }
        for metric in answer["metrics"]?.elements ?? [] {
            let name = metric["name"]?.string ?? "\(metric["spec", "type"]?.string ?? "") metric"
            let wish = metric["replicas"]?.int.map { "asks for \($0)" } ?? "could not be had"
            lines.append("  \(name): \(wish)\(values(metric))")
        }
        if let stabilized = answer["stabilizedReplicas"]?.int { lines.append("  after the windows: \(stabilized)") }
        if let limit = answer["limitedBy"]?.string { lines.append("  held back by: \(limit)") }
        for (name, field) in [("up", "scaleUp"), ("down", "scaleDown")] {
            guard let rules = answer[field] else { continue }
            lines.append(
                "  policies let it go \(name) to \(rules["bound"]?.int ?? 0), window "
                    + "\(rules["stabilizationWindowSeconds"]?.int ?? 0) s")
        }
        return (lines + conditions(answer)).joined(separator: "\n")
    }

    private static func conditions(_ answer: JSON) -> [String] {
        (answer["conditions"]?.elements ?? []).map { condition in
            let cause = ["reason", "message"].compactMap { condition[$0]?.string }.joined(separator: ", ")
            let head = "  \(condition["type"]?.string ?? "") \(condition["status"]?.string ?? "")"
            return cause.isEmpty ? head : "\(head): \(cause)"
        }
    }

    /// A line about a vertical autoscaler, some for each container, and one for each pod.
    static func verticalText(_ answer: JSON) -> String {
        let target = "\(answer["target", "kind"]?.string ?? "")/\(answer["target", "name"]?.string ?? "")"
        var lines = [
            "Autoscaler \(answer["namespace"]?.string ?? "")/\(answer["name"]?.string ?? "") of \(target): "
                + "\(answer["podCount"]?.int ?? 0) pods, mode \(answer["mode"]?.string ?? "")"
        ]
        if let error = answer["error"]?.string { lines.append("  nothing is done: \(error)") }
        for container in answer["containers"]?.elements ?? [] {
            lines.append(
                "  container \(container["name"]?.string ?? ""): measured \(container["samples"]?.int ?? 0) times, good for "
                    + "\(container["confidenceDays"]?.number ?? "0") days")
            for part in ["lowerBound", "target", "upperBound", "uncappedTarget"] {
                let amounts = (container["recommendation", part]?.members ?? []).map {
                    "\($0.name) \($0.value.string ?? "")"
                }
                if !amounts.isEmpty { lines.append("    \(part): \(amounts.joined(separator: ", "))") }
            }
        }
        for update in answer["updates"]?.elements ?? [] {
            let reason = update["reason"]?.string ?? ""
            lines.append(
                "  pod \(update["pod"]?.string ?? ""): \(update["decision"]?.string ?? "")"
                    + (reason.isEmpty ? "" : ", \(reason)"))
        }
        return (lines + conditions(answer)).joined(separator: "\n")
    }

    private static func values(_ metric: JSON) -> String {
        let current = metric["status"]?.members.first { $0.value["current"] != nil }?.value["current"]
        let texts = (current?.members ?? []).map { "\($0.name) \($0.value.string ?? $0.value.number ?? "")" }
        return texts.isEmpty ? "" : " (\(texts.joined(separator: ", ")))"
    }
}
