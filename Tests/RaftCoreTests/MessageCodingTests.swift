import Basics
import RaftCore
import TestKit
import Testing

@Suite struct MessageCodingTests {
    static func position(_ dice: inout SplitMix64) -> LogPosition {
        LogPosition(index: dice.next() >> dice.next() % 60 >> 2, term: dice.next() >> 2)
    }

    static func members(_ dice: inout SplitMix64) -> [Member] { (0..<dice.below(5)).map { _ in Member(dice.next()) } }

    static func configuration(_ dice: inout SplitMix64) -> Configuration {
        Configuration(
            voters: members(&dice), outgoing: members(&dice), learners: members(&dice), learnersNext: members(&dice))
    }

    static func entry(_ index: Index, _ dice: inout SplitMix64) -> Entry {
        let kind: Entry.Kind = [.empty, .command, .configuration][dice.below(3)]
        let bytes = (0..<dice.below(40)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
        let command = kind == .configuration ? configuration(&dice).encoded : bytes
        return Entry(index: index, term: dice.next() >> 2, kind: kind, command: command)
    }

    /// Each kind of message, with chance in its fields.
    static func message(_ dice: inout SplitMix64) -> Message {
        let flag = dice.chance(50)
        let body: Message.Body
        switch dice.below(14) {
        case 0: body = .requestPreVote(last: position(&dice), of: dice.next() >> 2)
        case 1: body = .preVote(granted: flag, of: dice.next() >> 2)
        case 2: body = .requestVote(last: position(&dice), isTransfer: flag)
        case 3: body = .vote(granted: flag)
        case 4:
            let previous = position(&dice)
            let entries = (0..<UInt64(dice.below(6))).map { entry(previous.index + 1 + $0, &dice) }
            body = .append(previous: previous, entries: entries, committed: dice.next())
        case 5: body = .appended(upTo: dice.next())
        case 6: body = .rejected(previous: dice.next(), hint: position(&dice))
        case 7: body = .heartbeat(committed: dice.next(), round: dice.next())
        case 8: body = .heartbeatAnswer(round: dice.next())
        case 9: body = .commit(dice.next())
        case 10: body = .snapshot(position(&dice), configuration(&dice))
        case 11: body = .requestRead(number: dice.next())
        case 12: body = .readable(number: dice.next(), at: dice.next())
        default: body = .timeoutNow
        }
        return Message(from: Member(dice.next()), term: dice.next() >> 2, body: body)
    }

    @Test func everyMessageSurvives() throws {
        var dice = SplitMix64(seed: 1)
        for _ in 0..<3_000 {
            let message = Self.message(&dice)
            let bytes = message.encoded
            #expect(bytes.count == message.encodedSize)
            #expect(try Message(decoding: bytes) == message)
            // As a part of something longer, too.
            #expect(try Message(decoding: ([7, 7] + bytes + [7])[2..<bytes.count + 2]) == message)
        }
    }

    @Test func bytesThatEndTooEarlyOrTooLateAreRefused() {
        var dice = SplitMix64(seed: 2)
        for _ in 0..<300 {
            let bytes = Self.message(&dice).encoded
            for length in bytes.indices {
                #expect(throws: CodingFailure.truncated) { try Message(decoding: bytes[..<length]) }
            }
            #expect(throws: CodingFailure.trailing) { try Message(decoding: bytes + [0]) }
        }
    }

    /// What is read from damaged bytes is either refused or a message that is written the same way.
    @Test func damagedBytesAreRefusedOrMeanSomething() {
        var dice = SplitMix64(seed: 3)
        for _ in 0..<20_000 {
            var bytes = Self.message(&dice).encoded
            for _ in 0...dice.below(3) { bytes[dice.below(bytes.count)] = UInt8(truncatingIfNeeded: dice.next()) }
            if let message = try? Message(decoding: bytes) { #expect(message.encoded == bytes) }
        }
    }

    @Test func chanceIsNoMessage() {
        var dice = SplitMix64(seed: 4)
        for _ in 0..<20_000 {
            let bytes = (0..<dice.below(200)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
            if let message = try? Message(decoding: bytes) { #expect(message.encoded == bytes) }
        }
    }

    /// A count that promises more than there is must not reserve memory for it.
    @Test func falseCountsReserveNothing() {
        let message = Message(
            from: Member(1), term: 1, body: .append(previous: LogPosition(), entries: [], committed: 0))
        var bytes = message.encoded
        bytes.replaceSubrange((bytes.count - 4)..., with: [0xff, 0xff, 0x0f, 0])
        #expect(throws: CodingFailure.truncated) { try Message(decoding: bytes) }
        bytes.replaceSubrange((bytes.count - 4)..., with: [0xff, 0xff, 0xff, 0xff])
        #expect(throws: CodingFailure.tooLong) { try Message(decoding: bytes) }
    }

    /// Numbers that no honest member sends must not bring a member to where it cannot count on.
    @Test func termsAndIndexesAreLimited() {
        let high = Message.ordinalLimit + 1
        let bodies: [Message.Body] = [
            .requestVote(last: LogPosition(index: high, term: 1), isTransfer: false),
            .append(previous: LogPosition(index: 1, term: high), entries: [], committed: 0),
            .append(
                previous: LogPosition(), entries: [Entry(index: 1, term: high, kind: .empty)], committed: 0),
            .snapshot(LogPosition(index: high, term: 1), Configuration(voters: [Member(1)])),
            .requestPreVote(last: LogPosition(), of: high),
        ]
        for message in bodies.map({ Message(from: Member(1), term: 1, body: $0) })
            + [Message(from: Member(1), term: high, body: .timeoutNow)]
        {
            #expect(throws: CodingFailure.malformed) { try Message(decoding: message.encoded) }
        }
    }

    /// A member takes every message that can be read, from whomever, and goes on.
    @Test func strangeMessagesDoNoHarm() {
        var dice = SplitMix64(seed: 5)
        let voters = [Member(1), Member(2), Member(3)]
        for _ in 0..<200 {
            var raft = Raft(
                member: Member(1), configuration: Configuration(voters: voters), applied: LogPosition(), entries: [],
                seed: dice.next())
            _ = raft.step(.started)
            for _ in 0..<100 {
                var message = Self.message(&dice)
                message.from = Member(1 + UInt64(dice.below(4)))
                if dice.chance(90) { message.term = raft.term + UInt64(dice.below(2)) }
                for effect in raft.step(.receive(message)) {
                    guard case .installSnapshot(let position, let configuration) = effect else { continue }
                    _ = raft.step(.snapshotInstalled(position, configuration))
                }
                if dice.chance(30) { _ = raft.step(.tick) }
            }
            #expect(raft.applied <= raft.committed && raft.committed <= raft.lastIndex)
        }
    }

    @Test func entriesOfConfigurationsHoldOne() {
        let entry = Entry(index: 1, term: 1, kind: .configuration, command: [9])
        let message = Message(
            from: Member(1), term: 1, body: .append(previous: LogPosition(), entries: [entry], committed: 0))
        #expect(throws: CodingFailure.truncated) { try Message(decoding: message.encoded) }
    }

    @Test func membersAreInOrder() throws {
        let configuration = Configuration(voters: [Member(3), Member(1), Member(3)], learners: [Member(2)])
        #expect(configuration.voters == [Member(1), Member(3)])
        #expect(try Configuration(decoding: configuration.encoded) == configuration)
        var bytes = configuration.encoded
        bytes.swapAt(1, 9)
        #expect(throws: CodingFailure.malformed) { try Configuration(decoding: bytes) }
    }
}
