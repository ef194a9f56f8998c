import APIMachinery

/// The rules that harden pods as is best practice.
extension SecurityCheck {
    static let restricted: [SecurityCheck] = [
        check(
            "allowPrivilegeEscalation",
            [.init(minor: 8, judge: escalation), .init(minor: 25) { $0.isWindows ? nil : escalation($0) }]),
        check(
            "capabilities_restricted",
            [
                .init(minor: 22, replaces: ["capabilities_baseline"], judge: dropsAll),
                .init(minor: 25, replaces: ["capabilities_baseline"]) { $0.isWindows ? nil : dropsAll($0) },
            ]),
        check("procMount_restricted", [.init(minor: 35, replaces: ["procMount"], judge: procMount)]),
        check("restrictedVolumes", [.init(minor: 0, replaces: ["hostPathVolumes"], judge: volumes)]),
        check(
            "runAsNonRoot", [.init(minor: 0, judge: nonRoot), .init(minor: 35) { $0.hasOwnUsers ? nil : nonRoot($0) }]),
        check(
            "runAsUser", [.init(minor: 23, judge: rootUser), .init(minor: 35) { $0.hasOwnUsers ? nil : rootUser($0) }]),
        check(
            "seccompProfile_restricted",
            [
                .init(minor: 19, replaces: ["seccompProfile_baseline"]) { seccomp($0, mustBeSet: true) },
                .init(minor: 25, replaces: ["seccompProfile_baseline"]) {
                    $0.isWindows ? nil : seccomp($0, mustBeSet: true)
                },
            ]),
    ]

    private static func check(_ name: String, _ versions: [Version]) -> SecurityCheck {
        SecurityCheck(name: name, level: .restricted, versions: versions)
    }

    private static let escalation: @Sendable (JudgedPod) -> Finding? = { pod in
        let names = pod.names { $0["securityContext", "allowPrivilegeEscalation"]?.bool != false }
        if names.isEmpty { return nil }
        return Finding(
            reason: "allowPrivilegeEscalation != false",
            detail: "\(Words.containers(names)) must set securityContext.allowPrivilegeEscalation=false")
    }

    private static let dropsAll: @Sendable (JudgedPod) -> Finding? = { pod in
        var faults: [String] = []
        let names = pod.names { !($0["securityContext", "capabilities", "drop"]?.strings ?? []).contains("ALL") }
        if !names.isEmpty {
            faults.append("\(Words.containers(names)) must set securityContext.capabilities.drop=[\"ALL\"]")
        }
        if let added = addedCapabilities(pod, but: ["NET_BIND_SERVICE"]) { faults.append(added) }
        if faults.isEmpty { return nil }
        return Finding(reason: "unrestricted capabilities", detail: faults.joined(separator: "; "))
    }

    private static let allowedVolumes = [
        "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected",
        "secret",
    ]
    private static let forbiddenVolumes = [
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs", "rbd",
        "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile", "vsphereVolume", "quobyte", "azureDisk",
        "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos",
    ]
    private static let volumes: @Sendable (JudgedPod) -> Finding? = { pod in
        let bad = (pod.spec["volumes"]?.elements ?? []).filter { volume in
            !allowedVolumes.contains { volume[$0]?.isObject == true }
        }
        if bad.isEmpty { return nil }
        let types = Set(
            bad.map { volume in forbiddenVolumes.first { volume[$0]?.isObject == true } ?? "unknown" })
        return Finding(
            reason: "restricted volume types",
            detail:
                "\(Words.plural("volume", "volumes", bad.count)) \(Words.quoted(bad.map { $0["name"]?.string ?? "" })) "
                + "\(Words.plural("uses", "use", bad.count)) "
                + "\(Words.plural("restricted volume type", "restricted volume types", types.count)) "
                + Words.quoted(types.sorted()))
    }

    private static let nonRoot: @Sendable (JudgedPod) -> Finding? = { pod in
        let reason = "runAsNonRoot != true"
        if let setters = pod.setters(where: { $0["runAsNonRoot"]?.bool == false }) {
            return Finding(reason: reason, detail: "\(setters) must not set securityContext.runAsNonRoot=false")
        }
        if pod.spec["securityContext", "runAsNonRoot"]?.bool == true { return nil }
        let names = pod.names { $0["securityContext", "runAsNonRoot"]?.bool == nil }
        if names.isEmpty { return nil }
        return Finding(
            reason: reason, detail: "pod or \(Words.containers(names)) must set securityContext.runAsNonRoot=true")
    }

    private static let rootUser: @Sendable (JudgedPod) -> Finding? = { pod in
        pod.setters { $0["runAsUser"]?.int == 0 }.map {
            Finding(reason: "runAsUser=0", detail: "\($0) must not set runAsUser=0")
        }
    }
}
