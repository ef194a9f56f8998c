import KeyValueCore
import TestKit
import Testing

/// Plays `Scenarios/*.txt`.
@Suite struct ScenarioTests {
    static let names = Scenario.names()

    @Test func thereAreScenarios() { #expect(Self.names.count >= 4) }

    @Test(arguments: ScenarioTests.names) func plays(_ name: String) throws {
        var player = ScenarioPlayer()
        try Scenario.run(name, blocks: { player.play($0) })
    }
}

/// Understands the scenarios' words, which are etcdctl's where it has them.
struct ScenarioPlayer {
    private var state = KeyValueState()

    /// A block's lines are commands of their own, unless the first is `txn`.
    mutating func play(_ lines: [String]) -> [String] {
        if lines.first == "txn" { return transact(Array(lines.dropFirst())) }
        return lines.flatMap { line in run(line.split(separator: " ").map(String.init)) }
    }

    private mutating func run(_ words: [String]) -> [String] {
        switch words.first ?? "" {
        case "put", "get", "del":
            guard let operation = operation(words) else { return ["? \(words)"] }
            if case .range(let request) = operation {
                return answer { try show(state.range(request)) }
            }
            return apply(.transact(Transaction(success: [operation])))
        case "grant": return apply(.grantLease(number(words, 1), timeToLiveSeconds: number(words, 2)))
        case "revoke": return apply(.revokeLease(number(words, 1)))
        case "leases":
            return state.leases.values.sorted { $0.id < $1.id }.map { lease in
                "lease \(lease.id): \(lease.keys.map { text($0) }.sorted().joined(separator: " "))"
            }
        case "compact": return apply(.compact(number(words, 1)))
        case "free": return [state.freeCompacted(limit: Int(number(words, 1))) ? "more" : "done"]
        case "held": return ["\(state.bytesHeld) bytes"]
        case "history": return history(from: number(words, 1))
        default: return ["? \(words)"]
        }
    }

    // MARK: Reading the words

    private func number(_ words: [String], _ place: Int) -> Int64 { place < words.count ? Int64(words[place]) ?? 0 : 0 }

    /// The number after `name=`, or 0.
    private func option(_ words: [String], _ name: String) -> Int64 {
        words.first { $0.hasPrefix(name + "=") }.flatMap { Int64($0.dropFirst(name.count + 1)) } ?? 0
    }

    /// A key, `from..to`, `from..` or `prefix*`.
    private func range(_ word: String) -> KeyRange {
        if word.hasSuffix("*") { return .prefix(bytes(String(word.dropLast()))) }
        guard let dots = word.range(of: "..") else { return .key(bytes(word == "''" ? "" : word)) }
        let end = String(word[dots.upperBound...])
        return KeyRange(start: bytes(String(word[..<dots.lowerBound])), end: end.isEmpty ? [0] : bytes(end))
    }

    private func operation(_ words: [String]) -> KeyValueCore.Operation? {
        guard words.count > 1 else { return nil }
        switch words[0] {
        case "get":
            return .range(
                RangeRequest(
                    range(words[1]), limit: Int(option(words, "limit")), revision: option(words, "rev"),
                    keysOnly: words.contains("keys"), countOnly: words.contains("count")))
        case "put":
            return .put(
                key: bytes(words[1] == "''" ? "" : words[1]), value: bytes(words.count > 2 ? words[2] : ""),
                lease: option(words, "lease"), previous: words.contains("prev"),
                ignoreValue: words.contains("ignore-value"), ignoreLease: words.contains("ignore-lease"))
        case "del":
            return .delete(range(words[1]), previous: words.contains("prev"))
        default:
            return nil
        }
    }

    /// `if`, `then` and `else` lines; deeper ones, indented by two, are one nested transaction of their branch.
    private func transaction(_ lines: [String]) -> Transaction {
        var result = Transaction(success: [])
        var rest = lines[...]
        while let line = rest.popFirst() {
            let words = line.split(separator: " ").map(String.init)
            let isNested = words.count == 2 && words[1] == "txn"
            let inner = isNested ? Array(rest.prefix { $0.hasPrefix("  ") }) : []
            rest = rest.dropFirst(inner.count)
            let operation: KeyValueCore.Operation? =
                isNested
                ? .transaction(transaction(inner.map { String($0.dropFirst(2)) })) : operation(Array(words.dropFirst()))
            switch words.first {
            case "if": result.compare.append(compare(Array(words.dropFirst())))
            case "then": operation.map { result.success.append($0) }
            case "else": operation.map { result.failure.append($0) }
            default: break
            }
        }
        return result
    }

    /// Such as `version a = 1`.
    private func compare(_ words: [String]) -> Compare {
        let target: Compare.Target =
            switch words[0] {
            case "create": .createRevision(number(words, 3))
            case "mod": .modRevision(number(words, 3))
            case "version": .version(number(words, 3))
            case "lease": .lease(number(words, 3))
            default: .value(bytes(words[3]))
            }
        let relations: [String: Compare.Relation] = ["=": .equal, "!=": .notEqual, ">": .greater, "<": .less]
        return Compare(range: range(words[1]), target: target, relation: relations[words[2]] ?? .equal)
    }

    // MARK: Answering

    private func answer(_ body: () throws -> [String]) -> [String] {
        do { return try body() } catch { return ["error: \(error)"] }
    }

    private mutating func transact(_ lines: [String]) -> [String] {
        apply(.transact(transaction(lines)))
    }

    private mutating func apply(_ command: Command) -> [String] {
        do {
            // Through its bytes, as in the log.
            let decoded = try Command(decoding: command.encoded)
            guard decoded == command else { return ["error: coding"] }
            switch try state.apply(decoded) {
            case .transaction(let response): return show(response)
            case .leaseGranted(let id, let revision): return ["lease \(id) granted, revision \(revision)"]
            case .leaseRevoked(let revision): return ["revision \(revision)"]
            case .compacted(let revision): return ["compacted \(revision)"]
            }
        } catch {
            return ["error: \(error)"]
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func show(_ keyValue: KeyValue) -> String {
        let lease = keyValue.lease == 0 ? "" : " lease \(keyValue.lease)"
        return "\(text(keyValue.key)) = \(text(keyValue.value)) (create \(keyValue.createRevision), "
            + "mod \(keyValue.modRevision), version \(keyValue.version)\(lease))"
    }

    private func show(_ response: RangeResponse) -> [String] {
        response.keyValues.map { show($0) }
            + ["count \(response.count)\(response.more ? ", more" : ""), revision \(response.revision)"]
    }

    private func show(_ response: TransactionResponse) -> [String] {
        [response.succeeded ? "succeeded" : "failed"] + response.responses.flatMap { show($0) }
            + ["revision \(response.revision)"]
    }

    private func show(_ response: OperationResponse) -> [String] {
        switch response {
        case .range(let range): show(range).map { "  " + $0 }
        case .put(let previous): ["  put" + (previous.map { ", was " + show($0) } ?? "")]
        case .delete(let count, let previous): ["  deleted \(count)"] + previous.map { "  was " + show($0) }
        case .transaction(let nested): show(nested).dropLast().map { "  " + $0 }
        }
    }

    private func history(from revision: Revision) -> [String] {
        answer {
            var lines: [String] = []
            try state.visitHistory(from: revision) { change in
                let event = change.event(previousValue: true)
                let was = event.previous.map { ", was " + text($0.value) } ?? ""
                let now = event.kind == .put ? "put \(show(event.current))" : "delete \(text(event.current.key))"
                lines.append("\(event.current.modRevision): \(now)\(was)")
                return true
            }
            return lines
        }
    }
}
