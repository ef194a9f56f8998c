import APIMachinery
import KubeAPI

/// A label selector made ready for matching (metav1.LabelSelector): all of its terms must hold.
struct LabelMatch: Sendable {
    enum Term: Sendable {
        case isIn(String, Set<String>)
        case isNotIn(String, Set<String>)
        case exists(String)
        case doesNotExist(String)
    }
    let terms: [Term]

    /// nil for an operator that does not exist.
    init?(_ selector: LabelSelector) {
        var terms: [Term] = selector.matchLabels.sorted { $0.key < $1.key }.map { .isIn($0.key, [$0.value]) }
        for requirement in selector.matchExpressions {
            let key = requirement.key ?? ""
            switch requirement.operator {
            case "In": terms.append(.isIn(key, Set(requirement.values)))
            case "NotIn": terms.append(.isNotIn(key, Set(requirement.values)))
            case "Exists": terms.append(.exists(key))
            case "DoesNotExist": terms.append(.doesNotExist(key))
            default: return nil
            }
        }
        self.terms = terms
    }
    /// The plain map of a Service's selector.
    init(_ map: [String: String]) { terms = map.sorted { $0.key < $1.key }.map { .isIn($0.key, [$0.value]) } }

    var isEmpty: Bool { terms.isEmpty }

    func matches(_ object: some Kind) -> Bool { matches(object.json["metadata"]?["labels"] ?? .null) }
    /// `labels` is an object of strings, or null.
    func matches(_ labels: JSON) -> Bool {
        terms.allSatisfy { term in
            switch term {
            case .isIn(let key, let values): labels[key]?.string.map { values.contains($0) } ?? false
            case .isNotIn(let key, let values): labels[key]?.string.map { !values.contains($0) } ?? true
            case .exists(let key): labels[key] != nil
            case .doesNotExist(let key): labels[key] == nil
            }
        }
    }
}
