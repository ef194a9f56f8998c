import APIMachinery
import KubeAPI

/// A pod that names no service account gets `default`. Where this server signs tokens, the account must be there, and the
/// pod gets its pull secrets and a volume with its token, the cluster's CA and the namespace (Kubernetes' admission
/// plugin ServiceAccount).
struct PodServiceAccount: MutatingAdmission {
    static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"
    static let volumePrefix = "kube-api-access-"
    /// An hour, and seven seconds by which Kubernetes knows these tokens from others.
    static let tokenSeconds = 3607
    /// A namespace's account `default` comes a moment after the namespace; a pod waits for it at most this long.
    static let attempts = 20
    static let pause = Duration.milliseconds(50)

    let scope = AdmissionScope(.create, [.pods])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        // A mirror of a static pod stays as it is, and must not use the API's objects.
        if request.object["metadata", "annotations", NodeUser.mirrorAnnotation] != nil {
            let uses = Set(PodReference.all(of: request.object).map(\.resource))
            if uses.contains(.serviceAccounts) {
                throw request.forbidden("a mirror pod may not reference service accounts")
            }
            if uses.contains(PodReference.secrets) { throw request.forbidden("a mirror pod may not reference secrets") }
            return
        }
        var spec: JSON = request.object["spec"] ?? .object
        if (spec["serviceAccountName"]?.string ?? "").isEmpty { spec["serviceAccountName"] = "default" }
        spec["serviceAccount"] = spec["serviceAccountName"]
        if view.configuration.serviceAccountTokens != nil {
            let account = try await account(spec["serviceAccountName"]?.string ?? "", request, view)
            if (spec["imagePullSecrets"]?.elements ?? []).isEmpty, let secrets = account["imagePullSecrets"] {
                spec["imagePullSecrets"] = secrets
            }
            let mounts =
                spec["automountServiceAccountToken"]?.bool ?? account["automountServiceAccountToken"]?.bool ?? true
            if mounts { mountToken(&spec, name: Self.volumePrefix + view.surroundings.nameSuffix()) }
        }
        request.object["spec"] = spec
    }

    private func account(_ name: String, _ request: AdmissionRequest, _ view: AdmissionView) async throws -> JSON {
        for attempt in 1...Self.attempts {
            if let account = try await view.object(.serviceAccounts, namespace: request.namespace, name) {
                return account
            }
            guard name == "default", attempt < Self.attempts else { break }
            try await view.surroundings.sleep(Self.pause)
        }
        throw request.forbidden(
            "error looking up service account \(request.namespace)/\(name): serviceaccount \"\(name)\" not found")
    }

    /// Every container that mounts nothing there itself gets the volume.
    private func mountToken(_ spec: inout JSON, name: String) {
        var isMounted = false
        for list in ["initContainers", "containers"] {
            guard var containers = spec[list]?.elements, !containers.isEmpty else { continue }
            for index in containers.indices {
                var mounts: [JSON] = containers[index]["volumeMounts"]?.elements ?? []
                guard !mounts.contains(where: { $0["mountPath"]?.string == Self.mountPath }) else { continue }
                mounts.append(["name": JSON(name), "readOnly": true, "mountPath": JSON(Self.mountPath)])
                containers[index]["volumeMounts"] = JSON(mounts)
                isMounted = true
            }
            spec[list] = JSON(containers)
        }
        guard isMounted else { return }
        var volumes: [JSON] = spec["volumes"]?.elements ?? []
        volumes.append(["name": JSON(name), "projected": ["sources": JSON(Self.sources), "defaultMode": 420]])
        spec["volumes"] = JSON(volumes)
    }

    private static let sources: [JSON] = [
        ["serviceAccountToken": ["expirationSeconds": JSON(tokenSeconds), "path": "token"]],
        ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
        [
            "downwardAPI": [
                "items": [
                    ["path": "namespace", "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]]
                ]
            ]
        ],
    ]
}
