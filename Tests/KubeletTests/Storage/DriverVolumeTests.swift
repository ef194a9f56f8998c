import APIMachinery
import Basics
import ContainerRuntime
import ControlLoops
import Foundation
import GRPCServer
import Glibc
import KubeAPI
import Testing

@testable import Kubelet

/// Volumes that drivers bring, with real containers and a driver that is reached as any other: by its socket.
@Suite(.enabled(if: geteuid() == 0)) struct DriverVolumeTests {
    private static let driverName = "disk.example.com"

    private static func object(_ spec: JSON) -> CSIDriver {
        CSIDriver([
            "apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": ["name": JSON(driverName)],
            "spec": spec,
        ])
    }

    /// A volume of the driver that is bound to a claim `data`.
    private static func makeClaim(
        _ fixture: NodeFixture, size: String = "1Gi", _ change: (inout JSON) -> Void = { _ in }
    ) async throws {
        var volume: JSON = [
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": ["name": "pv-1"],
            "spec": [
                "capacity": ["storage": JSON(size)], "accessModes": ["ReadWriteOnce"], "storageClassName": "",
                "claimRef": ["namespace": "default", "name": "data"],
                "csi": ["driver": JSON(driverName), "volumeHandle": "vol-1", "volumeAttributes": ["kind": "fast"]],
            ],
        ]
        change(&volume)
        _ = try await fixture.cluster.create(PersistentVolume(volume))
        var claim = try await fixture.cluster.create(
            PersistentVolumeClaim([
                "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                "metadata": ["namespace": "default", "name": "data"],
                "spec": [
                    "accessModes": ["ReadWriteOnce"], "volumeName": "pv-1", "storageClassName": "",
                    "resources": ["requests": ["storage": "1Gi"]],
                    "volumeMode": volume["spec", "volumeMode"] ?? "Filesystem",
                ],
            ]))
        claim.status.phase = "Bound"
        claim.status.capacity = ["storage": "1Gi"]
        _ = try await fixture.cluster.updateStatus(claim)
    }

    private static func use(_ pod: inout Pod, _ source: JSON = ["persistentVolumeClaim": ["claimName": "data"]]) {
        var volume = source
        volume["name"] = "data"
        pod.json["spec", "volumes"] = [volume]
        pod.spec.containers[0].json["volumeMounts"] = [["name": "data", "mountPath": "/data"]]
    }

    private static func event(_ fixture: NodeFixture, _ reason: String) async throws -> String {
        while true {
            if let event = fixture.events.first(where: { $0.reason == reason }) { return event.message ?? "" }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
    private static func isMounted(_ fixture: NodeFixture) -> Bool {
        !MountTable.read().below(fixture.directory).isEmpty
    }

    @Test func aNodeTellsOfItsDriversWhileTheyAreThere() async throws {
        let fixture = NodeFixture(index: 60)
        try await fixture.with { _ in
            let driver = StorageDriver(
                Self.driverName, node: fixture.directory, topology: ["topology.example.com/rack": "r1"])
            let key = ObjectKey(name: "node-1")
            _ = fixture.world.cache(CSINode.resource)
            try await driver.serving {
                try await fixture.world.cache(CSINode.resource).wait(until: key) {
                    $0?["spec", "drivers"]?.elements.isEmpty == false
                }
                let own = try #require(fixture.world.get(CSINode.self, key))
                #expect(own.spec.drivers.first?.name == Self.driverName)
                #expect(own.spec.drivers.first?.nodeID == "machine-1")
                #expect(own.spec.drivers.first?.topologyKeys == ["topology.example.com/rack"])
                #expect(own.spec.drivers.first?.allocatable?.count == 7)
                #expect(own.metadata.ownerReferences.first?.kind == "Node")
                let node = try await fixture.cluster.get(Node.self, key)
                #expect(node.metadata.labels["topology.example.com/rack"] == "r1")
                #expect(node.metadata.annotations[CSINodeWriter.identities] == #"{"disk.example.com":"machine-1"}"#)
                while driver.calls.last?.name != "NotifyRegistrationStatus" {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(driver.calls.last?.fields.flag(1) == true)
            }
            try await fixture.world.cache(CSINode.resource).wait(until: key) {
                $0?["spec", "drivers"]?.elements.isEmpty == true
            }
        }
    }

    @Test func twoPodsHaveAVolumeThatIsStagedOnce() async throws {
        let fixture = NodeFixture(index: 61)
        let driver = StorageDriver(Self.driverName, node: fixture.directory)
        _ = try await fixture.cluster.create(Self.object(["attachRequired": false, "podInfoOnMount": true]))
        try await Self.makeClaim(fixture) { $0["spec", "mountOptions"] = ["noatime"] }
        try await driver.serving {
            try await fixture.with { _ in
                let first = try await fixture.pod("first", script: "echo hello > /data/x; exec sleep 1000") {
                    Self.use(&$0)
                }
                try await fixture.wait("first") { $0?.isReady == true }
                let publish = try #require(driver.calls.first { $0.name == "NodePublishVolume" })
                #expect(publish.map(8)["kind"] == "fast")
                #expect(publish.map(8)["csi.storage.k8s.io/pod.name"] == "first")
                #expect(publish.map(8)["csi.storage.k8s.io/pod.uid"] == first.uid)
                #expect(publish.map(8)["csi.storage.k8s.io/ephemeral"] == "false")
                let second = try await fixture.pod("second", script: "cat /data/x >/dev/termination-log") { pod in
                    Self.use(&pod)
                    pod.spec.restartPolicy = "Never"
                }
                try await fixture.wait("second") { $0?.phase == "Succeeded" }
                #expect(fixture.world.get(Pod.self, second.key)?.main?.state?.terminated?.message == "hello\n")
                for pod in [first, second] {
                    try await fixture.cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
                    try await fixture.wait(pod.name) { $0 == nil }
                }
                while driver.story.count < 6 { try await Task.sleep(for: .milliseconds(10)) }
                let staging = "plugins/kubernetes.io/csi/disk.example.com/*/globalmount"
                let target = "pods/*/volumes/kubernetes.io~csi/pv-1/mount"
                #expect(
                    driver.story == [
                        "NodeStageVolume vol-1 \(staging) mount noatime mode=7",
                        "NodePublishVolume vol-1 from \(staging) at \(target) mount noatime mode=7",
                        "NodePublishVolume vol-1 from \(staging) at \(target) mount noatime mode=7",
                        "NodeUnpublishVolume vol-1 \(target)", "NodeUnpublishVolume vol-1 \(target)",
                        "NodeUnstageVolume vol-1 \(staging)",
                    ])
                while Self.isMounted(fixture) { try await Task.sleep(for: .milliseconds(10)) }
                #expect(try String(contentsOfFile: driver.files("vol-1") + "/x", encoding: .utf8) == "hello\n")
            }
        }
    }

    @Test func aVolumeIsWaitedForUntilItIsAttached() async throws {
        let fixture = NodeFixture(index: 62)
        let driver = StorageDriver(Self.driverName, node: fixture.directory, capabilities: [])
        _ = try await fixture.cluster.create(Self.object(["attachRequired": true]))
        try await Self.makeClaim(fixture)
        let unique = "kubernetes.io/csi/disk.example.com^vol-1"
        try await driver.serving {
            try await fixture.with { _ in
                let pod = try await fixture.pod("web", script: "exec sleep 1000") { Self.use(&$0) }
                try await fixture.world.cache(Node.resource).wait(until: ObjectKey(name: "node-1")) {
                    $0?["status", "volumesInUse"]?.strings == [unique]
                }
                #expect(driver.story.isEmpty)
                var attachment = try await fixture.cluster.create(
                    VolumeAttachment([
                        "apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment",
                        "metadata": ["name": JSON("csi-" + HashedName.sha256("vol-1" + Self.driverName + "node-1"))],
                        "spec": [
                            "attacher": JSON(Self.driverName), "nodeName": "node-1",
                            "source": ["persistentVolumeName": "pv-1"],
                        ],
                    ]))
                attachment.status.attached = true
                attachment.status.attachmentMetadata = ["device": "sdb"]
                _ = try await fixture.cluster.updateStatus(attachment)
                try await fixture.wait("web") { $0?.isReady == true }
                #expect(driver.calls.last?.map(2) == ["device": "sdb"])
                #expect(driver.story.first?.hasPrefix("NodePublishVolume vol-1 from  at pods/*/") == true)
                try await fixture.cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
                try await fixture.world.cache(Node.resource).wait(until: ObjectKey(name: "node-1")) {
                    $0?["status", "volumesInUse"]?.strings.isEmpty ?? true
                }
            }
        }
    }

    @Test func whatADriverRefusesIsSaidAndTriedAgain() async throws {
        let fixture = NodeFixture(index: 63)
        let driver = StorageDriver(Self.driverName, node: fixture.directory)
        _ = try await fixture.cluster.create(Self.object(["attachRequired": false]))
        try await Self.makeClaim(fixture)
        driver.refuse("NodeStageVolume", CallError(.internalError, "no disk"))
        driver.refuse("NodePublishVolume", CallError(.aborted, "busy"))
        try await fixture.with { _ in
            try await fixture.pod("web", script: "exec sleep 1000") { Self.use(&$0) }
            let unknown = try await Self.event(fixture, "FailedMount")
            #expect(
                unknown
                    == "MountVolume.MountDevice failed for volume \"pv-1\" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: "
                    + "driver name disk.example.com not found in the list of registered CSI drivers"
            )
            try await driver.serving {
                try await fixture.wait("web") { $0?.isReady == true }
                let messages = fixture.events.filter { $0.reason == "FailedMount" }.compactMap(\.message)
                #expect(
                    messages.contains(
                        "MountVolume.MountDevice failed for volume \"pv-1\" : rpc error: code = Internal desc = no disk"
                    ))
                #expect(
                    messages.contains(
                        "MountVolume.SetUp failed for volume \"pv-1\" : rpc error: code = Aborted desc = busy"))
                #expect(
                    driver.story.map { $0.split(separator: " ")[0] } == [
                        "NodeStageVolume", "NodeStageVolume", "NodePublishVolume", "NodePublishVolume",
                    ])
                let pod = try #require(fixture.world.get(Pod.self, ObjectKey(namespace: "default", name: "web")))
                try await fixture.cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
                while Self.isMounted(fixture) { try await Task.sleep(for: .milliseconds(10)) }
            }
        }
    }

    @Test func aVolumeInAPodIsMadeForItAndOnlyWhereTheDriverAllowsIt() async throws {
        let fixture = NodeFixture(index: 64)
        let driver = StorageDriver(Self.driverName, node: fixture.directory, capabilities: [.mountGroup])
        let inline: JSON = [
            "csi": [
                "driver": JSON(Self.driverName), "volumeAttributes": ["size": "small"],
                "nodePublishSecretRef": ["name": "key"],
            ]
        ]
        _ = try await fixture.cluster.create(
            Secret {
                $0.metadata.name = "key"
                $0.metadata.namespace = "default"
                $0.data = ["password": "aGlkZGVu"]
            })
        try await driver.serving {
            try await fixture.with { _ in
                let pod = try await fixture.pod("web", script: "exec sleep 1000") { pod in
                    Self.use(&pod, inline)
                    pod.json["spec", "securityContext"] = ["fsGroup": 4321]
                }
                let why =
                    "MountVolume.SetUp failed for volume \"data\" : kubernetes.io/csi: mounter.SetupAt failed to check volume lifecycle mode: "
                    + "volume mode \"Ephemeral\" not supported by driver disk.example.com (no CSIDriver object)"
                while !fixture.events.contains(where: { $0.message == why }) {
                    try await Task.sleep(for: .milliseconds(20))
                }
                _ = try await fixture.cluster.create(
                    Self.object([
                        "attachRequired": false, "volumeLifecycleModes": ["Ephemeral"], "podInfoOnMount": true,
                        "requiresRepublish": true,
                    ]))
                try await fixture.wait("web") { $0?.isReady == true }
                let publish = try #require(driver.calls.last { $0.name == "NodePublishVolume" })
                #expect(publish.fields.text(1) == "csi-" + HashedName.sha256(pod.uid + "data"))
                #expect(publish.map(7) == ["password": "hidden"])
                #expect(publish.map(8)["size"] == "small")
                #expect(publish.map(8)["csi.storage.k8s.io/ephemeral"] == "true")
                #expect(publish.capability(5) == "mount group=4321 mode=1")
                try await fixture.cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
                try await fixture.wait("web") { $0 == nil }
                // A forced deletion does not wait for it.
                while driver.calls.last?.name != "NodeUnpublishVolume" { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    @Test func aVolumeThatGrewGrowsOnTheNodeAndItsClaimIsTold() async throws {
        let fixture = NodeFixture(index: 65)
        let driver = StorageDriver(Self.driverName, node: fixture.directory)
        _ = try await fixture.cluster.create(
            Self.object(["attachRequired": false, "fsGroupPolicy": "File"]))
        try await Self.makeClaim(fixture)
        let (claimKey, volumeKey) = (ObjectKey(namespace: "default", name: "data"), ObjectKey(name: "pv-1"))
        try await driver.serving {
            try await fixture.with { kubelet in
                let pod = try await fixture.pod("web", script: "exec sleep 1000") { pod in
                    Self.use(&pod)
                    pod.json["spec", "securityContext"] = ["fsGroup": 4321]
                }
                try await fixture.wait("web") { $0?.isReady == true }
                var information = stat()
                #expect(stat(driver.files("vol-1"), &information) == 0)
                #expect(information.st_gid == 4321)
                #expect(information.st_mode & 0o2070 == 0o2070)
                #expect(!driver.story.contains { $0.hasPrefix("NodeExpandVolume") })
                var claim = try await fixture.cluster.get(PersistentVolumeClaim.self, claimKey)
                claim.json["status", "conditions"] = [["type": "FileSystemResizePending", "status": "True"]]
                _ = try await fixture.cluster.updateStatus(claim)
                var volume = try await fixture.cluster.get(PersistentVolume.self, volumeKey)
                volume.spec.capacity = ["storage": "2Gi"]
                _ = try await fixture.cluster.update(volume)
                try await fixture.world.cache(PersistentVolumeClaim.resource).wait(until: claimKey) {
                    $0?["status", "capacity", "storage"]?.string == "2Gi"
                }
                #expect(fixture.world.get(PersistentVolumeClaim.self, claimKey)?.status.conditions.isEmpty == true)
                #expect(
                    driver.story.last == "NodeExpandVolume vol-1 pods/*/volumes/kubernetes.io~csi/pv-1/mount 2147483648"
                )
                let usage = await kubelet.context.csi.usage(pod.uid)
                #expect(usage["pv-1"]?.usedBytes == 40)
                #expect(usage["pv-1"]?.maximumFiles == 200)
                let told = await kubelet.worker(pod.uid)?.volumeUsage()
                #expect(told?.map(\.name) == ["data"])
                #expect(told?.first?.claim == claimKey)
                #expect(told?.first?.usage.capacityBytes == 100)
                try await fixture.cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
                while Self.isMounted(fixture) { try await Task.sleep(for: .milliseconds(10)) }
            }
        }
    }

    @Test func aVolumeForOnePodIsNotGivenToAnother() async throws {
        let fixture = NodeFixture(index: 70)
        let driver = StorageDriver(Self.driverName, node: fixture.directory)
        _ = try await fixture.cluster.create(Self.object(["attachRequired": false]))
        try await Self.makeClaim(fixture) { $0["spec", "accessModes"] = ["ReadWriteOncePod"] }
        try await driver.serving {
            try await fixture.with { _ in
                let first = try await fixture.pod("first", script: "exec sleep 1000") { Self.use(&$0) }
                try await fixture.wait("first") { $0?.isReady == true }
                let second = try await fixture.pod("second", script: "exec sleep 1000") { Self.use(&$0) }
                let why =
                    "MountVolume.SetUp failed for volume \"pv-1\" : "
                    + "volume uses the ReadWriteOncePod access mode and is already in use by another pod"
                while !fixture.events.contains(where: { $0.message == why }) {
                    try await Task.sleep(for: .milliseconds(20))
                }
                try await fixture.cluster.delete(Pod.self, first.key, DeletionOptions(gracePeriodSeconds: 0))
                try await fixture.wait("second") { $0?.isReady == true }
                #expect(driver.story.contains { $0.hasSuffix("mode=6") })
                try await fixture.cluster.delete(Pod.self, second.key, DeletionOptions(gracePeriodSeconds: 0))
                while Self.isMounted(fixture) { try await Task.sleep(for: .milliseconds(10)) }
            }
        }
    }

    @Test func aDriverThatWantsItIsToldAgain() async throws {
        let fixture = NodeFixture(index: 68)
        let driver = StorageDriver(Self.driverName, node: fixture.directory, capabilities: [])
        _ = try await fixture.cluster.create(
            Self.object(["attachRequired": false, "volumeLifecycleModes": ["Ephemeral"], "requiresRepublish": true]))
        try await driver.serving {
            try await fixture.with { kubelet in
                let pod = try await fixture.pod("web", script: "exec sleep 1000") {
                    Self.use(&$0, ["csi": ["driver": JSON(Self.driverName)]])
                }
                try await fixture.wait("web") { $0?.isReady == true }
                let csi = await kubelet.context.csi
                let source = CSIVolumeSource(["driver": JSON(Self.driverName)])
                let volume = CSIVolume(source, name: "data", in: pod)
                // Not before its time.
                _ = try await csi.bring(volume, to: pod)
                #expect(driver.story.count == 1)
                await csi.agePublications(by: CSIVolumes.republishPeriod)
                #expect(await csi.isRepublishDue(pod.uid))
                driver.refuse("NodePublishVolume", CallError(.internalError, "later"))
                await #expect(throws: PodWork.VolumeFailure.self) { try await csi.bring(volume, to: pod) }
                #expect(Self.isMounted(fixture))
                _ = try await csi.bring(volume, to: pod)
                #expect(driver.story.count == 3)
                #expect(await !csi.isRepublishDue(pod.uid))
                try await fixture.cluster.delete(Pod.self, pod.key, DeletionOptions(gracePeriodSeconds: 0))
                while Self.isMounted(fixture) { try await Task.sleep(for: .milliseconds(10)) }
            }
        }
    }

    @Test func aDeviceIsADeviceInTheContainer() async throws {
        let fixture = NodeFixture(index: 69)
        try FileManager.default.createDirectory(atPath: fixture.directory, withIntermediateDirectories: true)
        let file = fixture.directory + "/disk.img"
        var disk = Data(count: 1 << 20)
        disk.replaceSubrange(0..<5, with: Array("hello".utf8))
        try disk.write(to: URL(filePath: file))
        guard let losetup = ToolProcess.find("losetup") else { return }
        let made = try await ToolProcess.run(losetup, ["-f", "--show", file])
        // Not every kernel has loop devices, nor lets everybody make them.
        guard made.exitCode == 0 else { return }
        let device = String(decoding: made.output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        try await Self.makeClaim(fixture) { volume in
            volume["spec", "csi"] = nil
            volume["spec", "local"] = ["path": JSON(device)]
            volume["spec", "volumeMode"] = "Block"
            volume["spec", "nodeAffinity"] = [
                "required": [
                    "nodeSelectorTerms": [
                        [
                            "matchExpressions": [
                                ["key": "kubernetes.io/hostname", "operator": "In", "values": ["node-1"]]
                            ]
                        ]
                    ]
                ]
            ]
        }
        let result: Result<Void, any Error>
        do {
            try await fixture.with { _ in
                try await fixture.pod(
                    "web",
                    script:
                        "dd if=/dev/xvda bs=5 count=1 2>/dev/null >/dev/termination-log; printf world | dd of=/dev/xvda conv=fsync 2>/dev/null"
                ) { pod in
                    Self.use(&pod)
                    pod.spec.containers[0].json["volumeMounts"] = nil
                    pod.spec.containers[0].json["volumeDevices"] = [["name": "data", "devicePath": "/dev/xvda"]]
                    pod.spec.restartPolicy = "Never"
                }
                let pod = try await fixture.wait("web") { ["Succeeded", "Failed"].contains($0?.phase) }
                #expect(pod?.phase == "Succeeded")
                #expect(pod?.main?.state?.terminated?.message == "hello")
                let written = try FileHandle(forReadingFrom: URL(filePath: file)).read(upToCount: 5)
                #expect(written == Data("world".utf8))
            }
            result = .success(())
        } catch { result = .failure(error) }
        _ = try await ToolProcess.run(losetup, ["-d", device])
        try result.get()
    }

    @Test func whatAKilledKubeletLeftIsTakenDown() async throws {
        let fixture = NodeFixture(index: 66)
        let driver = StorageDriver(Self.driverName, node: fixture.directory)
        _ = try await fixture.cluster.create(Self.object(["attachRequired": false]))
        try await Self.makeClaim(fixture)
        try await driver.serving {
            try await fixture.with(cleans: false) { _ in
                try await fixture.pod("web", script: "exec sleep 1000") { Self.use(&$0) }
                try await fixture.wait("web") { $0?.isReady == true }
            }
            #expect(Self.isMounted(fixture))
            try await fixture.cluster.delete(
                Pod.self, ObjectKey(namespace: "default", name: "web"), DeletionOptions(gracePeriodSeconds: 0))
            try await fixture.with { _ in
                while driver.story.last?.hasPrefix("NodeUnstageVolume") != true {
                    try await Task.sleep(for: .milliseconds(20))
                }
                while Self.isMounted(fixture) { try await Task.sleep(for: .milliseconds(10)) }
                while !PodVolumes.uids(fixture.directory + "/pods").isEmpty {
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
        }
    }
}
