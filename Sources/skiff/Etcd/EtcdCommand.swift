import ArgumentParser
import EtcdClient
import EtcdStore
import Foundation

/// `skiff etcd`: care for the store, whether it is served by `skiff up` or by members of its own.
struct EtcdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "etcd", abstract: "Cares for the store: snapshots, members, checks.",
        subcommands: [EtcdServe.self, EtcdSnapshot.self, EtcdMember.self, EtcdCheck.self])
}

/// Where a running member is reached. The flags have etcdctl's names.
struct EtcdAccess: ParsableArguments {
    @Option(help: "URL of a member's client listener.")
    var endpoint = "http://127.0.0.1:2379"
    @Option(name: .customLong("cacert"), help: "Who signs the members' certificates (PEM).")
    var authorityFile: String?
    @Option(name: .customLong("cert"), help: "The client's certificate (PEM).")
    var certificateFile: String?
    @Option(name: .customLong("key"), help: "Its key (PEM).")
    var keyFile: String?

    /// Runs `body` with a connection to the member.
    func run<Answer: Sendable>(_ body: (EtcdAdministrator) async throws -> Answer) async throws -> Answer {
        let place: EtcdEndpoint
        do throws(EtcdEndpoint.Malformed) {
            place = try EtcdEndpoint(endpoint)
        } catch {
            throw ValidationError("\(error)")
        }
        let tls = EtcdClientTLS(
            authorityFile: authorityFile, certificateFile: certificateFile, keyFile: keyFile)
        return try await EtcdAdministrator.run(place, tls: tls, body)
    }
}

/// A member's number as etcd writes it: hexadecimal digits.
struct MemberNumber: ExpressibleByArgument {
    var value: UInt64

    init?(argument: String) {
        guard let value = UInt64(argument, radix: 16) else { return nil }
        self.value = value
    }
}

/// `skiff etcd member`: who is in the cluster.
struct EtcdMember: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member", abstract: "Lists and changes the members of the store.",
        subcommands: [List.self, Add.self, Remove.self, Promote.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all members.")
        @OptionGroup var access: EtcdAccess

        /// One line each, as `etcdctl member list`: number, state, name, peer URLs, client URLs, learner.
        func run() async throws {
            for listed in try await access.run({ try await $0.members() }) {
                let member = listed.member
                let state = member.name.isEmpty ? "unstarted" : "started"
                print(
                    [
                        String(member.id, radix: 16), state, member.name, member.peerURLs.joined(separator: ","),
                        member.clientURLs.joined(separator: ","), "\(listed.isLearner)",
                    ].joined(separator: ", "))
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a new member known, which can then be started.")
        @OptionGroup var access: EtcdAccess
        @Option(help: "URLs at which the others will reach it, separated by commas.")
        var peerUrls: String
        @Flag(help: "It stays without a vote until it is promoted.")
        var learner = false

        func run() async throws {
            let urls = peerUrls.split(separator: ",").map(String.init)
            let added = try await access.run { try await $0.addMember(peerURLs: urls, isLearner: learner) }
            print("Member \(String(added.member.id, radix: 16)) added")
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes a member.")
        @OptionGroup var access: EtcdAccess
        @Argument(help: "The member's number, hexadecimal.")
        var member: MemberNumber

        func run() async throws {
            try await access.run { try await $0.removeMember(member.value) }
            print("Member \(String(member.value, radix: 16)) removed")
        }
    }

    struct Promote: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Gives a learner a vote.")
        @OptionGroup var access: EtcdAccess
        @Argument(help: "The member's number, hexadecimal.")
        var member: MemberNumber

        func run() async throws {
            try await access.run { try await $0.promoteMember(member.value) }
            print("Member \(String(member.value, radix: 16)) promoted")
        }
    }
}
