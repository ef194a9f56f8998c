import APIMachinery
import KubeAPI
import Testing

@testable import APIServer

/// The Pod Security Standards, rule by rule and at the server.
@Suite struct PodSecurityTests {
    /// A pod that keeps all rules.
    private static let good: JSON = [
        "metadata": ["name": "p"],
        "spec": [
            "securityContext": ["runAsNonRoot": true, "seccompProfile": ["type": "RuntimeDefault"]],
            "containers": [
                [
                    "name": "a", "image": "i",
                    "securityContext": ["allowPrivilegeEscalation": false, "capabilities": ["drop": ["ALL"]]],
                ]
            ],
        ],
    ]

    /// A pod that breaks one rule: what of the good pod is otherwise, and what is said of it.
    struct Fault: Sendable, CustomTestStringConvertible {
        var level: SecurityLevel
        /// Parts of the pod's spec, and of the container's; `@` is metadata.
        var pod: [String: JSON] = [:]
        var container: [String: JSON] = [:]
        var sentence: String
        /// The first version that has the rule, and one of those that let it pass.
        var since = 0
        var testDescription: String { sentence }
    }

    private static func context(_ fields: JSON) -> [String: JSON] {
        var context: JSON = ["allowPrivilegeEscalation": false, "capabilities": ["drop": ["ALL"]]]
        for member in fields.members { context[member.name] = member.value }
        return ["securityContext": context]
    }
    private static func podContext(_ fields: JSON) -> [String: JSON] {
        var context: JSON = ["runAsNonRoot": true, "seccompProfile": ["type": "RuntimeDefault"]]
        for member in fields.members { context[member.name] = member.value }
        return ["securityContext": context]
    }

    static let faults: [Fault] = [
        Fault(
            level: .baseline, pod: podContext(["appArmorProfile": ["type": "Unconfined"]]),
            sentence: "forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")"),
        Fault(
            level: .baseline,
            pod: ["@": ["annotations": ["container.apparmor.security.beta.kubernetes.io/a": "unconfined"]]],
            sentence: "forbidden AppArmor profile (annotation must not set AppArmor profile type to "
                + "\"container.apparmor.security.beta.kubernetes.io/a=\"unconfined\"\")"),
        Fault(
            level: .baseline, container: context(["capabilities": ["drop": ["ALL"], "add": ["NET_RAW", "BPF"]]]),
            sentence: "non-default capabilities (container \"a\" must not include \"BPF\", \"NET_RAW\" in "
                + "securityContext.capabilities.add)"),
        Fault(
            level: .baseline, pod: ["hostNetwork": true, "hostPID": true, "hostIPC": true],
            sentence: "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)"),
        Fault(
            level: .baseline, pod: ["volumes": [["name": "v", "hostPath": ["path": "/"]]]],
            sentence: "hostPath volumes (volume \"v\")"),
        Fault(
            level: .baseline, container: ["ports": [["containerPort": 80, "hostPort": 80]]],
            sentence: "hostPort (container \"a\" uses hostPort 80)"),
        Fault(
            level: .baseline,
            container: ["livenessProbe": ["httpGet": ["port": 80, "host": "h"]]],
            sentence: "probe or lifecycle host (container \"a\" uses probe or lifecycle host \"h\")", since: 34),
        Fault(
            level: .baseline, container: context(["privileged": true]),
            sentence: "privileged (container \"a\" must not set securityContext.privileged=true)"),
        Fault(
            level: .baseline, container: context(["procMount": "Unmasked"]),
            sentence: "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")"),
        Fault(
            level: .baseline, pod: podContext(["seLinuxOptions": ["type": "spc_t", "user": "u", "role": "r"]]),
            sentence:
                "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"spc_t\"; user may not be "
                + "set; role may not be set)"),
        Fault(
            level: .baseline, container: context(["seccompProfile": ["type": "Unconfined"]]),
            sentence:
                "seccompProfile (container \"a\" must not set securityContext.seccompProfile.type to \"Unconfined\")",
            since: 19),
        Fault(
            level: .baseline, pod: podContext(["sysctls": [["name": "kernel.msgmax", "value": "1"]]]),
            sentence: "forbidden sysctls (kernel.msgmax)"),
        Fault(
            level: .baseline, pod: podContext(["windowsOptions": ["hostProcess": true]]),
            sentence: "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)"),
        Fault(
            level: .restricted, container: context(["allowPrivilegeEscalation": .null]),
            sentence: "allowPrivilegeEscalation != false (container \"a\" must set "
                + "securityContext.allowPrivilegeEscalation=false)", since: 8),
        Fault(
            level: .restricted, container: context(["capabilities": ["add": ["CHOWN"]]]),
            sentence:
                "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]; "
                + "container \"a\" must not include \"CHOWN\" in securityContext.capabilities.add)", since: 22),
        Fault(
            level: .restricted, pod: ["volumes": [["name": "v", "nfs": ["server": "s", "path": "/"]]]],
            sentence: "restricted volume types (volume \"v\" uses restricted volume type \"nfs\")"),
        Fault(
            level: .restricted, pod: podContext(["runAsNonRoot": .null]),
            sentence: "runAsNonRoot != true (pod or container \"a\" must set securityContext.runAsNonRoot=true)"),
        Fault(
            level: .restricted, container: context(["runAsNonRoot": false]),
            sentence: "runAsNonRoot != true (container \"a\" must not set securityContext.runAsNonRoot=false)"),
        Fault(
            level: .restricted, pod: podContext(["runAsUser": 0]),
            sentence: "runAsUser=0 (pod must not set runAsUser=0)", since: 23),
        Fault(
            level: .restricted, pod: podContext(["seccompProfile": .null]),
            sentence: "seccompProfile (pod or container \"a\" must set securityContext.seccompProfile.type to "
                + "\"RuntimeDefault\" or \"Localhost\")", since: 19),
        Fault(
            level: .restricted, pod: ["hostUsers": false], container: context(["procMount": "Unmasked"]),
            sentence: "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")", since: 35),
    ]

    private static func sentence(_ pod: JSON, _ level: SecurityLevel, _ minor: Int? = nil) -> String {
        SecurityCheck.sentence(SecurityCheck.findings(JudgedPod(pod), against: .init(level: level, minor: minor)))
    }

    @Test(arguments: faults) func eachRuleSaysWhatIsAgainstIt(fault: Fault) {
        var pod = Self.good
        for (field, value) in fault.pod {
            if field == "@" { pod["metadata"] = value } else { pod["spec", field] = value }
        }
        var container: JSON = pod["spec", "containers"]?[0] ?? .object
        for (field, value) in fault.container { container[field] = value }
        pod["spec", "containers"] = [container]
        let isBaseline = fault.level == .baseline
        #expect(Self.sentence(pod, .privileged) == "")
        // Volumes of a node's and what is added beyond the usual are worded otherwise where more is asked.
        if isBaseline {
            #expect(Self.sentence(pod, .baseline) == fault.sentence)
            #expect(Self.sentence(pod, .restricted) != "")
        } else {
            #expect(Self.sentence(pod, .restricted) == fault.sentence)
            #expect(Self.sentence(pod, .baseline) == "")
        }
        #expect(Self.sentence(pod, .restricted, 99) == Self.sentence(pod, .restricted))
        if fault.since > 0 {
            #expect(Self.sentence(pod, fault.level, fault.since) == fault.sentence)
            #expect(!Self.sentence(pod, fault.level, fault.since - 1).contains(fault.sentence) || fault.since == 35)
        }
    }

    @Test func aGoodPodKeepsAllRulesOfAllVersions() {
        for minor in 19...40 { #expect(Self.sentence(Self.good, .restricted, minor) == "", "\(minor)") }
        #expect(Set(SecurityCheck.all.map(\.name)).count == 19)
    }

    @Test func someRulesBecameMilder() {
        func pod(_ context: JSON) -> JSON {
            var pod = Self.good
            for member in context.members { pod["spec", "securityContext", member.name] = member.value }
            return pod
        }
        for (sysctl, minor) in [
            ("net.ipv4.tcp_rmem", 32), ("net.ipv4.tcp_fin_timeout", 29), ("net.ipv4.ip_local_reserved_ports", 27),
        ] {
            let judged = pod(["sysctls": [["name": JSON(sysctl), "value": "1"]]])
            #expect(Self.sentence(judged, .baseline, minor - 1) == "forbidden sysctls (\(sysctl))")
            #expect(Self.sentence(judged, .baseline, minor) == "")
        }
        let engine = pod(["seLinuxOptions": ["type": "container_engine_t"]])
        #expect(Self.sentence(engine, .baseline, 30) != "")
        #expect(Self.sentence(engine, .baseline, 31) == "")
        var windows = Self.good
        windows["spec", "os"] = ["name": "windows"]
        windows["spec", "containers"] = [["name": "a", "image": "i"]]
        windows["spec", "securityContext"] = ["runAsNonRoot": true]
        #expect(Self.sentence(windows, .restricted, 24) != "")
        #expect(Self.sentence(windows, .restricted, 25) == "")
        var own = pod(["runAsNonRoot": false, "runAsUser": 0])
        own["spec", "hostUsers"] = false
        #expect(Self.sentence(own, .restricted, 34) != "")
        #expect(Self.sentence(own, .restricted, 35) == "")
        // Of old versions the annotations count.
        let annotated: JSON = [
            "metadata": ["annotations": ["seccomp.security.alpha.kubernetes.io/pod": "unconfined"]],
            "spec": Self.good["spec"] ?? .null,
        ]
        #expect(
            Self.sentence(annotated, .baseline, 18)
                == "seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")")
        #expect(Self.sentence(annotated, .baseline, 19) == "")
    }

    // MARK: At the server

    private static let namespaces = "/api/v1/namespaces"
    private static func label(_ cluster: Harness, _ labels: [String: String]) async throws -> Harness.Reply {
        let prefixed = Dictionary(
            uniqueKeysWithValues: labels.map { ("pod-security.kubernetes.io/\($0.key)", $0.value) })
        return try await cluster.call(
            "PATCH", "\(namespaces)/default", ["metadata": ["labels": JSON(prefixed)]], headers: DeletionTests.merge)
    }
    private static func warnings(_ reply: Harness.Reply) -> [String] {
        reply.headers.filter { $0.name == "warning" }.map(\.value)
    }

    @Test func aNamespacesLabelsDecide() async throws {
        try await Harness.run { cluster in
            let bad = Harness.pod("bad")
            #expect(try await cluster.call("POST", Harness.pods, bad).status == 201)
            let told = try await Self.label(cluster, ["enforce": "restricted", "enforce-version": "v1.24"])
            #expect(
                Self.warnings(told) == [
                    "299 - \"existing pods in namespace \\\"default\\\" violate the new PodSecurity enforce level "
                        + "\\\"restricted:v1.24\\\"\"",
                    "299 - \"bad: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, "
                        + "seccompProfile\"",
                ])
            let refused = try await cluster.call("POST", Harness.pods, Harness.pod("worse"))
            #expect(refused.status == 403)
            #expect(
                refused.message
                    == "pods \"worse\" is forbidden: violates PodSecurity \"restricted:v1.24\": allowPrivilegeEscalation != "
                    + "false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), unrestricted "
                    + "capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != "
                    + "true (pod or container \"c\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or "
                    + "container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
            )
            let event = cluster.audit.all.last
            #expect(event?["annotations", "pod-security.kubernetes.io/enforce-policy"]?.string == "restricted:v1.24")
            #expect(try await cluster.call("POST", Harness.pods, Self.good).status == 201)
            // What was there may be labelled, but not be given another image.
            let labelled = try await cluster.call(
                "PATCH", "\(Harness.pods)/bad", ["metadata": ["labels": ["a": "b"]]], headers: DeletionTests.merge)
            #expect(labelled.status == 200, "\(labelled.message)")
            let other = try await cluster.call(
                "PATCH", "\(Harness.pods)/bad", ["spec": ["containers": [["name": "c", "image": "j"]]]],
                headers: [(name: "content-type", value: "application/strategic-merge-patch+json")])
            #expect(other.status == 403)
            // Who enforces warns of what will be refused.
            let deployment: JSON = [
                "metadata": ["name": "d"],
                "spec": [
                    "selector": ["matchLabels": ["a": "b"]],
                    "template": ["metadata": ["labels": ["a": "b"]], "spec": Harness.pod("p")["spec"] ?? .null],
                ],
            ]
            let warned = try await cluster.call("POST", "/apis/apps/v1/namespaces/default/deployments", deployment)
            #expect(warned.status == 201)
            #expect(
                Self.warnings(warned).first?.hasPrefix("299 - \"would violate PodSecurity \\\"restricted:v1.24\\\": ")
                    == true)
        }
    }

    @Test func whatIsNotEnforcedIsTold() async throws {
        try await Harness.run { cluster in
            _ = try await Self.label(cluster, ["warn": "baseline", "audit": "baseline"])
            var pod = Harness.pod("p")
            pod["spec", "hostNetwork"] = true
            let made = try await cluster.call("POST", Harness.pods, pod)
            #expect(made.status == 201)
            let words = "would violate PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)"
            #expect(Self.warnings(made) == ["299 - \"\(words.replacing("\"", with: "\\\""))\""])
            #expect(
                cluster.audit.all.last?["annotations", "pod-security.kubernetes.io/audit-violations"]?.string == words)
        }
    }

    @Test func labelsThatAreNoPolicyAreRefused() async throws {
        try await Harness.run { cluster in
            let reply = try await Self.label(cluster, ["enforce": "strict", "warn-version": "1.30"])
            #expect(reply.status == 422)
            #expect(
                reply.message
                    == "Namespace \"default\" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid "
                    + "value: \"strict\": must be one of privileged, baseline, restricted, "
                    + "metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: \"1.30\": must be "
                    + "\"latest\" or \"v1.x\"]")
        }
    }
}
