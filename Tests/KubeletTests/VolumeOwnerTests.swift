import APIMachinery
import ControlLoops
import Foundation
import Glibc
import KubeAPI
import Testing

@testable import Kubelet

/// Files made from objects take the pod's fsGroup and follow what they were made from.
@Suite struct VolumeOwnerTests {
    private struct Facts: Equatable {
        var user: Int
        var group: Int
        var mode: String
    }
    private func facts(_ path: String) -> Facts {
        var information = stat()
        stat(path, &information)
        return Facts(
            user: Int(information.st_uid), group: Int(information.st_gid),
            mode: String(information.st_mode & 0o7777, radix: 8))
    }

    /// The modes of Kubernetes' SetVolumeOwnership for what containers cannot write: readable for the group, directories
    /// with the set-group-id bit.
    @Test(.enabled(if: geteuid() == 0)) func filesBelongToTheFSGroup() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/volumes-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let volumes = PodVolumes(directory: directory, uid: "u")
        let files: [String: VolumePlan.PayloadFile] = [
            "plain": .init(bytes: [65], mode: 0o644), "secret": .init(bytes: [66], mode: 0o400),
            "deep/er/own": .init(bytes: [67], mode: 0o600, user: 1234),
        ]
        let path = try await volumes.prepare("v", .payload(files), stamp: "1", .init(group: 4321))
        #expect(facts(path + "/plain") == Facts(user: 0, group: 4321, mode: "644"))
        #expect(facts(path + "/secret") == Facts(user: 0, group: 4321, mode: "440"))
        #expect(facts(path + "/deep/er/own") == Facts(user: 1234, group: 4321, mode: "640"))
        for folder in ["", "/..data/", "/deep", "/deep/er"] {
            #expect(facts(path + folder) == Facts(user: 0, group: 4321, mode: "2755"), "\(folder)")
        }
        // Without one they are root's, with the modes as they were asked for.
        let other = try await volumes.prepare("w", .payload(files), stamp: "1", .init())
        #expect(facts(other + "/secret") == Facts(user: 0, group: 0, mode: "400"))
        #expect(facts(other + "/deep/er/own") == Facts(user: 1234, group: 0, mode: "600"))
    }

    @Test func aTokenIsForTheUserOfAllContainers() throws {
        func mode(_ change: (inout Pod) -> Void) throws -> VolumePlan.PayloadFile? {
            let pod = Pod { pod in
                pod.spec.containers = [Container { $0.name = "a" }, Container { $0.name = "b" }]
                change(&pod)
            }
            let planner = VolumePlanner(
                pod: pod, fields: DownwardFields(pod: pod, podIP: "", hostIP: "", nodeCapacity: [:]),
                configMap: { _ in nil }, secret: { _ in nil }, claim: { _ in nil }, volume: { _ in nil },
                tokens: [.init(audience: "", seconds: 3600): "token"])
            let volume = Volume { volume in
                volume.projected = ProjectedVolumeSource { projected in
                    projected.sources = [
                        VolumeProjection {
                            $0.serviceAccountToken = ServiceAccountTokenProjection { $0.path = "token" }
                        }
                    ]
                }
            }
            guard case .payload(let files) = try planner.plan(volume) else { return nil }
            return files["token"]
        }
        let token = Array("token".utf8)
        #expect(try mode { _ in } == .init(bytes: token, mode: 0o644))
        #expect(
            try mode { $0.spec.securityContext = PodSecurityContext { $0.fsGroup = 5 } }
                == .init(bytes: token, mode: 0o600))
        #expect(
            try mode { $0.spec.securityContext = PodSecurityContext { $0.runAsUser = 7 } }
                == .init(bytes: token, mode: 0o600, user: 7))
        #expect(
            try mode { pod in
                pod.spec.securityContext = PodSecurityContext { $0.runAsUser = 7 }
                pod.spec.containers[1].securityContext = SecurityContext { $0.runAsUser = 8 }
            } == .init(bytes: token, mode: 0o644))
    }

    @Test func downwardFilesFollowLabelsAndAnnotations() async throws {
        let fixture = NodeFixture(index: 96)
        try await fixture.with { kubelet in
            try await fixture.pod(
                "web",
                script: "while :; do echo $(cat /info/labels) $(cat /info/note); sleep 0.1; done"
            ) { pod in
                pod.metadata.labels = ["color": "red"]
                pod.metadata.annotations = ["note": "first"]
                pod.spec.containers[0].volumeMounts = [
                    VolumeMount {
                        $0.name = "info"
                        $0.mountPath = "/info"
                    }
                ]
                pod.spec.volumes = [
                    Volume { volume in
                        volume.name = "info"
                        volume.downwardAPI = DownwardAPIVolumeSource { source in
                            source.items = [
                                DownwardAPIVolumeFile {
                                    $0.path = "labels"
                                    $0.fieldRef = ObjectFieldSelector { $0.fieldPath = "metadata.labels" }
                                },
                                DownwardAPIVolumeFile {
                                    $0.path = "note"
                                    $0.fieldRef = ObjectFieldSelector { $0.fieldPath = "metadata.annotations['note']" }
                                },
                            ]
                        }
                    }
                ]
            }
            let pod = try #require(try await fixture.wait("web") { $0?.isReady == true })
            for (labels, note) in [("red", "first"), ("green", "first"), ("green", "second")] {
                _ = try await fixture.cluster.patch(
                    Pod.resource, pod.key, .merge,
                    ["metadata": ["labels": ["color": JSON(labels)], "annotations": ["note": JSON(note)]]],
                    subresource: nil)
                let line = "color=\"\(labels)\" \(note)"
                while try await !fixture.log(kubelet, pod).contains(line) {
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
        }
    }
}
