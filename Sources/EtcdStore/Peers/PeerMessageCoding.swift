import Basics
import KeyValueCore
import RaftCore

/// The bytes of messages between members: a byte that says which, then the fields. Numbers are little-endian.
extension PeerMessage {
    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: size)
        encode(into: &writer)
        return writer.bytes
    }

    /// About as many bytes as `encoded` has.
    var size: Int {
        switch self {
        case .raft(let message): 1 + message.encodedSize
        case .propose(let proposals): proposals.reduce(8) { $0 + 24 + $1.bytes.count }
        case .refused(let numbers, _): 32 + 8 * numbers.count
        case .request, .answer: 64
        }
    }

    private func encode(into writer: inout ByteWriter) {
        switch self {
        case .raft(let message):
            writer.write(UInt8(1))
            message.encode(into: &writer.bytes)
        case .propose(let proposals):
            writer.write(UInt8(2))
            writer.write(UInt32(proposals.count))
            for proposal in proposals {
                writer.write(proposal.number)
                writer.write(proposal.term != nil)
                writer.write(proposal.term ?? 0)
                writer.write(proposal.bytes)
            }
        case .refused(let numbers, let refusal):
            writer.write(UInt8(3))
            refusal.encode(into: &writer)
            writer.write(UInt32(numbers.count))
            for number in numbers { writer.write(number) }
        case .request(let number, let request):
            writer.write(UInt8(4))
            writer.write(number)
            request.encode(into: &writer)
        case .answer(let number, let answer):
            writer.write(UInt8(5))
            writer.write(number)
            answer.encode(into: &writer)
        }
    }

    package init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        if bytes.first == 1 {
            do throws(CodingFailure) {
                self = .raft(try Message(decoding: Array(bytes[1...])))
            } catch {
                throw .malformed
            }
            return
        }
        self = try ByteReader.read(bytes) { reader throws(ByteReaderError) in try PeerMessage(from: &reader) }
    }

    private init(from reader: inout ByteReader) throws(ByteReaderError) {
        let kind: UInt8 = try reader.read()
        switch kind {
        case 2:
            var proposals: [ForwardedProposal] = []
            for _ in 0..<(try reader.readCount(ofAtLeast: 21)) {
                let number: UInt64 = try reader.read()
                let hasTerm = try reader.readFlag()
                let term: Term = try reader.read()
                proposals.append(
                    ForwardedProposal(number: number, term: hasTerm ? term : nil, bytes: try reader.readBytes()))
            }
            self = .propose(proposals)
        case 3:
            let refusal = try PeerRefusal(from: &reader)
            var numbers: [UInt64] = []
            for _ in 0..<(try reader.readCount(ofAtLeast: 8)) { numbers.append(try reader.read()) }
            self = .refused(numbers, refusal)
        case 4: self = .request(number: try reader.read(), try LeaderRequest(from: &reader))
        case 5: self = .answer(number: try reader.read(), try PeerAnswer(from: &reader))
        default: throw reader.failure
        }
    }
}

extension LeaderRequest {
    func encode(into writer: inout ByteWriter) {
        switch self {
        case .keepAlive(let id):
            writer.write(UInt8(1))
            writer.write(id)
        case .remaining(let id):
            writer.write(UInt8(2))
            writer.write(id)
        case .changeMembership(let change):
            writer.write(UInt8(3))
            for list in [change.learners, change.voters, change.removed] {
                writer.write(UInt32(list.count))
                for member in list { writer.write(member.id) }
            }
        case .transferLeadership(let member):
            writer.write(UInt8(4))
            writer.write(member.id)
        }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        let kind: UInt8 = try reader.read()
        switch kind {
        case 1: self = .keepAlive(try reader.read())
        case 2: self = .remaining(try reader.read())
        case 3:
            var lists: [[Member]] = []
            for _ in 0..<3 {
                var list: [Member] = []
                for _ in 0..<(try reader.readCount(ofAtLeast: 8)) { list.append(Member(try reader.read())) }
                lists.append(list)
            }
            self = .changeMembership(MembershipChange(learners: lists[0], voters: lists[1], removed: lists[2]))
        case 4: self = .transferLeadership(to: Member(try reader.read()))
        default: throw reader.failure
        }
    }
}

extension PeerAnswer {
    func encode(into writer: inout ByteWriter) {
        switch self {
        case .success(.done):
            writer.write(UInt8(1))
        case .success(.seconds(let seconds)):
            writer.write(UInt8(2))
            writer.write(seconds)
        case .failure(let refusal):
            writer.write(UInt8(3))
            refusal.encode(into: &writer)
        }
    }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        let kind: UInt8 = try reader.read()
        switch kind {
        case 1: self = .success(.done)
        case 2: self = .success(.seconds(try reader.read()))
        case 3: self = .failure(try PeerRefusal(from: &reader))
        default: throw reader.failure
        }
    }
}

/// A refusal is a number, and a number of eight bytes for those that carry one (otherwise 0).
extension PeerRefusal {
    private static let plain: [PeerRefusal] = [
        .notLeader, .noLeader, .tooManyRequests, .outOfSpace, .unknownOutcome, .malformed,
        .membership(.notLeader(nil)), .membership(.inProgress), .membership(.noVoterLeft),
        .membership(.tooManyMembers), .membership(.contradictory), .transfer(.notLeader(nil)),
    ]

    func encode(into writer: inout ByteWriter) {
        let (code, detail): (UInt8, UInt64) =
            switch self {
            case .termPassed(let term): (100, term)
            case .leaseNotFound(let id): (101, UInt64(bitPattern: id))
            case .membership(.alreadyMember(let member)): (110, member.id)
            case .membership(.notMember(let member)): (111, member.id)
            case .membership(.notLearner(let member)): (112, member.id)
            case .membership(.learnerBehind(let member)): (113, member.id)
            case .membership(.notLeader): (Self.place(.membership(.notLeader(nil))), 0)
            case .transfer(.notLeader): (Self.place(.transfer(.notLeader(nil))), 0)
            case .transfer(.notVoter(let member)): (120, member.id)
            case .transfer(.timedOut(let member)): (121, member.id)
            case .transfer(.alreadyTransferring(let member)): (122, member.id)
            case .notLeader, .noLeader, .tooManyRequests, .outOfSpace, .unknownOutcome, .malformed, .membership:
                (Self.place(self), 0)
            }
        writer.write(code)
        writer.write(detail)
    }

    private static func place(_ refusal: PeerRefusal) -> UInt8 { UInt8(plain.firstIndex(of: refusal) ?? 5) }

    init(from reader: inout ByteReader) throws(ByteReaderError) {
        let code: UInt8 = try reader.read()
        let detail: UInt64 = try reader.read()
        let member = Member(detail)
        switch code {
        case 0..<UInt8(Self.plain.count): self = Self.plain[Int(code)]
        case 100: self = .termPassed(current: detail)
        case 101: self = .leaseNotFound(LeaseID(bitPattern: detail))
        case 110: self = .membership(.alreadyMember(member))
        case 111: self = .membership(.notMember(member))
        case 112: self = .membership(.notLearner(member))
        case 113: self = .membership(.learnerBehind(member))
        case 120: self = .transfer(.notVoter(member))
        case 121: self = .transfer(.timedOut(member))
        case 122: self = .transfer(.alreadyTransferring(to: member))
        default: throw reader.failure
        }
    }
}
