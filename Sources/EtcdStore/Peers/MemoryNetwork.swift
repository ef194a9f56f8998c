import RaftCore
import Synchronization

/// What carries messages between the members of a simulated store: at once, in order, to everybody who is not cut off.
/// Snapshots do not arrive; the members of a simulation keep the log that the others need.
package final class MemoryNetwork: Sendable {
    private struct State {
        var queues: [Member: EngineQueue] = [:]
        var isolated: Set<Member> = []
    }
    private let state = Mutex(State())

    package init() {}

    /// Nothing goes to these members or comes from them, until other ones are named.
    package func isolate(_ members: Set<UInt64>) {
        state.withLock { $0.isolated = Set(members.map { Member($0) }) }
    }

    func join(_ identity: StoreIdentity, _ queue: EngineQueue) -> any Transporter {
        let member = Member(identity.member)
        state.withLock { $0.queues[member] = queue }
        return Way(member: member, network: self, queue: queue)
    }

    /// The queue of a member that can be reached.
    private func queue(from sender: Member, to receiver: Member) -> EngineQueue? {
        state.withLock { state in
            state.isolated.contains(sender) || state.isolated.contains(receiver) ? nil : state.queues[receiver]
        }
    }

    private struct Way: Transporter {
        let member: Member
        let network: MemoryNetwork
        let queue: EngineQueue

        func send(_ output: [EngineOutput]) -> [(PeerMessage, Member)] {
            var unsent: [(PeerMessage, Member)] = []
            for item in output {
                switch item {
                case .send(let message, let peer):
                    guard let other = network.queue(from: member, to: peer),
                        other.post(message, from: member, bytes: 0)
                    else {
                        unsent.append((message, peer))
                        continue
                    }
                case .sendSnapshot(_, _, let peer): queue.post(.snapshotSent(to: peer, upTo: nil))
                }
            }
            return unsent
        }
        func updateMembers(_ members: [ClusterMember]) {}
        func close() { network.state.withLock { $0.queues[member] = nil } }
    }
}
