import EtcdClient
import EtcdStore
import Foundation
import KeyValueCore
import Simulator
import Synchronization

/// A mixed load on a store by several clients, and the history of what each asked and was answered.
final class StoreLoad: Sendable {
    /// Keys that clients share. A new set of them begins with each epoch, so that what nobody knows the outcome of does
    /// not stay in the way of judging what comes later.
    static let keysPerEpoch = 4
    /// A client rests so long between two calls: the history must be judged, too.
    static let rest = Duration.milliseconds(4)

    private struct State {
        var calls: [RecordedCall] = []
        var acknowledged: Set<String> = []
        var epoch = 0
        var isStopped = false
        var refusals = 0
    }
    private let state = Mutex(State())

    var history: [RecordedCall] { state.withLock { $0.calls } }
    /// Keys of the writes that are done once each and were acknowledged.
    var acknowledged: Set<String> { state.withLock { $0.acknowledged } }
    var acknowledgedCount: Int { state.withLock { $0.acknowledged.count } }
    var unansweredCount: Int { state.withLock { $0.calls.count { $0.ended == nil } } }
    var refusals: Int { state.withLock { $0.refusals } }

    func beginEpoch() { state.withLock { $0.epoch += 1 } }
    func stop() { state.withLock { $0.isStopped = true } }

    /// Works until it is stopped.
    func run(_ client: Int, on store: any RevisionedStore) async {
        var number = 0
        while true {
            let (epoch, isStopped) = state.withLock { ($0.epoch, $0.isStopped) }
            if isStopped || Task.isCancelled { return }
            number += 1
            if number % 10 == 0 {
                await append("log/\(client)/\(number)", store)
            } else {
                await call(client, Self.transaction(client, number, epoch), store)
            }
            try? await Task.sleep(for: Self.rest)
        }
    }

    private static func transaction(_ client: Int, _ number: Int, _ epoch: Int) -> ModelTransaction {
        func key() -> String { "e\(epoch)/k\(Int.random(in: 0..<keysPerEpoch))" }
        let value = "\(client).\(number)"
        switch Int.random(in: 0..<10) {
        case 0..<3: return .get(key())
        case 3..<6: return .put(key(), value)
        case 6: return .delete(key())
        case 7: return .swap(key(), from: nil, to: value)
        case 8:
            // The reads of a whole set at one moment.
            return ModelTransaction(then: (0..<keysPerEpoch).map { .get("e\(epoch)/k\($0)") })
        default:
            let (one, other) = (Int.random(in: 0..<keysPerEpoch), Int.random(in: 1..<keysPerEpoch))
            let second = "e\(epoch)/k\((one + other) % keysPerEpoch)"
            return ModelTransaction(
                conditions: [.init("e\(epoch)/k\(one)", is: nil)],
                then: [.put("e\(epoch)/k\(one)", value), .delete(second)],
                otherwise: [.delete("e\(epoch)/k\(one)"), .put(second, value)])
        }
    }

    private func call(_ client: Int, _ transaction: ModelTransaction, _ store: any RevisionedStore) async {
        let began = DispatchTime.now().uptimeNanoseconds
        do {
            let response = try await store.transact(Transaction(transaction))
            let ended = DispatchTime.now().uptimeNanoseconds
            let answer = ModelAnswer(response)
            var recorded = RecordedCall(client: client, transaction, begun: began, ended: (ended, answer))
            let hasWritten = answer.results.contains { $0 == .put || $0 == .deleted(true) }
            recorded.place = 2 * response.revision + (hasWritten ? 0 : 1)
            state.withLock { [recorded] in $0.calls.append(recorded) }
        } catch StoreError.unknownOutcome {
            state.withLock { $0.calls.append(RecordedCall(client: client, transaction, begun: began)) }
        } catch is CancellationError {
            state.withLock { $0.calls.append(RecordedCall(client: client, transaction, begun: began)) }
        } catch {
            // Certainly nothing was done.
            state.withLock { $0.refusals += 1 }
        }
    }

    private func append(_ key: String, _ store: any RevisionedStore) async {
        let transaction = Transaction(success: [.put(key: Array(key.utf8), value: Array(key.utf8))])
        guard (try? await store.transact(transaction)) != nil else { return }
        state.withLock { _ = $0.acknowledged.insert(key) }
    }
}

// MARK: The model's words and the store's

extension Transaction {
    init(_ model: ModelTransaction) {
        self.init(
            compare: model.conditions.map { condition in
                let key = Array(condition.key.utf8)
                guard let value = condition.value else { return Compare(key, .version(0)) }
                return Compare(key, .value(Array(value.utf8)))
            }, success: model.then.map { Operation($0) }, failure: model.otherwise.map { Operation($0) })
    }
}

extension KeyValueCore.Operation {
    init(_ step: ModelTransaction.Step) {
        switch step {
        case .get(let key): self = .range(RangeRequest(.key(Array(key.utf8))))
        case .put(let key, let value): self = .put(key: Array(key.utf8), value: Array(value.utf8))
        case .delete(let key): self = .delete(.key(Array(key.utf8)))
        }
    }
}

extension ModelAnswer {
    init(_ response: TransactionResponse) {
        self.init(
            succeeded: response.succeeded,
            response.responses.map { part in
                switch part {
                case .range(let range): .found(range.keyValues.first.map { String(decoding: $0.value, as: UTF8.self) })
                case .put, .transaction: .put
                case .delete(let count, _): .deleted(count > 0)
                }
            })
    }
}
