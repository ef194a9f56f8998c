import APIMachinery
import EtcdTestKit
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// The same cluster on Debian's etcd instead of the embedded store.
    @Suite(.serialized, .enabled(if: ExternalEtcd.isInstalled)) struct ExternalEtcdTests {
        @Test func cafeServesOnAnExternalEtcdThroughKillsOfBoth() throws {
            let etcd = try ExternalEtcd()
            defer { etcd.remove() }
            try etcd.start()
            let cluster = try ClusterProcess(["--etcd-servers", etcd.url])
            defer { cluster.remove() }
            try cluster.start()
            try cluster.kubectlDone("apply", "-f", ClusterProcess.root.appending(path: "samples/cafe").path)
            try cluster.kubectlDone("rollout", "status", "deployment/coffee", "deployment/tea", "--timeout=60s")
            try wait("every replica of tea to answer", seconds: 60) {
                try cluster.replicasAnswering("/tea", calls: 30).count == 3
            }
            // The objects are where an etcd's user looks for them.
            #expect(try etcd.keys("/registry/pods/default/").count == 5)

            etcd.killHard()
            try etcd.start()
            try wait("the API to write again", seconds: 30) {
                try cluster.kubectl("scale", "deployment/tea", "--replicas=4").exitCode == 0
            }
            try cluster.kubectlDone("rollout", "status", "deployment/tea", "--timeout=60s")
            #expect(try etcd.keys("/registry/pods/default/").count == 6)

            cluster.killHard()
            try cluster.start()
            let pods = try cluster.kubectlDone("get", "pods", "-l", "app=tea", "-o", "name")
            #expect(pods.split(separator: "\n").count == 4)
            try wait("tea to answer after the restart", seconds: 60) {
                try cluster.replicasAnswering("/tea", calls: 40).count == 4
            }
        }

        /// Writes through one API server are read through another at once, although each has a cache of its own.
        @Test func twoServersOnOneEtcdReadEachOthersWrites() throws {
            let etcd = try ExternalEtcd()
            defer { etcd.remove() }
            try etcd.start()
            let first = try ClusterProcess(["--etcd-servers", etcd.url])
            defer { first.remove() }
            try first.start()
            // Nodes are the leader's; the second one serves the API and waits for its turn.
            let second = try ClusterProcess(["--etcd-servers", etcd.url])
            defer { second.remove() }
            try second.start()
            for round in 0..<30 {
                // A key outside of what is watched moves the store on, as other users of an etcd do.
                try etcd.put("elsewhere", "\(round)")
                let body = #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c\#(round)"}}"#
                let created = try first.curl(
                    "/api/v1/namespaces/default/configmaps",
                    ["-X", "POST", "-H", "Content-Type: application/json", "-d", body])
                #expect(created.output.contains(#""name":"c\#(round)""#), "\(created.output)")
                let list = try JSON(parsing: try second.curl("/api/v1/namespaces/default/configmaps").output)
                let names = Set((list["items"]?.elements ?? []).compactMap { $0["metadata", "name"]?.string })
                #expect(names.contains("c\(round)"), "the second server does not read what the first one wrote")
                _ = try second.curl("/api/v1/namespaces/default/configmaps/c\(round)", ["-X", "DELETE"])
                let gone = try first.curl("/api/v1/namespaces/default/configmaps/c\(round)")
                #expect(gone.output.contains("NotFound"), "\(gone.output)")
            }
        }

        /// The loops of who waits go on long before the lease of who ended in order would have run out (15 s).
        @Test func whoWaitsTakesOverFromWhoEnds() throws {
            let etcd = try ExternalEtcd()
            defer { etcd.remove() }
            try etcd.start()
            let first = try ClusterProcess(["--etcd-servers", etcd.url])
            defer { first.remove() }
            try first.start()
            let second = try ClusterProcess(["--etcd-servers", etcd.url])
            defer { second.remove() }
            try second.start()
            func pods() throws -> Int {
                try second.kubectlDone("get", "pods", "-l", "app=web", "-o", "name").split(separator: "\n").count
            }
            try second.kubectlDone("create", "deployment", "web", "--image=pause")
            try wait("the first one's loops to make a pod") { try pods() == 1 }
            try first.stop()
            try second.kubectlDone("scale", "deployment", "web", "--replicas=3")
            try wait("the second one's loops to make pods", seconds: 10) { try pods() == 3 }
            #expect(second.log.contains("This process leads"))
        }
    }
}

/// Debian's etcd on loopback, and etcdctl to look into it.
final class ExternalEtcd {
    static let isInstalled =
        EtcdProcess.isInstalled
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/etcdctl")

    private let process: EtcdProcess

    init() throws { process = try EtcdProcess() }

    var url: String { process.url }

    func start() throws {
        try process.start()
        try wait("etcd to be healthy", seconds: 30) { try etcdctl("endpoint", "health").exitCode == 0 }
    }

    func killHard() { process.killHard() }
    func remove() { process.remove() }

    func keys(_ prefix: String) throws -> [String] {
        let result = try etcdctl("get", "--prefix", "--keys-only", prefix)
        return result.output.split(separator: "\n").map { String($0) }
    }

    func put(_ key: String, _ value: String) throws { _ = try etcdctl("put", key, value) }

    private func etcdctl(_ arguments: String...) throws -> ProgramResult {
        try Program.run("etcdctl", ["--endpoints", url] + arguments, environment: ["ETCDCTL_API": "3"])
    }
}
