import APIMachinery
import KubeAPI

/// What is broken: good inputs of each sort.
enum FuzzSamples {
    static let objects: [String] = [
        #"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"default","labels":{"x":"y"}},"spec":{"containers":
        [{"name":"c","image":"i:1","ports":[{"containerPort":80}],"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":
        "metadata.labels['x']"}}}],"resources":{"limits":{"cpu":"0.5","memory":1024}},"livenessProbe":{"httpGet":{"port":
        "http"}},"volumeMounts":[{"name":"v","mountPath":"/v"}]}],"volumes":[{"name":"v","emptyDir":{"sizeLimit":"1Gi"}}],
        "tolerations":[{"operator":"Exists"}]}}
        """#,
        #"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"default"},"spec":{"replicas":2,
        "selector":{"matchLabels":{"app":"a"},"matchExpressions":[{"key":"k","operator":"In","values":["v"]}]},"strategy":
        {"rollingUpdate":{"maxSurge":"25%"}},"template":{"metadata":{"labels":{"app":"a","k":"v"}},"spec":{"containers":
        [{"name":"c","image":"i"}]}}}}
        """#,
        #"""
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"default"},"spec":{"type":"NodePort","ports":
        [{"port":80,"targetPort":"http"}],"sessionAffinity":"ClientIP"}}
        """#,
        #"""
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","namespace":"default","annotations":{"a":"b"}},"data":
        {"k":"v"},"binaryData":{"b":"AAEC"}}
        """#,
        #"""
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"r"},"rules":[{"apiGroups":[""],
        "resources":["pods/log"],"verbs":["get"],"resourceNames":["x"]},{"nonResourceURLs":["/healthz*"],"verbs":["get"]}]}
        """#,
        #"""
        {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h","namespace":"default"},"spec":
        {"scaleTargetRef":{"kind":"Deployment","name":"d"},"maxReplicas":3,"metrics":[{"type":"Resource","resource":{"name":
        "cpu","target":{"type":"Utilization","averageUtilization":50}}}]}}
        """#,
        #"""
        {"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"c"},"spec":{"request":
        "\(certificateRequest)","signerName":"kubernetes.io/kubelet-serving","usages":["digital signature","server auth"]}}
        """#.replacing("\\(certificateRequest)", with: certificateRequest),
    ]

    /// A certificate's request in PEM, in base64; its key is nobody's.
    static let certificateRequest =
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkVqQ0J1QUlCQURBd01SVXdFd1lEVlFRS0RBeHplWE4wWlcw"
        + "NmJtOWtaWE14RnpBVkJnTlZCQU1NRG5ONQpjM1JsYlRwdWIyUmxPbTR4TUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RR"
        + "Z0FFN0wxOUpQNnptYnJqCnZiaGxVekx0aURPUTBFaTRuUHNaL0FEM28xKzA5ZXkrcFVqbFdLKzRpWjVJVlN4V1p1R1NQSUtiR2Yz"
        + "WDY5UjUKTHdpK3dXTHRuYUFtTUNRR0NTcUdTSWIzRFFFSkRqRVhNQlV3RXdZRFZSMFJCQXd3Q29JQ2JqR0hCQW9BQUFFdwpDZ1lJ"
        + "S29aSXpqMEVBd0lEU1FBd1JnSWhBSnNpVHI2ZGlDVERUWHdGSEdRbldwMU9uczBzUUVydW9xL1hEUnF2CjFnWnZBaUVBNWpzays2"
        + "QUFUL0ExTWV4SUpqQVEvRDNsT3p3WlBaaGFZK3B0WW5XcTZoZz0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=="

    static let yaml: [String] = [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, labels: {a: 'b'}}\ndata:\n  k: |\n    one\n    two\n  n: \"x\\ty\"\n",
        "a: &x [1, 0x1F, 1e3, .inf, ~, yes]\nb: *x\nc: >-\n  folded\n  text\n---\n? k\n: !!binary AAEC\n...\n",
    ]
    static let labelSelectors = ["a=b,c!=d", "x in (a,b),y notin (c),!z,k", "example.com/name==v", ""]
    static let fieldSelectors = ["metadata.name=a,status.phase!=Running", "spec.nodeName=", ""]
    static let quantities = ["1", "0.5", "100m", "1Gi", "1e3", "-5.25Ki", "9223372036854775807", "1n"]
    static let fields = [
        #"{"f:metadata":{"f:labels":{".":{},"f:x":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"#
            + #""f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{}}}}},"f:volumes":{"i:0":{},"v:\"a\"":{}}}}"#
    ]
    static let patches = [
        #"[{"op":"add","path":"/data/x","value":"y"},{"op":"test","path":"/data/k","value":"v"},{"op":"move","from":"/data/k","path":"/data/z"}]"#,
        #"{"data":{"k":null,"n":"v"},"metadata":{"labels":{"$patch":"replace","q":"r"}}}"#,
        #"{"spec":{"containers":[{"name":"c","image":"j","$patch":"merge"}],"$setElementOrder/containers":[{"name":"c"}]}}"#,
        #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"k":"w"}}"#,
    ]

    /// The objects as Kubernetes' clients in Go send them.
    static let protobuf: [[UInt8]] = objects.compactMap { text in
        guard let object = try? JSON(parsing: text), let type = Schema.kubernetes(GroupVersionKind(of: object)) else {
            return nil
        }
        return try? Protobuf.encode(object, type: type)
    }
}
