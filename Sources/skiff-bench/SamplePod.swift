import APIMachinery

/// A plain pod to measure with.
enum SamplePod {
    static let small: JSON = [
        "apiVersion": "v1", "kind": "Pod",
        "metadata": [
            "name": "web-7d9c5b8f6d-x2k4p", "namespace": "default",
            "labels": ["app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "bench", "tier": "frontend"],
        ],
        "spec": [
            "terminationGracePeriodSeconds": 30,
            "containers": [
                [
                    "name": "web", "image": "registry.example.com/team-a/web:1.4.2", "args": ["--listen=:8080"],
                    "ports": [["name": "http", "containerPort": 8080, "protocol": "TCP"]],
                    "env": [
                        ["name": "POD_NAME", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]]
                    ],
                    "resources": ["requests": ["cpu": "100m", "memory": "128Mi"]],
                    "volumeMounts": [["name": "tmp", "mountPath": "/tmp"]],
                ]
            ],
            "volumes": [["name": "tmp", "emptyDir": .object]],
        ],
    ]
}

extension JSON {
    /// The same pod with what a running one has besides: conditions and managed fields, up to about so many bytes.
    func grown(to size: Int) -> JSON {
        var pod = self
        pod["metadata", "uid"] = "3f1cb0e6-1b1f-4f43-8a6c-0d8e1f1f7d11"
        pod["metadata", "creationTimestamp"] = "2026-01-02T03:04:05Z"
        pod["metadata", "resourceVersion"] = "1"
        pod["status", "phase"] = "Running"
        pod["status", "podIP"] = "10.244.0.7"
        let condition: JSON = [
            "type": "Ready", "status": "True", "lastProbeTime": .null, "lastTransitionTime": "2026-01-02T03:04:06Z",
        ]
        let managed: JSON = [
            "manager": "kubelet", "operation": "Update", "apiVersion": "v1", "time": "2026-01-02T03:04:06Z",
            "fieldsType": "FieldsV1", "subresource": "status",
            "fieldsV1": [
                "f:status": [
                    "f:conditions": ["k:{\"type\":\"Ready\"}": [".": .object, "f:status": .object, "f:type": .object]],
                    "f:phase": .object, "f:podIP": .object,
                ]
            ],
        ]
        var conditions: JSON = .array
        var fields: JSON = .array
        while pod.bytes.count < size {
            conditions.append(condition)
            fields.append(managed)
            pod["status", "conditions"] = conditions
            pod["metadata", "managedFields"] = fields
        }
        return pod
    }
}
