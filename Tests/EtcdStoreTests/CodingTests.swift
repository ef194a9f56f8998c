import Basics
import KeyValueCore
import NIOCore
import RaftCore
import Testing

@testable import EtcdStore

/// What members say to each other and put into the log, as bytes; and bytes that say nothing.
@Suite struct CodingTests {
    static let messages: [PeerMessage] = [
        .raft(Message(from: Member(3), term: 9, body: .heartbeat(committed: 4, round: 2))),
        .raft(
            Message(
                from: Member(3), term: 9,
                body: .append(
                    previous: LogPosition(index: 4, term: 8),
                    entries: [Entry(index: 5, term: 9, kind: .command, command: [1, 2, 3])], committed: 4))),
        .propose([
            ForwardedProposal(number: 7, term: nil, bytes: [4, 1]), ForwardedProposal(number: 8, term: 3, bytes: []),
        ]),
        .refused([7, .max], .notLeader), .refused([], .termPassed(current: 12)),
        .refused([1], .leaseNotFound(-5)), .request(number: 1, .keepAlive(77)),
        .request(number: 2, .remaining(.max)), .request(number: 3, .transferLeadership(to: Member(5))),
        .request(number: 4, .changeMembership(.replace(Member(1), by: Member(2)))),
        .answer(number: 1, .success(.seconds(60))), .answer(number: 2, .success(.done)),
    ]
    static let refusals: [PeerRefusal] = [
        .notLeader, .noLeader, .tooManyRequests, .outOfSpace, .unknownOutcome, .malformed, .termPassed(current: 3),
        .leaseNotFound(4), .membership(.inProgress), .membership(.noVoterLeft), .membership(.tooManyMembers),
        .membership(.contradictory), .membership(.notLeader(nil)), .membership(.alreadyMember(Member(1))),
        .membership(.notMember(Member(2))), .membership(.notLearner(Member(3))),
        .membership(.learnerBehind(Member(4))), .transfer(.notLeader(nil)), .transfer(.notVoter(Member(5))),
        .transfer(.timedOut(Member(6))), .transfer(.alreadyTransferring(to: Member(7))),
    ]

    @Test func messagesSurviveTheirBytes() throws {
        let answers = Self.refusals.map { PeerMessage.answer(number: 5, .failure($0)) }
        for message in Self.messages + answers {
            #expect(try PeerMessage(decoding: message.encoded) == message)
            for length in 0..<message.encoded.count {
                let cut = try? PeerMessage(decoding: Array(message.encoded[..<length]))
                #expect(cut != message)
            }
        }
    }

    /// Bytes by chance, and messages with a byte changed: an error or another message, never a crash.
    @Test func strangeBytesDoNoHarm() {
        var random = SplitMix64(seed: 11)
        for _ in 0..<20_000 {
            var bytes = Self.messages.randomElement(using: &random)?.encoded ?? []
            if Bool.random(using: &random) {
                bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                bytes = [UInt8.random(in: 0...9, using: &random)] + bytes
            } else if !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? PeerMessage(decoding: bytes)
            _ = try? PeerFrame(decoding: bytes)
            _ = try? LogCommand(decoding: bytes)
        }
    }

    @Test func framesComeInPieces() throws {
        let identity = StoreIdentity(cluster: 5, member: 6)
        let frames: [PeerFrame] = [
            .greeting(PeerGreeting(from: identity, to: 9, purpose: .snapshot, peerURLs: ["https://a:1"])),
            .welcome(identity), .refusal(.anotherCluster(3)), .refusal(.anotherMember(4)), .refusal(.busy),
            .refusal(.anotherVersion), .message([1, 2, 3]), .message([]), .snapshotChunk([9]), .snapshotEnd([8]),
            .snapshotProgress(77), .snapshotTaken(true),
        ]
        var all = ByteBuffer()
        for frame in frames { frame.encode(into: &all) }
        let bytes = Array(all.readableBytesView)
        for piece in [1, 3, 7, bytes.count] {
            var found: [PeerFrame] = []
            var rest: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: piece) {
                rest += bytes[start..<min(start + piece, bytes.count)]
                while rest.count >= 4 {
                    let length = Int(rest[0]) | Int(rest[1]) << 8 | Int(rest[2]) << 16 | Int(rest[3]) << 24
                    guard rest.count >= 4 + length else { break }
                    found.append(try PeerFrame(decoding: Array(rest[4..<4 + length])))
                    rest.removeFirst(4 + length)
                }
            }
            #expect(found == frames)
        }
    }

    @Test func commandsOfTheLogSurviveTheirBytes() throws {
        let member = ClusterMember(
            id: 5, name: "é", peerURLs: ["https://[::1]:2380"], clientURLs: ["http://a:1"], becomesVoter: true)
        let alarm = AlarmChange(StoreAlarm(member: 7, kind: .corrupt), isOn: true, isByHand: false)
        for content in [LogCommand.Content.member(member), .keyValue(.compact(9)), .alarm(alarm)] {
            let plain = LogCommand.bytes(content)
            #expect(try LogCommand(decoding: plain).content == content)
            let origin = LogCommand.Origin(member: 3, number: .max)
            let command = try LogCommand(decoding: LogCommand.bytes(plain, from: origin))
            #expect(command.content == content && command.origin == origin)
        }
    }

    @Test func alarmsSurviveTheirBytes() throws {
        var alarms = AlarmList()
        for (member, isByHand) in [(UInt64.max, true), (2, false)] {
            alarms.apply(AlarmChange(StoreAlarm(member: member, kind: .noSpace), isOn: true, isByHand: isByHand))
        }
        var writer = ByteWriter()
        alarms.encode(into: &writer)
        let copy = try writer.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return try AlarmList(from: &reader)
        }
        #expect(copy == alarms && copy.all.map(\.member) == [2, .max])
    }

    /// The digests are those of sha1sum(1).
    @Test func numbersOfMembersAreEtcds() throws {
        #expect(SHA1.prefix(of: []) == 0xDA39_A3EE_5E6B_4B0D)
        #expect(SHA1.prefix(of: bytes("abc")) == 0xA999_3E36_4706_816A)
        #expect(SHA1.prefix(of: [UInt8](repeating: 97, count: 1_000)) == 0x291E_9A6C_6699_4949)
        let padded: [(Int, UInt64)] = [
            (55, 0xC1C8_BBDC_2279_6E28), (56, 0xC2DB_330F_6083_854C), (63, 0x03F0_9F5B_158A_7A8C),
            (64, 0x0098_BA82_4B5C_1642),
        ]
        for (count, digest) in padded { #expect(SHA1.prefix(of: [UInt8](repeating: 97, count: count)) == digest) }
        // etcd 3.4 with --initial-cluster default=http://localhost:2380 and the default token says 8e9e05c52164694d.
        #expect(
            InitialCluster.memberID(peerURLs: ["http://localhost:2380"], token: "etcd-cluster") == 0x8E9E_05C5_2164_694D
        )
        #expect(
            InitialCluster(["default": ["http://localhost:2380"]], token: "etcd-cluster").id == 0xCDF8_1819_4E3A_8C32)
    }

    @Test func initialClustersAreRead() throws {
        let cluster = try InitialCluster(parsing: "a=https://h:1,b=https://[::1]:2,a=https://i:3", token: "t")
        #expect(cluster.members.map(\.name).sorted() == ["a", "b"])
        #expect(cluster.members.first { $0.name == "a" }?.peerURLs.sorted() == ["https://h:1", "https://i:3"])
        #expect(try PeerAddress(url: "https://[::1]:2") == PeerAddress(host: "::1", port: 2))
        for text in [
            "", "a", "a=b", "a=http://h:1", "a=https://h", "a=https://:1", "a=https://h:0", "a=https://h:99999",
        ] {
            #expect(throws: StoreError.self) { try InitialCluster(parsing: text, token: "t") }
        }
    }
}
