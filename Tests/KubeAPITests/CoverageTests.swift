import Foundation
import KubeAPI
import Testing

/// What is served beside what kube-apiserver v1.36 serves (`Scenarios/served-v1.36.txt`): resources, versions, names, verbs, paths
/// below them, and the columns of their tables. Fields and defaults are compared by `SchemaFactsTests` and `DefaultsTests`.
@Suite struct CoverageTests {
    /// Groups that are served by other means than a built-in kind, or not yet.
    private static let elsewhere: Set<String> = [
        "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io",
        // Kubernetes' autoscaler project serves it as custom kinds: `VerticalKindsTests` compares it.
        "autoscaling.k8s.io",
    ]

    @Test func nothingDiffers() throws {
        let facts = try Self.facts()
        #expect(facts.count >= 60)
        let ours = Dictionary(
            ResourceRegistry.builtIn.resources.filter { !Self.elsewhere.contains($0.groupVersionKind.group) }
                .map { (Self.name($0), Self.lines($0)) }, uniquingKeysWith: { first, _ in first })
        let report = Self.report(ours, facts)
        #expect(report.isEmpty, "\(report.joined(separator: "\n"))")
    }

    /// Each line that only one side has, under the resource that it is of.
    private static func report(_ ours: [String: [String]], _ facts: [String: [String]]) -> [String] {
        var report: [String] = []
        for name in Set(ours.keys).union(facts.keys).sorted() {
            guard let here = ours[name] else {
                report.append("\(name) is not served")
                continue
            }
            guard let there = facts[name] else {
                report.append("\(name) is served and not in v1.36")
                continue
            }
            // Columns have an order, all else has not.
            func columns(_ lines: [String]) -> [String] { lines.filter { $0.hasPrefix("column ") } }
            for line in there where !here.contains(line) { report.append("\(name) lacks \(line)") }
            for line in here where !there.contains(line) { report.append("\(name) has \(line)") }
            if columns(here) != columns(there), Set(columns(here)) == Set(columns(there)) {
                report.append("\(name) has its columns in another order")
            }
        }
        return report
    }

    private static func name(_ resource: Resource) -> String {
        "\(resource.groupVersionKind.apiVersion) \(resource.plural)"
    }

    private static func lines(_ resource: Resource) -> [String] {
        var head = "\(resource.groupVersionKind.kind) \(resource.isNamespaced ? "namespaced" : "cluster")"
        if !resource.shortNames.isEmpty { head += " short=\(resource.shortNames.joined(separator: ","))" }
        if !resource.categories.isEmpty { head += " categories=\(resource.categories.joined(separator: ","))" }
        let verbs = resource.verbs.map(\.rawValue).sorted().joined(separator: " ")
        return [head, "verbs \(verbs)"]
            + resource.subresources.map { below in
                let verbs = below.verbs.map(\.rawValue).sorted().joined(separator: " ")
                return
                    "below \(below.name) \(below.groupVersionKind.apiVersion) \(below.groupVersionKind.kind) \(verbs)"
            } + resource.columns.map { "column \($0.name) | \($0.type) | \($0.format) | \($0.priority)" }
    }

    private static func facts() throws -> [String: [String]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios/served-v1.36.txt")
        var facts: [String: [String]] = [:]
        var current = ""
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("  ") {
                facts[current]?.append(String(line.dropFirst(2)))
            } else {
                let words = line.split(separator: " ", maxSplits: 2)
                current = words.prefix(2).joined(separator: " ")
                facts[current] = [String(words[2])]
            }
        }
        return facts
    }
}
