/// What a client asked of a key-value store, in the words of the sequential model: if every condition holds, `then` is
/// done, else `otherwise`; all of it at one moment. A put, a get and a delete are transactions without conditions.
public struct ModelTransaction: Sendable, Equatable {
    /// Holds if the key has this value; nil: if the key is not there.
    public struct Condition: Sendable, Equatable {
        public var key: String
        public var value: String?
        public init(_ key: String, is value: String?) {
            self.key = key
            self.value = value
        }
    }
    public enum Step: Sendable, Equatable {
        case get(String)
        case put(String, String)
        case delete(String)

        var key: String {
            switch self {
            case .get(let key), .put(let key, _), .delete(let key): key
            }
        }
    }
    public var conditions: [Condition]
    public var then: [Step]
    public var otherwise: [Step]

    public init(conditions: [Condition] = [], then: [Step], otherwise: [Step] = []) {
        self.conditions = conditions
        self.then = then
        self.otherwise = otherwise
    }

    public static func get(_ key: String) -> Self { Self(then: [.get(key)]) }
    public static func put(_ key: String, _ value: String) -> Self { Self(then: [.put(key, value)]) }
    public static func delete(_ key: String) -> Self { Self(then: [.delete(key)]) }
    /// Puts `new` if the key has the value `old` (nil: is not there), else reads it.
    public static func swap(_ key: String, from old: String?, to new: String) -> Self {
        Self(conditions: [Condition(key, is: old)], then: [.put(key, new)], otherwise: [.get(key)])
    }

    /// Every key that it may read or write, with repetitions.
    var keys: [String] { conditions.map(\.key) + then.map(\.key) + otherwise.map(\.key) }
    var isReadOnly: Bool {
        (then + otherwise).allSatisfy { if case .get = $0 { true } else { false } }
    }
}

/// What a client was answered.
public struct ModelAnswer: Sendable, Equatable {
    public enum Result: Sendable, Equatable {
        /// What a get found; nil: the key was not there.
        case found(String?)
        case put
        /// Whether the key was there.
        case deleted(Bool)
    }
    /// Whether all conditions held.
    public var succeeded: Bool
    /// One for each step of the branch that was taken.
    public var results: [Result]
    public init(succeeded: Bool = true, _ results: [Result]) {
        self.succeeded = succeeded
        self.results = results
    }
}

/// One call as its client saw it. Times only order calls: a call that ended before another began came first.
public struct RecordedCall: Sendable, Equatable {
    public var client: Int
    public var transaction: ModelTransaction
    public var begun: UInt64
    /// Nil: nobody knows whether, or when, it took effect. Calls that certainly had no effect are not recorded.
    public var ended: (time: UInt64, answer: ModelAnswer)?
    /// Where the store says that the call stands among others, if it is known to have taken effect: a hint where to
    /// look, which is not believed.
    public var place: Int64?

    public init(client: Int, _ transaction: ModelTransaction, begun: UInt64, ended: (UInt64, ModelAnswer)? = nil) {
        self.client = client
        self.transaction = transaction
        self.begun = begun
        self.ended = ended.map { (time: $0.0, answer: $0.1) }
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.client == right.client && left.transaction == right.transaction && left.begun == right.begun
            && left.ended?.time == right.ended?.time && left.ended?.answer == right.ended?.answer
    }
}

// MARK: For readers

extension ModelTransaction: CustomStringConvertible {
    public var description: String {
        let text = then.map(\.description).joined(separator: ", ")
        if conditions.isEmpty { return text }
        let condition = conditions.map { "\($0.key) is \($0.value ?? "absent")" }.joined(separator: " and ")
        let other = otherwise.map(\.description).joined(separator: ", ")
        return "if \(condition): \(text)" + (other.isEmpty ? "" : "; else \(other)")
    }
}

extension ModelTransaction.Step: CustomStringConvertible {
    public var description: String {
        switch self {
        case .get(let key): "get \(key)"
        case .put(let key, let value): "put \(key)=\(value)"
        case .delete(let key): "delete \(key)"
        }
    }
}

extension ModelAnswer: CustomStringConvertible {
    public var description: String {
        let text = results.map { result in
            switch result {
            case .found(let value): value ?? "absent"
            case .put: "done"
            case .deleted(let wasThere): wasThere ? "deleted" : "was not there"
            }
        }
        return (succeeded ? "" : "else: ") + text.joined(separator: ", ")
    }
}

extension RecordedCall: CustomStringConvertible {
    public var description: String {
        let end = ended.map { "\($0.time)" } ?? "?"
        return "client \(client) [\(begun), \(end)] \(transaction) → \(ended?.answer.description ?? "no answer")"
    }
}
