import Foundation
import Testing

extension EndToEndTests.KubectlTests {
    /// A request for CN=jane, made with `openssl req`, in base64.
    private static let request = """
        LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHcGhibVV4RFRB\
        TEJnTlZCQW9NQkhSbFlXMHdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVFWZ01KSU9pNXo1TDJVdEx2d3o0cmor\
        bE0rZytYcnB5Z3krd2ZzCnYwajNON0Q1ZlF6eXQyQ2VNRkJFNEJmWlVwS2RKdTBSYVhCME4rNTMzdlBjeElHNG9BQXdDZ1lJS29a\
        SXpqMEUKQXdJRFJ3QXdSQUlnWnprdmJXU2xHZkhIdEw4bFRQWGhhemRhT2xZODJjZXdWRk5XTkZMS2FqNENJQWY0WFZVQwpBeUdV\
        azVkNkhpeG5lREVJclZ5elVOb2J1V3Jna1MxaGZUYlUKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==
        """

    /// What is approved is signed, an autoscaler is one object in two versions, and raw paths lead through the proxies.
    @Test func certificatesAutoscalersAndProxies() throws {
        try withCluster { cluster in
            try cluster.kubectlDone(
                "apply", "-f", "-",
                input: """
                    apiVersion: certificates.k8s.io/v1
                    kind: CertificateSigningRequest
                    metadata: {name: jane}
                    spec: {request: \(Self.request), signerName: kubernetes.io/kube-apiserver-client, usages: [client auth]}
                    """)
            try cluster.kubectlDone("certificate", "approve", "jane")
            try cluster.kubectlDone("wait", "csr/jane", "--for=jsonpath={.status.certificate}", "--timeout=30s")
            #expect(try cluster.kubectlDone("get", "csr", "jane").contains("Approved,Issued"))

            try cluster.kubectlDone("apply", "-f", "-", input: Self.web)
            try cluster.kubectlDone("autoscale", "deployment", "web", "--max=3", "--cpu-percent=50")
            let first = try cluster.kubectlDone(
                "get", "--raw", "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/web")
            #expect(first.contains("\"targetCPUUtilizationPercentage\":50"))
            #expect(try cluster.kubectlDone("get", "hpa").contains("cpu: <unknown>/50%"))

            let node = try cluster.kubectlDone("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}")
            #expect(try cluster.kubectlDone("get", "--raw", "/api/v1/nodes/\(node)/proxy/healthz") == "ok")
            #expect(try cluster.kubectlDone("get", "flowschemas").contains("global-default"))
            #expect(try cluster.kubectlDone("get", "ipaddresses").contains("services/default/kubernetes"))
        }
    }
}
