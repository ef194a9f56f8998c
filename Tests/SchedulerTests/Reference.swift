import APIMachinery
import Foundation
import KubeAPI

/// What the scheduler must say, computed in the slow and obvious way: from the objects themselves, each time anew, node by
/// node and pod by pod, with none of the scheduler's own code.
struct Reference {
    var nodes: [JSON] = []
    /// Those with a node.
    var pods: [JSON] = []
    var namespaces: [String: [String: String]] = [:]
    var services: [JSON] = []

    struct Verdict: Equatable {
        /// The first filter that refuses; nil if it fits.
        var refusal: String?
        var total = 0
    }

    // MARK: Filters

    func verdicts(_ pod: JSON) -> [String: Verdict] {
        var verdicts: [String: Verdict] = [:]
        var feasible: [JSON] = []
        for node in nodes {
            let refusal = refusal(pod, node)
            verdicts[node.key.name] = Verdict(refusal: refusal)
            if refusal == nil { feasible.append(node) }
        }
        for (name, total) in totals(pod, feasible) { verdicts[name]?.total = total }
        return verdicts
    }

    private func refusal(_ pod: JSON, _ node: JSON) -> String? {
        if node["spec", "unschedulable"]?.bool == true { return "NodeUnschedulable" }
        if taints(node).contains(where: { $0["effect"]?.string != "PreferNoSchedule" && !isTolerated($0, pod) }) {
            return "TaintToleration"
        }
        if !matchesSelector(pod, node) { return "NodeAffinity" }
        if !hasRoom(pod, node) { return "NodeResourcesFit" }
        if !isSpread(pod, node) { return "PodTopologySpread" }
        if !isInGoodCompany(pod, node) { return "InterPodAffinity" }
        return nil
    }

    /// Whether pods that leave the node might help against the first refusal there.
    private func canBeResolved(_ refusal: String, _ pod: JSON, _ node: JSON) -> Bool {
        switch refusal {
        case "NodeResourcesFit":
            return ["cpu", "memory"].allSatisfy { resource in
                let wanted = asked(pod, resource)
                return wanted == 0 || wanted <= have(node, resource)
                    || wanted + used(node, resource) <= have(node, resource)
            }
        case "PodTopologySpread":
            // Labels are looked at one after the other, too.
            for constraint in constraints(pod, "DoNotSchedule") {
                if labels(node)[constraint["topologyKey"]?.string ?? ""] == nil { return false }
                var alone = pod
                alone["spec", "topologySpreadConstraints"] = [constraint]
                if !isSpread(alone, node, among: constraints(pod, "DoNotSchedule")) { return true }
            }
            return false
        case "InterPodAffinity":
            var tolerant = pod
            tolerant["spec", "affinity", "podAntiAffinity"] = .null
            // What is left is affinity, and what others say.
            return isMet(tolerant, node)
        default: return false
        }
    }

    // MARK: Preemption

    struct Loss: Equatable {
        var node: String
        var victims: Set<String>
        /// The less the better, one after the other.
        var weights: [Int]
    }
    /// What would be lost on each node where others leaving helps.
    func losses(_ pod: JSON) -> [Loss] {
        nodes.compactMap { node in
            guard let refusal = refusal(pod, node), canBeResolved(refusal, pod, node) else { return nil }
            let potential = on(node).filter { priority($0) < priority(pod) }
            if potential.isEmpty { return nil }
            var gone = Set(potential.map(\.key))
            if without(gone).refusal(pod, node) != nil { return nil }
            let byImportance = potential.enumerated().sorted {
                priority($0.element) != priority($1.element)
                    ? priority($0.element) > priority($1.element) : $0.offset < $1.offset
            }
            for (_, other) in byImportance {
                gone.remove(other.key)
                if without(gone).refusal(pod, node) != nil { gone.insert(other.key) }
            }
            let priorities = potential.filter { gone.contains($0.key) }.map { priority($0) }
            guard let highest = priorities.max() else { return nil }
            return Loss(
                node: node.key.name, victims: Set(gone.map(\.name)),
                weights: [highest, priorities.reduce(0) { $0 + $1 + Int(Int32.max) + 1 }, priorities.count])
        }
    }
    private func priority(_ pod: JSON) -> Int { pod["spec", "priority"]?.int ?? 0 }
    private func without(_ gone: Set<ObjectKey>) -> Reference {
        var copy = self
        copy.pods.removeAll { gone.contains($0.key) }
        return copy
    }

    private func taints(_ node: JSON) -> [JSON] { node["spec", "taints"]?.elements ?? [] }
    private func isTolerated(_ taint: JSON, _ pod: JSON) -> Bool {
        (pod["spec", "tolerations"]?.elements ?? []).contains { toleration in
            toleration["key"]?.string == taint["key"]?.string
                && (toleration["effect"] == nil || toleration["effect"]?.string == taint["effect"]?.string)
        }
    }
    private func matchesSelector(_ pod: JSON, _ node: JSON) -> Bool {
        let wanted = pod["spec", "nodeSelector"]?.stringMap ?? [:]
        return wanted.allSatisfy { labels(node)[$0.key] == $0.value }
    }
    func on(_ node: JSON) -> [JSON] { pods.filter { $0["spec", "nodeName"]?.string == node.key.name } }

    private func asked(_ pod: JSON, _ resource: String, standIn: Int = 0) -> Int {
        let text = pod["spec", "containers"]?[0]["resources", "requests", resource]?.string
        return text.map { amount($0, resource) } ?? standIn
    }
    /// CPU in thousandths ("250m"), memory in bytes ("64Mi").
    private func amount(_ text: String, _ resource: String) -> Int {
        if resource == "cpu" {
            return text.hasSuffix("m") ? Int(text.dropLast())! : Int(text)! * 1000
        }
        return text.hasSuffix("Mi") ? Int(text.dropLast(2))! << 20 : Int(text)!
    }
    private func have(_ node: JSON, _ resource: String) -> Int {
        amount(node["status", "allocatable", resource]?.string ?? "0", resource)
    }
    private func used(_ node: JSON, _ resource: String, standIn: Int = 0) -> Int {
        on(node).map { asked($0, resource, standIn: standIn) }.reduce(0, +)
    }
    private func hasRoom(_ pod: JSON, _ node: JSON) -> Bool {
        if on(node).count >= have(node, "pods") { return false }
        return ["cpu", "memory"].allSatisfy { resource in
            let wanted = asked(pod, resource)
            return wanted == 0 || wanted + used(node, resource) <= have(node, resource)
        }
    }

    // MARK: Spread

    private func labels(_ object: JSON) -> [String: String] { object["metadata", "labels"]?.stringMap ?? [:] }
    private func selects(_ selector: JSON?, _ object: JSON) -> Bool {
        guard let selector else { return false }
        let wanted = selector["matchLabels"]?.stringMap ?? [:]
        return wanted.allSatisfy { labels(object)[$0.key] == $0.value }
    }
    private func constraints(_ pod: JSON, _ action: String) -> [JSON] {
        (pod["spec", "topologySpreadConstraints"]?.elements ?? []).filter { $0["whenUnsatisfiable"]?.string == action }
    }
    private func selector(_ constraint: JSON, _ pod: JSON) -> JSON? {
        guard var selector = constraint["labelSelector"] else { return nil }
        for key in constraint["matchLabelKeys"]?.strings ?? [] {
            guard let value = labels(pod)[key] else { continue }
            // Nothing has both values.
            if let other = selector["matchLabels", key]?.string, other != value { return nil }
            selector["matchLabels", key] = JSON(value)
        }
        return selector
    }
    private func counts(_ constraint: JSON, _ node: JSON, _ pod: JSON, _ keys: [String]) -> Bool {
        if keys.contains(where: { labels(node)[$0] == nil }) { return false }
        if constraint["nodeAffinityPolicy"]?.string != "Ignore", !matchesSelector(pod, node) { return false }
        if constraint["nodeTaintsPolicy"]?.string == "Honor" {
            return taints(node).allSatisfy { $0["effect"]?.string == "PreferNoSchedule" || isTolerated($0, pod) }
        }
        return true
    }
    private func number(_ node: JSON, _ constraint: JSON, _ pod: JSON) -> Int {
        let selector = selector(constraint, pod)
        if selector?["matchLabels"]?.count ?? 0 == 0 { return 0 }
        return on(node).count {
            !$0.isBeingDeleted && $0.key.namespace == pod.key.namespace && selects(selector, $0)
        }
    }

    private func isSpread(_ pod: JSON, _ node: JSON, among all: [JSON]? = nil) -> Bool {
        let constraints = constraints(pod, "DoNotSchedule")
        let keys = (all ?? constraints).map { $0["topologyKey"]?.string ?? "" }
        for constraint in constraints {
            let key = constraint["topologyKey"]?.string ?? ""
            guard let here = labels(node)[key] else { return false }
            var domains: [String: Int] = [:]
            for other in nodes where counts(constraint, other, pod, keys) {
                domains[labels(other)[key]!, default: 0] += number(other, constraint, pod)
            }
            var least = domains.values.min() ?? 0
            if domains.count < constraint["minDomains"]?.int ?? 1 { least = 0 }
            let itself = selects(selector(constraint, pod), pod) ? 1 : 0
            if (domains[here] ?? 0) + itself - least > constraint["maxSkew"]?.int ?? 1 { return false }
        }
        return true
    }

    // MARK: Company

    private func terms(_ pod: JSON, _ kind: String, _ strength: String) -> [JSON] {
        pod["spec", "affinity", kind, "\(strength)DuringSchedulingIgnoredDuringExecution"]?.elements ?? []
    }
    /// Whether a term of `owner` means another pod.
    private func means(_ term: JSON, of owner: JSON, _ other: JSON) -> Bool {
        var names = Set(term["namespaces"]?.strings ?? [])
        let selector = term["namespaceSelector"]
        if names.isEmpty, selector == nil { names = [owner.key.namespace] }
        let namespace: JSON = [
            "metadata": ["labels": JSON(namespaces[other.key.namespace] ?? [:])]
        ]
        let isNamespace = names.contains(other.key.namespace) || (selector != nil && selects(selector, namespace))
        return isNamespace && selects(term["labelSelector"], other)
    }
    private func node(_ pod: JSON) -> JSON? {
        nodes.first { $0.key.name == pod["spec", "nodeName"]?.string }
    }
    private func isTogether(_ left: JSON, _ right: JSON, _ key: String) -> Bool {
        labels(left)[key] != nil && labels(left)[key] == labels(right)[key]
    }
    private func key(_ term: JSON) -> String { term["topologyKey"]?.string ?? "" }

    private func isInGoodCompany(_ pod: JSON, _ node: JSON) -> Bool {
        if !isMet(pod, node) { return false }
        for other in pods {
            guard let there = self.node(other) else { continue }
            for term in terms(pod, "podAntiAffinity", "required")
            where means(term, of: pod, other) && isTogether(there, node, key(term)) { return false }
            for term in terms(other, "podAntiAffinity", "required")
            where means(term, of: other, pod) && isTogether(there, node, key(term)) { return false }
        }
        return true
    }
    /// Whether the company that the pod requires is there.
    private func isMet(_ pod: JSON, _ node: JSON) -> Bool {
        let wanted = terms(pod, "podAffinity", "required")
        if !wanted.isEmpty {
            if wanted.contains(where: { labels(node)[key($0)] == nil }) { return false }
            let company = pods.filter { other in wanted.allSatisfy { means($0, of: pod, other) } }
            let isMet = wanted.allSatisfy { term in
                company.contains { other in self.node(other).map { isTogether($0, node, key(term)) } ?? false }
            }
            if !isMet {
                let anywhere = company.contains { other in
                    wanted.contains { term in self.node(other).map { labels($0)[key(term)] != nil } ?? false }
                }
                if anywhere || !wanted.allSatisfy({ means($0, of: pod, pod) }) { return false }
            }
        }
        return true
    }

    // MARK: Scores

    private func totals(_ pod: JSON, _ feasible: [JSON]) -> [String: Int] {
        var totals: [String: Int] = [:]
        func add(_ weight: Int, _ scores: [Int]) {
            for (node, score) in zip(feasible, scores) { totals[node.key.name, default: 0] += weight * score }
        }
        add(3, taintScores(pod, feasible))
        add(2, spreadScores(pod, feasible))
        add(2, companyScores(pod, feasible))
        add(1, feasible.map { leastAllocated(pod, $0) })
        if asked(pod, "cpu") + asked(pod, "memory") > 0 { add(1, feasible.map { balanced(pod, $0) }) }
        return totals
    }

    private func taintScores(_ pod: JSON, _ feasible: [JSON]) -> [Int] {
        let counts = feasible.map { node in
            taints(node).count { $0["effect"]?.string == "PreferNoSchedule" && !isTolerated($0, pod) }
        }
        let most = counts.max() ?? 0
        // Where nobody minds anything, it makes no difference: the plugin is not asked.
        if !feasible.contains(where: { taints($0).contains { $0["effect"]?.string == "PreferNoSchedule" } }) {
            return counts.map { _ in 0 }
        }
        return counts.map { most == 0 ? 100 : 100 - $0 * 100 / most }
    }

    private func leastAllocated(_ pod: JSON, _ node: JSON) -> Int {
        var sum = 0
        for (resource, standIn) in [("cpu", 100), ("memory", 200 << 20)] {
            let used = used(node, resource, standIn: standIn) + asked(pod, resource, standIn: standIn)
            let have = have(node, resource)
            sum += used > have ? 0 : (have - used) * 100 / have
        }
        return sum / 2
    }

    private func balanced(_ pod: JSON, _ node: JSON) -> Int {
        func score(_ more: Bool) -> Int {
            let shares = ["cpu", "memory"].map { resource in
                min(1, Double(used(node, resource) + (more ? asked(pod, resource) : 0)) / Double(have(node, resource)))
            }
            return Int((1 - abs((shares[0] - shares[1]) / 2)) * 100)
        }
        return 50 + (50 + score(true) - score(false)) / 2
    }

    private func companyScores(_ pod: JSON, _ feasible: [JSON]) -> [Int] {
        let sums = feasible.map { node in
            var sum = 0
            for other in pods {
                guard let there = self.node(other) else { continue }
                func add(_ kind: String, _ sign: Int) {
                    for weighted in terms(pod, kind, "preferred") {
                        let term = weighted["podAffinityTerm"] ?? .object
                        guard means(term, of: pod, other), isTogether(there, node, key(term)) else { continue }
                        sum += sign * (weighted["weight"]?.int ?? 0)
                    }
                    for weighted in terms(other, kind, "preferred") {
                        let term = weighted["podAffinityTerm"] ?? .object
                        guard means(term, of: other, pod), isTogether(there, node, key(term)) else { continue }
                        sum += sign * (weighted["weight"]?.int ?? 0)
                    }
                }
                add("podAffinity", 1)
                add("podAntiAffinity", -1)
                for term in terms(other, "podAffinity", "required")
                where means(term, of: other, pod) && isTogether(there, node, key(term)) { sum += 1 }
            }
            return sum
        }
        let least = sums.min() ?? 0
        let span = (sums.max() ?? 0) - least
        return sums.map { span == 0 ? 0 : Int(100 * (Double($0 - least) / Double(span))) }
    }

    private func spreadScores(_ pod: JSON, _ feasible: [JSON]) -> [Int] {
        let constraints = constraints(pod, "ScheduleAnyway")
        if constraints.isEmpty { return feasible.map { _ in 0 } }
        let keys = constraints.map { $0["topologyKey"]?.string ?? "" }
        let isScored = feasible.map { node in keys.allSatisfy { labels(node)[$0] != nil } }
        var scores = feasible.map { _ in 0.0 }
        for (constraint, key) in zip(constraints, keys) {
            let isByNode = key == "kubernetes.io/hostname"
            let domains = Set(zip(feasible, isScored).filter(\.1).map { labels($0.0)[key]! })
            let size = isByNode ? isScored.count { $0 } : domains.count
            for (index, node) in feasible.enumerated() where isScored[index] {
                let there =
                    isByNode
                    ? number(node, constraint, pod)
                    : nodes.filter { counts(constraint, $0, pod, keys) && isTogether($0, node, key) }
                        .map { number($0, constraint, pod) }.reduce(0, +)
                scores[index] +=
                    Double(there) * log(Double(size + 2)) + Double((constraint["maxSkew"]?.int ?? 1) - 1)
            }
        }
        let rounded = scores.map { Int($0.rounded()) }
        let counted = zip(rounded, isScored).filter(\.1).map(\.0)
        let (least, most) = (counted.min() ?? 0, counted.max() ?? 0)
        return zip(rounded, isScored).map { score, isScored in
            !isScored ? 0 : most == 0 ? 100 : 100 * (most + least - score) / most
        }
    }
}
