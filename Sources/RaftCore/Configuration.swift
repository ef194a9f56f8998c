import Basics

/// Who takes part: lists of members, each in order and without repetition.
///
/// While voters change the configuration is joint (thesis §4.3): agreement needs a majority of `voters` and a majority
/// of `outgoing`. A learner receives the log and has no say (§4.2.1).
public struct Configuration: Sendable, Equatable {
    /// More members than this are refused.
    public static let memberLimit = 64

    public let voters: [Member]
    /// The voters before the change, while the configuration is joint; otherwise empty.
    public let outgoing: [Member]
    public let learners: [Member]
    /// Outgoing voters that are learners when the change is complete.
    public let learnersNext: [Member]

    public init(
        voters: some Sequence<Member>, outgoing: some Sequence<Member> = [], learners: some Sequence<Member> = [],
        learnersNext: some Sequence<Member> = []
    ) {
        self.voters = Set(voters).sorted()
        self.outgoing = Set(outgoing).sorted()
        self.learners = Set(learners).sorted()
        self.learnersNext = Set(learnersNext).sorted()
    }

    public var isJoint: Bool { !outgoing.isEmpty }
    /// Everybody who receives the log, in order.
    public var members: [Member] { Set(voters + outgoing + learners).sorted() }

    /// Whether the member's vote and disk count, in either half.
    public func isVoter(_ member: Member) -> Bool { voters.contains(member) || outgoing.contains(member) }
    public func contains(_ member: Member) -> Bool { isVoter(member) || learners.contains(member) }
}

/// What shall become of some members, all at once. Those that are not named stay what they are.
public struct MembershipChange: Sendable, Equatable {
    /// Strangers who shall learn, and voters who shall no longer vote.
    public var learners: [Member]
    /// Learners who shall vote.
    public var voters: [Member]
    public var removed: [Member]
    public init(learners: [Member] = [], voters: [Member] = [], removed: [Member] = []) {
        self.learners = learners
        self.voters = voters
        self.removed = removed
    }

    public static func add(learner: Member) -> MembershipChange { MembershipChange(learners: [learner]) }
    public static func promote(_ member: Member) -> MembershipChange { MembershipChange(voters: [member]) }
    public static func remove(_ member: Member) -> MembershipChange { MembershipChange(removed: [member]) }
    /// A learner takes the place of a member.
    public static func replace(_ old: Member, by learner: Member) -> MembershipChange {
        MembershipChange(voters: [learner], removed: [old])
    }
}

// MARK: Coding

extension Configuration {
    /// Four lists, each its length in one byte and then members of eight bytes, lowest byte first.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encodedSize)
        encode(into: &bytes)
        return bytes
    }

    private var lists: [[Member]] { [voters, outgoing, learners, learnersNext] }
    var encodedSize: Int { 4 + 8 * (voters.count + outgoing.count + learners.count + learnersNext.count) }

    func encode(into bytes: inout [UInt8]) {
        for list in lists {
            bytes.append(UInt8(truncatingIfNeeded: list.count))
            for member in list { bytes.appendInteger(member.id) }
        }
    }

    public init(decoding bytes: [UInt8]) throws(CodingFailure) {
        self = try MessageReader.read(bytes[...]) { reader throws(CodingFailure) in
            try Configuration(from: &reader)
        }
    }

    init(from reader: inout MessageReader) throws(CodingFailure) {
        self.init(
            voters: try Self.list(from: &reader), outgoing: try Self.list(from: &reader),
            learners: try Self.list(from: &reader), learnersNext: try Self.list(from: &reader))
    }

    private static func list(from reader: inout MessageReader) throws(CodingFailure) -> [Member] {
        let count = Int(try reader.integer(UInt8.self))
        guard count <= memberLimit else { throw .tooLong }
        var members: [Member] = []
        members.reserveCapacity(count)
        for _ in 0..<count {
            let member = Member(try reader.integer(UInt64.self))
            if let last = members.last, last >= member { throw .malformed }
            members.append(member)
        }
        return members
    }
}
