import APIMachinery
import KubeAPI
import Synchronization

/// Where writes are charged to the quotas of their namespace. The charges of a namespace are made together, by one writer
/// at a time: those that come meanwhile are the next batch, so many creates at once cost few writes of the quota. Each
/// quota is judged in the same turn of optimistic concurrency in which it is charged: it is never exceeded, whoever else
/// writes it.
final class QuotaLedger: Sendable {
    /// What was charged for a write that is under way, by the quota's name.
    struct Charge: Sendable {
        fileprivate let identity: Int
        fileprivate let namespace: String
        fileprivate var amounts: [String: ResourceAmounts] = [:]
    }
    private struct Asking: Sendable {
        var question: QuotaQuestion
        var charge: Charge
        var answer: CheckedContinuation<Charge?, any Error>
    }
    private struct Batch: Sendable {
        var asking: [Asking] = []
        var refunds: [Charge] = []
        var counting: [CheckedContinuation<Void, Never>] = []
        var isEmpty: Bool { asking.isEmpty && refunds.isEmpty && counting.isEmpty }
    }
    private struct State {
        /// What waits, by namespace; one that is there at all has somebody at work.
        var batches: [String: Batch] = [:]
        var inFlight: [String: [Int: Charge]] = [:]
        var lastIdentity = 0
    }
    private let state = Mutex(State())

    /// Charges the quotas of the namespace; nil when none is concerned, and for a dry run. Throws `StatusError`.
    func charge(
        _ question: QuotaQuestion, in namespace: String, _ server: ClusterServer
    ) async throws -> Charge? {
        try await withCheckedThrowingContinuation { continuation in
            add(to: namespace, server) { state in
                state.lastIdentity += 1
                let charge = Charge(identity: state.lastIdentity, namespace: namespace)
                state.batches[namespace]?.asking.append(
                    Asking(question: question, charge: charge, answer: continuation))
            }
        }
    }

    /// The write of this charge happened (or may have), or did not: then it is given back.
    func settle(_ charge: Charge, isWritten: Bool, _ server: ClusterServer) {
        if isWritten { return forget(charge) }
        add(to: charge.namespace, server) { $0.batches[charge.namespace]?.refunds.append(charge) }
    }

    /// What was charged for writes that are under way: all that the quota shows by now, and no other.
    func inFlight(namespace: String, quota: String, _ server: ClusterServer) async -> ResourceAmounts {
        await withCheckedContinuation { continuation in
            add(to: namespace, server) { $0.batches[namespace]?.counting.append(continuation) }
        }
        return state.withLock { state in
            var sum = ResourceAmounts()
            for charge in state.inFlight[namespace, default: [:]].values {
                if let amounts = charge.amounts[quota] { sum += amounts }
            }
            return sum
        }
    }

    // MARK: One batch after the other

    private func add(to namespace: String, _ server: ClusterServer, _ put: (inout State) -> Void) {
        let isFirst = state.withLock { state in
            let isFirst = state.batches[namespace] == nil
            if isFirst { state.batches[namespace] = Batch() }
            put(&state)
            return isFirst
        }
        guard isFirst else { return }
        Task {
            // The batch is of many callers: the term of the one that was first does not bind it.
            await Storage.$term.withValue(nil) {
                while let batch = take(namespace) {
                    // Between two batches, so that what is in flight is what was charged.
                    for count in batch.counting { count.resume() }
                    for charge in batch.refunds { await refund(charge, server) }
                    await serve(batch.asking, namespace, server)
                }
            }
        }
    }

    private func take(_ namespace: String) -> Batch? {
        state.withLock { state in
            guard let batch = state.batches[namespace], !batch.isEmpty else {
                state.batches[namespace] = nil
                return nil
            }
            state.batches[namespace] = Batch()
            return batch
        }
    }

    private func note(_ charge: Charge) {
        state.withLock { $0.inFlight[charge.namespace, default: [:]][charge.identity] = charge }
    }
    private func forget(_ charge: Charge) {
        state.withLock { state in
            state.inFlight[charge.namespace]?[charge.identity] = nil
            if state.inFlight[charge.namespace]?.isEmpty == true { state.inFlight[charge.namespace] = nil }
        }
    }

    private func serve(_ asking: [Asking], _ namespace: String, _ server: ClusterServer) async {
        if asking.isEmpty { return }
        var charged = asking
        var done: Set<String> = []
        do {
            let quotas = AdmissionView(server).known(.resourceQuotas, in: namespace)
            charged = sort(asking, quotas.map { QuotaState($0) })
            for asked in charged { note(asked.charge) }
            for name in Set(charged.flatMap { $0.charge.amounts.keys }).sorted() {
                try await charge(&charged, to: name, done, namespace, server)
                done.insert(name)
            }
            for asked in charged { asked.answer.resume(returning: asked.charge) }
        } catch {
            for asked in charged {
                asked.answer.resume(throwing: error)
                giveBack(asked.charge, of: done, server)
            }
        }
    }

    /// Answers those that can be answered without a write, and gives the others with what each is to be charged.
    private func sort(_ asking: [Asking], _ quotas: [QuotaState]) -> [Asking] {
        var quotas = quotas
        var charged: [Asking] = []
        for var asked in asking {
            let question = asked.question
            if let objection = quotas.lazy.compactMap({ question.objection($0) }).first {
                asked.answer.resume(throwing: question.refusal(objection))
                continue
            }
            let charges = quotas.map { question.charge($0) }
            let excess = zip(charges, quotas).lazy.compactMap { $0.isEmpty ? nil : question.excess($0, $1) }.first
            if let excess {
                asked.answer.resume(throwing: question.refusal(excess))
                continue
            }
            for (index, charge) in charges.enumerated() where !charge.isEmpty && !question.isDryRun {
                quotas[index].used += charge
                asked.charge.amounts[quotas[index].name] = charge
            }
            if asked.charge.amounts.isEmpty { asked.answer.resume(returning: nil) } else { charged.append(asked) }
        }
        return charged
    }

    /// Charges one quota for all of them, as it is when that is written; those for whom there is not enough any more are
    /// refused and leave `charged`.
    private func charge(
        _ charged: inout [Asking], to name: String, _ done: Set<String>, _ namespace: String, _ server: ClusterServer
    ) async throws {
        guard let kind = server.registry.resource(.resourceQuotas) else { return }
        var refused: [Int: String] = [:]
        var amounts: [Int: ResourceAmounts] = [:]
        let concerned = charged.filter { $0.charge.amounts[name] != nil }
        do {
            _ = try await server.change(
                kind, key: Call.key(kind, namespace: namespace, name: name), name: name, isDryRun: false
            ) { current in
                (refused, amounts) = ([:], [:])
                var quota = QuotaState(current.json)
                for asked in concerned {
                    let charge = asked.question.charge(quota)
                    if charge.isEmpty { continue }
                    if let why = asked.question.objection(quota) ?? asked.question.excess(charge, quota) {
                        refused[asked.charge.identity] = why
                    } else {
                        quota.used += charge
                        amounts[asked.charge.identity] = charge
                    }
                }
                var object: JSON = current.json
                object["status", "used"] = quota.used.json
                return amounts.isEmpty ? .keep : .put(object)
            }
        } catch let error as StatusError where error.code == 404 {
            // The quota is gone, and bounds nobody.
        }
        for index in charged.indices.reversed() where charged[index].charge.amounts[name] != nil {
            let identity = charged[index].charge.identity
            charged[index].charge.amounts[name] = amounts[identity]
            note(charged[index].charge)
            guard let why = refused[identity] else { continue }
            let asked = charged.remove(at: index)
            asked.answer.resume(throwing: asked.question.refusal(why))
            giveBack(asked.charge, of: done, server)
        }
    }

    /// Gives back what was charged of these quotas; of the others nothing was.
    private func giveBack(_ charge: Charge, of quotas: Set<String>, _ server: ClusterServer) {
        var charge = charge
        charge.amounts = charge.amounts.filter { quotas.contains($0.key) }
        note(charge)
        settle(charge, isWritten: charge.amounts.isEmpty, server)
    }

    private func refund(_ charge: Charge, _ server: ClusterServer) async {
        defer { forget(charge) }
        guard let kind = server.registry.resource(.resourceQuotas) else { return }
        for (name, amounts) in charge.amounts {
            let key = Call.key(kind, namespace: charge.namespace, name: name)
            do {
                _ = try await server.change(kind, key: key, name: name, isDryRun: false) { current in
                    var object: JSON = current.json
                    object["status", "used"] = (ResourceAmounts(object["status", "used"]) - amounts).json
                    return .put(object)
                }
            } catch {
                // What stays charged is corrected by the loop that recounts.
                server.log.debug("A quota's charge could not be given back", metadata: ["error": "\(error)"])
            }
        }
    }
}
