/// One part of an expression, and where it begins.
struct Node: Sendable {
    let at: Int
    let form: Form
    init(_ at: Int, _ form: Form) {
        self.at = at
        self.form = form
    }

    indirect enum Form: Sendable {
        case literal(Value)
        case name(String)
        /// `a.b`, or `a.?b`.
        case select(Node, String, isOptional: Bool)
        /// `has(a.b)`
        case has(Node, String)
        /// `a[b]`, or `a[?b]`.
        case index(Node, Node, isOptional: Bool)
        case call(String, [Node])
        case member(Node, String, [Node])
        case operation(Operation, [Node])
        case and(Node, Node)
        case or(Node, Node)
        case conditional(Node, Node, Node)
        case list([Element])
        case map([Entry])
        case comprehension(Comprehension)
        /// `cel.bind(name, value, body)`
        case bind(String, Node, Node)
    }
    struct Element: Sendable {
        var value: Node
        var isOptional: Bool
    }
    struct Entry: Sendable {
        var key: Node
        var value: Node
        var isOptional: Bool
    }

    /// A macro over a list or the keys of a map.
    struct Comprehension: Sendable {
        enum Kind: String, Sendable {
            case all, exists, existsOne = "exists_one", map, filter, transformList, transformMap
            /// Over what an optional holds.
            case optMap, optFlatMap
        }
        var kind: Kind
        var range: Node
        /// The element's; with two, index (or key) and element.
        var names: [String]
        /// What is asked of an element; nil for all of them.
        var condition: Node?
        /// What becomes of an element, for those that make something new.
        var result: Node?
    }
}

/// Operators, by the names that errors give them.
enum Operation: String, Sendable {
    case equal = "_==_", notEqual = "_!=_", less = "_<_", lessOrEqual = "_<=_", greater = "_>_"
    case greaterOrEqual = "_>=_", contained = "@in", add = "_+_", subtract = "_-_", multiply = "_*_", divide = "_/_"
    case modulo = "_%_", negate = "-_", not = "!_"
}
