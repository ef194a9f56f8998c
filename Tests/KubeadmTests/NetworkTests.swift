import APIMachinery
import Foundation
import KubeAPI
import Testing

@testable import Kubeadm

/// Claims are the machine's, so these run one at a time, and against what other clusters of it may have claimed.
@Suite(.serialized) struct NetworkTests {
    private func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/skiff-network-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func failure(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "no failure"
    }

    @Test func everyClusterGetsABlockOfItsOwnAndKeepsIt() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let register = NetworkRegister(path: "\(folder)/register")
        func plan(_ name: String) throws -> (ClusterNetwork, NetworkClaim) {
            try NetworkPlanner(DataDirectory(path: "\(folder)/\(name)"), register: register).claim(NetworkWishes())
        }
        let (first, firstClaim) = try plan("first")
        let (second, secondClaim) = try plan("second")
        #expect(first.isLoopback && second.isLoopback)
        #expect(!first.podCIDR.overlaps(second.podCIDR) && !first.serviceCIDR.overlaps(second.serviceCIDR))
        #expect(!first.podCIDR.overlaps(second.serviceCIDR) && !first.serviceCIDR.overlaps(second.podCIDR))
        // Both are stopped; a third one leaves their blocks to them, and each finds its own again.
        firstClaim.release()
        secondClaim.release()
        let (third, thirdClaim) = try plan("third")
        defer { thirdClaim.release() }
        #expect(third != first && third != second)
    }

    @Test func aClusterThatIsNotRememberedSeesOthersBlocks() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let register = NetworkRegister(path: "\(folder)/register")
        let kept = try DataDirectory(path: "\(folder)/kept")
        let (stopped, claim) = try NetworkPlanner(kept, register: register).claim(NetworkWishes())
        claim.release()
        let before = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/register")
        let passing = try DataDirectory(path: "\(folder)/passing", isDurable: false)
        let (network, own) = try NetworkPlanner(passing, register: register, isRemembered: false).claim(NetworkWishes())
        defer { own.release() }
        #expect(!network.podCIDR.overlaps(stopped.podCIDR) && !network.serviceCIDR.overlaps(stopped.serviceCIDR))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/register") == before)
        // Its node has an address that no pod of 127 nodes has.
        #expect(network.podCIDR.contains(network.ownNodeAddress))
        #expect(network.podCIDR(ofNode: network.nodeLimit - 2)?.contains(network.ownNodeAddress) == false)
    }

    @Test func aRestartedClusterKeepsItsBlockAlsoWhenAnEarlierOneIsFree() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try DataDirectory(path: "\(folder)/first")
        let second = try DataDirectory(path: "\(folder)/second")
        let (_, one) = try NetworkPlanner(first, register: nil).claim(NetworkWishes())
        let (network, two) = try NetworkPlanner(second, register: nil).claim(NetworkWishes())
        one.release()
        two.release()
        let (again, three) = try NetworkPlanner(second, register: nil).claim(NetworkWishes())
        defer { three.release() }
        #expect(again == network)
        // A start that came to nothing does not count.
        let (anew, four) = try NetworkPlanner(second, register: nil).claim(
            NetworkWishes(serviceCIDR: CIDR("127.249.0.0/16")))
        four.release()
        #expect(anew.serviceCIDR == CIDR("127.249.0.0/16"))
        try FileManager.default.createDirectory(atPath: "\(folder)/second/store/log", withIntermediateDirectories: true)
        let refused = failure {
            _ = try NetworkPlanner(second, register: nil).claim(
                NetworkWishes(serviceCIDR: CIDR("127.250.0.0/16")))
        }
        #expect(refused.contains("--service-cluster-ip-range 127.250.0.0/16: this cluster was made with"), "\(refused)")
    }

    @Test func aNetworkThatRunsElsewhereIsRefusedWithItsHolder() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let wishes = NetworkWishes(podCIDR: CIDR("127.240.0.0/17"), serviceCIDR: CIDR("127.240.128.0/20"))
        let (network, claim) = try NetworkPlanner(DataDirectory(path: "\(folder)/a"), register: nil).claim(wishes)
        #expect(network.dnsAddress.description == "127.240.128.10")
        let second = try DataDirectory(path: "\(folder)/b")
        let other = failure { _ = try NetworkPlanner(second, register: nil).claim(wishes) }
        #expect(other.contains("127.240.0.0/16 is used by"), "\(other)")
        #expect(other.contains("(process \(getpid()))"), "\(other)")
        claim.release()
        let (_, after) = try NetworkPlanner(second, register: nil).claim(wishes)
        after.release()
    }

    @Test func startsAtTheSameMomentGetDifferentBlocks() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let plans = try await withThrowingTaskGroup(of: (ClusterNetwork, NetworkClaim).self) { tasks in
            for number in 0..<20 {
                tasks.addTask {
                    try NetworkPlanner(DataDirectory(path: "\(folder)/\(number)"), register: nil).claim(NetworkWishes())
                }
            }
            var plans: [(ClusterNetwork, NetworkClaim)] = []
            for try await plan in tasks { plans.append(plan) }
            return plans
        }
        #expect(Set(plans.map(\.0.podCIDR)).count == 20)
        for (_, claim) in plans { claim.release() }
    }

    @Test func aClusterOlderThanTheFileHasTheFirstBlock() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let directory = try DataDirectory(path: "\(folder)/old")
        try FileManager.default.createDirectory(
            atPath: "\(folder)/old/store/log", withIntermediateDirectories: true)
        do {
            let (network, claim) = try NetworkPlanner(directory, register: nil).claim(NetworkWishes())
            claim.release()
            #expect(network == .standard)
        } catch let failure as NetworkPlanner.Failure {
            // Another cluster of this machine runs in that block now.
            #expect(failure.description.contains("Services 127.96.0.0/16"))
        }
    }

    @Test func wishesThatCannotBeAreRefusedByName() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let directory = try DataDirectory(path: "\(folder)/a")
        func refusal(_ wishes: NetworkWishes) -> String {
            failure { _ = try NetworkPlanner(directory, register: nil).claim(wishes) }
        }
        #expect(
            refusal(NetworkWishes(podCIDR: CIDR("10.244.0.0/16")))
                == "--cluster-cidr 10.244.0.0/16 must be in 127.64.0.0 to 127.254.255.255, where the pods and Services of "
                + "the process runtime live")
        #expect(
            refusal(NetworkWishes(podCIDR: CIDR("127.240.1.0/16")))
                == "--cluster-cidr 127.240.1.0/16: 127.240.1.0/16 has host bits; the network is 127.240.0.0/16")
        #expect(
            refusal(NetworkWishes(podCIDR: CIDR("127.240.0.0/16"), serviceCIDR: CIDR("127.240.9.0/24")))
                == "--cluster-cidr 127.240.0.0/16 with --service-cluster-ip-range 127.240.9.0/24: 127.240.0.0/16 of pods "
                + "and 127.240.9.0/24 of Services overlap")
        #expect(
            refusal(NetworkWishes(serviceCIDR: CIDR("127.240.0.0/16"), dnsAddress: IPAddress("127.241.0.10")))
                .hasSuffix(
                    "127.241.0.10 is not one of the Services' addresses, 127.240.0.0/16, that is free"))
    }

    @Test func aClusterOfBridgesHasABlockThatTheMachineDoesNotReachElsewhere() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let directory = try DataDirectory(path: "\(folder)/a")
        // Whoever has the first blocks on this machine: of what is left it is the first.
        let routes = (0..<30).map { ClusterNetwork(bridgeBlock: $0).podCIDR }
        let planner = NetworkPlanner(directory, register: nil, automatic: .bridge, routes: routes)
        let (network, claim) = try planner.claim(NetworkWishes())
        claim.release()
        #expect(network.kind == .bridge && [30, 31].contains { network == ClusterNetwork(bridgeBlock: $0) })
        // It is found again, whatever a new cluster would be.
        let (again, second) = try NetworkPlanner(directory, register: nil).claim(NetworkWishes())
        second.release()
        #expect(again == network)
        func refusal(_ name: String, _ wishes: NetworkWishes) throws -> String {
            let directory = try DataDirectory(path: "\(folder)/\(name)")
            return failure {
                let planner = NetworkPlanner(directory, register: nil, automatic: .bridge, routes: routes)
                try planner.claim(wishes).1.release()
            }
        }
        #expect(
            try refusal("b", NetworkWishes(podCIDR: CIDR("10.244.0.0/16"), serviceCIDR: CIDR("10.127.0.0/16")))
                == "--cluster-cidr 10.244.0.0/16 with --service-cluster-ip-range 10.127.0.0/16: the machine reaches "
                + "10.244.0.0/16 elsewhere by a route of its own")
        #expect(
            try refusal("c", NetworkWishes(podCIDR: CIDR("127.240.0.0/16"), kind: .bridge)).contains(
                "must not be in 127.0.0.0/8"))
        // A range of loopback addresses says that it is that kind.
        let wishes = NetworkWishes(podCIDR: CIDR("127.240.0.0/17"), serviceCIDR: CIDR("127.240.128.0/20"))
        let (loopback, third) = try NetworkPlanner(
            DataDirectory(path: "\(folder)/d"), register: nil, automatic: .bridge
        ).claim(wishes)
        third.release()
        #expect(loopback.kind == .loopback)
        try FileManager.default.createDirectory(atPath: "\(folder)/a/store/log", withIntermediateDirectories: true)
        let refused = failure {
            _ = try NetworkPlanner(directory, register: nil).claim(NetworkWishes(kind: .loopback))
        }
        #expect(refused.hasPrefix("--network loopback: this cluster was made with bridge"), "\(refused)")
    }
}
