import APIMachinery
import ContainerRuntime
import KubeAPI
import Testing

@testable import Kubelet

/// What a container may do, by what its spec says; what comes of it with real containers is in the tables of behaviours.
struct SecurityTests {
    private static func security(
        _ container: JSON = .object, pod: JSON = .object, image: RuntimeImage? = nil
    ) throws -> ContainerConfiguration.Security {
        let whole = Pod([
            "metadata": ["name": "p", "namespace": "default", "uid": "u"],
            "spec": ["securityContext": pod, "containers": [["name": "c", "securityContext": container]]],
        ])
        return try ContainerSecurity(pod: whole, container: whole.spec.containers[0], seccompProfileRoot: "/profiles")
            .security(image)
    }
    private static func problem(_ container: JSON, image: RuntimeImage? = nil) -> String {
        do {
            _ = try security(container, image: image)
            return ""
        } catch { return "\(error)" }
    }

    @Test func theContainersWordCountsBeforeThePods() throws {
        let plain = try Self.security()
        #expect(plain.seccomp == .unconfined && plain.appArmor == nil && plain.hasOnlyTheseGroups == nil)
        let whole: JSON = [
            "seccompProfile": ["type": "RuntimeDefault"], "supplementalGroupsPolicy": "Strict", "fsGroup": 7,
            "supplementalGroups": [8, 9], "appArmorProfile": ["type": "Localhost", "localhostProfile": "mine"],
        ]
        let ofPod = try Self.security(pod: whole)
        #expect(ofPod.seccomp == .runtimeDefault && ofPod.appArmor == .localhost("mine"))
        #expect(ofPod.hasOnlyTheseGroups == true && ofPod.supplementalGroups == [7, 8, 9])
        let own = try Self.security(
            [
                "seccompProfile": ["type": "Localhost", "localhostProfile": "a/b.json"], "procMount": "Unmasked",
                "appArmorProfile": ["type": "Unconfined"],
            ], pod: whole)
        #expect(own.seccomp == .localhost("/profiles/a/b.json") && own.appArmor == .unconfined)
        #expect(own.hasUnmaskedProc == true)
        #expect(
            Self.problem(["seccompProfile": ["type": "Localhost"]])
                == "localhostProfile must be set if seccompProfile type is Localhost.")
    }

    @Test func whoMustNotBeRootIsNotStartedAsRoot() {
        var image = RuntimeImage(reference: "r", names: [], sizeBytes: 0, user: 0)
        let wanted: JSON = ["runAsNonRoot": true]
        let place = "(pod: \"p_default(u)\", container: c)"
        #expect(Self.problem(wanted, image: image) == "container has runAsNonRoot and image will run as root \(place)")
        image.userName = "www"
        #expect(
            Self.problem(wanted, image: image)
                == "container has runAsNonRoot and image has non-numeric user (www), cannot verify user is non-root \(place)"
        )
        #expect(Self.problem(["runAsNonRoot": true, "runAsUser": 5], image: image) == "")
        image = RuntimeImage(reference: "r", names: [], sizeBytes: 0, user: 33)
        #expect(Self.problem(wanted, image: image) == "")
    }

    @Test func aNodeTakesNoPodThatItCannotHold() {
        func refusal(_ context: JSON, features: JSON? = nil, appArmor: Bool = false) -> PodAdmission.Refusal? {
            var node: JSON = ["metadata": ["name": "n"], "status": .object]
            if let features { node["status"] = ["features": features] }
            var admission = PodAdmission(of: Node(node), beside: [])
            admission.hasAppArmor = appArmor
            return admission.refusal(Pod(["spec": ["securityContext": context, "containers": [["name": "c"]]]]))
        }
        let strict: JSON = ["supplementalGroupsPolicy": "Strict"]
        #expect(
            refusal(strict)
                == .init(
                    reason: "SupplementalGroupsPolicyNotSupported",
                    message: "SupplementalGroupsPolicy=Strict is not supported in this node"))
        #expect(refusal(strict, features: ["supplementalGroupsPolicy": true]) == nil)
        #expect(refusal(["supplementalGroupsPolicy": "Merge"]) == nil)
        let profile: JSON = ["appArmorProfile": ["type": "RuntimeDefault"]]
        #expect(
            refusal(profile)
                == .init(reason: "AppArmor", message: "Cannot enforce AppArmor: AppArmor is not enabled on the host"))
        #expect(refusal(profile, appArmor: true) == nil)
        #expect(refusal(["appArmorProfile": ["type": "Unconfined"]]) == nil)
    }
}
