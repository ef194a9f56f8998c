/// Which objects are meant, by their labels (k8s.io/apimachinery labels.Selector and metav1.LabelSelector): all requirements
/// must hold. The empty selector means all objects.
public struct LabelSelector: Sendable, Equatable, CustomStringConvertible {
    /// One condition on one label.
    public struct Requirement: Sendable, Equatable {
        public enum Operator: String, Sendable {
            case equals = "=", doubleEquals = "==", notEquals = "!=", `in` = "in", notIn = "notin", exists = "exists"
            case doesNotExist = "!", greaterThan = "gt", lessThan = "lt"
        }
        public var key: String
        public var `operator`: Operator
        public var values: [String]
        public init(key: String, operator: Operator, values: [String] = []) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }
    }

    /// In the order of their keys.
    public internal(set) var requirements: [Requirement]
    /// Whether this matches no object at all, as an absent or invalid selector object does.
    public internal(set) var matchesNothing = false
    /// The selector as a LabelSelector object; setting it sets the requirements.
    public var json: JSON {
        get { object }
        set { self = LabelSelector(newValue) }
    }
    private var object: JSON

    /// Keeps the object this was made from, with whatever else it holds.
    mutating func keep(_ json: JSON) { object = json }

    public static let everything = LabelSelector(JSON.object)
    public static let nothing = LabelSelector(JSON.null)

    public init(requirements: [Requirement]) {
        self.requirements = requirements.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        object = Self.object(requirements)
    }

    /// The selector that asks for exactly these labels, unchecked.
    public init(matchLabels: [String: String]) {
        self.init(requirements: matchLabels.map { Requirement(key: $0.key, operator: .equals, values: [$0.value]) })
    }

    /// From the text of the query parameter `labelSelector`, such as `app=web,tier in (a,b),!legacy`; throws 400 with
    /// Kubernetes' sentence.
    public init(parsing text: String) throws(StatusError) {
        do {
            var parser = LabelSelectorParser(text)
            self.init(requirements: try parser.parse())
        } catch {
            throw .badRequest(error.message)
        }
    }

    public static func == (left: LabelSelector, right: LabelSelector) -> Bool {
        left.requirements == right.requirements && left.matchesNothing == right.matchesNothing
    }

    public var isEmpty: Bool { requirements.isEmpty && !matchesNothing }

    public func matches(_ labels: [String: String]) -> Bool {
        !matchesNothing && requirements.allSatisfy { $0.matches(labels[$0.key]) }
    }

    /// Whether it matches an object by its `metadata.labels`.
    public func matches(labelsOf object: JSON) -> Bool {
        if matchesNothing { return false }
        if requirements.isEmpty { return true }
        let labels = object["metadata", "labels"]
        return requirements.allSatisfy { $0.matches(labels?[$0.key]?.string) }
    }

    /// The one value that this label must have to match, if there is one.
    public func requiredValue(of key: String) -> String? {
        requirements.first { requirement in
            requirement.key == key && requirement.values.count == 1
                && [.equals, .doubleEquals, .in].contains(requirement.operator)
        }?.values.first
    }

    /// As Kubernetes writes it: `app=web,tier in (a,b)`.
    public var text: String { requirements.map(\.text).joined(separator: ",") }
    public var description: String { text }
}

extension LabelSelector.Requirement {
    /// `value` is the label's, nil if the object has no such label.
    func matches(_ value: String?) -> Bool {
        switch `operator` {
        case .exists: return value != nil
        case .doesNotExist: return value == nil
        case .equals, .doubleEquals, .in: return value.map { values.contains($0) } ?? false
        case .notEquals, .notIn: return value.map { !values.contains($0) } ?? true
        case .greaterThan, .lessThan:
            guard let number = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) else {
                return false
            }
            return `operator` == .greaterThan ? number > bound : number < bound
        }
    }

    var text: String {
        let list = values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ",")
        switch `operator` {
        case .exists: return key
        case .doesNotExist: return "!\(key)"
        case .equals, .doubleEquals, .notEquals: return "\(key)\(`operator`.rawValue)\(list)"
        case .in, .notIn: return "\(key) \(`operator`.rawValue) (\(list))"
        case .greaterThan: return "\(key)>\(list)"
        case .lessThan: return "\(key)<\(list)"
        }
    }

    /// What is wrong with it, in the sentences of labels.NewRequirement; nil if nothing is.
    var wrong: String? {
        var sentences: [String] = []
        func add(_ path: String, _ value: String, _ rules: [String]) {
            if !rules.isEmpty {
                let shown = JSON(value).text
                sentences.append("\(path): Invalid value: \(shown): \(rules.joined(separator: "; "))")
            }
        }
        add("key", key, Validation.isQualifiedName(key))
        if [.greaterThan, .lessThan].contains(`operator`) {
            for (index, value) in values.enumerated() where Int64(value) == nil {
                add("values[\(index)]", value, ["for 'Gt', 'Lt' operators, the value must be an integer"])
            }
        }
        for (index, value) in values.enumerated() {
            add("values[\(index)][\(key)]", value, Validation.isLabelValue(value))
        }
        if sentences.isEmpty { return nil }
        return sentences.count == 1 ? sentences[0] : "[\(sentences.joined(separator: ", "))]"
    }
}
