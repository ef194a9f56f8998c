import Collections

/// What a watcher asks for so narrowly that few of a resource's changes concern it: one object, or one value of a field,
/// such as the node of a pod.
struct Pin: Sendable {
    enum Kind: Sendable, Hashable { case object, field }
    struct Key: Sendable, Hashable {
        var kind: Kind
        var value: String
    }
    let key: Key
    /// The values of this kind that a change concerns, each once.
    let read: @Sendable (CacheEvent) -> [String]
}

/// Which changes of a log concern which value, so that of thousands of watchers that ask for one value each, such as nodes
/// for their pods, none looks at the others' changes. There is one as long as anybody asks so.
struct PinnedChanges: Sendable {
    private struct Watched: Sendable {
        var watchers = 0
        /// The number of the last change of this value that is forgotten; -1 for none.
        var forgotten = -1
    }
    private let read: @Sendable (CacheEvent) -> [String]
    /// Changes from this number on are here.
    private(set) var start: Int
    /// Of each change from `start` on, the oldest first.
    private var values = Deque<[String]>()
    private var first: Int
    /// The numbers of the changes of each value, in their order.
    private var numbers: [String: Deque<Int>] = [:]
    private var watched: [String: Watched] = [:]

    init(from start: Int, _ read: @escaping @Sendable (CacheEvent) -> [String]) {
        self.start = start
        self.read = read
        first = start
    }

    /// Nobody asks.
    var isIdle: Bool { watched.isEmpty }

    // MARK: Who watches

    /// A watcher of a value comes, who has seen everything before `number`; `oldest` is the oldest change that the log has.
    mutating func enter(_ value: String, at number: Int, oldest: Int) {
        var known = watched[value] ?? Watched()
        known.watchers += 1
        if number < oldest { known.forgotten = max(known.forgotten, oldest - 1) }
        watched[value] = known
    }
    mutating func leave(_ value: String) {
        watched[value]?.watchers -= 1
        if watched[value]?.watchers == 0 { watched[value] = nil }
    }

    // MARK: What the log does

    /// The values that the change concerns.
    mutating func append(_ event: CacheEvent, _ number: Int) -> [String] {
        let values = read(event)
        self.values.append(values)
        for value in values { numbers[value, default: []].append(number) }
        return values
    }
    /// Changes before this number are forgotten.
    mutating func forget(before number: Int) {
        while first < number, let values = values.popFirst() {
            for value in values {
                _ = numbers[value]?.popFirst()
                if numbers[value]?.isEmpty == true { numbers[value] = nil }
                watched[value]?.forgotten = first
            }
            first += 1
        }
    }
    /// The log begins anew.
    mutating func begin(at number: Int) {
        start = number
        first = number
        values.removeAll()
        numbers.removeAll()
    }

    // MARK: Reading

    /// Whether no change of this value from `number` on is forgotten.
    func isComplete(_ value: String, from number: Int) -> Bool { watched[value]?.forgotten ?? -1 < number }

    /// The numbers of the changes of a value from `number` on, at most `limit`.
    func changes(of value: String, from number: Int, limit: Int) -> [Int] {
        guard let all = numbers[value] else { return [] }
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle] < number { low = middle + 1 } else { high = middle }
        }
        return Array(all[low..<min(all.count, low + limit)])
    }
}
