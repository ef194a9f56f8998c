import APIMachinery
import EtcdStore
import KeyValueCore
import KubeAPI
import Synchronization
import TestKit
import Testing

@testable import APIServer

@Suite struct ServicesTests {
    static let path = "/api/v1/namespaces/default/services"
    static func service(_ name: String, _ type: String = "ClusterIP", port: Int? = nil) -> JSON {
        var entry: JSON = ["port": 80]
        if let port { entry["nodePort"] = JSON(port) }
        return [
            "kind": "Service", "apiVersion": "v1", "metadata": ["name": JSON(name)],
            "spec": ["type": JSON(type), "ports": [entry]],
        ]
    }

    @Test func theClusterItselfHasTheFirstAddress() async throws {
        try await Harness.run { cluster in
            let service = try await cluster.call("GET", "\(Self.path)/kubernetes")
            #expect(service.json["spec", "clusterIP"]?.string == "127.96.0.1")
            let slices = try await cluster.call(
                "GET", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes")
            #expect(slices.json["endpoints"]?[0]["addresses"]?.strings == ["127.0.0.1"])
        }
    }

    @Test func addressesAndPortsAreUniqueUnderConcurrency() async throws {
        try await Harness.run(Configuration(nodePorts: 30000...30039)) { cluster in
            let made = try await withThrowingTaskGroup(of: JSON?.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let reply = try await cluster.call("POST", Self.path, Self.service("s\(number)", "NodePort"))
                        return reply.status == 201 ? reply.json : JSON?.none
                    }
                }
                return try await group.reduce(into: [JSON]()) { made, json in if let json { made.append(json) } }
            }
            #expect(made.count == 40, "as many as there are ports")
            #expect(Set(made.map { $0["spec", "clusterIP"]?.string ?? "" }).count == 40)
            #expect(Set(made.map { $0["spec", "ports"]?[0]["nodePort"]?.int ?? 0 }) == Set(30000...30039))
            // What failed has given back its address; what is deleted gives back its port.
            let name = made[0]["metadata", "name"]?.string ?? ""
            #expect(try await cluster.call("DELETE", "\(Self.path)/\(name)").status == 200)
            let next = try await cluster.call("POST", Self.path, Self.service("next", "NodePort"))
            #expect(next.json["spec", "ports"]?[0]["nodePort"] == made[0]["spec", "ports"]?[0]["nodePort"])
        }
    }

    @Test func takenAndForeignValuesAreRefused() async throws {
        try await Harness.run { cluster in
            #expect(try await cluster.call("POST", Self.path, Self.service("a", "NodePort", port: 30080)).status == 201)
            let taken = try await cluster.call("POST", Self.path, Self.service("b", "NodePort", port: 30080))
            #expect(taken.status == 422)
            #expect(
                taken.message
                    == "Service \"b\" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
            )
            let outside = try await cluster.call("POST", Self.path, Self.service("b", "NodePort", port: 80))
            #expect(outside.message.contains("The range of valid ports is 30000-32767"))
            var foreign: JSON = Self.service("b")
            foreign["spec", "clusterIP"] = "10.0.0.1"
            #expect(try await cluster.call("POST", Self.path, foreign).status == 422)
            foreign["spec", "clusterIP"] = "127.96.0.1"
            let double = try await cluster.call("POST", Self.path, foreign)
            #expect(double.message.contains("provided IP is already allocated"))
            foreign["spec", "clusterIP"] = "None"
            let headless = try await cluster.call("POST", Self.path, foreign)
            #expect(headless.json["spec", "clusterIPs"]?.strings == ["None"], "\(headless.text)")
        }
    }

    @Test func changingTheTypeFreesAndKeeps() async throws {
        try await Harness.run(Configuration(nodePorts: 30000...30000)) { cluster in
            let made = try await cluster.call("POST", Self.path, Self.service("a", "NodePort"))
            var plain: JSON = made.json
            plain["spec", "type"] = "ClusterIP"
            let changed = try await cluster.call("PUT", "\(Self.path)/a", plain)
            #expect(changed.status == 200, "\(changed.text)")
            #expect(changed.json["spec", "clusterIP"] == made.json["spec", "clusterIP"])
            #expect(changed.json["spec", "ports"]?[0]["nodePort"] == nil)
            let other = try await cluster.call("POST", Self.path, Self.service("b", "NodePort"))
            #expect(other.json["spec", "ports"]?[0]["nodePort"]?.int == 30000, "\(other.text)")
            // A plain apply that names neither keeps both.
            let again = try await cluster.call("PUT", "\(Self.path)/b", Self.service("b", "NodePort"))
            #expect(again.json["spec", "clusterIP"] == other.json["spec", "clusterIP"], "\(again.text)")
            #expect(again.json["spec", "ports"]?[0]["nodePort"]?.int == 30000)
        }
    }

    @Test func allocationsSurviveARestart() async throws {
        let directory = TemporaryDirectory()
        let configuration = Configuration(nodePorts: 30000...30001)
        try await Harness.run(configuration, directory: directory) { cluster in
            let made = try await cluster.call("POST", Self.path, Self.service("a", "NodePort"))
            #expect(made.status == 201)
        }
        try await Harness.run(configuration, directory: directory) { cluster in
            let first = try await cluster.call("GET", "\(Self.path)/a")
            let second = try await cluster.call("POST", Self.path, Self.service("b", "NodePort"))
            #expect(second.status == 201, "\(second.text)")
            #expect(second.json["spec", "ports"]?[0]["nodePort"] != first.json["spec", "ports"]?[0]["nodePort"])
            let third = try await cluster.call("POST", Self.path, Self.service("c", "NodePort"))
            #expect(third.status == 500)
            #expect(third.message == "Internal error occurred: failed to allocate a nodePort: range is full")
        }
    }

    /// A write whose end nobody knows keeps its address, for it may have happened.
    @Test func anUnknownOutcomeGivesNoAddressAway() async throws {
        let doubt = Doubt()
        try await Harness.run(wrap: { doubt.wrap($0) }) { cluster in
            func service(_ name: String) -> JSON {
                var service: JSON = Self.service(name)
                service["spec", "clusterIP"] = "127.96.0.77"
                return service
            }
            doubt.next()
            #expect(try await cluster.call("POST", Self.path, service("a")).status == 504)
            let second = try await cluster.call("POST", Self.path, service("b"))
            // A list is as new as what was acknowledged, which the first write was not.
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("later"))
            let list = try await cluster.call("GET", Self.path)
            let holders = (list.json["items"]?.elements ?? []).filter {
                $0["spec", "clusterIP"]?.string == "127.96.0.77"
            }
            #expect(holders.map { $0["metadata", "name"]?.string } == ["a"], "two Services have one address")
            #expect(second.message.contains("provided IP is already allocated"), "\(second.text)")
            // The same for a port that an update takes.
            _ = try await cluster.call("POST", Self.path, Self.service("c"))
            doubt.next()
            let update = Self.service("c", "NodePort", port: 30077)
            #expect(try await cluster.call("PUT", "\(Self.path)/c", update).status == 504)
            #expect(try await cluster.call("POST", Self.path, Self.service("d", "NodePort", port: 30077)).status == 422)
        }
    }

    /// What an unknown write took is free again when it was looked for long after, unless a Service has it.
    @Test func doubtsAreSettledLater() throws {
        let time = Mutex<Int64>(0)
        let range = try #require(AddressRange("10.0.0.0/24"))
        let allocations = ServiceAllocations(
            range: range, ports: 30000...30001, random: { 0 }, uptime: { time.withLock { $0 } })
        let resource = try #require(
            ResourceRegistry.builtIn.resource(GroupVersionKind(group: "", version: "v1", kind: "Service")))
        func take(_ port: Int) throws -> JSON {
            var service: JSON = Self.service("a", "NodePort", port: port)
            try allocations.reserve(&service, old: nil, resource).keepTaken()
            return service
        }
        let written = try take(30000)
        _ = try take(30001)
        #expect(throws: StatusError.self) { try take(30001) }
        allocations.settleDoubts(stored: [])
        #expect(throws: StatusError.self) { try take(30001) }
        time.withLock { $0 = ServiceAllocations.doubtNanoseconds }
        allocations.settleDoubts(stored: [written])
        #expect(!allocations.hasDoubts)
        #expect(throws: StatusError.self) { try take(30000) }
        _ = try take(30001)
    }

    @Test func whatIsRefusedGivesBackWhatItTook() async throws {
        try await Harness.run(Configuration(nodePorts: 30000...30000)) { cluster in
            _ = try await cluster.call("POST", Self.path, Self.service("plain"))
            // Refused by the store, by the rules, and not written at all: each gives the one port back once.
            #expect(try await cluster.call("POST", Self.path, Self.service("plain", "NodePort")).status == 409)
            var wrong: JSON = Self.service("wrong", "NodePort")
            wrong["spec", "externalTrafficPolicy"] = "Sometimes"
            #expect(try await cluster.call("POST", Self.path, wrong).status == 422)
            let dry = try await cluster.call("POST", "\(Self.path)?dryRun=All", Self.service("dry", "NodePort"))
            #expect(dry.status == 201)
            #expect(
                try await cluster.call("PUT", "\(Self.path)/plain?dryRun=All", Self.service("plain", "NodePort")).status
                    == 200)
            #expect(try await cluster.call("POST", Self.path, Self.service("last", "NodePort")).status == 201)
        }
    }

    /// The update that lets a deleted Service go also changes its type.
    @Test func aServiceThatGoesByAnUpdateGivesUpWhatItHad() async throws {
        try await Harness.run(Configuration(nodePorts: 30000...30000)) { cluster in
            var held: JSON = Self.service("a", "NodePort")
            held["metadata", "finalizers"] = ["a.b/c"]
            #expect(try await cluster.call("POST", Self.path, held).status == 201)
            #expect(try await cluster.call("DELETE", "\(Self.path)/a").status == 200)
            let last = try await cluster.call("PUT", "\(Self.path)/a", Self.service("a"))
            #expect(last.status == 200, "\(last.text)")
            #expect(try await cluster.call("GET", "\(Self.path)/a").status == 404)
            let next = try await cluster.call("POST", Self.path, Self.service("b", "NodePort"))
            #expect(next.status == 201, "\(next.text)")
        }
    }
}

/// A store whose next write happens and is answered with doubt.
private final class Doubt: Sendable {
    private let isNext = Atomic<Bool>(false)
    func next() { isNext.store(true, ordering: .sequentiallyConsistent) }
    func wrap(_ store: EmbeddedStore) -> any RevisionedStore { Store(store: store, doubt: self) }

    private struct Store: RevisionedStore {
        let store: EmbeddedStore
        let doubt: Doubt
        func range(_ request: RangeRequest) async throws -> RangeResponse { try await store.range(request) }
        func transact(_ transaction: Transaction, inTerm term: UInt64?) async throws -> TransactionResponse {
            let response = try await store.transact(transaction, inTerm: term)
            if doubt.isNext.exchange(false, ordering: .sequentiallyConsistent) { throw StoreError.unknownOutcome }
            return response
        }
        func watch(_ range: KeyRange, from revision: Revision, previousValues: Bool) async throws -> any StoreWatch {
            try await store.watch(range, from: revision, previousValues: previousValues)
        }
        func grantLease(_ id: LeaseID, timeToLiveSeconds: Int64) async throws -> LeaseID {
            try await store.grantLease(id, timeToLiveSeconds: timeToLiveSeconds)
        }
        func revokeLease(_ id: LeaseID) async throws { try await store.revokeLease(id) }
        func keepLeaseAlive(_ id: LeaseID) async throws -> Int64 { try await store.keepLeaseAlive(id) }
        func compact(_ revision: Revision) async throws { try await store.compact(revision) }
        func status() async throws -> StoreStatus { try await store.status() }
    }
}
