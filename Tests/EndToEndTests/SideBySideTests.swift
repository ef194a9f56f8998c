import APIMachinery
import Foundation
import TestKit
import Testing

extension EndToEndTests {
    /// Several clusters on one machine, and what is said when an address cannot be had. (On an external etcd the network is
    /// the same for all processes, so clusters have to be told theirs.)
    @Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["SKIFF_TEST_STORE"] != "etcd"))
    struct SideBySideTests {
        @Test func twoClustersServeTheirCafesAtOnceAndKeepTheirNetworks() throws {
            let one = try ClusterProcess()
            let two = try ClusterProcess()
            defer { for cluster in [one, two] { cluster.remove() } }
            // At the same moment, so that both look for a network at once.
            for cluster in [one, two] { try cluster.launch() }
            for cluster in [one, two] { try cluster.waitUntilReady() }
            let networks = try [one, two].map { try $0.network }
            #expect(
                !networks[0].pods.overlaps(networks[1].pods) && !networks[0].services.overlaps(networks[1].services))

            for cluster in [one, two] {
                try cluster.kubectlDone("apply", "-f", ClusterProcess.root.appending(path: "samples/cafe").path)
            }
            for (cluster, network) in zip([one, two], networks) {
                try cluster.kubectlDone("rollout", "status", "deployment/coffee", "deployment/tea", "--timeout=60s")
                try cluster.expectCafe(in: network)
            }

            // A node port is at the node's address, which both have; the second to ask is told so.
            for cluster in [one, two] { try cluster.kubectlDone("apply", "-f", "-", input: Self.nodePort) }
            let sentence =
                "cannot listen at 127.0.0.1:30911/TCP for service default/tea-outside: it is in use by skiff up --data-dir"
            try wait("one of them to say who has the node port", seconds: 20) {
                [one, two].contains { $0.log.contains(sentence) }
            }
            let line = try #require((one.log + two.log).split(separator: "\n").first { $0.contains(sentence) })
            #expect(line.contains("--bind-address moves it"), "\(line)")

            // Pods of a killed cluster go on; nobody takes their network, and the next start finds it again.
            for cluster in [one, two] { cluster.killHard() }
            let third = try ClusterProcess()
            defer { third.remove() }
            try third.start()
            for network in networks { #expect(try !third.network.pods.overlaps(network.pods)) }
            for cluster in [two, one] { try cluster.start() }
            for (cluster, network) in zip([one, two], networks) {
                #expect(try cluster.network == network)
                try cluster.expectCafe(in: network)
            }
        }

        private static let nodePort = """
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "tea-outside"},
             "spec": {"type": "NodePort", "selector": {"app": "tea"},
                      "ports": [{"port": 80, "targetPort": 8080, "nodePort": 30911}]}}
            """

        @Test func aNamedNetworkIsUsedAndKept() throws {
            let cluster = try ClusterProcess([
                "--cluster-cidr", "127.251.0.0/18", "--service-cluster-ip-range", "127.251.128.0/20",
                "--cluster-dns-address", "127.251.128.53",
            ])
            defer { cluster.remove() }
            try cluster.start()
            let services = try JSON(parsing: Array(try cluster.curl("/api/v1/services").output.utf8))
            let addresses = (services["items"]?.elements ?? []).compactMap { $0["spec", "clusterIP"]?.string }
            #expect(Set(addresses) == ["127.251.128.1", "127.251.128.53"])
            try wait("the node", seconds: 20) {
                try cluster.kubectlDone("get", "nodes", "-o", "jsonpath={.items[*].spec.podCIDR}") == "127.251.0.0/24"
            }
            try cluster.stop()
            let other = try Self.up("--data-dir", cluster.directory, "--cluster-cidr", "127.252.0.0/16")
            #expect(
                other.errors.contains(
                    "Error: --cluster-cidr 127.252.0.0/16: this cluster was made with 127.251.0.0/18 and keeps it"),
                "\(other.errors)")
        }

        /// Runs `skiff up` to its end, which is a failure.
        private static func up(_ arguments: String...) throws -> ProgramResult {
            try Program.run(ClusterProcess.binary, ["up"] + arguments, timeoutSeconds: 30)
        }

        /// A socket that listens at any port of the address, until it is let go of.
        private final class Taken {
            let descriptor: Int32
            private(set) var port = 0

            init(_ address: String, port wanted: Int = 0, type: __socket_type = SOCK_STREAM) throws {
                descriptor = socket(AF_INET, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
                var name = sockaddr_in()
                name.sin_family = sa_family_t(AF_INET)
                name.sin_port = in_port_t(wanted).bigEndian
                name.sin_addr.s_addr = inet_addr(address)
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                let bound = withUnsafeMutablePointer(to: &name) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                        bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
                    }
                }
                guard bound, type == SOCK_DGRAM || listen(descriptor, 8) == 0 else {
                    throw ProgramFailure(description: "\(address):\(wanted) cannot be had by the test")
                }
                port = Int(UInt16(bigEndian: name.sin_port))
            }
            deinit { close(descriptor) }
        }

        @Test(arguments: [
            ("--port", "plain HTTP"), ("--secure-port", "HTTPS"), ("--ingress-http-port", "the ingress (HTTP)"),
            ("--ingress-https-port", "the ingress (HTTPS)"), ("--etcd-listen", "etcd's API"),
            ("--etcd-insecure-listen", "etcd's API"),
        ])
        func aTakenPortIsToldInOneLine(flag: String, purpose: String) throws {
            let taken = try Taken("127.0.0.1")
            let free = try FreePorts.take(4)
            var ports = Dictionary(
                uniqueKeysWithValues: zip(
                    ["--port", "--secure-port", "--ingress-http-port", "--ingress-https-port"], free.map(String.init)))
            ports[flag] = flag.contains("etcd") ? "127.0.0.1:\(taken.port)" : String(taken.port)
            let directory = FileManager.default.temporaryDirectory.path + "/skiff-\(UUID().uuidString.prefix(8))"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let result = try Program.run(
                ClusterProcess.binary,
                ["up", "--network", "loopback", "--data-dir", directory] + ports.flatMap { [$0.key, $0.value] },
                timeoutSeconds: 30)
            #expect(result.exitCode != 0)
            #expect(result.output.isEmpty)
            let line = result.errors.trimmingCharacters(in: .newlines)
            #expect(
                line.hasPrefix("Error: cannot listen at 127.0.0.1:\(taken.port)/TCP for \(purpose): it is in use by "),
                "\(result.errors)")
            #expect(line.hasSuffix("(process \(getpid())); \(flag) moves it"), "\(result.errors)")
            #expect(!line.contains("\n"), "\(result.errors)")
        }

        @Test(arguments: [SOCK_DGRAM, SOCK_STREAM]) func aTakenDNSAddressIsToldInOneLine(type: __socket_type) throws {
            let taken = try Taken("127.251.128.10", port: 53, type: type)
            let directory = FileManager.default.temporaryDirectory.path + "/skiff-\(UUID().uuidString.prefix(8))"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let ports = try FreePorts.take(4).map(String.init)
            let result = try Self.up(
                "--data-dir", directory, "--port", ports[0], "--secure-port", ports[1], "--ingress-http-port", ports[2],
                "--ingress-https-port", ports[3], "--cluster-cidr", "127.251.0.0/18", "--service-cluster-ip-range",
                "127.251.128.0/20")
            let transport = type == SOCK_DGRAM ? "UDP" : "TCP"
            #expect(
                result.errors.hasPrefix(
                    "Error: cannot listen at 127.251.128.10:53/\(transport) for cluster DNS: it is in use"),
                "\(result.errors)")
            #expect(
                result.errors.hasSuffix("(process \(getpid())); --cluster-dns-address moves it\n"), "\(result.errors)")
            #expect(taken.port == 53)
        }

        @Test func wrongSettingsAreToldByTheirFlag() throws {
            let directory = FileManager.default.temporaryDirectory.path + "/skiff-\(UUID().uuidString.prefix(8))"
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let cases: [([String], String)] = [
                (
                    ["--network", "loopback", "--cluster-cidr", "10.244.0.0/16"],
                    "--cluster-cidr 10.244.0.0/16 must be in 127.64.0.0 to"
                ),
                (
                    ["--network", "bridge", "--cluster-cidr", "127.250.0.0/16"],
                    "--cluster-cidr 127.250.0.0/16 must not be in 127.0.0.0/8, where no pod with a network"
                ),
                (["--network", "host"], "--network must be one of auto, bridge, loopback, not host"),
                (
                    ["--network", "bridge", "--etcd-servers", "http://127.0.0.1:1"],
                    "--network bridge goes with the own store, which --etcd-servers replaces"
                ),
                (["--cluster-cidr", "127.250.0.0"], "--cluster-cidr must be a network, such as 127.130.0.0/16, not"),
                (["--cluster-cidr", "127.250.0.0/24", "--nodes", "2"], "has room for 1 nodes, not for 2"),
                (["--cluster-dns-address", "dns"], "--cluster-dns-address must be an IP address"),
                (
                    ["--runtime", "gvisor"],
                    "--runtime must be one of auto, containerd, process, simulated, not gvisor"
                ),
                (["--port", "8099", "--secure-port", "8099"], "--port and --secure-port are both 127.0.0.1:8099/TCP"),
                (["--bind-address", "192.0.2.7"], "this machine has no such address; --bind-address moves it"),
            ]
            for (arguments, sentence) in cases {
                let own = "\(directory)/\(UUID().uuidString.prefix(4))"
                let ports = arguments.contains("--port") ? [] : ["--port", "0", "--secure-port", "6999"]
                let result = try Program.run(
                    ClusterProcess.binary, ["up", "--data-dir", own] + ports + arguments, timeoutSeconds: 30)
                #expect(result.exitCode != 0 && result.errors.contains(sentence), "\(arguments): \(result.errors)")
            }
            // The same from a file.
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let file = "\(directory)/skiff.yaml"
            try "service-cluster-ip-range: 127.250.0.0/8\n".write(toFile: file, atomically: true, encoding: .utf8)
            let result = try Self.up("--data-dir", "\(directory)/f", "--config", file)
            #expect(
                result.errors.contains("Error: --service-cluster-ip-range 127.250.0.0/8: 127.250.0.0/8 has host bits"))
        }

        @Test func helpNamesWhatWorksByWhatItIsAbout() throws {
            let help = try Program.run(ClusterProcess.binary, ["up", "--help"]).output
            for title in [
                "CLUSTER:", "WHERE IT LISTENS:", "NETWORK OF PODS AND SERVICES:", "DATABASE AND AUDIT:", "STORE:",
            ] {
                #expect(help.uppercased().contains(title), "\(help)")
            }
            for flag in ["--cluster-cidr <cidr>", "--service-cluster-ip-range <cidr>", "--port <port>"] {
                #expect(help.contains(flag), "\(help)")
            }
            #expect(help.contains("containerd (") && help.contains("simulated ("))
        }

        /// What one is told to do next works as soon as `/readyz` says ok, and a first start says what it made.
        @Test func readyMeansThatTheKubeconfigAndTheIngressClassAreThere() throws {
            for _ in 0..<4 {
                let cluster = try ClusterProcess()
                defer { cluster.remove() }
                try cluster.launch()
                try wait("skiff to be ready") { try cluster.curl("/readyz").text == "ok" }
                #expect(FileManager.default.fileExists(atPath: "\(cluster.directory)/admin.conf"))
                let path = "/apis/networking.k8s.io/v1/ingressclasses/nginx"
                #expect(try cluster.curl(path, ["-o", "/dev/null", "-w", "%{http_code}"]).text == "200")
                #expect(cluster.log.contains("Keys and certificates made in \(cluster.directory)/pki ("))
            }
        }
    }
}

/// The ranges that a cluster has written down.
struct ClusterRanges: Equatable {
    var pods: CIDR
    var services: CIDR
}

extension ClusterProcess {
    var network: ClusterRanges {
        get throws {
            let data = FileManager.default.contents(atPath: "\(directory)/network.json") ?? Data()
            let json = try JSON(parsing: Array(data))
            guard let pods = json["clusterCIDR"]?.string.flatMap({ CIDR($0) }),
                let services = json["serviceClusterIPRange"]?.string.flatMap({ CIDR($0) })
            else { throw ProgramFailure(description: "no network in \(directory): \(json)") }
            return ClusterRanges(pods: pods, services: services)
        }
    }

    /// Tea and coffee answer through this cluster's ingress, from pods of its own network, and find each other by name.
    func expectCafe(in network: ClusterRanges) throws {
        try wait("every replica of tea to answer", seconds: 60) { try replicasAnswering("/tea", calls: 30).count == 3 }
        try wait("tea to find coffee by its name", seconds: 30) {
            let answer = try curl("/tea?with=coffee").output
            let addresses = answer.split(separator: "\n").filter { $0.hasPrefix("Server address: ") }.compactMap {
                IPAddress(String($0.dropFirst("Server address: ".count).prefix { $0 != ":" }))
            }
            for address in addresses { #expect(network.pods.contains(address), "\(answer)") }
            return addresses.count == 2
        }
    }
}
