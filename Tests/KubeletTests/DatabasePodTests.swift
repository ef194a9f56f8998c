import APIMachinery
import ContainerRuntime
import ControlLoops
import Foundation
import KubeAPI
import Kubelet
import Testing

@Suite struct DatabasePodTests {
    /// The catalog's `mysql` is a real MariaDB: it makes an empty volume a database, keeps the password, and its rows
    /// survive the pod.
    @Test func mysqlRunsAndItsRowsSurviveThePod() async throws {
        guard FileManager.default.fileExists(atPath: "/usr/sbin/mariadbd"), geteuid() == 0 else { return }
        let fixture = NodeFixture(index: 93, catalog: ImageCatalog.standard)
        let data = fixture.directory + "/volume"
        try await fixture.with { kubelet in
            func start(_ name: String) async throws -> Pod {
                try await fixture.pod(name, script: "") { pod in
                    pod.spec.terminationGracePeriodSeconds = 30
                    pod.spec.volumes = [
                        Volume { volume in
                            volume.name = "data"
                            volume.hostPath = HostPathVolumeSource { $0.path = data }
                        }
                    ]
                    pod.spec.containers = [
                        Container { container in
                            container.name = "main"
                            container.image = "mysql"
                            container.imagePullPolicy = "Never"
                            container.env = [
                                EnvVar {
                                    $0.name = "MYSQL_ROOT_PASSWORD"
                                    $0.value = "it's \"admin\""
                                },
                                EnvVar {
                                    $0.name = "MYSQL_DATABASE"
                                    $0.value = "flaskapi"
                                },
                            ]
                            container.volumeMounts = [
                                VolumeMount {
                                    $0.name = "data"
                                    $0.mountPath = "/var/lib/mysql"
                                }
                            ]
                            container.readinessProbe = Probe { probe in
                                probe.tcpSocket = TCPSocketAction { $0.port = 3306 }
                                probe.periodSeconds = 1
                                probe.failureThreshold = 30
                            }
                        }
                    ]
                }
                return try #require(try await fixture.wait(name) { $0?.isReady == true })
            }
            /// As the tutorial's client pod: the command replaces the image's start script.
            func query(_ name: String, _ server: Pod, _ sql: String) async throws -> String {
                try await fixture.pod(name, script: "") { pod in
                    pod.spec.restartPolicy = "Never"
                    pod.spec.containers[0].image = "mysql"
                    pod.spec.containers[0].command = []
                    pod.spec.containers[0].args = [
                        "mysql", "--host", server.status.podIP ?? "", "--user=root", "--password=it's \"admin\"", "-N",
                        "-e", sql, "flaskapi",
                    ]
                }
                let pod = try #require(
                    try await fixture.wait(name) { ["Succeeded", "Failed"].contains($0?.status.phase ?? "") })
                let text = try await fixture.log(kubelet, pod)
                return text
            }
            let first = try await start("mysql-a")
            #expect(
                try await query(
                    "client-a", first,
                    "create table users (name varchar(20)); insert into users values ('Ada'); select * from users")
                    == "Ada\n")
            try await fixture.cluster.delete(Pod.self, first.key)
            try await fixture.wait("mysql-a") { $0 == nil }
            let second = try await start("mysql-b")
            #expect(try await query("client-b", second, "select * from users") == "Ada\n")
        }
    }
}
