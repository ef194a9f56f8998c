import APIMachinery
import ControlLoops
import Foundation
import KubeAPI
import Testing

@testable import Kubelet

@Suite struct VolumeTests {
    private func planner(_ pod: Pod) -> VolumePlanner {
        VolumePlanner(
            pod: pod,
            fields: DownwardFields(pod: pod, podIP: "127.100.0.2", hostIP: "127.0.0.1", nodeCapacity: ["cpu": "4"]),
            configMap: { name in
                name == "map"
                    ? ConfigMap {
                        $0.data = ["a": "1", "b": "2"]; $0.binaryData = ["c": "AAE="]
                    } : nil
            },
            secret: { name in name == "secret" ? Secret { $0.data = ["key": "aGlkZGVu"] } : nil },
            claim: { name in
                PersistentVolumeClaim {
                    $0.spec.volumeName = "volume"
                    $0.status.phase = name == "bound" ? "Bound" : "Pending"
                }
            },
            volume: { _ in PersistentVolume { $0.json["spec", "hostPath", "path"] = "/mnt/data" } },
            tokens: [.init(audience: "", seconds: 3600): "token-text"])
    }
    private func files(_ plan: VolumePlan) -> [String: String] {
        guard case .payload(let files) = plan else { return [:] }
        return files.mapValues { String(decoding: $0.bytes, as: UTF8.self) + ":" + String($0.mode, radix: 8) }
    }

    @Test func plansSayWhatAVolumeIs() throws {
        let pod = Pod { pod in
            pod.metadata.name = "web"
            pod.metadata.labels = ["app": "x\"y"]
        }
        let planner = planner(pod)
        #expect(try planner.plan(Volume { $0.emptyDir = EmptyDirVolumeSource() }) == .empty)
        #expect(
            try files(planner.plan(Volume { $0.configMap = ConfigMapVolumeSource { $0.name = "map" } }))
                == ["a": "1:644", "b": "2:644", "c": "\u{0}\u{1}:644"])
        #expect(
            try files(
                planner.plan(
                    Volume { volume in
                        volume.secret = SecretVolumeSource { secret in
                            secret.secretName = "secret"
                            secret.defaultMode = 0o400
                            secret.items = [
                                KeyToPath {
                                    $0.key = "key"
                                    $0.path = "deep/name"
                                }
                            ]
                        }
                    })) == ["deep/name": "hidden:400"])
        #expect(
            try planner.plan(
                Volume { $0.persistentVolumeClaim = PersistentVolumeClaimVolumeSource { $0.claimName = "bound" } })
                == .hostPath("/mnt/data", type: ""))
        let projected = try files(
            planner.plan(
                Volume { volume in
                    volume.projected = ProjectedVolumeSource { source in
                        source.sources = [
                            VolumeProjection {
                                $0.serviceAccountToken = ServiceAccountTokenProjection { $0.path = "token" }
                            },
                            VolumeProjection { $0.configMap = ConfigMapProjection { $0.name = "map" } },
                            VolumeProjection { projection in
                                projection.downwardAPI = DownwardAPIProjection { downward in
                                    downward.items = [
                                        DownwardAPIVolumeFile { file in
                                            file.path = "labels"
                                            file.fieldRef = ObjectFieldSelector { $0.fieldPath = "metadata.labels" }
                                        }
                                    ]
                                }
                            },
                        ]
                    }
                }))
        // The volume's default mode, as the pod has no fsGroup.
        #expect(projected["token"] == "token-text:644")
        #expect(projected["labels"] == "app=\"x\\\"y\":644")
        #expect(projected["a"] == "1:644")
    }

    @Test func whatIsMissingIsSaid() throws {
        let planner = planner(Pod())
        func why(_ volume: Volume) -> String {
            do {
                _ = try planner.plan(volume)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(why(Volume { $0.configMap = ConfigMapVolumeSource { $0.name = "no" } }) == "configmap \"no\" not found")
        #expect(
            why(
                Volume { volume in
                    volume.configMap = ConfigMapVolumeSource {
                        $0.name = "no"
                        $0.optional = true
                    }
                }) == "")
        #expect(
            why(
                Volume { volume in
                    volume.configMap = ConfigMapVolumeSource { map in
                        map.name = "map"
                        map.items = [
                            KeyToPath {
                                $0.key = "a"
                                $0.path = "../../etc/passwd"
                            }
                        ]
                    }
                }) == "invalid path \"../../etc/passwd\" in volume")
        #expect(
            why(Volume { $0.persistentVolumeClaim = PersistentVolumeClaimVolumeSource { $0.claimName = "new" } })
                == "PVC is not bound")
    }

    @Test func filesChangeAllAtOnce() throws {
        let path = FileManager.default.temporaryDirectory.path + "/atomic-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = AtomicDirectory(path: path)
        func file(_ text: String, _ mode: Int = 0o644) -> VolumePlan.PayloadFile {
            VolumePlan.PayloadFile(bytes: Array(text.utf8), mode: mode)
        }
        func read(_ name: String) -> String? { try? String(contentsOfFile: path + "/" + name, encoding: .utf8) }
        try directory.write(["a": file("1"), "sub/b": file("2", 0o400), "old": file("3")], stamp: "one")
        #expect(read("a") == "1")
        #expect(read("sub/b") == "2")
        let first = try FileManager.default.destinationOfSymbolicLink(atPath: path + "/..data")
        try directory.write(["a": file("1"), "sub/b": file("2", 0o400), "old": file("3")], stamp: "two")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path + "/..data") == first)
        try directory.write(["a": file("changed"), "new": file("4")], stamp: "three")
        #expect(read("a") == "changed")
        #expect(read("new") == "4")
        #expect(read("old") == nil)
        #expect(read("sub/b") == nil)
        #expect(!FileManager.default.fileExists(atPath: path + "/" + first))
    }

    @Test func configMapsInPodsFollowTheirObjects() async throws {
        let fixture = NodeFixture(index: 92)
        try await fixture.with { kubelet in
            _ = try await fixture.cluster.create(
                ConfigMap {
                    $0.metadata.name = "settings"
                    $0.metadata.namespace = "default"
                    $0.data = ["colour": "green"]
                })
            try await fixture.pod(
                "reader",
                script:
                    "cat /etc/settings/colour; echo; touch /scratch/read; until grep -q blue /etc/settings/colour; do sleep 0.02; done; echo seen; sleep 1000"
            ) { pod in
                pod.spec.volumes = [
                    Volume { volume in
                        volume.name = "settings"
                        volume.configMap = ConfigMapVolumeSource { $0.name = "settings" }
                    },
                    Volume { volume in
                        volume.name = "scratch"
                        volume.emptyDir = EmptyDirVolumeSource()
                    },
                ]
                pod.spec.containers[0].volumeMounts = [
                    VolumeMount {
                        $0.name = "settings"
                        $0.mountPath = "/etc/settings"
                    },
                    VolumeMount {
                        $0.name = "scratch"
                        $0.mountPath = "/scratch"
                        $0.subPath = "below"
                    },
                ]
            }
            let pod = try #require(try await fixture.wait("reader") { $0?.isReady == true })
            while try await !fixture.log(kubelet, pod).contains("green") { await Task.yield() }
            try await fixture.cluster.edit(ConfigMap.self, ObjectKey(namespace: "default", name: "settings")) {
                $0.data = ["colour": "blue"]
            }
            while try await !fixture.log(kubelet, pod).contains("seen") { await Task.yield() }
            #expect(try await fixture.log(kubelet, pod) == "green\nseen\n")
        }
    }
}
