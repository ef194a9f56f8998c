import APIMachinery
import Basics
import Foundation

/// Which of several ways to help pods is taken: the first expander decides, and where it finds several as good, the next;
/// among what is left chance.
struct Expansion {
    private let expanders: [AutoscalerOptions.Expander]
    private let priorities: GroupPriorities?

    /// Without `priorities` groups have their own.
    init(_ expanders: [AutoscalerOptions.Expander], _ priorities: GroupPriorities? = nil) {
        self.expanders = expanders
        self.priorities = priorities
    }

    func choose(_ options: [ScaleUpPlan.Option], _ random: inout SplitMix64) -> ScaleUpPlan.Option? {
        var left = options
        for expander in expanders where left.count > 1 {
            switch expander {
            case .random: break
            case .mostPods: left = Self.least(left) { -Double($0.pods.count) }
            case .leastWaste: left = Self.least(left) { $0.waste }
            case .leastNodes: left = Self.least(left) { Double($0.count) }
            case .priority:
                guard let priorities else {
                    left = Self.least(left) { -Double($0.group.priority) }
                    break
                }
                // A group that no expression is about is not used, unless that is so with all of them.
                let listed = left.filter { priorities.priority(of: $0.group.id) != nil }
                if !listed.isEmpty {
                    left = Self.least(listed) { -Double(priorities.priority(of: $0.group.id) ?? 0) }
                }
            case .price:
                let priced = left.filter { $0.group.hourlyPrice != nil }
                // What the help costs for each pod that is helped.
                if !priced.isEmpty {
                    left = Self.least(priced) {
                        ($0.group.hourlyPrice ?? 0) * Double($0.count) / Double(max(1, $0.pods.count))
                    }
                }
            }
        }
        return left.randomElement(using: &random)
    }

    private static func least(
        _ options: [ScaleUpPlan.Option], _ measure: (ScaleUpPlan.Option) -> Double
    ) -> [ScaleUpPlan.Option] {
        let best = options.map(measure).min() ?? 0
        return options.filter { measure($0) == best }
    }
}

/// The ConfigMap `kube-system/cluster-autoscaler-priority-expander`: its `priorities` are a YAML mapping from a number to the
/// regular expressions of groups' names that have it; the greatest wins.
struct GroupPriorities {
    static let name = "cluster-autoscaler-priority-expander"
    static let field = "priorities"
    /// Why a text is none; as the autoscaler project tells it.
    struct Fault: Error, CustomStringConvertible { var description: String }
    /// The greatest first.
    private let lists: [(priority: Int, expressions: [NSRegularExpression])]

    /// Throws `Fault`.
    init(yaml text: String) throws(Fault) {
        let value: JSON
        do { value = try YAML.document(Array(text.utf8)).value } catch {
            throw Fault(description: "Can't parse YAML with priorities in the configmap: \(error)")
        }
        guard value.isObject, !value.members.isEmpty else {
            throw Fault(description: "priority configuration in the configmap is empty or no mapping")
        }
        var lists: [(Int, [NSRegularExpression])] = []
        for (name, list) in value.members {
            guard let priority = Int(name), list.isArray else {
                throw Fault(description: "\(name) must be a number with a list of regular expressions")
            }
            var expressions: [NSRegularExpression] = []
            for element in list.elements {
                guard let pattern = element.string, let expression = try? NSRegularExpression(pattern: pattern) else {
                    throw Fault(
                        description: "Can't compile regexp rule for priority \(priority) and rule \(element.text)")
                }
                expressions.append(expression)
            }
            lists.append((priority, expressions))
        }
        self.lists = lists.sorted { $0.0 > $1.0 }
    }

    /// nil for a group that no expression is about.
    func priority(of group: String) -> Int? {
        let range = NSRange(group.startIndex..., in: group)
        return lists.first { list in
            list.expressions.contains { $0.firstMatch(in: group, range: range) != nil }
        }?.priority
    }
}
